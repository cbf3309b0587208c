"""Who is told of what waits for a second person, and of what became of it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.foundation.approval_kinds import approval_kinds
from ledger.foundation.approvals import PLATFORM, Approval
from ledger.foundation.notices import Facts, notify


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
        facts=Facts(about=known.name_zh),
    )


async def tell_of_decision(conn: AsyncConnection, *, tenant_id: int, approval: Approval) -> None:
    """Tell whoever asked that it is decided."""
    await notify(
        conn,
        kind="approval_decided",
        caller_id=approval.requested_by,
        tenant_id=None if tenant_id == PLATFORM else tenant_id,
        subject_id=approval.approval_id,
        facts=Facts(about=approval_kinds()[approval.kind].name_zh),
    )
