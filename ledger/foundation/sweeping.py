"""What nobody needs any more goes after its time: ended sessions, counters, forms, old deliveries.

Source: docs/decisions/0049-personal-data.md, docs/decisions/0050-edge.md
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_one, fetch_value, load_sql
from ledger.foundation.throttling import ADDRESS_REMEMBERED, WINDOWS

#: How long an ended session and a used invitation can still be looked at; then only the audit log
#: knows of them. A session says from where and with what somebody signed in.
KEPT_AFTER_END = timedelta(days=30)
MOST_OF_EACH = 1_000


async def sweep_sign_ins(
    conn: AsyncConnection, *, at: datetime, limit: int = MOST_OF_EACH
) -> Mapping[str, int]:
    """Remove at most ``limit`` rows of each kind; returns how many of which."""
    row = await fetch_one(
        conn,
        load_sql("ledger.foundation", "sweep_sign_ins"),
        at,
        at - KEPT_AFTER_END,
        at - ADDRESS_REMEMBERED,
        at - max(WINDOWS.values()),
        limit,
    )
    return {name: int(getattr(row, name)) for name in row._fields}


async def sweep_webhooks(
    conn: AsyncConnection, *, tenant_id: int, before: datetime, limit: int = MOST_OF_EACH
) -> int:
    """Remove deliveries of webhooks that were over ``before``; returns how many, at most ``limit``.

    What still waits stays, unless its endpoint was removed. An event goes with its last delivery.
    """
    statement = load_sql("ledger.foundation", "sweep_webhooks")
    return int(await fetch_value(conn, statement, tenant_id, before, limit))
