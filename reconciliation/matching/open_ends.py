"""Room numbers at the very end of a remark: whole, or cut? The households of the books tell."""

from collections.abc import Iterable, Iterator

import msgspec

from reconciliation.matching.lines import BankLine
from reconciliation.matching.rooms import Room


def settle_open_ends(bank: Iterable[BankLine], households: Iterable[Room]) -> Iterator[BankLine]:
    """The lines; a number that is a household, and no longer one begins with it, is whole."""
    known = {(room.building, room.unit, room.number) for room in households if room.is_whole()}
    beginnings = {(building, unit, number[:-1]) for building, unit, number in known}
    for line in bank:
        room = line.room
        if room is None or not room.open_ended or not room.is_whole():
            yield line
            continue
        key = (room.building, room.unit, room.number)
        if key in known and key not in beginnings:
            room = Room(*key)
        yield msgspec.structs.replace(line, room=room)
