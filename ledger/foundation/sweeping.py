"""What no sign-in needs any more goes after its time: ended sessions, counters, codes, forms.

Source: docs/decisions/0049-personal-data.md
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_one, load_sql
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
