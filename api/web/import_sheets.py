"""Sheets of imports to take away: empty templates, and the wrong lines of a file to be mended."""

import asyncio
import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO

from xlsxwriter import Workbook

from api.imports import column_name, problem_words
from api.web.formatting import Language
from api.web.texts import text
from ledger.journeys.imports.columns import (
    PROBLEM_COLUMNS,
    ImportKind,
    import_columns,
    surplus_cells,
)
from ledger.journeys.imports.store import StoredLine
from ledger.sheets.cells import never_formula, turns_named

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_MARK = b"\xef\xbb\xbf"
_WIDTHS = {"name": 14, "address": 30, "id_number": 22, "phone": 16, "contact_phone": 16}
_WIDTH, _WIDE = 14, 60
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def template(kind: ImportKind, form: str, language: Language) -> bytes:
    """An empty table with its header; as a workbook also with an explanation of each column."""
    names = [column.name(language) for column in import_columns(kind).values()]
    if form == "csv":
        return _csv([names])
    target = BytesIO()
    with Workbook(target, _OPTIONS) as book:
        bold, as_text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        page = book.add_worksheet(text(language, f"import_kind.{kind}")[:31])
        for place, field in enumerate(import_columns(kind)):
            page.set_column(place, place, _WIDTHS.get(field, _WIDTH), as_text)
            page.write_string(0, place, names[place], bold)
        page.freeze_panes(1, 0)
        notes = book.add_worksheet(text(language, "imports.explanation")[:31])
        notes.set_column(0, 1, _WIDTH * 2)
        notes.set_column(2, 3, _WIDE)
        keys = ("column", "needed", "example", "note")
        for place, key in enumerate(keys):
            notes.write_string(0, place, text(language, f"import_sheet.{key}"), bold)
        for row, column in enumerate(import_columns(kind).values(), start=1):
            needed = text(language, "imports.yes") if column.required else ""
            note = column.note_en if language == "en" else column.note_zh
            cells = (column.name(language), needed, column.example, note)
            for place, words in enumerate(cells):
                notes.write_string(row, place, words)
    return target.getvalue()


async def wrong_lines(
    kind: ImportKind, form: str, language: Language, lines: Sequence[StoredLine]
) -> bytes:
    """The wrong lines with the columns of the template, so that the file can be sent again."""
    return await asyncio.to_thread(_wrong_lines, kind, form, language, lines)


def _wrong_lines(
    kind: ImportKind, form: str, language: Language, lines: Sequence[StoredLine]
) -> bytes:
    fields = list(import_columns(kind))
    line_name, problem_name = PROBLEM_COLUMNS[language]
    header = [line_name, *(column_name(kind, one, language) for one in fields), problem_name]
    rows = (
        [
            str(one.line),
            *(turns_named((one.values or {}).get(field, "")) for field in fields),
            " ".join(problem_words(kind, found, None, language) for found in one.problems),
            # under no heading again: who forgets about them is told once more
            *(
                turns_named((one.values or {})[letters])
                for letters in surplus_cells(one.values or {})
            ),
        ]
        for one in lines
    )
    if form == "csv":
        return _csv([header, *([never_formula(cell) for cell in row] for row in rows)])
    target = BytesIO()
    with Workbook(target, _OPTIONS) as book:
        bold = book.add_format({"bold": True})
        # the mark keeps a cell from being a formula, and digits from becoming a number
        marked = book.add_format({"quote_prefix": True, "num_format": "@"})
        page = book.add_worksheet(text(language, "imports.wrong_lines")[:31])
        page.set_column(0, len(fields), _WIDTH)
        page.set_column(len(fields) + 1, len(fields) + 1, _WIDE)
        for place, words in enumerate(header):
            page.write_string(0, place, words, bold)
        for number, row in enumerate(rows, start=1):
            for place, words in enumerate(row):
                page.write_string(number, place, words, marked)
    return target.getvalue()


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    target = StringIO()
    csv.writer(target, lineterminator="\r\n").writerows(rows)
    return _MARK + target.getvalue().encode("utf-8")
