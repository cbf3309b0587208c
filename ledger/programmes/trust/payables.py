"""What a trust can pay from which account: the debit of each payment's event says it."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from ledger.foundation.event_catalogue import event_catalogue
from ledger.programmes.trust.payment_forms import PAYMENTS

_LIST = load_sql("ledger.programmes.trust", "list_payables")
#: Costs are paid as they arise: nothing is owed before.
COST = "5201"


class Payable(msgspec.Struct, frozen=True):
    """An account with something owed, fen, and who is owed."""

    account_id: int
    public_id: UUID
    account_code: str
    holder_id: UUID | None
    owed_fen: int


@cache
def payment_events() -> Mapping[str, str]:
    """The event that pays out of each account, by the account's code."""
    found = {}
    for event in PAYMENTS:
        (transfer,) = event_catalogue()[event].transfers
        found[str(transfer.debit.account)] = event
    return MappingProxyType(found)


async def list_payables(
    conn: AsyncConnection, *, tenant_id: int, limit: int, after: tuple[str, int] = ("", 0)
) -> list[Payable]:
    """A page of what is owed, going on after an account's code and id."""
    codes = sorted(set(payment_events()) - {COST})
    rows = await fetch_all(conn, _LIST, tenant_id, codes, *after, limit)
    return [Payable(*tuple(row)) for row in rows]
