"""The form of an expectation: an event, what is given for it, and the transfers it must post."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

#: Last day of use given with, or lying on, the units of a case.
LAST_DAY = date(2028, 12, 31)


class Case(msgspec.Struct, frozen=True):
    """One event posted once. A line reads ``BOOK debit:role > credit:role : amount``.

    ``until`` after the amount means that the transfer carries LAST_DAY. A role with ``#2`` is the
    second holder of a list. Amounts are given in the smallest unit.
    """

    event: str
    amounts: Mapping[str, int | Sequence[int]]
    lines: Sequence[str]
    accounts: Mapping[str, str | Sequence[str]] = {}
    #: The case gives LAST_DAY as expiry date.
    dated: bool = False


def hours(number: float) -> int:
    """Minutes of a time in hours."""
    return round(number * 60)


def units(number: float) -> int:
    """Hundredths: of a point, of a star point, or fen of a yuan."""
    return round(number * 100)
