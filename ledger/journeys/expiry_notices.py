"""Members are told 90, 30 and 7 days before their units expire; each day of use once."""

from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, load_sql

_ANNOUNCE = load_sql("ledger.journeys", "announce_expiring")
#: Days before the last day of use, the shortest first, each with its kind of notice.
WARNINGS = (
    (7, "units_expire_in_7_days"),
    (30, "units_expire_in_30_days"),
    (90, "units_expire_in_90_days"),
)


async def announce_expiring_units(conn: AsyncConnection, tenant_id: int, on: date) -> int:
    """Tell members of a programme what expires soon; returns how many notices were written.

    Each warning covers the days since the shorter one, so a run that was missed is made up for. A
    second run on the same day writes nothing.
    """
    told, first = 0, on
    for days, kind in WARNINGS:
        last = on + timedelta(days=days)
        told += await execute(conn, _ANNOUNCE, tenant_id, kind, first, last, now())
        first = last + timedelta(days=1)
    return told
