"""Match what a person says belongs together: lines of both sides, whose sums must be equal."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import today
from ledger.errors import InvalidInput, LedgerError
from reconciliation.bank_accounts import get_bank_account, lock_bank_accounts
from reconciliation.matching.lines import Match
from reconciliation.open_lines import OpenLines, list_open_lines
from reconciliation.runs import first_day_compared, store_run

RULE = "by_hand"
_VERSION = 1
_CERTAIN = 100


class LineNotOpen(LedgerError):
    """A chosen line was matched in the meantime, or is not of this account."""

    template = "One of the chosen lines is not open any more. Choose again."


class MatchSumsDiffer(LedgerError):
    """The chosen lines of the bank and of the books do not come to the same."""

    template = "The bank lines come to {bank_fen} fen, the entries to {book_fen} fen."


async def match_by_hand(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    bank_account_id: UUID,
    statement_line_ids: Collection[UUID],
    entry_ids: Collection[UUID],
    caller_id: int,
) -> UUID:
    """Bind open lines to open entries as one match; returns the run that it is recorded under.

    Raises:
        NotFound: not a bank account of this tenant.
        NoStatementYet: nothing to compare with.
        InvalidInput: one side is empty.
        LineNotOpen: matched already, or not of this account.
        MatchSumsDiffer: the sums of both sides are not equal.
    """
    if not statement_line_ids or not entry_ids:
        raise InvalidInput(field="lines", value="", remedy="Choose lines of both sides.")
    await lock_bank_accounts(conn, tenant_id=tenant_id, bank_account_ids=[bank_account_id])
    account = await get_bank_account(conn, tenant_id=tenant_id, bank_account_id=bank_account_id)
    lines = await list_open_lines(
        conn,
        tenant_id=tenant_id,
        account=account,
        first=first_day_compared(account, as_of=date.max),
        last=date.max,
        as_it_was=False,
    )
    chosen = OpenLines(
        tuple(line for line in lines.bank if line.id in statement_line_ids),
        tuple(line for line in lines.book if line.id in entry_ids),
        lines.voucher_nos,
    )
    if (len(chosen.bank), len(chosen.book)) != (len(statement_line_ids), len(entry_ids)):
        raise LineNotOpen
    bank_fen = sum(line.amount_fen for line in chosen.bank)
    book_fen = sum(line.amount_fen for line in chosen.book)
    if bank_fen != book_fen:
        raise MatchSumsDiffer(bank_fen=bank_fen, book_fen=book_fen)
    match = Match(
        rule=RULE,
        version=_VERSION,
        bank=tuple(line.id for line in chosen.bank),
        book=tuple(line.id for line in chosen.book),
        score=_CERTAIN,
    )
    return await store_run(
        conn,
        tenant_id=tenant_id,
        account=account,
        as_of=today(),
        lines=chosen,
        matches=[match],
        caller_id=caller_id,
        status="confirmed",
    )
