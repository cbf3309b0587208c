"""Who signed what became an entry, as far as two people had to."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql

_LIST = load_sql("ledger.journeys", "list_signatures")


class Signature(msgspec.Struct, frozen=True):
    """One of those who signed."""

    #: asked and approved; paid_first and paid_second; recorded, verified_first and verified.
    act: str
    caller_id: int
    #: None: only who is kept.
    signed_at: datetime | None


async def list_signatures(
    conn: AsyncConnection, *, tenant_id: int, entry_id: UUID, subject_id: UUID | None
) -> list[Signature]:
    """In the order of signing; none for an entry that needed no second person.

    ``subject_id`` is what the entry is about, as its head says.
    """
    rows = await fetch_all(conn, _LIST, tenant_id, entry_id, subject_id)
    return [Signature(*tuple(row)) for row in rows]
