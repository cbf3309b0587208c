"""A statement as CSV or XLSX, with its filters, who made it and when; ``statement_pdf`` prints it.

Every text of others is written so that no spreadsheet reads it as a formula. The sums are those of
the page, whatever part of the lines a form has room for.
"""

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from xlsxwriter import Workbook

from api.web.formatting import Language, format_exact
from api.web.movements import about_of, event_name, plain_event_name
from api.web.numbers import short_number
from api.web.texts import text
from ledger.clock import SHANGHAI
from ledger.journeys.account_statement import FoundLine
from ledger.sheets.cells import never_formula

COLUMNS = ("booked_on", "occurred_at", "event", "name", "in", "out", "balance", "memo", "entry")
#: Most lines of each form. A PDF is for reading and signing, the others are for reckoning.
MOST_LINES = {"csv": 100_000, "xlsx": 20_000, "pdf": 5_000}
Chunks = AsyncIterator[Sequence[FoundLine]]


class Sheet(NamedTuple):
    """What stands above the lines of a file."""

    title: str
    #: Whose books: the programme or estate.
    owner: str
    filters: Sequence[str]
    #: Who made it and when.
    made: str
    unit: str
    lines: int
    total_in: int
    total_out: int
    language: Language
    #: It is its reader's own: words and numbers are those of her page.
    is_own: bool = False
    #: What its movements were for, as that page says it.
    subjects: Mapping[UUID, str] = MappingProxyType({})


def number(value: int, unit: str) -> Decimal:
    """An amount in yuan, points or hours, exact; minutes as they are."""
    return Decimal(value) if unit == "minute" else Decimal(value).scaleb(-2)


def column_names(sheet: Sheet) -> list[str]:
    """The heads of the columns, amounts with their unit."""
    units = {"minute": "minutes" if sheet.language == "en" else "分钟"}
    unit = units.get(sheet.unit) or text(sheet.language, f"filter.unit.{sheet.unit}")
    return [
        f"{text(sheet.language, f'filter.column.{name}')}"
        + (f" ({unit})" if name in ("in", "out", "balance") else "")
        for name in COLUMNS
    ]


def line_name(line: FoundLine, sheet: Sheet) -> str:
    """What a line is called; a reversal says that it is one."""
    name_of = plain_event_name if sheet.is_own else event_name
    name = name_of(line.event_code, sheet.language)
    return f"{name} · {text(sheet.language, 'voucher.reversal')}" if line.is_reversal else name


def cells(line: FoundLine, sheet: Sheet) -> list[Any]:
    """One line; days and moments as such, amounts as exact numbers, None where there is none."""
    return [
        line.booked_on,
        line.occurred_at.astimezone(SHANGHAI).replace(tzinfo=None),
        line.event_code,
        line_name(line, sheet),
        number(line.paid_in, sheet.unit) if line.paid_in else None,
        number(line.paid_out, sheet.unit) if line.paid_out else None,
        number(line.balance, sheet.unit),
        about_of(line, sheet.subjects),
        short_number(line.entry_id) if sheet.is_own else str(line.entry_id),
    ]


async def csv_lines(sheet: Sheet, chunks: Chunks) -> AsyncIterator[bytes]:
    """The file piece by piece, with the mark that spreadsheets know UTF-8 by."""
    yield b"\xef\xbb\xbf"
    head = [[never_formula(words)] for words in _head(sheet)]
    yield _csv([*head, [], column_names(sheet)])
    async for found in chunks:
        yield _csv([_csv_cells(cells(line, sheet)) for line in found])
    yield _csv([_totals(sheet)])


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    target = StringIO()
    csv.writer(target, lineterminator="\r\n").writerows(rows)
    return target.getvalue().encode("utf-8")


def _csv_cells(row: Sequence[Any]) -> list[str]:
    return [
        ""
        if cell is None
        else cell.isoformat(" ", "seconds")
        if isinstance(cell, datetime)
        else never_formula(cell)
        if isinstance(cell, str)
        else str(cell)
        for cell in row
    ]


def _head(sheet: Sheet) -> list[str]:
    return [sheet.title, sheet.owner, *sheet.filters, sheet.made]


def _totals(sheet: Sheet) -> list[Any]:
    name = f"{text(sheet.language, 'filter.column.total')} {sheet.lines}"
    sums = (number(sheet.total_in, sheet.unit), number(sheet.total_out, sheet.unit))
    return [name, "", "", "", *sums, "", "", ""]


async def workbook(sheet: Sheet, chunks: Chunks) -> bytes:
    """An XLSX workbook; rows go to a file on disk as they come, so that memory stays small."""
    target = BytesIO()
    book = Workbook(
        target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    page = book.add_worksheet(text(sheet.language, "statement.title")[:31])
    bold = book.add_format({"bold": True})
    by_type = {
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        Decimal: book.add_format({"num_format": "0" if sheet.unit == "minute" else "#,##0.00"}),
        str: book.add_format({"quote_prefix": True}),
    }
    widths = (12, 17, 9, 26, 14, 14, 15, 30, 38)
    for column, width in enumerate(widths):
        page.set_column(column, column, width)
    row = 0
    for words in _head(sheet):
        page.write_string(row, 0, words, bold if row == 0 else None)
        row += 1
    _write_row(page, row + 1, column_names(sheet), dict.fromkeys(by_type, bold))
    row += 2
    async for found in chunks:
        await asyncio.to_thread(_write_lines, page, row, found, sheet, by_type)
        row += len(found)
    _write_row(page, row, _totals(sheet), by_type)
    await asyncio.to_thread(book.close)
    return target.getvalue()


def _write_lines(
    page: Any, row: int, lines: Sequence[FoundLine], sheet: Sheet, formats: dict[type, Any]
) -> None:
    for place, line in enumerate(lines):
        _write_row(page, row + place, cells(line, sheet), formats)


def _write_row(page: Any, row: int, values: Sequence[Any], formats: dict[type, Any]) -> None:
    write: dict[type, Callable[..., Any]] = {
        datetime: page.write_datetime,
        date: page.write_datetime,
        Decimal: page.write_number,
        str: page.write_string,
    }
    for column, value in enumerate(values):
        if value is not None and value != "":
            write[type(value)](row, column, value, formats[type(value)])


def made_by(name: str, moment: datetime, language: Language) -> str:
    """Who made a file, and when to the second."""
    return text(language, "filter.made", name=name, moment=format_exact(moment))
