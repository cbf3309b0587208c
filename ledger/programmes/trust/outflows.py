"""Money that left the trust without two signatures: what an auditor looks for first."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from ledger.foundation.organisations import LARGEST_PAGE, check_page_size
from ledger.foundation.policy_steps import list_policy_steps

#: Whoever may record fees alone could call anything a fee.
_LARGEST_FEE = "trust.bank_fee_listed_over"
_LIST_UNSIGNED = load_sql("ledger.programmes.trust", "list_unsigned_outflows")


class Outflow(msgspec.Struct, frozen=True):
    """An entry by which money left a bank account, fen."""

    entry_id: UUID
    event: str
    booked_on: date
    amount_fen: int


async def list_unsigned_outflows(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    first: date,
    last: date,
    limit: int = LARGEST_PAGE,
    after: tuple[date, UUID] | None = None,
) -> list[Outflow]:
    """A page of what left without two signatures between two accounting dates: a red finding.

    ``after`` is the accounting date and entry after which it begins. Moves to other accounts of
    the trust need none; nor do fees, which the bank takes by itself, up to what the community's
    rule said on their accounting date.
    """
    page = check_page_size(limit)
    steps = await list_policy_steps(
        conn, keys=(_LARGEST_FEE,), first=first, last=last, tenant_id=tenant_id
    )
    days = [one.first_day for one in steps[_LARGEST_FEE]]
    largest = [one.decided.value for one in steps[_LARGEST_FEE]]
    begin = after or (None, None)
    rows = await fetch_all(
        conn, _LIST_UNSIGNED, tenant_id, first, last, *begin, page, days, largest
    )
    return [Outflow(*tuple(row)) for row in rows]
