"""Give or end a role: at once where one person may, else by asking a second one."""

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.foundation.approval_kinds import approval_kinds
from ledger.foundation.approvals import Approval
from ledger.foundation.free_words import told_words
from ledger.foundation.people import get_person
from ledger.foundation.roles import shipped_roles
from ledger.identifiers import uuid7
from ledger.journeys.approvals.consent import Consent
from ledger.journeys.approvals.deciding import ask
from ledger.journeys.approvals.matters import RoleChange
from ledger.journeys.approvals.reasons import check_reason
from ledger.journeys.approvals.rights import require_now
from ledger.journeys.approvals.roles import change_role_alone, check_role_change, result_of

#: Appointments and elections are named in two characters: 任命, 换届.
SHORTEST_REASON = 2


class RoleChanged(msgspec.Struct, frozen=True):
    """A role given or ended at once, or the request that waits for a second person."""

    grant_id: UUID | None
    approval: Approval | None


async def ask_or_change_role(
    conn: AsyncConnection, *, tenant_id: int, matter: RoleChange, reason: str, caller_id: int
) -> RoleChanged:
    """Give or end an ordinary role at once; ask a second person for one that needs two.

    Nobody gives herself any role: that, too, is asked of a second person.

    Raises:
        ApprovalWaitsAlready: the same is asked for already.
        PermissionMissing, NotFound, InvalidInput, GrantNeedsObject, RolesExcludeEachOther: refused;
            InvalidInput as well for a reason that says nothing, or somebody's number or name.
    """
    reason = told_words("reason", reason, shortest=SHORTEST_REASON)
    role = shipped_roles().get(matter.role)
    if role is not None and (role.two_people or await _is_given_to(conn, matter, caller_id)):
        approval = await ask(
            conn,
            tenant_id=tenant_id,
            matter=matter,
            reason=reason,
            caller_id=caller_id,
            object_id=matter.grant_id,
        )
        return RoleChanged(None, approval)
    kind = approval_kinds()[matter.kind]
    await require_now(conn, caller_id=caller_id, permission=kind.asked_with, tenant_id=tenant_id)
    await check_role_change(conn, tenant_id=tenant_id, matter=matter, asked_by=caller_id)
    await check_reason(conn, tenant_id=tenant_id, matter=matter, reason=reason)
    consent = Consent(
        tenant_id=tenant_id,
        approval_id=uuid7(),
        reason=reason,
        asked_by=caller_id,
        approved_by=caller_id,
        result_id=result_of(matter, uuid7()),
    )
    await change_role_alone(conn, matter=matter, consent=consent)
    return RoleChanged(consent.result_id, None)


async def _is_given_to(conn: AsyncConnection, matter: RoleChange, caller_id: int) -> bool:
    """Whether somebody would get the role by her own hand."""
    if matter.action != "give" or matter.person_id is None:
        return False
    person = await get_person(conn, public_id=matter.person_id)
    return person.caller_id == caller_id
