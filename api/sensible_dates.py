"""Dates that people mean: the years 1900 to 2999.

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

FIRST_YEAR, LAST_YEAR = 1900, 2999
REASON = f"give a date from {FIRST_YEAR} to {LAST_YEAR}"

#: A text that may be such a date; whether it is one, its field tells.
ODD_TEXT = re.compile(rb'"(?:[03-9][0-9]|1[0-8])[0-9]{2}-[0-9]{2}-[0-9]{2}')
ODD_VALUE = re.compile(r"(?:[03-9][0-9]|1[0-8])[0-9]{2}-[0-9]{2}-[0-9]{2}")
_LASTING = "expires_on"


def find_odd_date(command: Any, place: str = "") -> str | None:
    """The first field of a decoded command whose date nobody means; None when all are sensible.

    Units that never expire may be named by the day on which they do not (``NEVER``).
    """
    return next(_odd_places(command, place), None)


def _odd_places(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _odd_places(getattr(value, name), f"{place}.{name}".lstrip("."))
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _odd_places(item, f"{place}[{number}]")
    elif isinstance(value, date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
        lasting = value == NEVER and not isinstance(value, datetime)
        if not (lasting and place.rpartition(".")[2] == _LASTING):
            yield place or "body"
