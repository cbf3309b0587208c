"""Rows of a table in a file: CSV or XLSX by what the file holds, read one after the other.

Nothing is held but the row at hand (and, of a workbook, its shared strings), so that a file of a
hundred thousand rows takes as little memory as a short one.
"""

from collections.abc import Generator, Iterator
from typing import BinaryIO, Protocol

import msgspec

from ledger.sheets.cells import column_letters
from ledger.sheets.errors import (
    SheetCellTooLong,
    SheetEmpty,
    SheetKindUnsupported,
    SheetRowTooLong,
    SheetTooLarge,
)
from ledger.sheets.merged import MergedCells
from ledger.sheets.signatures import find_signature

MIB = 1024 * 1024
LARGEST_FILE = 50 * MIB
MOST_ROWS = 200_000
MOST_COLUMNS = 100
#: Characters of all cells together: a workbook says no more than the largest file of text.
MOST_TEXT = LARGEST_FILE
#: Characters; what spreadsheets allow.
LONGEST_CELL = 32_767
#: Characters; a hundred cells of a thousand each.
LONGEST_ROW = 100_000
_HEAD_BYTES = 1024


class SheetRow(msgspec.Struct, frozen=True, gc=False):
    """One row: the line of the file (CSV: where it begins) and its cells, none at the end empty."""

    line: int
    cells: list[str]
    #: Place, and the line whose value stands there: the cells are merged.
    filled: tuple[tuple[int, int], ...] = ()

    @property
    def size(self) -> int:
        """Characters of all cells."""
        return sum(map(len, self.cells))


class TextCount:
    """Counts what a table says, by what each cell comes to: a few bytes can name a long text."""

    def __init__(self) -> None:
        self._left = MOST_TEXT

    def add(self, row: SheetRow) -> SheetRow:
        """The same row.

        Raises:
            SheetCellTooLong, SheetRowTooLong, SheetTooLarge: more than anybody fills in.
        """
        size = row.size
        if size > LONGEST_CELL:
            for place, cell in enumerate(row.cells):
                if len(cell) > LONGEST_CELL:
                    raise SheetCellTooLong(
                        line=row.line, letters=column_letters(place), limit=LONGEST_CELL
                    )
            if size > LONGEST_ROW:
                raise SheetRowTooLong(line=row.line, limit=LONGEST_ROW)
        self._left -= size
        if self._left < 0:
            raise SheetTooLarge(limit_mib=MOST_TEXT // MIB)
        return row


class Sheet(Protocol):
    """The tables of a file, one of them open."""

    #: Of the open one: all that there are once its rows were looked through.
    merged: MergedCells

    def turn(self) -> Iterator[str]:
        """Turn to each table of the file that is looked at; gives their titles.

        The one that was turned to last is meant by everything else.
        """

    def check_rows(self) -> None:
        """Look through all rows where that costs little, before any of them is worked on.

        Raises:
            SheetRefused: what ``rows`` would say only further down.
        """

    def rows(self) -> Generator[SheetRow]:
        """Every row that is not empty.

        Raises:
            SheetRefused: any of its kinds; also after the last row.
        """


def open_sheet(source: BinaryIO) -> Sheet:
    """The table of a file: text with separators, or the sheets of a workbook.

    Raises:
        SheetRefused: empty, too large, or something else.
    """
    # each knows formats that the other has no use for
    from ledger.sheets.text_sheet import TextSheet  # noqa: PLC0415
    from ledger.sheets.workbook import WorkbookSheet  # noqa: PLC0415

    size = source.seek(0, 2)
    source.seek(0)
    head = source.read(_HEAD_BYTES)
    source.seek(0)
    if size > LARGEST_FILE:
        raise SheetTooLarge(limit_mib=LARGEST_FILE // MIB)
    if not head.strip():
        raise SheetEmpty
    found = find_signature(head)
    if head.startswith(b"PK\x03\x04"):
        return WorkbookSheet(source)
    if found is None and head.lstrip(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        found = "HTML/XML"
    if found is not None:
        raise SheetKindUnsupported(found=found)
    return TextSheet(source)
