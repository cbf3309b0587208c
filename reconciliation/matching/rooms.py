"""Household numbers as people write them: 1栋2单元204, １幢2单元204室, 1#2-204, 1-2-204, A座1203.

Bank systems cut remarks, so that a number at the very end may lack its last digit or its last
part; such a number is open-ended and agrees with every household that it is the beginning of.
"""

import re
import unicodedata

import msgspec

_NUMERALS = {char: str(value) for value, char in enumerate("零一二三四五六七八九")}
_NUMERAL_BEFORE_WORD = re.compile(r"[一二三四五六七八九十]{1,3}(?=栋|幢|号楼|座|单元|门)")
_DASHES = re.compile(r"[\u2010-\u2015\u2212~_]")

_BUILDING = r"(?P<building>\d{1,3}[A-Z]?|[A-Z]\d{0,2})"
_WORDS = re.compile(
    rf"(?<![\dA-Z]){_BUILDING}(?:号楼|号栋|栋|幢|座|#楼|#)-?"
    r"(?:(?P<unit>\d{1,2})(?:单元|单|门|#|-)-?)?"
    r"(?P<number>\d{1,4}[A-Z]?)?"
)
_DASHED = re.compile(
    rf"(?<![\d\-A-Z]){_BUILDING}-(?P<unit>\d{{1,2}})-(?P<number>\d{{1,4}}[A-Z]?)(?![\d\-])"
)
#: Four digits are the longest room number, so four digits are never a cut one.
_LONGEST_NUMBER = 4
#: 「3-502」 in an estate without units; shorter numbers would be months or days.
_BUILDING_AND_NUMBER = re.compile(
    rf"(?<![\d\-A-Z]){_BUILDING}-(?P<unit>)(?P<number>\d{{3,4}}[A-Z]?)(?![\d\-])"
)
_LABEL_WORDS = re.compile(r"(?:号楼|号栋|栋|幢|座|单元|门|室|号|#)(?=-|$)")
_SHORTEST_NUMBER = 3


class Room(msgspec.Struct, frozen=True):
    """A household, or as much of one as the text still shows. Empty parts are unknown."""

    building: str
    unit: str = ""
    number: str = ""
    #: The text ended here: digits or parts may have been cut off.
    open_ended: bool = False

    def is_whole(self) -> bool:
        """Building and a room number of usual length are there."""
        return bool(self.building) and len(self.number) >= _SHORTEST_NUMBER

    def names(self, other: "Room") -> bool:
        """Both say the same household in full."""
        return (
            self.is_whole()
            and other.is_whole()
            and (self.building, self.unit, self.number)
            == (other.building, other.unit, other.number)
        )

    def may_be(self, other: "Room") -> bool:
        """Nothing that both say differs, counting a cut number as the beginning of a longer one."""
        if self.building != other.building:
            return False
        if self.unit and other.unit and self.unit != other.unit:
            return False
        if not self.number or not other.number or self.number == other.number:
            return True
        return (self.open_ended and other.number.startswith(self.number)) or (
            other.open_ended and self.number.startswith(other.number)
        )


def read_room(text: str) -> Room | None:
    """The first household that a text names, or None."""
    plain = _plain(text)
    for pattern in (_DASHED, _WORDS, _BUILDING_AND_NUMBER):
        for match in pattern.finditer(plain):
            room = _build(match, plain)
            if room is not None:
                return room
    return None


def read_room_label(label: str) -> Room | None:
    """A household as the books label it: 3-2-501, or 3-501 where buildings have no units."""
    parts = [part.lstrip("0") for part in _LABEL_WORDS.sub("", _plain(label)).split("-")]
    if len(parts) == 3 and all(parts):
        building, unit, number = parts
        return Room(building, unit, number)
    if len(parts) == 2 and all(parts):
        building, number = parts
        return Room(building, "", number)
    return read_room(label)


def _build(match: re.Match[str], text: str) -> Room | None:
    unit = (match["unit"] or "").lstrip("0")
    number = match["number"] or ""
    at_end = match.end() == len(text)
    building = match["building"].lstrip("0")
    if not building:
        return None
    if len(number) < _SHORTEST_NUMBER and not at_end:
        # 「1栋2单元物业费」 names a part of the estate, 「3#楼梯12级」 nothing at all.
        return Room(building, unit) if unit and not number else None
    if not unit and len(number) < _SHORTEST_NUMBER:
        # 「1栋3」 may be a unit or the beginning of a room.
        return Room(building, open_ended=True)
    return Room(building, unit, number, at_end and len(number) < _LONGEST_NUMBER)


def _plain(text: str) -> str:
    folded = "".join(unicodedata.normalize("NFKC", text).upper().split())
    folded = _DASHES.sub("-", folded)
    return _NUMERAL_BEFORE_WORD.sub(lambda found: _arabic(found[0]), folded)


def _arabic(numeral: str) -> str:
    """一 to 九十九 in digits."""
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return "".join(_NUMERALS[char] for char in numeral)
    return f"{_NUMERALS.get(tens, '1')}{_NUMERALS.get(ones, '0')}"
