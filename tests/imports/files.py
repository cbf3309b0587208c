"""Files of people and organisations as somebody sends them, and a programme to send them to."""

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import fetch_all, read_transaction, write_transaction
from ledger.foundation.identity_numbers import check_digit
from ledger.foundation.organisations import Member, Tenant, list_members
from ledger.journeys.enrolment import create_programme
from ledger.journeys.imports.columns import ImportKind
from ledger.journeys.imports.confirm import confirm_import, write_lines
from ledger.journeys.imports.preview import Progress, SentFile, preview_file
from ledger.journeys.imports.store import ImportFile, StoredLine, get_import, list_lines
from tests.api.world import KEYS, SYSTEM

PEOPLE = ("姓名", "手机号", "身份证号", "出生日期", "住址", "户号", "与户主关系")


def id_number(number: int, born: str = "19900307") -> str:
    """An identity number of a day, with its check digit."""
    first = f"110101{born}{number:03d}"
    return first + check_digit(first)


def csv_file(*rows: Sequence[str], header: Sequence[str] = PEOPLE) -> BytesIO:
    """A CSV file in UTF-8."""
    target = StringIO()
    csv.writer(target).writerows([header, *rows])
    return BytesIO(target.getvalue().encode())


async def new_programme(engine: AsyncEngine, name: str = "东湖社区") -> Tenant:
    """A programme without members."""
    return await write_transaction(
        engine, lambda conn: create_programme(conn, name=name, created_by=SYSTEM)
    )


async def preview(
    engine: AsyncEngine,
    tenant_id: int,
    source: BytesIO,
    kind: ImportKind = "people",
    progress: Progress = lambda _: None,
) -> ImportFile:
    """Send a file."""

    async def act(conn: AsyncConnection) -> ImportFile:
        return await preview_file(
            conn,
            tenant_id=tenant_id,
            sent=SentFile(source, "名单.csv", kind),
            keys=KEYS,
            caller_id=SYSTEM,
            progress=progress,
        )

    return await write_transaction(engine, act, tenant_id=tenant_id)


async def confirm(
    engine: AsyncEngine, tenant_id: int, file: ImportFile, *, checked: bool = False
) -> ImportFile:
    """Confirm a file and write all of it."""

    async def act(conn: AsyncConnection) -> ImportFile:
        return await confirm_import(
            conn,
            tenant_id=tenant_id,
            import_id=file.import_id,
            caller_id=SYSTEM,
            checked=checked,
        )

    await write_transaction(engine, act, tenant_id=tenant_id)
    while (
        step := await write_lines(engine, tenant_id=tenant_id, import_id=file.import_id, keys=KEYS)
    ).more:
        pass
    return step.file


async def lines_of(engine: AsyncEngine, tenant_id: int, file: ImportFile) -> list[StoredLine]:
    """The first lines of a file."""
    async with read_transaction(engine, tenant_id=tenant_id) as conn:
        now = await get_import(conn, tenant_id=tenant_id, import_id=file.import_id)
        return await list_lines(conn, tenant_id=tenant_id, file=now, keys=KEYS, limit=200)


def told(lines: Sequence[StoredLine]) -> dict[int, tuple[str, ...]]:
    """By line: its state and problems."""
    return {one.line: (one.state, *map(str, one.problems)) for one in lines}


async def members_of(engine: AsyncEngine, tenant_id: int) -> list[Member]:
    """The first members of a programme."""
    async with read_transaction(engine, tenant_id=tenant_id) as conn:
        return await list_members(conn, tenant_id=tenant_id, limit=200)


async def count_of(engine: AsyncEngine, tenant_id: int, statement: str) -> int:
    """One number."""
    async with read_transaction(engine, tenant_id=tenant_id) as conn:
        return int((await fetch_all(conn, statement))[0][0])
