"""What waits in several programmes at once, for those who look after all of them."""

from collections.abc import Sequence
from datetime import date

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql

_LIST = load_sql("ledger.programmes", "list_waiting_work")


class WaitingWork(msgspec.Struct, frozen=True):
    """What waits in one programme."""

    tenant_id: int
    #: Services that nobody verified, and the day of the oldest; None: there are none.
    services: int
    oldest_service: date | None
    #: Items of star points that nobody decided.
    claims: int
    #: Books whose month is not closed.
    open_books: tuple[str, ...]


async def list_waiting_work(
    conn: AsyncConnection, *, tenant_ids: Sequence[int], month: date
) -> dict[int, WaitingWork]:
    """What waits in each programme; ``month`` is the one that should be closed by now."""
    rows = await fetch_all(conn, _LIST, list(tenant_ids), month)
    return {
        row.tenant_id: WaitingWork(
            row.tenant_id, row.services, row.oldest_service, row.claims, tuple(row.open_books)
        )
        for row in rows
    }
