"""Dates that people mean: the years 1900 to 2999; of what was booked, a narrower span.

Elsewhere lie slips of the keyboard, and days that computers cannot carry: the first and the last
day that Python knows mean "always" and "never" to the database, and in another zone they are no
days at all.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.books.posting import NEVER
from ledger.clock import today

FIRST_YEAR, LAST_YEAR = 1900, 2999
REASON = f"give a date from {FIRST_YEAR} to {LAST_YEAR}"

#: Before this year no service and no point of ours was, and none is given for longer than this.
FIRST_OCCURRED, MOST_YEARS_OF_USE = 2000, 100
TOO_EARLY = f"give a time from {FIRST_OCCURRED} on"
TOO_LATE = f"give a day of the next {MOST_YEARS_OF_USE} years, or none"

#: A text that may be such a date; whether it is one, its field tells. Each year of this century
#: is one that any field may have.
ODD_TEXT = re.compile(rb'"(?!20)[0-9]{4}-[0-9]{2}-[0-9]{2}')
ODD_VALUE = re.compile(r"(?:[03-9][0-9]|1[0-8])[0-9]{2}-[0-9]{2}-[0-9]{2}")
_OCCURRED, _LASTING = "occurred_at", "expires_on"


def find_odd_date(command: Any, place: str = "") -> tuple[str, str] | None:
    """The first field of a decoded command whose date nobody means, and why; None: there is none.

    Units that never expire may be named by the day on which they do not (``NEVER``).
    """
    return next(_odd_places(command, place), None)


def _odd_places(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _odd_places(getattr(value, name), f"{place}.{name}".lstrip("."))
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _odd_places(item, f"{place}[{number}]")
    elif isinstance(value, date) and (reason := _oddness(value, place.rpartition(".")[2])):
        yield place or "body", reason


def _oddness(value: date, field: str) -> str | None:
    if field == _LASTING and not isinstance(value, datetime):
        if value == NEVER:
            return None
        if value.year > today().year + MOST_YEARS_OF_USE:
            return TOO_LATE
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        return REASON
    return TOO_EARLY if field == _OCCURRED and value.year < FIRST_OCCURRED else None
