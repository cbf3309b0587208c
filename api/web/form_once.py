"""Doing once what a form asks for: a refusal leads back to the form, and is never its answer."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from litestar import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.idempotency import once
from ledger.errors import LedgerError

S = TypeVar("S", bound=msgspec.Struct)


class OperationRefused(Exception):
    """Carries a refusal out of the transaction; nothing was done, and nothing is kept."""

    def __init__(self, refusal: LedgerError) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


async def once_for_form(
    call: Call,
    sent: msgspec.Struct,
    operation: Callable[[AsyncConnection], Awaitable[S]],
    *,
    personal: bool = False,
) -> Response[S]:
    """Do a write once for the key of its form; mended, the form may be sent again under that key.

    ``once`` keeps refusals by state and answers with them, which a form would take for done.

    Raises:
        OperationRefused: the operation was.
        IdempotencyConflict, OutcomeUnknown, ServiceBusy: as ``once`` raises them.
    """

    async def act(conn: AsyncConnection) -> S:
        try:
            return await operation(conn)
        except LedgerError as refusal:
            raise OperationRefused(refusal) from refusal

    return await once(call, sent, act, personal=personal)
