"""Statements: an account's movements with opening and closing balance, page by page.

The cursor is a version, which never moves: inserts while paging neither skip nor repeat a line.
"""

from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import Account
from ledger.database import fetch_all, load_sql

_LIST = load_sql("ledger.books", "list_statement")
_HIGHEST_VERSION = 2**62

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
) -> StatementPage:
    """One page of an account's movements.

    ``from_version`` is the ``next_version`` of the page before; None begins. With a filter,
    opening and closing belong to the lines shown, not to the period.
    """
    wanted = wanted or StatementFilter()
    limit = min(limit, MAX_LINES)
    above, below = 0, _HIGHEST_VERSION
    if from_version is not None:
        above, below = (0, from_version) if latest_first else (from_version, _HIGHEST_VERSION)
    rows = await fetch_all(
        conn,
        _LIST,
        tenant_id,
        account.account_id,
        above,
        below,
        list(wanted.event_codes) if wanted.event_codes is not None else None,
        wanted.booked_from,
        wanted.booked_to,
        latest_first,
        limit + 1,
    )
    lines = tuple(StatementLine(*row) for row in rows[:limit])
    if not lines:
        return StatementPage((), None, None, None)
    earliest, latest = (lines[-1], lines[0]) if latest_first else (lines[0], lines[-1])
    return StatementPage(
        lines,
        opening=earliest.balance - earliest.amount,
        closing=latest.balance,
        next_version=lines[-1].version if len(rows) > limit else None,
    )
