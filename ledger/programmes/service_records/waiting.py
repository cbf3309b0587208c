"""What waits to be verified, for the list of things to do."""

from datetime import date
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_one, load_sql

_COUNT = load_sql("ledger.programmes.service_records", "count_waiting")


class WaitingServices(NamedTuple):
    """How many services wait for a verifier, and the day of the oldest; None: none waits."""

    services: int
    oldest: date | None


async def count_waiting_services(
    conn: AsyncConnection, *, tenant_id: int, caller_id: int
) -> WaitingServices:
    """Services recorded and not yet decided that this caller neither recorded nor verified."""
    row = await fetch_one(conn, _COUNT, tenant_id, caller_id)
    return WaitingServices(row.waiting, row.oldest)
