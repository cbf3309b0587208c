"""Who asks and who approves, looked at again in the transaction that does it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.errors import LedgerError, NotFound
from ledger.foundation.approval_kinds import approval_kinds
from ledger.foundation.approvals import PLATFORM, Approval
from ledger.foundation.grants import PermissionMissing, Permissions, get_permissions


class AskerLostRight(LedgerError):
    """What was asked falls with the right to ask for it."""

    template = "Whoever asked for this may not ask for it any more ({permission})."


def permits(permissions: Permissions, permission: str, tenant_id: int) -> bool:
    """Whether somebody has a permission for a whole tenant, or on the platform."""
    if tenant_id == PLATFORM:
        return permissions.permits_on_platform(permission)
    reach = permissions.reach(permission, tenant_id)
    return reach is not None and reach.everything


async def require_now(
    conn: AsyncConnection, *, caller_id: int, permission: str, tenant_id: int
) -> None:
    """Refuse unless the caller has the permission at this moment, whatever is kept of it.

    Raises:
        PermissionMissing: known here, but not for this.
        NotFound: nothing to do with this tenant.
    """
    permissions = await get_permissions(conn, caller_id=caller_id)
    if permits(permissions, permission, tenant_id):
        return
    if tenant_id != PLATFORM and not permissions.in_tenant(tenant_id):
        raise NotFound(kind="tenant", id="")
    raise PermissionMissing(permission=permission)


async def require_asker_still(
    conn: AsyncConnection, *, caller_id: int, permission: str, tenant_id: int
) -> None:
    """Refuse when whoever asked may not ask any more.

    Raises:
        AskerLostRight: the role ended meanwhile.
    """
    permissions = await get_permissions(conn, caller_id=caller_id)
    if not permits(permissions, permission, tenant_id):
        raise AskerLostRight(permission=permission)


async def find_fallen(
    conn: AsyncConnection, *, tenant_id: int, approvals: Iterable[Approval]
) -> set[UUID]:
    """Which of these wait in vain: whoever asked may not ask any more, as when a role ran out."""
    held: dict[int, Permissions] = {}
    fallen = set()
    for one in approvals:
        if one.state != "waiting":
            continue
        if one.requested_by not in held:
            held[one.requested_by] = await get_permissions(conn, caller_id=one.requested_by)
        if not permits(held[one.requested_by], approval_kinds()[one.kind].asked_with, tenant_id):
            fallen.add(one.approval_id)
    return fallen
