"""A file is read and judged line by line; nothing but the preview is written.

Source: docs/decisions/0054-imports.md
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from itertools import islice
from typing import BinaryIO
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_all, fetch_value, load_sql
from ledger.foundation.audit_log import record_action
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7
from ledger.journeys.imports.columns import (
    Header,
    HeaderInNoSheet,
    HeaderMissing,
    ImportKind,
    find_header,
)
from ledger.journeys.imports.judges import judge_of
from ledger.journeys.imports.lines import Line
from ledger.journeys.imports.reading import Problem
from ledger.journeys.imports.store import (
    ImportFile,
    add_lines,
    count_lines,
    get_import,
    seal_cells,
)
from ledger.sheets.errors import SheetCellsMerged, SheetEmpty, SheetTooLarge, SheetTooManyRows
from ledger.sheets.rows import MIB, Sheet, SheetRow, open_sheet

_PACKAGE = "ledger.journeys.imports"
#: How long a preview can be confirmed and its wrong lines fetched.
KEPT_FOR = timedelta(days=7)
CHUNK = 1_000
#: Characters of a chunk: it ends with the line that reaches them.
CHUNK_TEXT = 1_000_000
#: Of anything but people; their lines are judged all together.
MOST_ORGANISATIONS = 20_000
MOST_ORGANISATION_TEXT = 8 * MIB
_LONGEST_FILE_NAME = 100
#: Columns whose merged cells say the same of each of their lines.
_OF_A_HOUSEHOLD = frozenset({"household", "address"})
#: Told now and then: how many lines have been judged.
Progress = Callable[[int], None]


class SentFile(msgspec.Struct, frozen=True):
    """A file that somebody sent: for which kind, and what it was called."""

    source: BinaryIO
    name: str
    kind: ImportKind


class _Open(msgspec.Struct, frozen=True):
    """A file while it is read."""

    sheet: Sheet
    header: Header
    rows: Generator[SheetRow]
    sha256: bytes
    size_bytes: int
    #: That of the file, and of the sheet where it is not the first.
    name: str
    thread: Executor


async def preview_file(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    sent: SentFile,
    keys: PersonalDataKeys,
    caller_id: int,
    progress: Progress = lambda _: None,
) -> ImportFile:
    """Read and judge a file, and put it with its lines on record. ``tenant_id`` 0: the platform.

    Raises:
        SheetRefused: it cannot be read; names the line.
        HeaderMissing, HeaderRepeated: its first rows do not name the columns.
    """
    import_id, data_key = uuid7(), keys.new_key()
    judge = judge_of(sent.kind)
    count = 0
    async with _opened(sent) as opened:
        await fetch_value(conn, load_sql(_PACKAGE, "note_preview"))
        await _create(conn, tenant_id, import_id, sent, opened, data_key, caller_id)
        async for lines in _chunks(sent.kind, opened):
            await judge(conn, tenant_id, lines, keys)
            sealed = await asyncio.to_thread(_seal, keys, data_key, lines)
            await add_lines(
                conn, tenant_id=tenant_id, import_id=import_id, lines=lines, sealed=sealed
            )
            count += len(lines)
            progress(count)
    if not count:
        raise SheetEmpty
    merged = opened.sheet.merged.below(opened.header.line)
    if merged is not None:
        raise SheetCellsMerged(cells=merged)
    if sent.kind == "people":
        await _keep_households_whole(conn, tenant_id, import_id)
    await count_lines(conn, tenant_id=tenant_id, import_id=import_id)
    await record_action(
        conn,
        caller_id=caller_id,
        action="import.preview",
        tenant_id=tenant_id or None,
        object_kind="import",
        object_id=str(import_id),
        reason=f"{sent.kind} {opened.sha256.hex()}",
    )
    return await get_import(conn, tenant_id=tenant_id, import_id=import_id)


async def _keep_households_whole(conn: AsyncConnection, tenant_id: int, import_id: UUID) -> None:
    """Refuse the lines of households without a head, or with several."""
    odd = await fetch_all(conn, load_sql(_PACKAGE, "list_odd_households"), tenant_id, import_id)
    if odd:
        await execute(
            conn,
            load_sql(_PACKAGE, "refuse_households"),
            tenant_id,
            import_id,
            [row.household for row in odd],
            [row.first_head for row in odd],
            [row.heads for row in odd],
            [row.is_there for row in odd],
        )


@asynccontextmanager
async def _opened(sent: SentFile) -> AsyncIterator[_Open]:
    """The file, read in a thread of its own from beginning to end.

    lxml keeps the names of elements by thread without a lock: two workbooks that were read by turns
    in the same threads ended the process.
    """
    thread = ThreadPoolExecutor(max_workers=1)
    try:
        opened = await asyncio.get_running_loop().run_in_executor(thread, _open, sent, thread)
        try:
            yield opened
        finally:
            thread.submit(opened.rows.close)
    finally:
        thread.shutdown(wait=False)


def _open(sent: SentFile, thread: Executor) -> _Open:
    digest = hashlib.sha256()
    sent.source.seek(0)
    while piece := sent.source.read(MIB):
        digest.update(piece)
    size = sent.source.tell()
    sheet = open_sheet(sent.source)
    header, title = _turn_to_list(sent.kind, sheet)
    sheet.check_rows()
    places = [place for field, place in header.places.items() if field in _OF_A_HOUSEHOLD]
    sheet.merged.fill_down(places, below=header.line)
    rows = sheet.rows()
    next(row for row in rows if row.line == header.line)
    name = f"{sent.name} [{title}]" if title else sent.name
    return _Open(sheet, header, rows, digest.digest(), size, name, thread)


def _turn_to_list(kind: ImportKind, sheet: Sheet) -> tuple[Header, str | None]:
    """Turn to the first sheet that names columns: its header, and its title if others are before.

    Raises:
        HeaderMissing, HeaderInNoSheet, SheetEmpty: none does.
    """
    titles: list[str] = []
    missing: HeaderMissing | SheetEmpty | None = None
    for title in sheet.turn():
        is_first = not titles
        titles.append(title)
        try:
            with closing(sheet.rows()) as rows:
                header = find_header(kind, rows, is_first_sheet=is_first)
        except (HeaderMissing, SheetEmpty) as error:
            if missing is None or isinstance(error, HeaderMissing):
                missing = error
        else:
            return header, None if is_first else title
    assert missing is not None, "every file has a table"
    if len(titles) > 1 and isinstance(missing, HeaderMissing):
        raise HeaderInNoSheet(sheets="、".join(titles), column=missing.column) from missing
    raise missing


async def _create(
    conn: AsyncConnection,
    tenant_id: int,
    import_id: UUID,
    sent: SentFile,
    opened: _Open,
    data_key: bytes,
    caller_id: int,
) -> None:
    moment = now()
    expires_at = moment + KEPT_FOR
    await execute(
        conn,
        load_sql(_PACKAGE, "create_import"),
        tenant_id,
        import_id,
        sent.kind,
        shown_name(opened.name),
        opened.sha256,
        opened.size_bytes,
        data_key,
        list(opened.header.unknown),
        caller_id,
        moment,
        expires_at,
    )
    await execute(conn, load_sql(_PACKAGE, "note_due"), tenant_id, import_id, expires_at)


def shown_name(name: str) -> str:
    """The last part of a path, printable, of bounded length."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(char for char in last if char.isprintable())[:_LONGEST_FILE_NAME] or "file"


