"""Numbers of a workbook's cells as the text a person would have typed."""

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

#: Excel keeps 15 significant digits; a longer number has lost its end.
_EXACT_DIGITS = 15
_FIRST_DAY = date(1899, 12, 30)
_FIRST_DAY_1904 = date(1904, 1, 1)
#: As they are saved: 17 digits, a sign, a point and an exponent, and a lot more.
_LONGEST_NUMBER = 100
#: Numbers of the formats that are days or moments. Source: ECMA-376 part 1, 18.8.30.
_DAY_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_DAY_PARTS = re.compile(r"[ymd]|[年月日]", re.IGNORECASE)


def is_day_format(number: int, code: str | None) -> bool:
    """Whether a number format shows days; ``code``: its text, where the workbook has an own one."""
    if code is None:
        return number in _DAY_FORMATS
    return _DAY_PARTS.search(_QUOTED.sub("", code)) is not None


def number_text(value: str, *, is_day: bool, is_1904: bool) -> str:
    """A number as text: days as 2026-11-07, whole numbers plain, those that lost digits as 1.1E+17.

    A value that is no number comes back as it is; so does one that is longer than any.
    """
    if len(value) > _LONGEST_NUMBER:
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite():
        return value
    first = _FIRST_DAY_1904 if is_1904 else _FIRST_DAY
    if is_day and 0 < number < (date.max - first).days + 1:
        return (first + timedelta(days=int(number))).isoformat()
    if number == number.to_integral_value() and number.adjusted() < _EXACT_DIGITS:
        return str(int(number))
    if abs(number.adjusted()) >= _EXACT_DIGITS:
        return f"{number:.5E}"
    return f"{number.normalize():f}"
