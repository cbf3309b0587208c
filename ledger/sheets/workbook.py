"""The sheets of an XLSX workbook, each read as a stream.

An archive may unpack to far more than it weighs, and XML may ask for more than a table needs: what
is unpacked is counted, and nothing is resolved, fetched or expanded. Values of formulas are those
that the workbook was saved with.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Generator, Iterator
from typing import IO, Any, BinaryIO

from lxml import etree

from ledger.sheets.cells import NO_VALUE
from ledger.sheets.errors import (
    SheetDamaged,
    SheetKindUnsupported,
    SheetTooLarge,
    SheetTooManyColumns,
    SheetTooManyRows,
)
from ledger.sheets.merged import MergedCells, column_place
from ledger.sheets.rows import MIB, MOST_COLUMNS, MOST_ROWS, SheetRow
from ledger.sheets.workbook_numbers import is_day_format, number_text
from ledger.sheets.workbook_texts import local_name, text_of, unescaped

#: What 200,000 rows of 15 columns unpack to, and as much again.
MOST_UNPACKED = 512 * MIB
_MOST_STRINGS = 2_000_000
_MOST_PARTS = 2_000
#: A list that stands further behind is to be put first.
_MOST_SHEETS = 10
#: What spreadsheets allow.
_LONGEST_TITLE = 31
#: A row of a hundred long cells, and more than enough.
_LONGEST_ELEMENT = 8 * MIB
_PIECE = 64 * 1024
_BOOK = "xl/workbook.xml"
_STYLES = "xl/styles.xml"
_STRINGS = "xl/sharedStrings.xml"
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")
_ROW_TAG = re.compile(rb"[<:]row[\s/>]")
_ROW_TAG_BYTES = 5
#: The last one: packed or locked in ways that are not read here.
_UNREADABLE = (
    etree.XMLSyntaxError,
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    EOFError,
    RuntimeError,
)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


class WorkbookSheet:
    """A sheet of a workbook, at first the first one that is shown."""

    def __init__(self, source: BinaryIO) -> None:
        try:
            self._archive = zipfile.ZipFile(source)
        except (*_UNREADABLE, OSError, ValueError) as error:
            raise SheetDamaged(part="the archive") from error
        names = self._archive.namelist()
        if len(names) > _MOST_PARTS:
            raise SheetDamaged(part="the archive")
        if _BOOK not in names:
            raise SheetKindUnsupported(found="ZIP")
        self._left = MOST_UNPACKED
        self._since_element = 0
        self.merged = MergedCells()
        self._is_1904 = False
        self._parts = self._find_sheets()
        self._part = self._parts[0][1]
        self._day_styles = self._read_styles()
        self._strings: list[str] | None = None

    def turn(self) -> Iterator[str]:
        """Turn to each of the first sheets that are shown; gives their titles."""
        for title, part in self._parts:
            self._part, self.merged = part, MergedCells()
            yield title

    def check_rows(self) -> None:
        """Unpack the sheet and count its rows; only one that seems too long is read for that."""
        if self._count_row_tags() > MOST_ROWS:
            left = self._left
            for _ in self.rows():
                pass
            self._left = left

    def _count_row_tags(self) -> int:
        """How often a row begins or may seem to: never less than there are rows."""
        count, end, size = 0, b"", 0
        try:
            with self._archive.open(self._part) as stream:
                while piece := stream.read(_PIECE):
                    size += len(piece)
                    if size > MOST_UNPACKED:
                        raise SheetTooLarge(limit_mib=MOST_UNPACKED // MIB)
                    text = end + piece
                    count += len(_ROW_TAG.findall(text))
                    self.merged.look(piece)
                    end = text[1 - _ROW_TAG_BYTES :]
        except _UNREADABLE as error:
            raise SheetDamaged(part=self._part) from error
        return count

    def rows(self) -> Generator[SheetRow]:
        """Every row that is not empty."""
        if self._strings is None:
            self._strings = self._read_strings()
        line = count = 0
        for element in self._elements(self._part, "row", "mergeCell"):
            if local_name(element) == "mergeCell":
                self.merged.note(element.get("ref", ""))
            else:
                before, line = line, _whole(element.get("r")) or line + 1
                if line <= before:
                    raise SheetDamaged(part=f"its row {line}")
                cells = self._cells(element, line)
                if cells:
                    count += 1
                    yield SheetRow(line, cells, self.merged.fill(line, cells))
            if count > MOST_ROWS:
                raise SheetTooManyRows(limit=MOST_ROWS)

    def _cells(self, row: Any, line: int) -> list[str]:
        cells: list[str] = []
        for cell in row:
            column = _column(cell.get("r"), len(cells))
            value = self._value(cell)
            if value == "" or value.isspace():
                continue
            if column >= MOST_COLUMNS:
                raise SheetTooManyColumns(line=line, limit=MOST_COLUMNS)
            while len(cells) < column:
                cells.append("")
            cells.append(value)
        return cells

    def _value(self, cell: Any) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return text_of(cell)
        value = formula = None
        for child in cell:
            if child.tag.endswith("}v"):
                value = child.text or ""
            elif child.tag.endswith("}f"):
                formula = child
        if not value:
            # a formula that came to an empty text says that it is a text
            is_known = formula is None or (value is not None and kind == "str")
            return "" if is_known else NO_VALUE
        if kind == "s":
            return self._string(value)
        if kind == "n":
            is_day = cell.get("s", "0") in self._day_styles
            return number_text(value, is_day=is_day, is_1904=self._is_1904)
        return value[: len("2026-11-07")] if kind == "d" else unescaped(value)

    def _string(self, number: str) -> str:
        strings = self._strings or []
        if not number.isdecimal() or int(number) >= len(strings):
            raise SheetDamaged(part="its texts")
        return strings[int(number)]

    def _find_sheets(self) -> list[tuple[str, str]]:
        """Title and part of each of the first sheets that are shown."""
        shown: list[tuple[str, str | None]] = []
        for element in self._elements(_BOOK, "workbookPr", "sheet"):
            if local_name(element) == "workbookPr":
                self._is_1904 = element.get("date1904") in ("1", "true")
            elif element.get("state") in (None, "visible"):
                relation = element.get(_RELATION) or element.get(_STRICT_RELATION)
                shown.append((element.get("name", "")[:_LONGEST_TITLE], relation))
        targets = {
            element.get("Id"): element.get("Target", "")
            for element in self._elements("xl/_rels/workbook.xml.rels", "Relationship")
        }
        parts = [
            (title, posixpath.normpath(posixpath.join("/xl", targets[relation])).lstrip("/"))
            for title, relation in shown[:_MOST_SHEETS]
            if relation in targets
        ]
        if not parts:
            raise SheetDamaged(part="its first sheet")
        return parts

    def _read_styles(self) -> frozenset[str]:
        """Numbers of the cell styles that show days."""
        if _STYLES not in self._archive.namelist():
            return frozenset()
        codes: dict[int, str] = {}
        days: list[str] = []
        for element in self._elements(_STYLES, "numFmt", "cellXfs"):
            if local_name(element) == "numFmt":
                codes[_whole(element.get("numFmtId"))] = element.get("formatCode", "")
                continue
            for place, style in enumerate(element):
                number = _whole(style.get("numFmtId"))
                if is_day_format(number, codes.get(number)):
                    days.append(str(place))
        return frozenset(days)

    def _read_strings(self) -> list[str]:
        if _STRINGS not in self._archive.namelist():
            return []
        found: list[str] = []
        for element in self._elements(_STRINGS, "si"):
            found.append(text_of(element))
            if len(found) > _MOST_STRINGS:
                raise SheetTooManyRows(limit=MOST_ROWS)
        return found

    def _elements(self, part: str, *names: str) -> Iterator[Any]:
        """The elements of these names in a part, each let go when the next one is asked for."""
        try:
            with self._archive.open(part) as stream:
                for _, element in etree.iterparse(
                    _Counted(stream, self),
                    events=("end",),
                    tag=[f"{{*}}{name}" for name in names],
                    load_dtd=False,
                    no_network=True,
                    resolve_entities=False,
                    huge_tree=False,
                    remove_comments=True,
                    remove_pis=True,
                ):
                    self._since_element = 0
                    yield element
                    _release(element)
        except _UNREADABLE as error:
            raise SheetDamaged(part=part) from error

    def take(self, count: int) -> None:
        """Count bytes that were unpacked.

        Raises:
            SheetTooLarge: more than any table needs.
        """
        self._left -= count
        self._since_element += count
        if self._left < 0 or self._since_element > _LONGEST_ELEMENT:
            raise SheetTooLarge(limit_mib=MOST_UNPACKED // MIB)


class _Counted:
    """A part of the archive that counts what is read of it, and takes no declarations."""

    def __init__(self, stream: IO[bytes], owner: WorkbookSheet) -> None:
        self._stream = stream
        self._owner = owner

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._stream.read(min(size, _PIECE) if size > 0 else _PIECE)
        self._owner.take(len(data))
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise SheetDamaged(part="a part with declarations")
        return data


def _release(element: Any) -> None:
    """Forget what was read, so that memory does not grow with the file."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) <= 9 else 0


def _column(reference: str | None, following: int) -> int:
    """The place of a cell, counted from 0; the next one where it does not say."""
    found = _REFERENCE.match(reference or "")
    if found is None:
        return following
    return column_place(found[1])
