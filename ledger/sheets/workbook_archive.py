"""The parts of an XLSX workbook: a ZIP archive of XML, unpacked and parsed within bounds.

An archive may unpack to far more than it weighs, and XML may ask for more than a table needs: what
is unpacked is counted, and nothing is resolved, fetched or expanded.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import IO, Any, BinaryIO

from lxml import etree

from ledger.sheets.errors import SheetDamaged, SheetTooLarge
from ledger.sheets.rows import MIB

#: What 200,000 rows of 15 columns unpack to, and as much again.
MOST_UNPACKED = 512 * MIB
_MOST_PARTS = 2_000
#: A row of a hundred long cells, and more than enough.
_LONGEST_ELEMENT = 8 * MIB
#: Signs that an element or an attribute begins, between two elements that are asked for: each
#: takes a hundred bytes of memory and more, and a few of a file.
_MOST_NODES = 500_000
#: Rows or texts; a spreadsheet has a million rows, and ten cells of 200,000 rows are two million.
_MOST_ELEMENTS = 2_000_000
#: Sheets, and styles, of which spreadsheets allow 65,490.
_LONGEST_LIST = 100_000
_LARGEST_LIST = 16 * MIB
_PIECE = 64 * 1024
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENTRY = re.compile(rb"PK\x01\x02")
_ENTRY_BYTES = 4
#: KeyError: no such part; RuntimeError: locked; the last three: places and names out of all range.
_UNREADABLE = (
    etree.XMLSyntaxError,
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    EOFError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
)


class WorkbookArchive:
    """The parts of a workbook, each read as a stream."""

    def __init__(self, source: BinaryIO) -> None:
        if count_in(iter(partial(source.read, _PIECE), b""), _ENTRY, _ENTRY_BYTES) > _MOST_PARTS:
            raise SheetDamaged(part="the archive")
        try:
            self._archive = zipfile.ZipFile(source)
        except (*_UNREADABLE, OSError) as error:
            raise SheetDamaged(part="the archive") from error
        parts = self._archive.infolist()
        size = source.seek(0, 2)
        # other packings unpack without bounds, or say that the disk failed when they are damaged
        if not all(
            one.compress_type in _PACKINGS and 0 <= one.header_offset < size for one in parts
        ):
            raise SheetDamaged(part="the archive")
        self._left = self._part_left = MOST_UNPACKED
        self._since_element = self._nodes = 0
        self.names = frozenset(one.filename for one in parts)

    def pieces(self, part: str) -> Iterator[bytes]:
        """A part, unpacked and not parsed; costs nothing of what is left.

        Raises:
            SheetDamaged: it does not open.
            SheetTooLarge: more than any table needs.
        """
        size = 0
        try:
            with self._archive.open(part) as stream:
                while piece := stream.read(_PIECE):
                    size += len(piece)
                    if size > MOST_UNPACKED:
                        raise SheetTooLarge(limit_mib=MOST_UNPACKED // MIB)
                    yield piece
        except _UNREADABLE as error:
            raise SheetDamaged(part=part) from error

    def leave_uncounted(self, elements: Iterator[Any]) -> None:
        """Go through elements that will be read once more."""
        left = self._left
        for _ in elements:
            pass
        self._left = left

    def elements(self, part: str, *names: str, short: bool = False) -> Iterator[Any]:
        """The elements of these names in a part, each let go when the next one is asked for.

        ``short``: what is listed in it is kept as it stands.

        Raises:
            SheetDamaged: it does not open, or is no XML in UTF-8 without declarations.
            SheetTooLarge: more than any table needs.
        """
        self._part_left = _LARGEST_LIST if short else MOST_UNPACKED
        left = _LONGEST_LIST if short else _MOST_ELEMENTS
        try:
            with self._archive.open(part) as stream:
                parsed = etree.iterparse(
                    _Counted(stream, self),
                    events=("end",),
                    tag=[f"{{*}}{name}" for name in names],
                    encoding="utf-8",
                    load_dtd=False,
                    no_network=True,
                    resolve_entities=False,
                    huge_tree=False,
                    remove_comments=True,
                    remove_pis=True,
                )
                for _, element in parsed:
                    _refuse_declarations(element)
                    left -= 1
                    if left < 0:
                        raise SheetTooLarge(limit_mib=MOST_UNPACKED // MIB)
                    self._since_element = self._nodes = 0
                    yield element
                    _release(element)
                _refuse_declarations(parsed.root)
        except _UNREADABLE as error:
            raise SheetDamaged(part=part) from error

    def take(self, data: bytes) -> None:
        """Count bytes that were unpacked to be parsed.

        Raises:
            SheetTooLarge: more than any table needs.
        """
        self._left -= len(data)
        self._part_left -= len(data)
        self._since_element += len(data)
        self._nodes += data.count(b"<") + data.count(b"=")
        if (
            min(self._left, self._part_left) < 0
            or self._since_element > _LONGEST_ELEMENT
            or self._nodes > _MOST_NODES
        ):
            raise SheetTooLarge(limit_mib=MOST_UNPACKED // MIB)


class _Counted:
    """A part of the archive that counts what is read of it."""

    def __init__(self, stream: IO[bytes], owner: WorkbookArchive) -> None:
        self._stream = stream
        self._owner = owner

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._stream.read(min(size, _PIECE) if size > 0 else _PIECE)
        self._owner.take(data)
        return data


def count_in(pieces: Iterable[bytes], sign: re.Pattern[bytes], sign_bytes: int) -> int:
    """How often a sign of that many bytes stands in the pieces of a stream."""
    count, end = 0, b""
    for piece in pieces:
        text = end + piece
        count += len(sign.findall(text))
        end = text[1 - sign_bytes :]
    return count


def _refuse_declarations(element: Any) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise SheetDamaged(part="a part with declarations")


def _release(element: Any) -> None:
    """Forget what was read, so that memory does not grow with the file."""
    element.clear()
    while (parent := element.getparent()) is not None:
        while element.getprevious() is not None:
            del parent[0]
        element = parent
