"""Identity numbers (GB 11643-1999): whether one can be right, and the birthday it tells."""

import re
import unicodedata
from datetime import date

from ledger.clock import today
from ledger.errors import InvalidInput

_BLANKS = re.compile(r"[\s\-]+")
_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]\Z")
_BIRTHDAY = slice(6, 14)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
#: Nobody who could take part was born earlier.
FIRST_BIRTHDAY = date(1900, 1, 1)
#: Source: 民法典 17.
AGE_OF_MAJORITY = 18


def read_id_number(typed: str) -> str:
    """The number in one form: 18 digits, the last of which may be X.

    Raises:
        InvalidInput: it cannot be one. The number itself is not repeated.
    """
    plain = _BLANKS.sub("", unicodedata.normalize("NFKC", typed)).upper()
    if not _FORM.match(plain):
        raise _wrong(remedy="Give all 18 digits; the last one may be X.")
    if plain[-1] != check_digit(plain[:-1]):
        raise _wrong(remedy="The last digit does not fit the others: one of them is mistyped.")
    if birthday_in(plain) is None:
        raise _wrong(remedy="The digits of the birthday are no day that has been.")
    return plain


def check_digit(first_digits: str) -> str:
    """The last digit that belongs to the first 17 (ISO 7064, MOD 11-2)."""
    pairs = zip(first_digits, _WEIGHTS, strict=True)
    return _CHECK_DIGITS[sum(int(digit) * weight for digit, weight in pairs) % 11]


def birthday_in(id_number: str) -> date | None:
    """The birthday that a number of 18 digits tells; None: it tells none that can be."""
    digits = id_number[_BIRTHDAY]
    if not _FORM.match(id_number):  # of 15 digits, from before they were looked at
        return None
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return born if FIRST_BIRTHDAY <= born <= today() else None


def check_birthday(born: date) -> date:
    """The day itself, when somebody who takes part can have been born on it.

    Raises:
        InvalidInput: it is to come, or before 1900.
    """
    if not FIRST_BIRTHDAY <= born <= today():
        remedy = "Give a day from 1900-01-01 to today."
        raise InvalidInput(field="birthday", value="…", remedy=remedy)
    return born


def age_on(born: date, day: date) -> int:
    """Whole years on a day; who was born on 29 February becomes older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def day_of_majority(born: date) -> date:
    """The day on which somebody becomes of age."""
    year = born.year + AGE_OF_MAJORITY
    is_leap_day = (born.month, born.day) == (2, 29)
    return date(year, 3, 1) if is_leap_day and year % 4 else born.replace(year=year)


def _wrong(*, remedy: str) -> InvalidInput:
    return InvalidInput(field="id_number", value="…", remedy=remedy)
