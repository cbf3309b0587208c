"""Working days: Monday to Friday, less public holidays, plus the weekend days worked instead."""

from collections.abc import Collection
from datetime import date, timedelta

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


def add_working_days(
    day: date, number: int, *, days_off: Collection[date] = (), worked: Collection[date] = ()
) -> date:
    """The working day so many working days after a day, which itself does not count."""
    while number > 0:
        day += _ONE_DAY
        if day in worked or (day.weekday() < _SATURDAY and day not in days_off):
            number -= 1
    return day
