"""What verifying a service would credit, for whoever is about to do it."""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_optional, load_sql
from ledger.foundation.policies import get_policies
from ledger.programmes.service_records.records import PACKAGE, ServiceRecord
from ledger.programmes.service_records.verification import DAY_RULES, DaySum


class Credit(NamedTuple):
    """An amount in smallest units of ``unit``, minute or point."""

    amount: int
    unit: str


async def preview_credit(conn: AsyncConnection, *, tenant_id: int, record: ServiceRecord) -> Credit:
    """What the record would add to its day as it stands now; another verified first changes it."""
    statement = load_sql(PACKAGE, "find_service_day")
    row = await fetch_optional(conn, statement, tenant_id, record.provider_id, record.service_date)
    before = DaySum(*tuple(row)) if row is not None else DaySum()
    policies = await get_policies(conn, keys=DAY_RULES, on=record.service_date, tenant_id=tenant_id)
    after = before.with_service(record.minutes, policies)
    if policies["points.mode"] == "on_verify":
        return Credit(after.credited_points - before.credited_points, "point")
    return Credit(after.credited_minutes - before.credited_minutes, "minute")
