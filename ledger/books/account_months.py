"""What accounts moved month by month, by accounting date: for pictures and sums."""

from datetime import date

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql

_OF_ACCOUNT = load_sql("ledger.books", "list_account_months")
_OF_POSITION = load_sql("ledger.books", "list_position_months")


class AccountMonth(msgspec.Struct, frozen=True):
    """Debits and credits of a month, smallest units."""

    month: date
    debits: int
    credits: int


async def list_account_months(
    conn: AsyncConnection, *, tenant_id: int, account_id: int
) -> list[AccountMonth]:
    """Every month in which an account moved, the first one first. Reads the whole account."""
    rows = await fetch_all(conn, _OF_ACCOUNT, tenant_id, account_id)
    return [AccountMonth(*tuple(row)) for row in rows]


async def list_position_months(
    conn: AsyncConnection, *, tenant_id: int, book_code: str, account_code: str
) -> list[AccountMonth]:
    """The same of all accounts at one position; moves between them are left out.

    A reversal counts below zero on the side of what it reverses, so that a payment taken back is
    no income.
    """
    rows = await fetch_all(conn, _OF_POSITION, tenant_id, book_code, account_code)
    return [AccountMonth(*tuple(row)) for row in rows]
