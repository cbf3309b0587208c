"""Merged cells of a sheet: those whose value stands for each of their lines, and the others."""

import re
from collections.abc import Collection

from ledger.sheets.errors import SheetCellsMerged

#: Nobody's household has more lines.
MOST_LINES = 100
#: Two columns of the most rows; so many are kept, and so many lines filled.
_MOST_RANGES = 400_000
_LONGEST_RANGE = 22
_MOST_NAMED = 10
_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})\Z")
_TAG = re.compile(rb"[<:]mergeCell\s[^<>]{0,40}?ref=[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})")
_TAG_BYTES = 120


class MergedCells:
    """The ranges of a sheet, such as ``A2:A5``."""

    def __init__(self) -> None:
        self._ranges: dict[str, None] = {}
        self._filled: set[str] = set()
        #: By place of a column: the first line of the range that a line is in.
        self._first: dict[int, dict[int, int]] = {}
        #: By place of a column: the line read last that was in no range but as its first, its cell.
        self._above: dict[int, tuple[int, str]] = {}
        self._end = b""

    def note(self, cells: str) -> None:
        """A range that was read.

        Raises:
            SheetCellsMerged: more than any list needs.
        """
        self._ranges[cells[:_LONGEST_RANGE]] = None
        if len(self._ranges) > _MOST_RANGES:
            raise SheetCellsMerged(cells=self.below(0))

    def look(self, piece: bytes) -> None:
        """Note the ranges in the next piece of a part: they stand behind all the rows."""
        text = self._end + piece
        for found in _TAG.findall(text):
            self.note(found.decode())
        self._end = text[-_TAG_BYTES:]

    def fill_down(self, places: Collection[int], *, below: int) -> None:
        """Let ranges within one of these columns, below a line, stand for each of their lines."""
        room = _MOST_RANGES
        for cells in self._ranges:
            found = _RANGE.match(cells)
            if found is None or found[1] != found[3] or column_place(found[1]) not in places:
                continue
            first, last = int(found[2]), int(found[4])
            room -= max(0, last - first)
            if below < first < last < first + MOST_LINES and room >= 0:
                of_column = self._first.setdefault(column_place(found[1]), {})
                of_column.update(dict.fromkeys(range(first + 1, last + 1), first))
                self._filled.add(cells)

    def fill(self, line: int, cells: list[str]) -> tuple[tuple[int, int], ...]:
        """Fill in what the first line of a range says; gives place and line of what was."""
        filled = []
        for place, first_of in self._first.items():
            own = cells[place] if place < len(cells) else ""
            first = first_of.get(line)
            if first is None:
                self._above[place] = (line, own)
                continue
            above, value = self._above.get(place, (0, ""))
            if own or not value or above != first:
                continue
            cells.extend([""] * (place + 1 - len(cells)))
            cells[place] = value
            filled.append((place, first))
        return tuple(filled)

    def below(self, line: int) -> str | None:
        """The ranges that reach below a line and are not filled; to be asked behind the rows."""
        odd = [one for one in self._ranges if one not in self._filled and _reaches(one, line)]
        if not odd:
            return None
        return ", ".join(odd[:_MOST_NAMED]) + (" …" if len(odd) > _MOST_NAMED else "")


def column_place(letters: str) -> int:
    """The place of a column, counted from 0."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _reaches(cells: str, line: int) -> bool:
    found = _RANGE.match(cells)
    return found is None or int(found[4]) > line
