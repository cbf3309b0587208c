"""Which columns a file of each kind may have, and where they stand in the file at hand."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, get_args

import msgspec

from ledger.errors import LedgerError
from ledger.sheets.cells import column_letters, header_word, read_text
from ledger.sheets.errors import SheetEmpty
from ledger.sheets.rows import SheetRow

ImportKind = Literal["people", "org_units", "merchants", "partners"]
IMPORT_KINDS: tuple[ImportKind, ...] = get_args(ImportKind)
#: What a file of lines to be mended carries beside its columns; never read.
PROBLEM_COLUMNS = {
    "zh-CN": ("行号（不导入）", "问题（不导入）"),
    "en": ("Line (not imported)", "Problem (not imported)"),
}
#: Titles and remarks may stand above the header.
_HEADER_WITHIN = 20
_LONGEST_SHOWN = 40
_SHOWN_UNKNOWN = 20


class HeaderMissing(LedgerError):
    """No row names the columns that are needed."""

    template = "No row among the first 20 names the column {column}. The first row names columns."


class HeaderInNoSheet(HeaderMissing):
    """Several sheets were looked at."""

    template = (
        "No row among the first 20 of the sheets {sheets} names the column {column}. The first row "
        "names columns; put the list first."
    )


class HeaderRepeated(LedgerError):
    """Two columns mean the same."""

    template = "Line {line}: two columns are called {column}. Delete or rename one."


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One column of ``columns.toml``; the first two names are those of the template."""

    names: tuple[str, ...]
    example: str
    note_zh: str
    note_en: str
    required: bool = False

    def name(self, language: str) -> str:
        """What the template calls it."""
        return self.names[1] if language == "en" else self.names[0]


class Header(msgspec.Struct, frozen=True):
    """Where each field stands in a file, and the columns nobody knows."""

    line: int
    places: dict[str, int]
    unknown: tuple[str, ...]
    #: Behind these columns there is no heading.
    width: int

    def values_of(self, row: SheetRow) -> dict[str, str]:
        """The cells of a row by field; the empty ones are left out.

        Those behind the last heading are called by the letters of their column: a comma too many
        moves all that follows.
        """
        cells = row.cells
        values = {
            field: cells[place]
            for field, place in self.places.items()
            if place < len(cells) and cells[place].strip()
        }
        for place in range(self.width, len(cells)):
            if read_text(cells[place]):
                values[column_letters(place)] = cells[place]
        return values


def surplus_cells(values: Mapping[str, str]) -> list[str]:
    """The columns of a line's cells that have no heading, by their letters."""
    return [field for field in values if field.isupper()]


@cache
def import_columns(kind: ImportKind) -> Mapping[str, Column]:
    """The columns of a kind by field, in the order of the template."""
    text = files("ledger.journeys.imports").joinpath("data", "columns.toml").read_text("utf-8")
    tables = tomllib.loads(text)[kind]
    return MappingProxyType({field: msgspec.convert(one, Column) for field, one in tables.items()})


def find_header(
    kind: ImportKind, rows: Iterator[SheetRow], *, is_first_sheet: bool = True
) -> Header:
    """The header among the first rows; ``rows`` goes on behind it.

    On later sheets a single known column has to stand alone: explanations name columns as well.

    Raises:
        HeaderMissing: none of them names what is needed.
        HeaderRepeated: a column stands twice.
        SheetEmpty: there are no rows.
    """
    columns = import_columns(kind)
    needed = {field for field, column in columns.items() if column.required}
    seen = False
    for _, row in zip(range(_HEADER_WITHIN), rows, strict=False):
        seen = True
        found = _fields_of(kind, row)
        is_alone = is_first_sheet or len(row.cells) == len(found)
        several = needed <= set(found.values()) and len(found) > 1
        if several or (set(found.values()) == needed and is_alone):
            return _place(kind, row, found)
    if not seen:
        raise SheetEmpty
    missing = next(columns[field].names[0] for field in columns if field in needed)
    raise HeaderMissing(column=missing)


@cache
def _field_by_word(kind: ImportKind) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for field, column in import_columns(kind).items():
        for name in column.names:
            assert found.setdefault(header_word(name), field) == field, f"{name} means two columns"
    return found


def _fields_of(kind: ImportKind, row: SheetRow) -> dict[int, str]:
    known = _field_by_word(kind)
    words = (header_word(cell).rstrip("*:") for cell in row.cells)
    return {place: known[word] for place, word in enumerate(words) if word in known}


def _place(kind: ImportKind, row: SheetRow, found: Mapping[int, str]) -> Header:
    places: dict[str, int] = {}
    for place, field in found.items():
        if field in places:
            column = import_columns(kind)[field].names[0]
            raise HeaderRepeated(line=row.line, column=column)
        places[field] = place
    unread = {header_word(name) for names in PROBLEM_COLUMNS.values() for name in names}
    unknown = tuple(
        cell.strip()[:_LONGEST_SHOWN]
        for place, cell in enumerate(row.cells)
        if cell.strip() and place not in found and header_word(cell) not in unread
    )
    return Header(row.line, places, unknown[:_SHOWN_UNKNOWN], len(row.cells))
