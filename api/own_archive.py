"""Everything known of a person as one archive: JSON, a workbook, and the files that prove hers.

It is written to disk row by row and file by file and sent from there: its size costs no memory.
"""

import asyncio
import tempfile
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import IO
from uuid import UUID

import msgspec
import xlsxwriter
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import GatedCall
from api.own_data_rows import list_sections
from api.own_data_ties import OwnFile, Row, Value, list_own_files
from api.web.formatting import Language
from api.web.texts import text
from ledger.clock import SHANGHAI, now
from ledger.database import read_transaction, set_tenant, write_transaction
from ledger.foundation.audit_log import record_action
from ledger.foundation.files import get_file
from ledger.foundation.organisations import list_memberships
from ledger.foundation.people import Person

MEDIA_TYPE = "application/zip"
_PIECE_BYTES = 64 * 1024
_JSON, _XLSX = "data.json", "data.xlsx"
#: Most rows of one sheet; the JSON has them all.
SHEET_ROWS = 100_000


async def take_along(call: GatedCall, person: Person, language: Language) -> Stream:
    """Make the archive now, and put on record that it was taken."""
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
        await _write_archive(archive, call, person, language)
    except BaseException:
        archive.close()
        raise
    headers = {
        "content-disposition": f'attachment; filename="gongzhang-{person.volunteer_no}.zip"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Stream(_pieces(archive), media_type=MEDIA_TYPE, headers=headers)


async def _pieces(archive: IO[bytes]) -> AsyncIterator[bytes]:
    with archive:
        archive.seek(0)
        while piece := await asyncio.to_thread(archive.read, _PIECE_BYTES):
            yield piece


async def _write_archive(
    archive: IO[bytes], call: GatedCall, person: Person, language: Language
) -> None:
    """One pass over the rows writes both forms, then they and the files go into the archive."""
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        json, sheets = Path(folder) / _JSON, Path(folder) / _XLSX
        book = xlsxwriter.Workbook(
            sheets,
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
        )
        async with read_transaction(call.service.engine) as conn:
            memberships = await list_memberships(conn, person_id=person.person_id)
            files = await list_own_files(conn, memberships)
            with json.open("w", encoding="utf-8") as out:
                out.write('{"made_at": ' + _json(now()))
                async for section in list_sections(
                    conn, person, memberships, files, call.service.personal_keys
                ):
                    sheet = book.add_worksheet(text(language, f"own_data_sheet.{section.name}"))
                    for column, name in enumerate(section.columns):
                        sheet.write_string(0, column, text(language, f"own_data_column.{name}"))
                    await _write_rows(out, sheet, section.name, section.columns, section.rows)
                out.write("}")
            await asyncio.to_thread(book.close)
            for path in (json, sheets):
                await asyncio.to_thread(packed.write, path, path.name)
            await _write_files(packed, conn, files)


async def _write_rows(
    out: TextIOWrapper,
    sheet: xlsxwriter.worksheet.Worksheet,
    name: str,
    columns: Sequence[str],
    rows: AsyncIterator[Row],
) -> None:
    out.write(f', "{name}": [')
    number = 0
    async for row in rows:
        fields = dict(zip(columns, row, strict=True))
        out.write((", " if number else "") + _json(fields))
        number += 1
        if number <= SHEET_ROWS:
            _write_row(sheet, number, row)
    out.write("]")


async def _write_files(
    packed: zipfile.ZipFile, conn: AsyncConnection, files: Sequence[OwnFile]
) -> None:
    """One file after the other; each is a picture or paper and compressed already."""
    for one in files:
        if one.is_taken:
            tenant_id = one.membership.tenant.tenant_id
            await set_tenant(conn, tenant_id)
            file = await get_file(conn, tenant_id=tenant_id, file_id=one.file_id)
            await asyncio.to_thread(
                packed.writestr, one.path, file.content, compress_type=zipfile.ZIP_STORED
            )


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
