"""Balances: now, and as of a posting moment, an accounting date or a business date."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import Account, AccountStatus
from ledger.clock import SHANGHAI, today
from ledger.database import fetch_all, fetch_one, fetch_value, load_sql

_LIST = load_sql("ledger.books", "list_balances")
_LIST_EXPIRING = load_sql("ledger.books", "list_expiring")
_LIST_EXPIRING_OF = load_sql("ledger.books", "list_expiring_of")
_AT_POSTING = load_sql("ledger.books", "balance_at_posting")
_AT_BOOKING = load_sql("ledger.books", "balance_at_booking")
_AT_BUSINESS = load_sql("ledger.books", "balance_at_business")

#: How far ahead of the database's clock ``occurred_at`` may lie; the same in post_batch.sql.
CLOCK_TOLERANCE = timedelta(minutes=5)


class Balance(msgspec.Struct, frozen=True):
    """What an account holds now; whole numbers of the smallest unit."""

    account_id: int
    public_id: UUID
    book_code: str
    account_code: str
    holder_id: UUID | None
    status: AccountStatus
    debits_posted: int
    credits_posted: int
    #: On the account's normal side.
    balance: int
    #: The part that has not expired.
    usable: int
    version: int
    unit_code: str


class Expiring(msgspec.Struct, frozen=True):
    """Units that share a last day of use; date.max: they never expire."""

    expires_on: date
    amount: int


async def list_balances(
    conn: AsyncConnection, *, tenant_id: int, account_ids: Sequence[int], on: date | None = None
) -> list[Balance]:
    """Balances now, in order of account id; ``on`` decides what counts as expired."""
    rows = await fetch_all(conn, _LIST, tenant_id, list(account_ids), on or today())
    return [
        Balance(
            row.account_id,
            row.public_id,
            row.book_code,
            row.account_code,
            row.holder_id,
            AccountStatus(row.status),
            row.debits_posted,
            row.credits_posted,
            row.balance,
            row.usable,
            row.version,
            row.unit_code,
        )
        for row in rows
    ]


async def list_expiring(
    conn: AsyncConnection, *, tenant_id: int, account_id: int
) -> list[Expiring]:
    """What of an account expires when, the earliest first."""
    rows = await fetch_all(conn, _LIST_EXPIRING, tenant_id, account_id)
    return [Expiring(row.expires_on, row.balance) for row in rows]


async def list_expiring_of(
    conn: AsyncConnection, *, tenant_id: int, account_ids: Sequence[int]
) -> dict[int, list[Expiring]]:
    """The same for several accounts in one statement; accounts without units are left out."""
    found: dict[int, list[Expiring]] = {}
    for row in await fetch_all(conn, _LIST_EXPIRING_OF, tenant_id, list(account_ids)):
        found.setdefault(row.account_id, []).append(Expiring(row.expires_on, row.balance))
    return found


async def balance_at_posting(
    conn: AsyncConnection, *, tenant_id: int, account: Account, moment: datetime
) -> int:
    """Balance after everything posted up to ``moment``; exact, and never changes later."""
    row = await fetch_one(conn, _AT_POSTING, tenant_id, account.account_id, moment)
    balance = row.balance
    assert isinstance(balance, int)
    return balance


async def balance_at_booking(
    conn: AsyncConnection, *, tenant_id: int, account: Account, day: date
) -> int:
    """Balance after everything booked on or before ``day``; fixed once the month is closed."""
    balance = await fetch_value(conn, _AT_BOOKING, tenant_id, account.account_id, day)
    assert isinstance(balance, int)
    return balance


async def balance_at_business(
    conn: AsyncConnection, *, tenant_id: int, account: Account, day: date
) -> int:
    """Balance after everything that happened on or before ``day`` in Shanghai, as known now."""
    following = datetime.combine(day + timedelta(days=1), time.min, SHANGHAI)
    balance = await fetch_value(
        conn, _AT_BUSINESS, tenant_id, account.account_id, following, CLOCK_TOLERANCE
    )
    assert isinstance(balance, int)
    return balance
