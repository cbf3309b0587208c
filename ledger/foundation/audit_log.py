"""The audit log: who did what to whom, in the transaction that did it. Append-only.

It names people by their ids alone, never by name or number.
"""

from contextvars import ContextVar

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, load_sql
from ledger.foundation.client_addresses import current_client_address

#: The request being served, set by the edge so that log lines and problems can be told together.
current_request_id: ContextVar[str | None] = ContextVar("current_request_id", default=None)


async def record_action(
    conn: AsyncConnection,
    *,
    caller_id: int,
    action: str,
    tenant_id: int | None = None,
    object_kind: str | None = None,
    object_id: str | None = None,
    behalf_person_id: int | None = None,
    reason: str | None = None,
) -> None:
    """Add one line; it stands or falls with the caller's transaction."""
    await execute(
        conn,
        load_sql("ledger.foundation", "record_action"),
        now(),
        caller_id,
        behalf_person_id,
        tenant_id,
        action,
        object_kind,
        object_id,
        reason,
        current_request_id.get(),
        current_client_address.get(),
    )
