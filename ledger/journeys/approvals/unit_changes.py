"""Change units: at once where nobody's role over a place changes, else by two people."""

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.foundation.approval_kinds import approval_kinds
from ledger.foundation.approvals import PLATFORM, Approval
from ledger.journeys.approvals.deciding import ask
from ledger.journeys.approvals.matters import OrgUnitChange
from ledger.journeys.approvals.rights import require_now
from ledger.journeys.approvals.units import do_unit_change, try_unit_change


class UnitChanged(msgspec.Struct, frozen=True):
    """The unit that goes on, or the request that waits for a second person."""

    org_unit_id: UUID
    approval: Approval | None


async def ask_or_change_unit(
    conn: AsyncConnection, *, matter: OrgUnitChange, reason: str, caller_id: int
) -> UnitChanged:
    """Set a change of units down, or ask a second person when it changes who decides where.

    Raises:
        PermissionMissing: not for this caller.
        ApprovalWaitsAlready: a change of this unit waits for a second person.
        LedgerError: it could not be done; see ``ledger.foundation.org_unit_changes``.
    """
    permission = approval_kinds()[matter.kind].asked_with
    await require_now(conn, caller_id=caller_id, permission=permission, tenant_id=PLATFORM)
    effect = await try_unit_change(conn, matter=matter, caller_id=caller_id)
    if not effect.needs_two:
        goes_on = await do_unit_change(conn, matter=matter, caller_id=caller_id, reason=reason)
        return UnitChanged(goes_on, None)
    approval = await ask(
        conn,
        tenant_id=PLATFORM,
        matter=msgspec.structs.replace(matter, gains=effect.gains, loses=effect.loses),
        reason=reason,
        caller_id=caller_id,
        object_id=matter.org_unit_id,
    )
    return UnitChanged(matter.org_unit_id, approval)
