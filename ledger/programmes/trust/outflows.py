"""Money that left the trust without two signatures: what an auditor looks for first."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql

_LIST_UNSIGNED = load_sql("ledger.programmes.trust", "list_unsigned_outflows")


class Outflow(msgspec.Struct, frozen=True):
    """An entry by which money left a bank account, fen."""

    entry_id: UUID
    event: str
    booked_on: date
    amount_fen: int


async def list_unsigned_outflows(
    conn: AsyncConnection, *, tenant_id: int, first: date, last: date
) -> list[Outflow]:
    """Money that left without two signatures between two accounting dates: a red finding.

    Bank fees and moves to other accounts of the trust need none.
    """
    rows = await fetch_all(conn, _LIST_UNSIGNED, tenant_id, first, last)
    return [Outflow(*tuple(row)) for row in rows]
