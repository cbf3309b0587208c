"""Rows of a table in a file: CSV or XLSX by what the file holds, read one after the other.

Nothing is held but the row at hand (and, of a workbook, its shared strings), so that a file of a
hundred thousand rows takes as little memory as a short one.
"""

from collections.abc import Generator, Iterator
from typing import BinaryIO, Protocol

import msgspec

from ledger.sheets.errors import SheetEmpty, SheetKindUnsupported, SheetTooLarge
from ledger.sheets.merged import MergedCells
from ledger.sheets.signatures import find_signature

MIB = 1024 * 1024
LARGEST_FILE = 50 * MIB
MOST_ROWS = 200_000
MOST_COLUMNS = 100
_HEAD_BYTES = 1024


class SheetRow(msgspec.Struct, frozen=True, gc=False):
    """One row: the line of the file (CSV: where it begins) and its cells, none at the end empty."""

    line: int
    cells: list[str]
    #: Place, and the line whose value stands there: the cells are merged.
    filled: tuple[tuple[int, int], ...] = ()


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
