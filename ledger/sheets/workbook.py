"""The sheets of an XLSX workbook, each read as a stream.

Values of formulas are those that the workbook was saved with.
"""

import posixpath
import re
from collections.abc import Generator, Iterator
from typing import Any, BinaryIO

from ledger.sheets.cells import NO_VALUE
from ledger.sheets.errors import (
    SheetDamaged,
    SheetKindUnsupported,
    SheetTooLarge,
    SheetTooManyColumns,
    SheetTooManyRows,
)
from ledger.sheets.merged import MergedCells, column_place
from ledger.sheets.rows import MIB, MOST_COLUMNS, MOST_ROWS, MOST_TEXT, SheetRow, TextCount
from ledger.sheets.workbook_archive import WorkbookArchive, count_in
from ledger.sheets.workbook_numbers import is_day_format, number_text
from ledger.sheets.workbook_texts import local_name, text_of, unescaped

#: A list that stands further behind is to be put first.
_MOST_SHEETS = 10
#: What spreadsheets allow.
_LONGEST_TITLE = 31
_LONGEST_FORMAT = 255
_MOST_DIGITS = 9
_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"
_STRINGS = "xl/sharedStrings.xml"
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")
_ROW_TAG = re.compile(rb"[<:]row[\s/>]")
_ROW_TAG_BYTES = 5
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


class WorkbookSheet:
    """A sheet of a workbook, at first the first one that is shown."""

    def __init__(self, source: BinaryIO) -> None:
        self._archive = WorkbookArchive(source)
        if _BOOK not in self._archive.names:
            raise SheetKindUnsupported(found="ZIP")
        self.merged = MergedCells()
        self._is_1904 = False
        self._parts = self._find_sheets()
        self._part = self._parts[0][1]
        self._day_styles = self._read_styles()
        self._strings: list[bytes] | None = None

    def turn(self) -> Iterator[str]:
        """Turn to each of the first sheets that are shown; gives their titles."""
        for title, part in self._parts:
            self._part, self.merged = part, MergedCells()
            yield title

    def check_rows(self) -> None:
        """Unpack the sheet and count its rows; only one that seems too long is read for that."""
        if count_in(self._looked_at(), _ROW_TAG, _ROW_TAG_BYTES) > MOST_ROWS:
            self._archive.leave_uncounted(self.rows())

    def _looked_at(self) -> Iterator[bytes]:
        for piece in self._archive.pieces(self._part):
            self.merged.look(piece)
            yield piece

    def rows(self) -> Generator[SheetRow]:
        """Every row that is not empty."""
        if self._strings is None:
            self._strings = self._read_strings()
        line = count = 0
        text = TextCount()
        for element in self._archive.elements(self._part, "row", "mergeCell"):
            if local_name(element) == "mergeCell":
                self.merged.note(element.get("ref", ""))
            else:
                before, line = line, _whole(element.get("r")) or line + 1
                if line <= before:
                    raise SheetDamaged(part=f"its row {line}")
                cells = self._cells(element, line)
                if cells:
                    count += 1
                    yield text.add(SheetRow(line, cells, self.merged.fill(line, cells)))
            if count > MOST_ROWS:
                raise SheetTooManyRows(limit=MOST_ROWS)

    def _cells(self, row: Any, line: int) -> list[str]:
        cells: list[str] = []
        column = -1
        for cell in row:
            before, column = column, _column(cell.get("r"), column + 1)
            if column <= before:
                raise SheetDamaged(part=f"its row {line}")
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
        if not _is_whole(number) or int(number) >= len(strings):
            raise SheetDamaged(part="its texts")
        return strings[int(number)].decode()

    def _find_sheets(self) -> list[tuple[str, str]]:
        """Title and part of each of the first sheets that are shown."""
        shown: list[tuple[str, str | None]] = []
        for element in self._archive.elements(_BOOK, "workbookPr", "sheet", short=True):
            if local_name(element) == "workbookPr":
                self._is_1904 = element.get("date1904") in ("1", "true")
            elif element.get("state") in (None, "visible"):
                relation = element.get(_RELATION) or element.get(_STRICT_RELATION)
                shown.append((element.get("name", "")[:_LONGEST_TITLE], relation))
        targets = {
            element.get("Id"): element.get("Target", "")
            for element in self._archive.elements(_RELATIONS, "Relationship", short=True)
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
        if _STYLES not in self._archive.names:
            return frozenset()
        codes: dict[int, str] = {}
        days: list[str] = []
        count = 0
        for element in self._archive.elements(_STYLES, "numFmt", "xf", short=True):
            number = _whole(element.get("numFmtId"))
            if local_name(element) == "numFmt":
                codes[number] = element.get("formatCode", "")[:_LONGEST_FORMAT]
            elif local_name(element.getparent()) == "cellXfs":
                if is_day_format(number, codes.get(number)):
                    days.append(str(count))
                count += 1
        return frozenset(days)

    def _read_strings(self) -> list[bytes]:
        if _STRINGS not in self._archive.names:
            return []
        found: list[bytes] = []
        size = 0
        for element in self._archive.elements(_STRINGS, "si"):
            found.append(text_of(element).encode())
            size += len(found[-1])
            if size > MOST_TEXT:
                raise SheetTooLarge(limit_mib=MOST_TEXT // MIB)
        return found


def _is_whole(text: str) -> bool:
    return text.isdecimal() and len(text) <= _MOST_DIGITS


def _whole(text: str | None) -> int:
    return int(text) if text and _is_whole(text) else 0


def _column(reference: str | None, following: int) -> int:
    """The place of a cell, counted from 0; the next one where it does not say."""
    found = _REFERENCE.match(reference or "")
    if found is None:
        return following
    return column_place(found[1])
