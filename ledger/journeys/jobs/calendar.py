"""When jobs are due: periods by the calendar of Shanghai, told by the moment they begin."""

from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from ledger.clock import SHANGHAI, month_of

Every = Literal["minute", "hour", "day", "month"]
_PAST_MONTH = timedelta(days=31)
_LENGTHS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
_FORMS = {
    "minute": "%Y-%m-%dT%H:%M",
    "hour": "%Y-%m-%dT%H",
    "day": "%Y-%m-%d",
    "month": "%Y-%m",
}


class Schedule(msgspec.Struct, frozen=True):
    """Once in every period; due ``after`` so long from its beginning."""

    every: Every
    after: timedelta = timedelta(0)

    def period_of(self, moment: datetime) -> datetime:
        """The beginning of the period in which a moment lies."""
        local = moment.astimezone(SHANGHAI).replace(second=0, microsecond=0)
        if self.every == "minute":
            return local
        local = local.replace(minute=0)
        if self.every == "hour":
            return local
        local = local.replace(hour=0)
        return local if self.every == "day" else local.replace(day=1)

    def next_period(self, period: datetime) -> datetime:
        """The beginning of the period after one."""
        if self.every == "month":
            return self.period_of(period + _PAST_MONTH + timedelta(days=1))
        return self.period_of(period + _LENGTHS[self.every])

    def latest_due(self, moment: datetime) -> datetime:
        """The beginning of the latest period whose hour has come at a moment."""
        return self.period_of(moment - self.after)

    def due_at(self, period: datetime) -> datetime:
        """When a period's run is due."""
        return period.astimezone(SHANGHAI) + self.after

    def next_due(self, moment: datetime) -> datetime:
        """When the next run is due."""
        return self.due_at(self.next_period(self.latest_due(moment)))

    def name_of(self, period: datetime) -> str:
        """A period as people and keys name it: 2026-11-22, 2026-11, 2026-11-22T13:05."""
        return period.astimezone(SHANGHAI).strftime(_FORMS[self.every])


def business_day(period: datetime) -> date:
    """The day on which a period's run books."""
    return period.astimezone(SHANGHAI).date()


def month_before(day: date) -> date:
    """The first day of the month before a day's."""
    return month_of(month_of(day) - timedelta(days=1))
