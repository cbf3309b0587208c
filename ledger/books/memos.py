"""Free text beside the journal: erased with its salt, while the commitment stays in the seal."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_value, load_sql


async def erase_memos(conn: AsyncConnection, *, tenant_id: int, holder_id: UUID) -> int:
    """Erase the memos of all entries that touched a holder's accounts; returns how many."""
    return int(
        await fetch_value(conn, load_sql("ledger.books", "erase_memos"), tenant_id, holder_id)
    )
