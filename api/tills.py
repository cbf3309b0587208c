"""Tills: which one sends a command, and who takes points at one."""

from uuid import UUID

from api.gate import GatedCall
from ledger.errors import LedgerError
from ledger.foundation.terminals import OtherTerminal, same_till


class OwnShop(LedgerError):
    """Whoever takes points at a merchant gives none out for it in a member's place."""

    template = (
        "Who takes points at a merchant issues a member's code only for another one; "
        "merchant_id: {merchant_id}."
    )


async def terminal_of(call: GatedCall, merchant_id: UUID, named: str) -> str:
    """The till of a command: that of its API key, where the key belongs to one.

    Raises:
        OtherTerminal: the key belongs to a till, and another one or another merchant is named.
    """
    key = call.who.api_key
    if key is None:
        return named
    (own,) = await call.service.terminals.get((call.tenant_id, key.api_key_id)) or (None,)
    if own is None:
        return named
    if own.merchant_id != merchant_id or not (named == "" or same_till(named, own.number)):
        raise OtherTerminal(number=own.number)
    return own.number


def takes_points_at(call: GatedCall, merchant_id: UUID | None) -> bool:
    """Whether the caller takes points at a merchant's counter; None: at any merchant's."""
    return call.who.permissions.holds_for("redemptions.capture", call.tenant_id, merchant_id)
