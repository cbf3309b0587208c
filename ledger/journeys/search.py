"""Look for entries by number or amount, for merchants and payees by name, in one tenant."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql

_PACKAGE = "ledger.journeys"
_BY_ID = load_sql(_PACKAGE, "find_entries_by_id")
_BY_VOUCHER = load_sql(_PACKAGE, "find_entries_by_voucher")
_DESCRIBED = load_sql(_PACKAGE, "describe_entries")
_BY_AMOUNT = load_sql(_PACKAGE, "find_entries_by_amount")
_MERCHANTS = load_sql(_PACKAGE, "find_merchants_by_name")
_PAYEES = load_sql(_PACKAGE, "find_payees_by_name")


class FoundEntry(msgspec.Struct, frozen=True):
    """An entry that fits."""

    entry_id: UUID
    booked_on: date
    event_code: str
    #: The book in which the number or the amount stands; None: neither was asked for.
    book_code: str | None = None


class EntryWords(msgspec.Struct, frozen=True):
    """What a list says of an entry."""

    book_code: str
    #: First day of the month that numbered it; None: its book numbers no vouchers.
    period: date | None
    number: int | None
    #: Sum of its debits in the book, smallest units.
    amount: int
    memo: str | None


class FoundMerchant(msgspec.Struct, frozen=True):
    """A merchant that fits."""

    merchant_id: UUID
    name: str
    status: str


class FoundPayee(msgspec.Struct, frozen=True):
    """A supplier, payment provider or revenue contract that fits, with one account of it."""

    counterparty_id: UUID
    kind: str
    name: str
    account_id: UUID | None


async def find_entries_by_id(
    conn: AsyncConnection, *, tenant_id: int, least: UUID, beyond: UUID
) -> list[FoundEntry]:
    """Entries whose id lies from ``least`` to before ``beyond``."""
    return [
        FoundEntry(*tuple(row)) for row in await fetch_all(conn, _BY_ID, tenant_id, least, beyond)
    ]


async def find_entries_by_voucher(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    number: int,
    books: Sequence[str],
    months: Sequence[date],
) -> list[FoundEntry]:
    """Entries with a voucher number in one of the books and months."""
    rows = await fetch_all(conn, _BY_VOUCHER, tenant_id, number, list(books), list(months))
    return [FoundEntry(*tuple(row)) for row in rows]


async def find_entries_by_amount(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    books: Sequence[str],
    amount: int,
    first: date,
    last: date,
    limit: int,
) -> list[FoundEntry]:
    """Entries between two accounting dates that move exactly this amount, smallest units."""
    rows = await fetch_all(conn, _BY_AMOUNT, tenant_id, list(books), amount, first, last, limit)
    return [FoundEntry(*tuple(row)) for row in rows]


async def describe_entries(
    conn: AsyncConnection, *, tenant_id: int, found: Sequence[FoundEntry]
) -> dict[tuple[UUID, str | None], EntryWords]:
    """What a list says of entries that were found, by entry and the book it was found in."""
    ids, books = [one.entry_id for one in found], [one.book_code for one in found]
    rows = await fetch_all(conn, _DESCRIBED, tenant_id, ids, books)
    return {(row.entry_id, row.meant): EntryWords(*tuple(row)[2:]) for row in rows}


async def find_merchants_by_name(
    conn: AsyncConnection, *, tenant_id: int, words: str, limit: int
) -> list[FoundMerchant]:
    """Merchants whose name holds a text."""
    rows = await fetch_all(conn, _MERCHANTS, tenant_id, words, limit)
    return [FoundMerchant(*tuple(row)) for row in rows]


async def find_payees_by_name(
    conn: AsyncConnection, *, tenant_id: int, words: str, limit: int
) -> list[FoundPayee]:
    """Those whom an estate pays, or who pay it, whose name holds a text."""
    rows = await fetch_all(conn, _PAYEES, tenant_id, words, limit)
    return [FoundPayee(*tuple(row)) for row in rows]
