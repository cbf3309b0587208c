"""Statements: an account's movements with opening and closing balance, page by page.

The cursor is a version, which never moves: inserts while paging neither skip nor repeat a line.
"""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import Account
from ledger.database import fetch_all, fetch_value, load_sql

_LIST = load_sql("ledger.books", "list_statement")
_VERSION = load_sql("ledger.books", "account_version")
_FILTERED_WINDOW = 2000

MAX_LINES = 500


class StatementLine(msgspec.Struct, frozen=True):
    """One movement; amounts signed on the account's normal side, smallest units."""

    version: int
    amount: int
    balance: int
    #: date.max: the units never expire.
    expires_on: date
    other_account_id: UUID
    other_account_code: str
    other_holder_id: UUID | None
    entry_id: UUID
    line_no: int
    kind: int
    event_code: str
    subject_id: UUID | None
    occurred_at: datetime
    booked_on: date
    posted_at: datetime
    memo: str | None

    @property
    def is_reversal(self) -> bool:
        """Whether it mirrors another entry."""
        return self.kind == 1


class StatementPage(msgspec.Struct, frozen=True):
    """Lines in the order asked for; balances before the earliest and after the latest of them."""

    lines: tuple[StatementLine, ...]
    #: None when there are no lines.
    opening: int | None
    closing: int | None
    #: Version to go on from; None: nothing is left.
    next_version: int | None


class StatementFilter(msgspec.Struct, frozen=True):
    """Which movements; None: all of them."""

    event_codes: tuple[str, ...] | None = None
    booked_from: date | None = None
    booked_to: date | None = None


async def get_statement(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    account: Account,
    from_version: int | None = None,
    latest_first: bool = False,
    limit: int = 50,
    wanted: StatementFilter | None = None,
    version: int | None = None,
) -> StatementPage:
    """One page of an account's movements.

    ``from_version`` is the ``next_version`` of the page before; None begins. With a filter,
    opening and closing belong to the lines shown, not to the period. ``version`` is that of the
    account, where the caller has just read it.
    """
    wanted = wanted or StatementFilter()
    limit = min(limit, MAX_LINES)
    if version is None:
        version = int(await fetch_value(conn, _VERSION, tenant_id, account.account_id))
    start = from_version or (version + 1 if latest_first else 0)
    step = limit + 1 if wanted == StatementFilter() else _FILTERED_WINDOW
    lines: list[StatementLine] = []
    for first, last in _windows(start, version, step, latest_first=latest_first):
        found = await _list_window(conn, tenant_id, account, (first, last), wanted)
        lines += reversed(found) if latest_first else found
        if len(lines) > limit:
            break
    return _page(lines, limit, latest_first=latest_first)


def _windows(
    start: int, version: int, step: int, *, latest_first: bool
) -> Iterator[tuple[int, int]]:
    """Ranges of versions beyond ``start``, in reading order, first and last included."""
    if latest_first:
        for last in range(start - 1, 0, -step):
            yield max(last - step + 1, 1), last
    else:
        for first in range(start + 1, version + 1, step):
            yield first, min(first + step - 1, version)


async def _list_window(
    conn: AsyncConnection,
    tenant_id: int,
    account: Account,
    window: tuple[int, int],
    wanted: StatementFilter,
) -> list[StatementLine]:
    rows = await fetch_all(
        conn,
        _LIST,
        tenant_id,
        account.account_id,
        *window,
        list(wanted.event_codes) if wanted.event_codes is not None else None,
        wanted.booked_from,
        wanted.booked_to,
    )
    return [StatementLine(*tuple(row)) for row in rows]


def _page(found: list[StatementLine], limit: int, *, latest_first: bool) -> StatementPage:
    lines = tuple(found[:limit])
    if not lines:
        return StatementPage((), None, None, None)
    earliest, latest = (lines[-1], lines[0]) if latest_first else (lines[0], lines[-1])
    return StatementPage(
        lines,
        opening=earliest.balance - earliest.amount,
        closing=latest.balance,
        next_version=lines[-1].version if len(found) > limit else None,
    )
