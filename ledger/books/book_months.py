"""Every month of a tenant's books as it stands, also those that nobody has closed yet."""

from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import business_date, month_of, now
from ledger.database import fetch_all, load_sql

_LIST = load_sql("ledger.books", "list_book_months")
_CHANGES = load_sql("ledger.books", "list_period_changes")
_LONGER_THAN_A_MONTH = timedelta(days=31)


class BookMonth(msgspec.Struct, frozen=True):
    """A month of one book: first day, as it stands in the database, and where its book is."""

    book_code: str
    month: date
    #: open, closing or closed.
    status: str
    changed_at: datetime | None
    snapshot_hash: bytes | None
    reopened_until: datetime | None
    first_period: date
    #: The latest closed month of the book; only this one can be reopened.
    last_closed: date | None

    @property
    def last_day(self) -> date:
        """The month's last day."""
        return month_of(self.month + _LONGER_THAN_A_MONTH) - timedelta(days=1)

    @property
    def state(self) -> str:
        """running, due, closing, closed, reopened, or lapsed: reopened, and the day is over."""
        if self.status != "open":
            return self.status
        if self.reopened_until is not None:
            return "reopened" if self.reopened_until > now() else "lapsed"
        return "due" if self.last_day < business_date(now()) else "running"

    @property
    def next_to_close(self) -> date:
        """The month of this book that is closed next: one after the other."""
        if self.last_closed is None:
            return self.first_period
        return month_of(self.last_closed + _LONGER_THAN_A_MONTH)


class PeriodChange(msgspec.Struct, frozen=True):
    """A month closed or reopened; ``approver_id`` is the second person of a reopening."""

    changed_at: datetime
    #: close, request_reopening or reopen.
    action: str
    reason: str
    caller_id: int
    approver_id: int | None


async def list_book_months(
    conn: AsyncConnection, *, tenant_id: int, first: date, last: date
) -> list[BookMonth]:
    """The months from ``first`` to ``last`` of every book, the latest first, then by book."""
    rows = await fetch_all(conn, _LIST, tenant_id, first, last)
    return [BookMonth(*tuple(row)) for row in rows]


async def list_period_changes(
    conn: AsyncConnection, *, tenant_id: int, book_code: str, month: date
) -> list[PeriodChange]:
    """How a month came to stand as it does, the latest first."""
    rows = await fetch_all(conn, _CHANGES, tenant_id, book_code, month)
    return [PeriodChange(*tuple(row)) for row in rows]
