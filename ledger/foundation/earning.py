"""What service earns, as plain arithmetic: rounding, points for minutes, last day of use.

Every rule is a function of a day's running sum, and a record is credited with the difference it
makes. So neither the order of records nor their splitting changes what a day pays.
"""

from calendar import monthrange
from datetime import date

MINUTES_PER_HOUR = 60
_MONTHS_PER_YEAR = 12


def credited_minutes(verified_minutes: int, *, rounding: int, daily_cap: int) -> int:
    """Minutes credited for all verified minutes of one day: capped, then rounded down."""
    return min(verified_minutes, daily_cap) // rounding * rounding


def points_for(minutes: int, *, rate_per_hour: int) -> int:
    """Points (1/100) for minutes; ``rate_per_hour`` in 1/100 point. Fractions are dropped."""
    return minutes * rate_per_hour // MINUTES_PER_HOUR


def last_day_of_use(earned_on: date, *, months: int) -> date | None:
    """End of the month so many months after the day; None for 0 months: units never expire."""
    if months == 0:
        return None
    years, month = divmod(earned_on.month - 1 + months, _MONTHS_PER_YEAR)
    year = earned_on.year + years
    return date(year, month + 1, monthrange(year, month + 1)[1])
