"""What an estate's money did in a month, as all owners may read it.

What concerns a single home is summed: its owner's fees and deposits are nobody else's business.
Everything else stands line by line, each with its voucher. A reversal stands on the side of what it
reverses, below zero.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import month_of
from ledger.database import fetch_all, load_sql
from ledger.foundation.chart import chart_rows

_PACKAGE = "ledger.programmes.trust"
BOOK, BANK = "TR", "1002"
#: Holders whose dealings are everybody's: the estate's own, and who works for it.
_OF_ALL = frozenset({"none", "bank_account", "psp", "supplier", "contract", "trustee"})
#: Receipts that nobody has recognised yet; their memos may name who paid.
_UNRECOGNISED = "2291"


class Place(NamedTuple):
    """Where a page of lines begins: after this one."""

    booked_on: date
    entry_id: UUID


class SheetLine(msgspec.Struct, frozen=True):
    """One entry that all owners may read; fen."""

    entry_id: UUID
    booked_on: date
    event_code: str
    memo: str | None
    paid_in: int
    paid_out: int
    #: The entry that it reverses; None: it is no reversal.
    reverses: UUID | None


class SheetSum(msgspec.Struct, frozen=True):
    """Entries of single homes, one event together, its reversals apart; fen."""

    event_code: str
    is_reversal: bool
    count: int
    paid_in: int
    paid_out: int


class MonthSheet(msgspec.Struct, frozen=True):
    """A month; the sums are of everything, whatever stands line by line."""

    month: date
    lines: Sequence[SheetLine]
    homes: Sequence[SheetSum]
    paid_in: int
    paid_out: int
    #: Where older lines begin; None: there are none.
    following: Place | None


@cache
def codes_of_all() -> frozenset[str]:
    """Accounts that concern all owners; they may read an entry that touches no others."""
    return frozenset(
        row.code
        for row in chart_rows()
        if row.book == BOOK and row.holder_kind in _OF_ALL and row.code != _UNRECOGNISED
    )


async def get_month_sheet(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    month: date,
    account_code: str = BANK,
    after: Place | None = None,
    limit: int,
) -> MonthSheet:
    """The month that begins on a day, at one position of the chart; empty where nothing moved.

    Paid in is what was debited there, paid out what was credited. Of the lines it has ``limit``,
    the latest first, that come after a place.
    """
    position = (tenant_id, BOOK, account_code, month, month_of(month + timedelta(days=31)))
    asked = (*position, sorted(codes_of_all()))
    sums = await fetch_all(conn, load_sql(_PACKAGE, "sum_month_lines"), *asked)
    place = (None, None) if after is None else (after.booked_on, after.entry_id)
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_month_lines"), *asked, *place, limit + 1)
    lines = [SheetLine(*tuple(row)) for row in rows[:limit]]
    return MonthSheet(
        month,
        lines,
        [SheetSum(*tuple(row)[1:]) for row in sums if not row.is_named],
        sum(row.paid_in for row in sums),
        sum(row.paid_out for row in sums),
        Place(lines[-1].booked_on, lines[-1].entry_id) if len(rows) > limit else None,
    )
