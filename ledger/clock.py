"""One place for time: moments carry their zone; business goes by the calendar of Shanghai."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def business_date(moment: datetime) -> date:
    """The calendar day in Shanghai on which a moment falls."""
    return moment.astimezone(SHANGHAI).date()


def today() -> date:
    """The calendar day in Shanghai now."""
    return business_date(now())


def month_of(day: date) -> date:
    """The first day of a day's month: the name of its accounting period."""
    return day.replace(day=1)
