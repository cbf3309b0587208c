"""Bytes to text to CSV records, strictly: nothing is replaced, guessed or dropped."""

import csv
import re
from collections.abc import Iterator

import msgspec

from reconciliation.intake.errors import (
    EncodingNotSupported,
    FileIsBinary,
    FileIsEmpty,
    FileTruncated,
    RowUnreadable,
)

_UTF8_MARK = b"\xef\xbb\xbf"
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_PHYSICAL_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_LONGEST_RECORD = 1_000_000
#: Of a record; no layout has a tenth of it.
_MOST_CELLS = 1_000
_UNFINISHED = ("unexpected end of data", "incomplete multibyte sequence")


class Record(msgspec.Struct, frozen=True, gc=False):
    """One CSV record: its cells, the physical line it starts on, and its text as it stands."""

    line: int
    cells: list[str]
    raw: str


def decode_text(data: bytes) -> str:
    """UTF-8 (with or without its mark), else GB18030, both strict.

    Raises:
        FileIsEmpty: nothing but blanks.
        FileIsBinary: control bytes; UTF-16 and archives end here.
        FileTruncated: the last character is cut in half.
        EncodingNotSupported: valid in neither encoding.
    """
    if not data.removeprefix(_UTF8_MARK).strip():
        raise FileIsEmpty
    control = _CONTROL.search(data)
    if control is not None:
        raise FileIsBinary(line=_line_at(data, control.start()), offset=control.start())
    marked = data.startswith(_UTF8_MARK)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if _is_cut(error, data):
            raise FileTruncated(line=_line_at(data, error.start)) from None
        if marked:
            raise _wrong_encoding(error, data, "UTF-8") from None
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        if _is_cut(error, data):
            raise FileTruncated(line=_line_at(data, error.start)) from None
        raise _wrong_encoding(error, data, "UTF-8 / GB18030") from None


def _is_cut(error: UnicodeDecodeError, data: bytes) -> bool:
    """The very last character is incomplete, and what precedes it is fine and not plain ASCII."""
    return (
        error.reason in _UNFINISHED and error.end == len(data) and not data[: error.start].isascii()
    )


def _wrong_encoding(error: UnicodeDecodeError, data: bytes, encoding: str) -> EncodingNotSupported:
    start_of_line = data.rfind(b"\n", 0, error.start) + 1
    column = len(data[start_of_line : error.start].decode(error.encoding, "replace")) + 1
    return EncodingNotSupported(line=_line_at(data, error.start), column=column, encoding=encoding)


def _line_at(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


def iter_records(text: str) -> Iterator[Record]:
    """Every CSV record of the text, blank ones too, with its own text beside its cells.

    Raises:
        RowUnreadable: a quote that is never closed, a cell of more than 128 KiB, or a record of
            more than a million characters or a thousand cells.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise RowUnreadable(line=start) from None
        if len(cells) > _MOST_CELLS:
            raise RowUnreadable(line=start)
        yield Record(start, cells, lines.take())


class _Lines:
    """Physical lines of a text, remembering those handed out since the last record."""

    def __init__(self, text: str) -> None:
        self._lines = _PHYSICAL_LINE.finditer(text)
        self._taken: list[str] = []
        self._size = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)[0]
        self._taken.append(line)
        self._size += len(line)
        if self._size > _LONGEST_RECORD:
            raise csv.Error("endless")
        return line

    def take(self) -> str:
        """The physical lines of the record just read, joined, without the last line end."""
        text = "".join(self._taken).rstrip("\r\n")
        self._taken.clear()
        self._size = 0
        return text
