"""The days of the demo: whole months of history up to today, and the moments of a day."""

from datetime import date, datetime, time, timedelta
from random import Random

import msgspec

from ledger.clock import SHANGHAI, month_of

SATURDAY = 5


class Span(msgspec.Struct, frozen=True):
    """The history: from the first day of a month to today, at a moment."""

    first: date
    moment: datetime

    @property
    def today(self) -> date:
        """The day on which the demo is built."""
        return self.moment.astimezone(SHANGHAI).date()

    def months(self) -> list[date]:
        """Every month of the history by its first day, the present one included."""
        found = [self.first]
        while found[-1] < month_of(self.today):
            found.append(next_month(found[-1]))
        return found

    def has_passed(self, moment: datetime) -> bool:
        """Whether it could have happened and been written down by now."""
        return moment <= self.moment


def span_until(moment: datetime, *, months: int) -> Span:
    """A history of so many whole months and what has passed of the present one."""
    first = month_of(moment.astimezone(SHANGHAI).date())
    for _ in range(months):
        first = month_before(first)
    return Span(first, moment)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return month_of(month + timedelta(days=31))


def month_before(month: date) -> date:
    """The first day of the month before."""
    return month_of(month - timedelta(days=1))


def last_day(month: date) -> date:
    """The last day of a month."""
    return next_month(month) - timedelta(days=1)


def day_of(month: date, number: int) -> date:
    """A day of a month by its number, the last one where the month is too short."""
    return min(month + timedelta(days=number - 1), last_day(month))


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


def working_day_before(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    while day.weekday() >= SATURDAY:
        day -= timedelta(days=1)
    return day


def after(day: date, working_days: int) -> date:
    """So many working days later; 0: the day itself or the next working day."""
    day = working_day(day)
    for _ in range(working_days):
        day = working_day(day + timedelta(days=1))
    return day


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment by the clock of Shanghai."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def next_morning(day: date) -> datetime:
    """Nine o'clock on the day after."""
    return at(day + timedelta(days=1), 9)


def some_time(chance: Random, day: date, *, first_hour: int, last_hour: int) -> datetime:
    """A moment of a day between two hours, the last one excluded."""
    return at(day, chance.randrange(first_hour, last_hour), chance.randrange(60))
