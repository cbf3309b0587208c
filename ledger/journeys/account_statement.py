"""An account's movements as people look for them: by period, event, side, amount and words.

Ordered by accounting date, so that months stand together and their sums are those of the books;
the balance beside a line is in that order too, and so may differ from the one stored at posting.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import Account
from ledger.database import fetch_all, load_sql

_SEARCH = load_sql("ledger.journeys", "search_statement")
_TOTAL = load_sql("ledger.journeys", "total_statement")
CHUNK = 1000


class StatementSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which movements; None: any."""

    booked_from: date
    booked_to: date
    event_codes: tuple[str, ...] | None = None
    #: 1: what came in, -1: what went out, on the account's normal side.
    side: int | None = None
    least: int | None = None
    most: int | None = None
    #: In the memo; also in the names that banks gave, when those may be read.
    words: str | None = None
    names_of_banks: bool = False
    #: Entries, and what entries are about, that the words fit as well.
    subjects: tuple[UUID, ...] = ()


class Place(NamedTuple):
    """Where a page begins: after this line."""

    booked_on: date
    version: int


class FoundLine(msgspec.Struct, frozen=True):
    """One movement; amounts on the account's normal side, smallest units."""

    version: int
    entry_id: UUID
    booked_on: date
    occurred_at: datetime
    event_code: str
    amount: int
    #: Sum of this line and of all that stand below it, whether they were looked for or not.
    balance: int
    memo: str | None
    #: What the bank called the other side; None: not to be read, or not known.
    counterparty: str | None
    #: It mirrors another entry, on whose side it counts below zero.
    is_reversal: bool = False
    #: What it is about, as a purchase or a service.
    subject_id: UUID | None = None

    @property
    def paid_in(self) -> int:
        """What stands under money in; 0: nothing."""
        return self.amount if (self.amount > 0) != self.is_reversal else 0

    @property
    def paid_out(self) -> int:
        """What stands under money out; 0: nothing."""
        return -self.amount if (self.amount < 0) != self.is_reversal else 0


class MonthTotal(msgspec.Struct, frozen=True):
    """Sums of a month; below zero only where more was reversed than moved."""

    month: date
    lines: int
    total_in: int
    total_out: int


async def search_statement(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    account: Account,
    wanted: StatementSearch,
    after: Place | None = None,
    limit: int,
) -> list[FoundLine]:
    """Lines that fit, the latest accounting date first; ``after`` is the last line shown."""
    place = (None, None) if after is None else (after.booked_on, after.version)
    rows = await fetch_all(
        conn, _SEARCH, tenant_id, account.account_id, *_arguments(wanted), *place, limit
    )
    return [FoundLine(*tuple(row)) for row in rows]


async def total_statement(
    conn: AsyncConnection, *, tenant_id: int, account: Account, wanted: StatementSearch
) -> list[MonthTotal]:
    """Sums of all lines that fit, month by month, the latest first."""
    rows = await fetch_all(conn, _TOTAL, tenant_id, account.account_id, *_arguments(wanted))
    return [MonthTotal(*tuple(row)) for row in rows]


async def iter_statement(
    conn: AsyncConnection, *, tenant_id: int, account: Account, wanted: StatementSearch, most: int
) -> AsyncIterator[Sequence[FoundLine]]:
    """The same lines, a thousand at a time, ``most`` of them at the most."""
    after, given = None, 0
    while given < most:
        found = await search_statement(
            conn,
            tenant_id=tenant_id,
            account=account,
            wanted=wanted,
            after=after,
            limit=min(CHUNK, most - given),
        )
        if not found:
            return
        yield found
        given += len(found)
        after = Place(found[-1].booked_on, found[-1].version)


def _arguments(wanted: StatementSearch) -> tuple[object, ...]:
    return (
        wanted.booked_from,
        wanted.booked_to,
        list(wanted.event_codes) if wanted.event_codes is not None else None,
        wanted.side,
        wanted.least,
        wanted.most,
        wanted.words,
        wanted.names_of_banks,
        list(wanted.subjects),
    )
