"""Amounts, dates and names as people read them. Pure functions; a test fixes each form."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple

from ledger.clock import SHANGHAI, business_date
from reconciliation.masking import MASK
from reconciliation.masking import mask_counterparty as mask_counterparty  # noqa: PLC0414
from reconciliation.masking import mask_name as mask_name  # noqa: PLC0414

Language = Literal["zh-CN", "en"]

MINUS = "\u2212"
MINUTES_AN_HOUR = 60
MINOR_DIGITS = 2
SHOWN_PHONE_START, SHOWN_PHONE_END = 3, 4
SHORTEST_PHONE = 11
SHOWN_ACCOUNT_DIGITS = 4

_UNIT_WORDS: dict[str, dict[Language, str]] = {
    "point": {"zh-CN": "分", "en": "pts"},
    "star": {"zh-CN": "星分", "en": "star pts"},
    "hour": {"zh-CN": "小时", "en": "h"},
    "minute": {"zh-CN": "分钟", "en": "min"},
}
_BOOK_UNITS = {"TB": "minute", "SP": "point", "ST": "star", "PG": "fen", "TR": "fen"}
#: In small letters: a day mostly stands within a sentence or after a word ("until tomorrow").
_DAY_WORDS: dict[int, dict[Language, str]] = {
    0: {"zh-CN": "今天", "en": "today"},
    1: {"zh-CN": "昨天", "en": "yesterday"},
}
_TOMORROW: dict[Language, str] = {"zh-CN": "明天", "en": "tomorrow"}
_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class Figure(NamedTuple):
    """One number with its unit; a duration has up to two of them."""

    number: str
    unit: str


class Amount(NamedTuple):
    """An amount ready to print: sign, currency mark, figures."""

    sign: str
    mark: str
    figures: Sequence[Figure]

    def __str__(self) -> str:
        words = " ".join(f"{figure.number} {figure.unit}".rstrip() for figure in self.figures)
        return f"{self.sign}{self.mark}{words}"


def unit_of_book(book_code: str) -> str:
    """The smallest unit of a book: minute, point, star or fen."""
    return _BOOK_UNITS[book_code]


def format_amount(
    value: int, unit: str, language: Language = "zh-CN", *, signed: bool = False
) -> Amount:
    """Write ``value`` smallest units; ``signed`` also prints a plus.

    >>> str(format_amount(125, "minute"))
    '2 小时 5 分钟'
    >>> str(format_amount(-1500, "point", signed=True))
    '−15.00 分'
    """
    sign = MINUS if value < 0 else ("+" if signed and value > 0 else "")
    size = abs(value)
    if unit == "minute":
        return Amount(sign, "", _duration(size, language))
    number = format_decimal(size)
    if unit == "fen":
        return Amount(sign, "¥", (Figure(number, ""),))
    return Amount(sign, "", (Figure(number, _UNIT_WORDS[unit][language]),))


def format_decimal(size: int) -> str:
    """Hundredths with thousands separators: 123456 is ``1,234.56``."""
    whole, rest = divmod(abs(size), 10**MINOR_DIGITS)
    return f"{MINUS if size < 0 else ''}{whole:,}.{rest:0{MINOR_DIGITS}d}"


def _duration(minutes: int, language: Language) -> tuple[Figure, ...]:
    hours, rest = divmod(minutes, MINUTES_AN_HOUR)
    hour, minute = _UNIT_WORDS["hour"][language], _UNIT_WORDS["minute"][language]
    if hours and rest:
        return (Figure(f"{hours:,}", hour), Figure(str(rest), minute))
    if rest:
        return (Figure(str(rest), minute),)
    return (Figure(f"{hours:,}", hour),)


def format_day(day: date, language: Language = "zh-CN") -> str:
    """2026年11月7日, or 7 November 2026."""
    if language == "en":
        return f"{day.day} {_MONTH_NAMES[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def format_date(day: date, language: Language = "zh-CN", *, today: date) -> str:
    """A day, with today, yesterday and tomorrow in words; the year is left out within it."""
    distance = (today - day).days
    if distance in _DAY_WORDS:
        return _DAY_WORDS[distance][language]
    if distance == -1:
        return _TOMORROW[language]
    return format_day(day, language)


def shortened(name: str) -> str:
    """A long name of a file with its middle left out; what tells files apart stands at the ends."""
    head, tail = 20, 12
    return name if len(name) <= head + tail + 1 else f"{name[:head]}…{name[-tail:]}"


def format_month(day: date, language: Language = "zh-CN") -> str:
    """2026年11月, or November 2026."""
    if language == "en":
        return f"{_MONTH_NAMES[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月"


def format_time(moment: datetime) -> str:
    """Hours and minutes on the clock of Shanghai."""
    return moment.astimezone(SHANGHAI).strftime("%H:%M")


def format_clock(moment: datetime) -> str:
    """The same with seconds, for what lasts a minute."""
    return moment.astimezone(SHANGHAI).strftime("%H:%M:%S")


def format_moment(moment: datetime, language: Language = "zh-CN", *, today: date) -> str:
    """A day in words and the time of day; midnight to the second is what a day's job stamps."""
    day = format_date(business_date(moment), language, today=today)
    local = moment.astimezone(SHANGHAI).time()
    return day if local == time.min else f"{day} {format_time(moment)}"


def format_exact(moment: datetime) -> str:
    """The full moment for the detail of a voucher."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def days_until(day: date, *, today: date) -> int:
    """Whole days from today; negative when past."""
    return (day - today) // timedelta(days=1)


def mask_phone(number: str) -> str:
    """138****1234; a number too short for that shows only its end."""
    digits = re.sub(r"\D", "", number)
    if len(digits) < SHORTEST_PHONE:
        return f"{MASK * 4}{digits[-2:]}"
    return f"{digits[:SHOWN_PHONE_START]}{MASK * 4}{digits[-SHOWN_PHONE_END:]}"


def mask_account(number: str) -> str:
    """The last four digits of a bank account."""
    digits = "".join(number.split())
    return f"{MASK * 4}{digits[-SHOWN_ACCOUNT_DIGITS:]}"


def mask_detail(field: str, value: str) -> str:
    """A detail of a person as staff see it without a reason: enough to tell it from another."""
    if field == "name":
        return mask_name(value)
    if field == "phone":
        return mask_phone(value)
    if field == "birthday":
        return f"{value[:4]}-{MASK * 2}-{MASK * 2}"
    return MASK * 4 if field == "address" else mask_account(value)


def group_digits(code: str, size: int = 4) -> str:
    """A code in groups, to be read aloud: 4821 0937."""
    return " ".join(code[start : start + size] for start in range(0, len(code), size))
