"""Reversal (红冲): the exact mirror of an entry, once, with an accounting date of its own."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.posting import Command, Outcome, check_batch_size, memo_arrays, read_outcomes
from ledger.database import fetch_one, load_sql

_REVERSE = load_sql("ledger.books", "reverse_batch")


class ReversalRequest(Command, frozen=True, kw_only=True):
    """An entry to be mirrored, and why."""

    original_entry_id: UUID
    #: Not sent: the mirror is of the same event as its original.
    event_code: str = ""
    memo: str | None = None


async def reverse_batch(
    conn: AsyncConnection, *, tenant_id: int, requests: Sequence[ReversalRequest]
) -> list[Outcome]:
    """Reverse entries; each stands or falls alone, and a batch names each entry once.

    The mirror needs the units to be there, restores their expiry dates, and is booked on its own
    accounting date, never on that of the original.

    Raises:
        BatchTooLarge: more than 1,000 commands.
    """
    check_batch_size(len(requests))
    row = await fetch_one(conn, _REVERSE, *_arguments(tenant_id, requests))
    return read_outcomes(row, requests)


def _arguments(tenant_id: int, requests: Sequence[ReversalRequest]) -> tuple[object, ...]:
    """The arrays ``books.reverse_batch`` takes."""
    return (
        tenant_id,
        [request.entry_id for request in requests],
        [request.caller_id for request in requests],
        [request.key for request in requests],
        [request.fingerprint for request in requests],
        [request.occurred_at for request in requests],
        [request.booked_on for request in requests],
        [request.original_entry_id for request in requests],
        *memo_arrays([request.memo for request in requests]),
    )


async def reverse_entry(
    conn: AsyncConnection, *, tenant_id: int, request: ReversalRequest
) -> Outcome:
    """Reverse one entry.

    Raises:
        LedgerError: refused; the class names the reason.
    """
    (outcome,) = await reverse_batch(conn, tenant_id=tenant_id, requests=(request,))
    if outcome.refusal is not None:
        raise outcome.error()
    return outcome
