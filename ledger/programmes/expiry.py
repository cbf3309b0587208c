"""Expiry: what is left of units after their last day leaves the books. Runs daily; twice is once.

Units under a hold lie in the held account and are left alone; once released they come back under
their old date, and the next run takes them.
"""

from datetime import date, datetime, time, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.idempotency import idempotency_key
from ledger.clock import SHANGHAI
from ledger.database import fetch_all, load_sql
from ledger.foundation.events import EventCommand, post_events

LARGEST_RUN = 1000

#: Book → event that takes expired units out of it.
_EVENTS = {"TB": "TB12", "SP": "SP10", "ST": "ST09"}


class ExpiryRun(msgspec.Struct, frozen=True):
    """What one run did."""

    tried: int
    expired: int
    #: Codes of the refusals; the units are tried again by the next run.
    refused: tuple[str, ...]


async def expire_units(
    conn: AsyncConnection, *, tenant_id: int, on: date, caller_id: int, limit: int = LARGEST_RUN
) -> ExpiryRun:
    """Take out members' units whose last day lies before ``on``; call until ``tried`` is 0.

    Each entry happened at the end of the units' last day and is booked on ``on``. The key names
    what is left as well, so units that come back later under the same date expire again.
    """
    rows = await fetch_all(
        conn,
        load_sql("ledger.programmes", "list_expired_units"),
        tenant_id,
        list(_EVENTS),
        on,
        limit,
    )
    if not rows:
        return ExpiryRun(0, 0, ())
    commands = [
        EventCommand(
            event=_EVENTS[row.book_code],
            key=idempotency_key(
                f"expire:{row.book_code}:{row.holder_id}:{row.expires_on}:{row.version}"
            ),
            caller_id=caller_id,
            occurred_at=datetime.combine(row.expires_on + timedelta(days=1), time.min, SHANGHAI),
            booked_on=on,
            owners={"member": row.holder_id},
            amounts={"expired": row.balance},
            expires_on=row.expires_on,
        )
        for row in rows
    ]
    outcomes = await post_events(conn, tenant_id=tenant_id, commands=commands)
    refused = tuple(outcome.refusal for outcome in outcomes if outcome.refusal is not None)
    return ExpiryRun(len(rows), len(rows) - len(refused), refused)
