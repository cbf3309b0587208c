"""What stays open on either side as of a day: which of the four kinds it is, and how old."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import today
from reconciliation.bank_accounts import get_bank_account
from reconciliation.matching.lines import BankLine
from reconciliation.open_lines import OpenLines, list_open_lines
from reconciliation.runs import first_day_compared

#: Last day in days of each age band but the open one; beyond the last an item escalates.
#: Source: 未达账项 above 90 days are a sign of fraud in practice; domain study §1.5.
BAND_ENDS = (30, 60, 90)


class BreakKind(StrEnum):
    """The four kinds of 未达账项."""

    BANK_IN = "bank_in_not_booked"
    BANK_OUT = "bank_out_not_booked"
    BOOKED_IN = "booked_in_not_at_bank"
    BOOKED_OUT = "booked_out_not_at_bank"


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """A line without its counterpart."""

    kind: BreakKind
    on: date
    #: As it moved: in positive, out negative.
    amount_fen: int
    counterparty: str
    note: str
    age_days: int
    #: 0–30, 31–60, 61–90, or >90.
    band: str
    escalates: bool
    #: By now it is matched, with something dated after the day of the report.
    matched_later: bool = False
    statement_line_id: UUID | None = None
    entry_id: UUID | None = None
    voucher_no: int | None = None


def line_id_of(one: Break) -> UUID:
    """The statement line or the entry that it is."""
    found = one.statement_line_id or one.entry_id
    assert found is not None, "a break is of one side"
    return found


def age_band(age_days: int) -> str:
    """The band of an age, as reports name it."""
    first = 0
    for end in BAND_ENDS:
        if age_days <= end:
            return f"{first}-{end}"
        first = end + 1
    return f">{BAND_ENDS[-1]}"


async def list_breaks(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    bank_account_id: UUID,
    as_of: date | None = None,
) -> list[Break]:
    """Open lines of both sides at the end of ``as_of`` (None: today), oldest first.

    Raises:
        NotFound: not a bank account of this tenant.
        NoStatementYet: nothing to compare with.
    """
    account = await get_bank_account(conn, tenant_id=tenant_id, bank_account_id=bank_account_id)
    last = as_of or today()
    lines = await list_open_lines(
        conn,
        tenant_id=tenant_id,
        account=account,
        first=first_day_compared(account, as_of=last),
        last=last,
        as_it_was=True,
    )
    return sort_breaks(lines, as_of=last)


def sort_breaks(lines: OpenLines, *, as_of: date) -> list[Break]:
    """The open lines as breaks, oldest first, then by kind and amount."""
    breaks = [*_bank_breaks(lines.bank, as_of), *_book_breaks(lines, as_of)]
    return sorted(breaks, key=lambda item: (item.on, item.kind, item.amount_fen, item.note))


def _bank_breaks(lines: Iterable[BankLine], as_of: date) -> Iterable[Break]:
    for line in lines:
        age_days = (as_of - line.booked_on).days
        assert isinstance(line.id, UUID), "lines of the database carry their ids"
        yield Break(
            kind=BreakKind.BANK_IN if line.amount_fen > 0 else BreakKind.BANK_OUT,
            on=line.booked_on,
            amount_fen=line.amount_fen,
            counterparty=line.counterparty,
            note=" ".join(text for text in (line.summary, line.remark) if text),
            age_days=age_days,
            band=age_band(age_days),
            escalates=age_days > BAND_ENDS[-1],
            matched_later=line.matched_later,
            statement_line_id=line.id,
        )


def _book_breaks(lines: OpenLines, as_of: date) -> Iterable[Break]:
    for line in lines.book:
        age_days = (as_of - line.booked_on).days
        assert isinstance(line.id, UUID), "lines of the database carry their ids"
        yield Break(
            kind=BreakKind.BOOKED_IN if line.amount_fen > 0 else BreakKind.BOOKED_OUT,
            on=line.booked_on,
            amount_fen=line.amount_fen,
            counterparty=line.counterparty,
            note=line.memo,
            age_days=age_days,
            band=age_band(age_days),
            escalates=age_days > BAND_ENDS[-1],
            matched_later=line.matched_later,
            entry_id=line.id,
            voucher_no=lines.voucher_nos.get(line.id),
        )
