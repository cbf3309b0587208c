"""Which till sends a command: the one its API key belongs to, else the one it names."""

from uuid import UUID

from api.gate import GatedCall
from ledger.foundation.terminals import OtherTerminal


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
    if own.merchant_id != merchant_id or named not in ("", own.number):
        raise OtherTerminal(number=own.number)
    return own.number
