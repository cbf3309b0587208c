"""Text with separators: UTF-8 or GB18030, commas, semicolons or tabs, read line by line."""

import csv
import re
from collections.abc import Generator, Iterator
from typing import BinaryIO

from ledger.sheets.errors import (
    SheetBinary,
    SheetEmpty,
    SheetEncodingMixed,
    SheetEncodingUnsupported,
    SheetRowUnreadable,
    SheetTooManyColumns,
    SheetTooManyRows,
)
from ledger.sheets.merged import MergedCells
from ledger.sheets.rows import MIB, MOST_COLUMNS, MOST_ROWS, SheetRow, TextCount

_MARK = b"\xef\xbb\xbf"
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_AS_TEXT = re.compile(r'="([^"]*)"\Z')
_SEPARATORS = ",;\t"
_LOOKED_AT = 20


class TextSheet:
    """A CSV file; its encoding and separator are found by looking at it."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.merged = MergedCells()  # text has none
        self._row = self._row_size = 0
        self._encoding = find_encoding(source)
        self._separator = self._find_separator()

    def turn(self) -> Iterator[str]:
        """Text is one table."""
        yield ""

    def check_rows(self) -> None:
        """Read every row once; 200,000 take about a second."""
        for _ in self.rows():
            pass

    def rows(self) -> Generator[SheetRow]:
        """Every row that is not empty."""
        reader = csv.reader(self._lines_of_rows(), delimiter=self._separator, strict=True)
        count = 0
        text = TextCount()
        while True:
            self._row = line = reader.line_num + 1
            self._row_size = 0
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise SheetRowUnreadable(line=line) from None
            while cells and not cells[-1].strip():
                cells.pop()
            if len(cells) > MOST_COLUMNS:
                raise SheetTooManyColumns(line=line, limit=MOST_COLUMNS)
            if cells:
                count += 1
                if count > MOST_ROWS:
                    raise SheetTooManyRows(limit=MOST_ROWS)
                yield text.add(SheetRow(line, [_AS_TEXT.sub(r"\1", cell) for cell in cells]))

    def _lines_of_rows(self) -> Iterator[str]:
        """Every line; those of one row end somewhere, however many cells hold line breaks."""
        for line in self._lines():
            self._row_size += len(line)
            if self._row_size > MIB:
                raise SheetRowUnreadable(line=self._row)
            yield line

    def _lines(self) -> Iterator[str]:
        for line in _raw_lines(self._source):
            yield line.decode(self._encoding)

    def _find_separator(self) -> str:
        """The one that stands most often in one of the first lines."""
        counts = dict.fromkeys(_SEPARATORS, 0)
        for _, line in zip(range(_LOOKED_AT), self._lines(), strict=False):
            for separator in counts:
                counts[separator] = max(counts[separator], line.count(separator))
        return max(counts, key=lambda separator: counts[separator])


def _raw_lines(source: BinaryIO) -> Iterator[bytes]:
    """Every physical line, without the mark at the beginning.

    A line feed is no part of a longer character in either encoding.
    """
    source.seek(len(_MARK) if _has_mark(source) else 0)
    number = 0
    while line := source.readline(MIB):
        number += 1
        if len(line) == MIB and not line.endswith(b"\n"):
            raise SheetRowUnreadable(line=number)
        yield line


def _has_mark(source: BinaryIO) -> bool:
    source.seek(0)
    return source.read(len(_MARK)) == _MARK


def find_encoding(source: BinaryIO) -> str:
    """UTF-8 when every line is, else GB18030 when every line is.

    Raises:
        SheetBinary, SheetEmpty, SheetEncodingMixed, SheetEncodingUnsupported: names the line.
    """
    not_utf8 = not_gb = surely_utf8 = None
    blank = True
    for number, line in enumerate(_raw_lines(source), start=1):
        blank = blank and not line.strip()
        if _CONTROL.search(line):
            raise SheetBinary(line=number)
        if line.isascii():
            continue
        text = _decoded(line, "utf-8")
        if text is None:
            not_utf8 = not_utf8 or number
        elif _CHINESE.search(text):
            surely_utf8 = surely_utf8 or number
        if _decoded(line, "gb18030") is None:
            not_gb = not_gb or number
    if blank:
        raise SheetEmpty
    return _judge(not_utf8, surely_utf8, 1 if not_utf8 and _has_mark(source) else not_gb)


def _judge(not_utf8: int | None, surely_utf8: int | None, not_gb: int | None) -> str:
    """The encoding, from the first lines that speak for and against each."""
    if not_utf8 is None:
        return "utf-8"
    if surely_utf8 is not None:
        raise SheetEncodingMixed(line=not_utf8, other_line=surely_utf8)
    if not_gb is not None:
        raise SheetEncodingUnsupported(line=max(not_utf8, not_gb))
    return "gb18030"


def _decoded(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None
