"""What accounts hold now, and what they would hold after moves that are only asked for."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.formatting import Language
from api.web.holders import list_holder_names
from api.web.movements import account_name
from ledger.books.accounts import Account
from ledger.books.balances import list_balances


class AskedMove(NamedTuple):
    """One transfer that is asked for, in the smallest unit of its accounts."""

    debit: Account
    credit: Account
    amount: int


class Change(NamedTuple):
    """An account before and after, on its normal side."""

    name: str
    holder: str | None
    unit: str
    before: int
    after: int


async def list_changes(
    conn: AsyncConnection, tenant_id: int, moves: Iterable[AskedMove], language: Language
) -> list[Change]:
    """Each account that the moves touch, once, in the order of the moves."""
    signed: dict[int, int] = {}
    accounts: dict[int, Account] = {}
    for move in moves:
        for account, amount in ((move.debit, move.amount), (move.credit, -move.amount)):
            accounts[account.account_id] = account
            moved = signed.get(account.account_id, 0)
            signed[account.account_id] = moved + amount * account.normal_side
    held = await list_balances(conn, tenant_id=tenant_id, account_ids=list(accounts))
    before = {one.account_id: one.balance for one in held}
    names = await list_holder_names(
        conn, tenant_id=tenant_id, holders=[one.holder_id for one in accounts.values()]
    )
    return [
        Change(
            f"{one.account_code} {account_name(one.book_code, one.account_code, language)}",
            None if one.holder_id is None else names.get(one.holder_id),
            one.unit_code,
            before[number],
            before[number] + signed[number],
        )
        for number, one in accounts.items()
    ]
