"""Accounting months: closed in order, with a snapshot; reopened by two people, for a while.

A month is open until it is closed; entries are booked from the book's first month up to 31 days
ahead of today.
"""

import asyncio
from datetime import date, datetime, timedelta
from time import monotonic
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import fetch_all, fetch_value, load_sql, read_transaction, write_transaction
from ledger.errors import LedgerError
from ledger.identifiers import uuid7

_BEGIN = load_sql("ledger.books", "begin_closing")
_FINISH = load_sql("ledger.books", "finish_closing")
_REOPEN = load_sql("ledger.books", "reopen_period")
_NEXT_TRANSACTION = load_sql("ledger.books", "next_transaction")
_HAS_ENDED = load_sql("ledger.books", "has_ended_before")
_LIST = load_sql("ledger.books", "list_periods")

#: How far ahead of today entries may be booked; ``post_batch`` holds to it.
BOOKED_AHEAD = timedelta(days=31)
REOPENED_FOR = timedelta(hours=24)
WAIT_SECONDS = 30
_POLL_SECONDS = 0.02


class PeriodNotFound(LedgerError):
    """Not a month of this book."""

    template = "Book {book} has no month {month}."


class PeriodNotOver(LedgerError):
    """A month is closed when it is over."""

    template = "The month {month} is not over yet."


class EarlierPeriodOpen(LedgerError):
    """Months are closed in order."""

    template = "Close the month before {month} first."


class PeriodAlreadyClosed(LedgerError):
    """The month is closed."""

    template = "The month {month} of book {book} is closed already."


class PeriodNotClosed(LedgerError):
    """Only a closed month can be reopened."""

    template = "The month {month} of book {book} is not closed."


class LaterPeriodClosed(LedgerError):
    """Only the last closed month can be reopened."""

    template = "A month after {month} is closed; reopen that one first."


class SamePerson(LedgerError):
    """Two different people must agree."""

    template = "The person who asked for this cannot be the one who agrees to it."


class PeriodBusy(LedgerError):
    """Postings that began before the closing are still under way."""

    template = "Entries are still being posted; close the month {month} again in a moment."


_REFUSALS: dict[str, type[LedgerError]] = {
    kind.code: kind
    for kind in (
        PeriodNotFound,
        PeriodNotOver,
        EarlierPeriodOpen,
        PeriodAlreadyClosed,
        PeriodNotClosed,
        LaterPeriodClosed,
        SamePerson,
    )
}


class Period(msgspec.Struct, frozen=True):
    """A month that is, or was, closed."""

    month: date
    status: str
    changed_at: datetime
    snapshot_hash: bytes | None
    reopened_until: datetime | None


async def list_periods(conn: AsyncConnection, *, tenant_id: int, book_code: str) -> list[Period]:
    """The months of a book that are, or were, closed; every other one is open."""
    rows = await fetch_all(conn, _LIST, tenant_id, book_code)
    return [Period(*tuple(row)) for row in rows]


async def close_period(
    engine: AsyncEngine,
    *,
    tenant_id: int,
    book_code: str,
    month: date,
    reason: str,
    caller_id: int,
    change_id: UUID | None = None,
) -> bytes:
    """Close a month; returns the hash of its balances.

    Commits ``closing`` so that no new entry is booked into it, waits until older transactions have
    ended, then takes the snapshot: hence an engine, not a connection. The same ``change_id`` again
    gives the first result, also when whoever sent it never heard of it.

    Raises:
        PeriodNotOver, EarlierPeriodOpen, PeriodAlreadyClosed, PeriodNotFound: not to be closed now.
        PeriodBusy: a transaction stays open; the month takes no entries, and can be closed later.
    """
    change_id = change_id or uuid7()

    async def begin(conn: AsyncConnection) -> bool:
        code = await fetch_value(conn, _BEGIN, tenant_id, book_code, month)
        if code not in (None, PeriodAlreadyClosed.code):
            raise _REFUSALS[code](book=book_code, month=month)
        return code is None

    async def finish(conn: AsyncConnection) -> bytes:
        digest = await fetch_value(
            conn, _FINISH, tenant_id, book_code, month, reason, caller_id, change_id
        )
        if digest is None:
            raise PeriodAlreadyClosed(book=book_code, month=month)
        assert isinstance(digest, bytes)
        return digest

    if await write_transaction(engine, begin, tenant_id=tenant_id):
        await _wait_for_older_transactions(engine, month)
    return await write_transaction(engine, finish, tenant_id=tenant_id)


async def reopen_period(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    book_code: str,
    month: date,
    reason: str,
    caller_id: int,
    approver_id: int,
    change_id: UUID | None = None,
) -> None:
    """Reopen the last closed month for a day: one caller asked for it, another agrees.

    Raises:
        PeriodNotClosed, LaterPeriodClosed: not a month to be reopened.
        SamePerson: the second person must be another one than the first.
    """
    change_id = change_id or uuid7()
    code = await fetch_value(
        conn,
        _REOPEN,
        *(tenant_id, book_code, month, reason, caller_id, approver_id, change_id, REOPENED_FOR),
    )
    if code is not None:
        raise _REFUSALS[code](book=book_code, month=month)


async def check_reopenable(
    conn: AsyncConnection, *, tenant_id: int, book_code: str, month: date
) -> None:
    """Say whether a month could be reopened now; changes nothing.

    Raises:
        PeriodNotClosed, LaterPeriodClosed: not a month to be reopened.
    """
    code = await fetch_value(
        conn, _REOPEN, tenant_id, book_code, month, "", None, None, uuid7(), REOPENED_FOR
    )
    if code is not None:
        raise _REFUSALS[code](book=book_code, month=month)


async def _wait_for_older_transactions(engine: AsyncEngine, month: date) -> None:
    async with read_transaction(engine) as conn:
        border = await fetch_value(conn, _NEXT_TRANSACTION)
    deadline = monotonic() + WAIT_SECONDS
    while True:
        async with read_transaction(engine) as conn:
            if await fetch_value(conn, _HAS_ENDED, border):
                return
        if monotonic() > deadline:
            raise PeriodBusy(month=month)
        await asyncio.sleep(_POLL_SECONDS)
