"""``/account/data``: everything known of oneself as one file to take away, on request, on record.

The file is written to disk row by row and sent from there: its size costs no memory.
"""

import asyncio
import tempfile
import zipfile
from collections.abc import AsyncIterator
from datetime import date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import IO
from uuid import UUID

import msgspec
import xlsxwriter
from litestar import get, post
from litestar.response import Stream

from api.gate import Call, GatedCall
from api.policies import signed_in
from api.web.formatting import Language
from api.web.frame import Page, PageRequest, language_of_page, show
from api.web.own_data_rows import Row, Value, list_sections
from api.web.security import own_session
from api.web.texts import text
from ledger.clock import SHANGHAI, now
from ledger.database import read_transaction, write_transaction
from ledger.foundation.audit_log import record_action
from ledger.foundation.people import Person

HOME = "/account/data"
_PIECE_BYTES = 64 * 1024
_JSON, _XLSX = "data.json", "data.xlsx"
#: Most rows of one sheet; the JSON has them all.
SHEET_ROWS = 100_000


@get(HOME, opt=signed_in())
async def own_data_page(request: PageRequest, call: Call) -> Page:
    """What the file will hold."""
    own_session(call)
    return show(request, "account/data.html", None)


@post(HOME, opt=signed_in(step_up=True), status_code=200)
async def own_data_file(request: PageRequest, call: Call) -> Stream:
    """Make the file now, and put on record that it was taken."""
    person, _ = own_session(call)
    await write_transaction(
        call.service.engine,
        lambda conn: record_action(
            conn,
            caller_id=person.caller_id,
            action="personal_data.export",
            object_kind="person",
            object_id=str(person.public_id),
        ),
    )
    archive = tempfile.TemporaryFile()  # noqa: SIM115  # closed when it was sent
    try:
        await _write_archive(archive, call, person, language_of_page(request))
    except BaseException:
        archive.close()
        raise
    headers = {
        "content-disposition": f'attachment; filename="gongzhang-{person.volunteer_no}.zip"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Stream(_pieces(archive), media_type="application/zip", headers=headers)


async def _pieces(archive: IO[bytes]) -> AsyncIterator[bytes]:
    with archive:
        archive.seek(0)
        while piece := await asyncio.to_thread(archive.read, _PIECE_BYTES):
            yield piece


async def _write_archive(
    archive: IO[bytes], call: GatedCall, person: Person, language: Language
) -> None:
    """One pass over the rows writes both forms, then they go into the archive."""
    with tempfile.TemporaryDirectory() as folder:
        json, sheets = Path(folder) / _JSON, Path(folder) / _XLSX
        book = xlsxwriter.Workbook(
            sheets,
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
        )
        with json.open("w", encoding="utf-8") as out:
            await _write_rows(out, book, call, person, language)
        await asyncio.to_thread(book.close)
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in (json, sheets):
                await asyncio.to_thread(packed.write, file, file.name)


async def _write_rows(
    out: TextIOWrapper,
    book: xlsxwriter.Workbook,
    call: GatedCall,
    person: Person,
    language: Language,
) -> None:
    out.write('{"made_at": ' + _json(now()))
    async with read_transaction(call.service.engine) as conn:
        async for section in list_sections(conn, person, call.service.personal_keys):
            sheet = book.add_worksheet(text(language, f"own_data_sheet.{section.name}"))
            for column, name in enumerate(section.columns):
                sheet.write_string(0, column, text(language, f"own_data_column.{name}"))
            out.write(f', "{section.name}": [')
            number = 0
            async for row in section.rows:
                fields = dict(zip(section.columns, row, strict=True))
                out.write((", " if number else "") + _json(fields))
                number += 1
                if number <= SHEET_ROWS:
                    _write_row(sheet, number, row)
            out.write("]")
    out.write("}")


def _write_row(sheet: xlsxwriter.worksheet.Worksheet, number: int, row: Row) -> None:
    """Text stays text, whatever it begins with; whole numbers are numbers."""
    for column, value in enumerate(row):
        if isinstance(value, int) and not isinstance(value, bool):
            sheet.write_number(number, column, value)
        elif value is not None:
            sheet.write_string(number, column, _plain(value))


def _plain(value: Value) -> str:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _json(value: Value | dict[str, Value] | UUID) -> str:
    return msgspec.json.encode(value).decode()


ROUTES = [own_data_page, own_data_file]
