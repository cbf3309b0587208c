"""银行存款余额调节表: both balances brought to one figure by the items that only one side has.

Book balance + 银行已收企业未收 - 银行已付企业未付 = adjusted book balance;
bank balance + 企业已收银行未收 - 企业已付银行未付 = adjusted bank balance.
They are equal to the fen, or the difference is shown. It posts nothing: it is no voucher.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import AccountName, get_accounts
from ledger.books.balances import balance_at_booking
from ledger.clock import now, today
from ledger.database import fetch_one, load_sql
from reconciliation.bank_accounts import BankAccount, get_bank_account
from reconciliation.breaks import Break, BreakKind, sort_breaks
from reconciliation.open_lines import list_open_lines
from reconciliation.runs import NoStatementYet, first_day_compared

_PACKAGE = "reconciliation"
_ONE_DAY = timedelta(days=1)


class AdjustmentGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The items of one kind and their sum, both as positive amounts."""

    kind: BreakKind
    total_fen: int
    items: tuple[Break, ...]


class AdjustmentStatement(msgspec.Struct, frozen=True, kw_only=True):
    """The statement of one account at the end of one day."""

    bank_account_id: UUID
    bank: str
    account_name: str
    account_no_last4: str
    as_of: date
    #: First day compared; what was open before it is in ``opening_difference_fen``.
    compared_from: date
    #: Last day that the imported statements cover.
    covered_to: date | None
    book_balance_fen: int
    bank_balance_fen: int
    bank_in_not_booked: AdjustmentGroup
    bank_out_not_booked: AdjustmentGroup
    booked_in_not_at_bank: AdjustmentGroup
    booked_out_not_at_bank: AdjustmentGroup
    adjusted_book_fen: int
    adjusted_bank_fen: int
    #: Adjusted bank less adjusted book balance; 0 when the statement adds up.
    difference_fen: int
    #: Bank less book balance on the eve of the first day compared.
    opening_difference_fen: int
    #: Entries of the account booked until that day into months that had been closed before.
    booked_late: int
    #: When the last of them was; None: none.
    booked_late_at: datetime | None
    prepared_at: datetime

    def adds_up(self) -> bool:
        """Both adjusted balances are one figure, and the statements reach the day."""
        return self.difference_fen == 0 and self.is_covered()

    def bank_balance_on(self) -> date:
        """The day whose end the bank's balance is of: the statement's, or the last one covered."""
        return self.as_of if self.covered_to is None else min(self.as_of, self.covered_to)

    def is_covered(self) -> bool:
        """The imported statements reach the day of the statement."""
        return self.covered_to is not None and self.covered_to >= self.as_of


async def adjustment_statement(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    bank_account_id: UUID,
    as_of: date | None = None,
) -> AdjustmentStatement:
    """The statement at the end of ``as_of`` (None: today), by accounting and booking dates.

    Raises:
        NotFound: not a bank account of this tenant.
        NoStatementYet: no statement tells the bank's balance of that day.
    """
    last = as_of or today()
    account = await get_bank_account(conn, tenant_id=tenant_id, bank_account_id=bank_account_id)
    first = first_day_compared(account, as_of=last)
    (ledger_account,) = await get_accounts(
        conn, tenant_id=tenant_id, names=[AccountName("TR", "1002", bank_account_id)]
    )
    book_fen = await balance_at_booking(conn, tenant_id=tenant_id, account=ledger_account, day=last)
    book_before_fen = await balance_at_booking(
        conn, tenant_id=tenant_id, account=ledger_account, day=first - _ONE_DAY
    )
    row = await fetch_one(
        conn, load_sql(_PACKAGE, "bank_balance"), tenant_id, bank_account_id, first, last
    )
    bank_fen = _bank_balance(row, account, last)
    lines = await list_open_lines(
        conn, tenant_id=tenant_id, account=account, first=first, last=last, as_it_was=True
    )
    late = await fetch_one(
        conn,
        load_sql(_PACKAGE, "count_booked_late"),
        tenant_id,
        account.ledger_account_id,
        last,
    )
    return _compose(
        account,
        sort_breaks(lines, as_of=last),
        as_of=last,
        compared_from=first,
        book_fen=book_fen,
        bank_fen=bank_fen,
        opening_difference_fen=bank_fen - row.compared_fen - book_before_fen,
        late=late,
    )


def _bank_balance(row: Any, account: BankAccount, as_of: date) -> int:
    """What the bank prints beside its last line, else what follows from a stated opening."""
    if row.printed_fen is not None:
        return int(row.printed_fen + row.since_printed_fen)
    if row.opening_fen is not None:
        return int(row.opening_fen + row.since_opening_fen)
    raise NoStatementYet(account_no_last4=account.account_no_last4, as_of=as_of)


def _compose(
    account: BankAccount,
    breaks: Sequence[Break],
    *,
    as_of: date,
    compared_from: date,
    book_fen: int,
    bank_fen: int,
    opening_difference_fen: int,
    late: Any,
) -> AdjustmentStatement:
    groups = {kind: _group(kind, breaks) for kind in BreakKind}
    bank_in, bank_out = groups[BreakKind.BANK_IN], groups[BreakKind.BANK_OUT]
    booked_in, booked_out = groups[BreakKind.BOOKED_IN], groups[BreakKind.BOOKED_OUT]
    adjusted_book_fen = book_fen + bank_in.total_fen - bank_out.total_fen
    adjusted_bank_fen = bank_fen + booked_in.total_fen - booked_out.total_fen
    return AdjustmentStatement(
        bank_account_id=account.bank_account_id,
        bank=account.bank,
        account_name=account.account_name,
        account_no_last4=account.account_no_last4,
        as_of=as_of,
        compared_from=compared_from,
        covered_to=account.covered_to,
        book_balance_fen=book_fen,
        bank_balance_fen=bank_fen,
        bank_in_not_booked=bank_in,
        bank_out_not_booked=bank_out,
        booked_in_not_at_bank=booked_in,
        booked_out_not_at_bank=booked_out,
        adjusted_book_fen=adjusted_book_fen,
        adjusted_bank_fen=adjusted_bank_fen,
        difference_fen=adjusted_bank_fen - adjusted_book_fen,
        opening_difference_fen=opening_difference_fen,
        booked_late=late.entries,
        booked_late_at=late.last_at,
        prepared_at=now(),
    )


def _group(kind: BreakKind, breaks: Iterable[Break]) -> AdjustmentGroup:
    items = tuple(item for item in breaks if item.kind is kind)
    return AdjustmentGroup(
        kind=kind, total_fen=sum(abs(item.amount_fen) for item in items), items=items
    )
