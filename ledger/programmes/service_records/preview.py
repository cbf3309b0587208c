"""What verifying a service would credit, for whoever is about to do it."""

from datetime import date
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_optional, load_sql
from ledger.foundation.policies import get_policies
from ledger.programmes.service_records.records import PACKAGE, ServiceRecord
from ledger.programmes.service_records.verification import DAY_RULES, DaySum

_LENGTHS = ("time.daily_cap_min", "service.long_day_min")


class Credit(NamedTuple):
    """An amount in smallest units of ``unit``, minute or point."""

    amount: int
    unit: str
    #: Minutes of a day that count, when this service does not count whole because of them.
    day_cap: int | None = None


async def preview_credit(conn: AsyncConnection, *, tenant_id: int, record: ServiceRecord) -> Credit:
    """What the record would add to its day as it stands now; another verified first changes it."""
    statement = load_sql(PACKAGE, "find_service_day")
    row = await fetch_optional(conn, statement, tenant_id, record.provider_id, record.service_date)
    before = DaySum(*tuple(row)) if row is not None else DaySum()
    policies = await get_policies(conn, keys=DAY_RULES, on=record.service_date, tenant_id=tenant_id)
    after = before.with_service(record.minutes, policies)
    cap: int = policies["time.daily_cap_min"]
    passed = cap if after.verified_minutes > cap else None
    if policies["points.mode"] == "on_verify":
        return Credit(after.credited_points - before.credited_points, "point", passed)
    return Credit(after.credited_minutes - before.credited_minutes, "minute", passed)


async def find_long_day(
    conn: AsyncConnection, *, tenant_id: int, minutes: int, service_date: date
) -> int | None:
    """The minutes of a day that count, when a service is longer than they or than a working day.

    Whoever writes such a service down is asked whether it was so long: it takes up its whole time,
    and nothing else can be recorded for it.
    """
    policies = await get_policies(conn, keys=_LENGTHS, on=service_date, tenant_id=tenant_id)
    cap: int = policies["time.daily_cap_min"]
    return cap if minutes > min(cap, policies["service.long_day_min"]) else None
