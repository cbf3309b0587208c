"""What a member owns in the three books, read in a few statements."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import Account, AccountName, find_accounts
from ledger.books.balances import Balance, Expiring, list_balances, list_expiring_of
from ledger.books.posting import NEVER
from ledger.clock import month_of, today

MEMBER_BOOKS = ("TB", "SP", "ST")
AVAILABLE, HELD, PENDING = "2101", "2102", "2103"


class MemberBook(msgspec.Struct, frozen=True):
    """One book of a member; amounts in its smallest unit."""

    book_code: str
    account: Account | None
    #: Of the account: how many movements it has seen.
    version: int = 0
    available: int = 0
    held: int = 0
    pending: int = 0
    #: What is lost by the end of this month.
    expiring: int = 0
    lots: Sequence[Expiring] = ()


async def read_member_books(
    conn: AsyncConnection, *, tenant_id: int, member_id: UUID
) -> dict[str, MemberBook]:
    """All three books of a member; a book whose accounts were never opened is empty."""
    names = [
        AccountName(book, code, member_id)
        for book in MEMBER_BOOKS
        for code in (AVAILABLE, HELD, PENDING)
    ]
    found = await find_accounts(conn, tenant_id=tenant_id, names=names)
    accounts = {name: one for name, one in zip(names, found, strict=True) if one is not None}
    balances = await list_balances(
        conn, tenant_id=tenant_id, account_ids=[one.account_id for one in accounts.values()]
    )
    held = {(one.book_code, one.account_code): one for one in balances}
    own = {book: accounts.get(AccountName(book, AVAILABLE, member_id)) for book in MEMBER_BOOKS}
    tracked = [one.account_id for one in own.values() if one is not None and one.tracks_expiry]
    expiring = await list_expiring_of(conn, tenant_id=tenant_id, account_ids=tracked)
    books = {}
    for book, account in own.items():
        lots = _dated(expiring.get(account.account_id, [])) if account is not None else []
        available = held.get((book, AVAILABLE))
        books[book] = MemberBook(
            book,
            account,
            version=available.version if available else 0,
            available=available.usable if available else 0,
            held=_balance(held, book, HELD),
            pending=_balance(held, book, PENDING),
            expiring=sum(lot.amount for lot in lots if _is_this_month(lot.expires_on)),
            lots=lots,
        )
    return books


def has_moved(book: MemberBook) -> bool:
    """Whether a member has, or ever had, something in a book."""
    return bool(book.version or book.held or book.pending)


def _balance(held: Mapping[tuple[str, str], Balance], book: str, code: str) -> int:
    found = held.get((book, code))
    return found.balance if found is not None else 0


def _dated(lots: Sequence[Expiring]) -> list[Expiring]:
    """Units that expire, from today on."""
    return [lot for lot in lots if lot.expires_on != NEVER and lot.expires_on >= today()]


def _is_this_month(day: date) -> bool:
    return month_of(day) == month_of(today())
