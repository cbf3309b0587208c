"""What a request asks for and how much of it, in a few words: for lists of requests."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.formatting import Language, format_amount
from api.web.holders import list_holder_names
from api.web.movements import event_name
from ledger.books.accounts import list_accounts_by_public_id
from ledger.database import fetch_all, load_sql
from ledger.foundation.approvals import Approval
from ledger.journeys.approvals.matters import Adjustment, Payout, Reversal, read_matter

#: Requests that move something.
KINDS = frozenset({"payout", "adjustment", "reversal"})
_MOVES = load_sql("api.web", "list_moves_of_entries")


class Moved(msgspec.Struct, frozen=True):
    """One transfer, by whatever tells its accounts apart; smallest units."""

    unit: str
    debit: object
    credit: object
    amount: int


async def list_asked_words(
    conn: AsyncConnection, tenant_id: int, found: Sequence[Approval], language: Language
) -> dict[UUID, str]:
    """Amount and payee of each payment; what is booked or taken back, and how much of it."""
    read = {one.approval_id: read_matter(one.kind, one.asked) for one in found if one.kind in KINDS}
    payouts = {name: one for name, one in read.items() if isinstance(one, Payout)}
    adjustments = {name: one for name, one in read.items() if isinstance(one, Adjustment)}
    reversals = {name: one.entry_id for name, one in read.items() if isinstance(one, Reversal)}
    return {
        **await _payout_words(conn, tenant_id, payouts, language),
        **await _adjustment_words(conn, tenant_id, adjustments, language),
        **await _reversal_words(conn, tenant_id, reversals, language),
    }


async def _payout_words(
    conn: AsyncConnection, tenant_id: int, payouts: dict[UUID, Payout], language: Language
) -> dict[UUID, str]:
    if not payouts:
        return {}
    names = await list_holder_names(
        conn, tenant_id=tenant_id, holders=[one.payee_id for one in payouts.values()]
    )
    words = {}
    for name, one in payouts.items():
        amount = str(format_amount(one.amount_fen, "fen", language))
        payee = None if one.payee_id is None else names.get(one.payee_id)
        words[name] = f"{amount} · {payee}" if payee else amount
    return words


async def _adjustment_words(
    conn: AsyncConnection, tenant_id: int, asked: dict[UUID, Adjustment], language: Language
) -> dict[UUID, str]:
    if not asked:
        return {}
    moves = [move for one in asked.values() for move in one.transfers]
    known = await list_accounts_by_public_id(
        conn, tenant_id=tenant_id, public_ids=list({move.debit_account for move in moves})
    )
    return {
        name: _words(
            one.event_code,
            [
                Moved(
                    known[move.debit_account].unit_code,
                    move.debit_account,
                    move.credit_account,
                    move.amount,
                )
                for move in one.transfers
            ],
            language,
        )
        for name, one in asked.items()
    }


async def _reversal_words(
    conn: AsyncConnection, tenant_id: int, entries: dict[UUID, UUID], language: Language
) -> dict[UUID, str]:
    if not entries:
        return {}
    rows = await fetch_all(conn, _MOVES, tenant_id, list(set(entries.values())))
    events = {row.entry_id: row.event_code for row in rows}
    moves = defaultdict(list)
    for row in rows:
        ends = (row.debit_account_id, row.credit_account_id)
        moves[row.entry_id].append(Moved(row.unit_code, *ends, row.amount))
    return {name: _words(events[one], moves[one], language) for name, one in entries.items()}


def _words(event_code: str, moves: Iterable[Moved], language: Language) -> str:
    amounts = [str(format_amount(size, unit, language)) for unit, size in net_amounts(moves)]
    return " · ".join([*amounts, event_name(event_code, language)])


def net_amounts(moves: Iterable[Moved]) -> list[tuple[str, int]]:
    """Unit and how much of it changes its place; what only passes through counts once.

    >>> net_amounts([Moved("point", "a", "b", 300), Moved("point", "b", "c", 300)])
    [('point', 300)]
    """
    changes: dict[str, dict[object, int]] = defaultdict(lambda: defaultdict(int))
    for one in moves:
        changes[one.unit][one.debit] += one.amount
        changes[one.unit][one.credit] -= one.amount
    return [
        (unit, sum(change for change in of_unit.values() if change > 0))
        for unit, of_unit in changes.items()
    ]
