"""The papers of a request: whoever approves it has seen them all."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import GatedCall
from api.v1.approvals import find_open
from api.web.looked import NotLookedAt
from ledger.foundation.approvals import Approval
from ledger.foundation.files import Attachment, ObjectKind, list_attachments, lock_evidence


def evidence_kind(approval: Approval) -> ObjectKind:
    """As what the papers of a request are kept."""
    return "payment" if approval.kind == "payout" else "approval"


def papers_of(files: Sequence[Attachment]) -> str:
    """What was looked at with a request, as its form says it."""
    return " ".join(str(one.attachment_id) for one in files)


async def require_seen(
    conn: AsyncConnection, call: GatedCall, approval_id: UUID, seen: str
) -> None:
    """Let nobody approve with papers that came after the look, or while the approval is written.

    Raises:
        NotFound: no such request that concerns the caller.
        NotLookedAt: the papers are others by now.
    """
    await lock_evidence(conn, tenant_id=call.scope_id, object_id=approval_id)
    approval = await find_open(conn, call, approval_id)
    files = await list_attachments(
        conn,
        tenant_id=call.scope_id,
        object_kind=evidence_kind(approval),
        object_id=approval_id,
    )
    if papers_of(files) != seen:
        raise NotLookedAt
