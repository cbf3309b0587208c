"""How long a list of people takes to be previewed and written, and how much memory.

python -m tests.benchmarks.imports 100000
"""

import asyncio
import random
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from xlsxwriter import Workbook

from ledger.database import create_engine, write_transaction
from ledger.foundation.people import sort_key
from ledger.journeys.imports.confirm import confirm_import, write_lines
from ledger.journeys.imports.preview import SentFile, preview_file
from ledger.journeys.imports.store import ImportFile
from tests.api.world import KEYS, SYSTEM
from tests.database_server import create_database, start_server, stop_server
from tests.imports.files import id_number, new_programme

_HEADER = ("姓名", "手机号", "身份证号", "住址", "户号", "与户主关系", "入会日期", "原编号")
_PAGE_BYTES = 4096
_DAYS = 25_000


def people(count: int) -> Iterator[tuple[str, ...]]:
    """Households of three, everybody with telephone, identity number and address."""
    choose = random.Random(1)
    for number in range(count):
        born = date(1940, 1, 1) + timedelta(days=number % _DAYS)
        name = choose.choice("王李张刘陈杨赵黄") + "".join(choose.choices("伟芳娜敏静丽强磊", k=2))
        yield (
            name,
            f"13{900_000_000 + number}",
            id_number(number // _DAYS, f"{born:%Y%m%d}"),
            f"东湖路 {number % 300} 号 {number} 室",
            str(number // 3),
            "子女" if number % 3 else "户主",
            "2026-01-01",
            f"A-{number}",
        )


def workbook(count: int) -> BytesIO:
    """The list as a spreadsheet saves it."""
    target = BytesIO()
    with Workbook(target) as book:
        page = book.add_worksheet()
        for place, row in enumerate((_HEADER, *people(count))):
            page.write_row(place, 0, row)
    return BytesIO(target.getvalue())


def resident_mb() -> int:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * _PAGE_BYTES // 1_000_000


async def measure(url: str, source: BytesIO) -> None:
    """Preview and write the list, and print what it took."""
    engine = create_engine(url, pool_size=2)
    tenant_id = (await new_programme(engine)).tenant_id
    sort_key("王")  # its tables are there in any service that enrols
    idle = most = resident_mb()

    def look(_: int) -> None:
        nonlocal most
        most = max(most, resident_mb())

    async def send(conn: AsyncConnection) -> ImportFile:
        sent = SentFile(source, "people.xlsx", "people")
        facts: dict[str, Any] = {"tenant_id": tenant_id, "keys": KEYS, "caller_id": SYSTEM}
        return await preview_file(conn, sent=sent, progress=look, **facts)

    began = time.monotonic()
    file = await write_transaction(engine, send, tenant_id=tenant_id)
    seen = time.monotonic()
    which: dict[str, Any] = {"tenant_id": tenant_id, "import_id": file.import_id}
    await write_transaction(
        engine,
        lambda conn: confirm_import(conn, caller_id=SYSTEM, **which),
        tenant_id=tenant_id,
    )
    longest, more = 0.0, True
    while more:
        since = time.monotonic()
        step = await write_lines(engine, keys=KEYS, **which)
        longest, more = max(longest, time.monotonic() - since), step.more
        look(0)
    print(
        f"{step.file.done_count} people: preview {seen - began:.0f} s, "
        f"written {time.monotonic() - seen:.0f} s, longest batch {longest:.1f} s, "
        f"{most - idle} MB above idle"
    )
    await engine.dispose()


def main() -> None:
    """On a throw-away server of its own."""
    source = workbook(int(sys.argv[1]))
    server = start_server()
    try:
        database = asyncio.run(create_database(server))
        asyncio.run(measure(database.service_url, source))
    finally:
        stop_server(server)


if __name__ == "__main__":
    main()