async def _chunks(kind: ImportKind, opened: _Open) -> AsyncIterator[list[Line]]:
    """The lines of the file: of people in pieces, of everything else at once."""
    in_pieces = kind == "people"
    count = CHUNK if in_pieces else MOST_ORGANISATIONS + 1
    text = CHUNK_TEXT if in_pieces else MOST_ORGANISATION_TEXT
    is_first = True
    loop = asyncio.get_running_loop()
    while lines := await loop.run_in_executor(opened.thread, _take, opened, count, text):
        if len(lines) > MOST_ORGANISATIONS:
            raise SheetTooManyRows(limit=MOST_ORGANISATIONS)
        if not (in_pieces or is_first):
            raise SheetTooLarge(limit_mib=MOST_ORGANISATION_TEXT // MIB)
        is_first = False
        yield lines


def _take(opened: _Open, count: int, text: int) -> list[Line]:
    """The next lines: so many, or until they have so many characters."""
    fields = {place: field for field, place in opened.header.places.items()}
    lines: list[Line] = []
    for row in islice(opened.rows, count):
        filled = [Problem(fields[place], "filled_down", line) for place, line in row.filled]
        values = opened.header.values_of(row)
        lines.append(Line(line=row.line, values=values, warnings=filled))
        text -= row.size
        if text <= 0:
            break
    return lines


def _seal(keys: PersonalDataKeys, data_key: bytes, lines: list[Line]) -> list[bytes]:
    return [seal_cells(keys, data_key, line.values) for line in lines]
