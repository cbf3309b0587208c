"""Open lines of both sides, read from the database into what the passes and reports work on."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from reconciliation.bank_accounts import BankAccount
from reconciliation.matching.kinds import Kind
from reconciliation.matching.lines import BankLine, BookLine, read_bank_line, read_book_line
from reconciliation.matching.memos import read_memo

_PACKAGE = "reconciliation"
#: Money on its way from a payment provider; the bank shows it as that provider's settlement.
_PSP_CLEARING_CODE = "1003"
#: Events that say by themselves what they are for, whatever their memo says.
_KINDS = {
    "TR14": Kind.REMUNERATION,
    "TR19": Kind.TAX,
    "TR20": Kind.INTEREST,
    "TR21": Kind.BANK_FEE,
}


class OpenLines(msgspec.Struct, frozen=True):
    """What is not matched, oldest first."""

    bank: tuple[BankLine, ...]
    book: tuple[BookLine, ...]
    #: 记-number of each entry of the books that has one.
    voucher_nos: dict[UUID, int]


async def list_open_lines(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    account: BankAccount,
    first: date,
    last: date,
    as_it_was: bool,
) -> OpenLines:
    """Open lines of both sides from ``first`` to ``last``.

    ``as_it_was``: a line matched with something dated after ``last`` still counts as open, as it
    does in a report of that day; for matching it is taken. Only for matching are the keys of the
    lines read from their texts: a report does not look at them, and they are most of the work.
    """
    bank_rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "list_bank_lines"),
        tenant_id,
        account.bank_account_id,
        first,
        last,
        as_it_was,
    )
    book_rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "list_book_lines"),
        tenant_id,
        account.ledger_account_id,
        account.bank_account_id,
        first,
        last,
        as_it_was,
    )
    bank = (_bank_line(place, row) for place, row in enumerate(bank_rows))
    book = ((_book_line(row), row.room or "") for row in book_rows)
    return OpenLines(
        bank=tuple(line if as_it_was else read_bank_line(line) for line in bank),
        book=tuple(
            line if as_it_was else read_book_line(line, room_label=room) for line, room in book
        ),
        voucher_nos={row.entry_id: row.voucher_no for row in book_rows if row.voucher_no},
    )


def _bank_line(place: int, row: Any) -> BankLine:
    return BankLine(
        id=row.statement_line_id,
        booked_on=row.booked_on,
        sequence=place,
        amount_fen=row.amount_fen,
        counterparty=row.counterparty_name,
        summary=row.summary,
        remark=row.remark,
        reference=row.bank_reference,
        crowded=row.crowded,
        matched_later=row.matched_later,
    )


def _book_line(row: Any) -> BookLine:
    memo = read_memo(row.memo or "")
    settles = row.other_account_code == _PSP_CLEARING_CODE
    return BookLine(
        id=row.entry_id,
        entry_id=row.entry_id,
        booked_on=row.booked_on,
        amount_fen=row.amount_fen,
        counterparty=row.counterparty or memo.counterparty,
        memo=row.memo or "",
        channel=row.channel or ("psp" if settles else ""),
        order_no=row.order_no or "",
        kind=_KINDS.get(row.event_code),
        reverses=row.reversed_entry_id,
        crowded=row.crowded,
        matched_later=row.matched_later,
    )
