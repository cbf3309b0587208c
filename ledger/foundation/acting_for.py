"""Acts for somebody else (代办): on record with the person they were done for, who can read them.

Whoever sends a command about a member and is not that person acts for her: staff at the counter, a
secretary, a device at the door. The entry or record names the caller; the audit log names both.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import current_act, execute, fetch_all, load_sql
from ledger.foundation.audit_log import RequestAct, current_request_id
from ledger.foundation.client_addresses import current_client_address

_PACKAGE = "ledger.foundation"


class ActFor(msgspec.Struct, frozen=True):
    """One thing that somebody did for a person; ``audit_id`` orders them."""

    audit_id: int
    at: datetime
    action: str
    #: Who did it; None: a connected system, or the service itself.
    actor: str | None
    #: The programme or estate; None: on the platform.
    place: str | None
    reason: str | None


async def record_act_for(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_id: UUID,
    caller_id: int,
    action: str,
    object_kind: str,
    object_id: UUID,
    reason: str | None = None,
) -> None:
    """Put on record what is done for a member, in its transaction; one's own acts are not written.

    The transaction works for the member's tenant.
    """
    written = await execute(
        conn,
        load_sql(_PACKAGE, "record_act_for"),
        tenant_id,
        member_id,
        caller_id,
        now(),
        action,
        object_kind,
        str(object_id),
        reason,
        current_request_id.get(),
        current_client_address.get(),
    )
    act = current_act.get()
    if written and isinstance(act, RequestAct):
        act.note()


async def list_acts_for(
    conn: AsyncConnection, *, person_id: int, limit: int, before: int | None = None
) -> list[ActFor]:
    """What others did for a person, the latest first; ``before``: older than this one."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_acts_for"), person_id, before, limit)
    return [ActFor(*tuple(row)) for row in rows]
