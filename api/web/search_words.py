"""What a search may mean: a number of a voucher or receipt, an amount with or without its unit."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from api.web.formatting import MINOR_DIGITS, MINUTES_AN_HOUR
from api.web.numbers import read_number
from ledger.clock import month_of, today

LONGEST = 60
#: Months in which a voucher number without a month is looked for.
MONTHS_BACK = 24
SCALE: int = 10**MINOR_DIGITS
_VOUCHER = re.compile(
    r"(?!-)(?P<book>TB|SP|ST|PG|TR)?\s*"
    r"(?:(?P<year>20\d\d)\D{0,2}(?P<month>\d{1,2})(?!\d)\D{0,2})?"
    r"\s*记?\s*-?\s*(?P<number>\d{1,7})\Z",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"(?P<yuan>¥)?\s*(?P<whole>\d{1,12})(?:\.(?P<part>\d{1,2}))?\s*"
    r"(?P<unit>元|分钟|小时|积分|分|yuan|points?|hours?|minutes?|h|min)?\Z",
    re.IGNORECASE,
)
_HUNDREDTHS = ("PG", "SP", "ST", "TR")
_UNITS: dict[str, tuple[tuple[str, ...], int]] = {
    "元": (("PG", "TR"), SCALE),
    "yuan": (("PG", "TR"), SCALE),
    "积分": (("SP", "ST"), SCALE),
    "分": (("SP", "ST"), SCALE),
    "point": (("SP", "ST"), SCALE),
    "小时": (("TB",), MINUTES_AN_HOUR),
    "hour": (("TB",), MINUTES_AN_HOUR),
    "h": (("TB",), MINUTES_AN_HOUR),
    "分钟": (("TB",), 1),
    "minute": (("TB",), 1),
    "min": (("TB",), 1),
}


class VoucherNumber(NamedTuple):
    """记-number, in a book or any, in a month or the latest ones."""

    number: int
    book: str | None
    months: Sequence[date]


class WantedAmount(NamedTuple):
    """An amount in smallest units, and the books whose unit it may be in."""

    amount: int
    books: tuple[str, ...]


def plain_words(typed: str) -> str:
    """What was typed in one form, without blanks at the ends."""
    return unicodedata.normalize("NFKC", typed).strip()[:LONGEST]


def read_ids(words: str) -> tuple[UUID, UUID] | None:
    """The range of ids that an id or a short number means; None: it is neither."""
    try:
        one = UUID(words)
    except ValueError:
        return read_number(words)
    return one, UUID(int=min(one.int + 1, (1 << 128) - 1))


def read_voucher(words: str) -> VoucherNumber | None:
    """A voucher number, such as 记-12, TR 2026-11 记-12, or 12; None: it is none."""
    found = _VOUCHER.match(words)
    if found is None or not int(found["number"]):
        return None
    months = list(_latest_months())
    if found["year"]:
        month = int(found["month"])
        if not 1 <= month <= len(_MONTHS):
            return None
        months = [date(int(found["year"]), month, 1)]
    book = found["book"].upper() if found["book"] else None
    return VoucherNumber(int(found["number"]), book, months)


_MONTHS = range(12)


def _latest_months() -> Sequence[date]:
    months = [month_of(today())]
    while len(months) < MONTHS_BACK:
        months.append(month_of(months[-1] - timedelta(days=1)))
    return months


def read_amount(words: str) -> WantedAmount | None:
    """An amount, exact: 1,234.56, ¥12, 90 分钟, 1.5 小时; None: it is none, or zero."""
    found = _AMOUNT.match(words.replace(",", ""))
    if found is None:
        return None
    unit = (found["unit"] or ("元" if found["yuan"] else "")).lower()
    books, scale = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s")) or (_HUNDREDTHS, SCALE)
    hundredths = int(found["whole"]) * SCALE + int((found["part"] or "").ljust(MINOR_DIGITS, "0"))
    amount, rest = divmod(hundredths * scale, SCALE)
    return None if rest or not amount else WantedAmount(amount, books)
