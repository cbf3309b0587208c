"""Who is told of what waits for a second person, and of what became of it."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_all, load_sql
from ledger.foundation.approval_kinds import approval_kinds
from ledger.foundation.approvals import PLATFORM, Approval
from ledger.foundation.notices import Facts, notify

_LIST_EXPIRED = load_sql("ledger.journeys", "list_expired_approvals")
_ANNOUNCE = load_sql("ledger.journeys", "announce_expired")
#: A run that was missed is made up for within so long.
_LOOKED_BACK = timedelta(days=30)


async def tell_of_request(
    conn: AsyncConnection, *, tenant_id: int, approval_id: UUID, kind: str, asked_by: int
) -> None:
    """Tell everybody else who may approve it; payments tell by themselves."""
    known = approval_kinds()[kind]
    await notify(
        conn,
        kind="approval_waits",
        permission=known.approved_with,
        except_caller_id=asked_by,
        tenant_id=None if tenant_id == PLATFORM else tenant_id,
        subject_id=approval_id,
        facts=Facts(about=kind),
    )


async def tell_of_decision(conn: AsyncConnection, *, tenant_id: int, approval: Approval) -> None:
    """Tell whoever asked that it is decided."""
    await notify(
        conn,
        kind="approval_decided",
        caller_id=approval.requested_by,
        tenant_id=None if tenant_id == PLATFORM else tenant_id,
        subject_id=approval.approval_id,
        facts=Facts(about=approval.kind),
    )


async def tell_of_expired(conn: AsyncConnection, *, tenant_id: int) -> int:
    """Tell whoever asked, and other systems, once, that nobody decided; returns how many."""
    told = []
    for row in await fetch_all(conn, _LIST_EXPIRED, tenant_id, now() - _LOOKED_BACK):
        is_new = await notify(
            conn,
            kind="approval_expired",
            caller_id=row.requested_by,
            tenant_id=None if tenant_id == PLATFORM else tenant_id,
            subject_id=row.approval_id,
            facts=Facts(about=row.kind),
        )
        if is_new:
            told.append(row.approval_id)
    if told:
        await execute(conn, _ANNOUNCE, tenant_id, told)
    return len(told)
