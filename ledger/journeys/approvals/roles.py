"""The effect on roles: given to a person, or ended."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.approvals import PLATFORM
from ledger.foundation.grant_list import Grant, get_grant
from ledger.foundation.grants import GrantNeedsObject, end_grant, grant_role
from ledger.foundation.organisations import find_tenant
from ledger.foundation.people import get_person
from ledger.foundation.roles import shipped_roles
from ledger.journeys.approvals.consent import Consent
from ledger.journeys.approvals.matters import RoleChange


class ApproverGains(LedgerError):
    """Nobody approves a role for themselves."""

    template = "Somebody else must approve a role that you would get."


async def check_role_change(
    conn: AsyncConnection, *, tenant_id: int, matter: RoleChange, asked_by: int
) -> None:
    """Refuse what could not be given or ended here.

    Raises:
        InvalidInput: no such role, not one of this kind of place, or nobody named.
        GrantNeedsObject: the role reaches one object, and none is named.
        NotFound: no such person, or no such grant here.
    """
    if matter.action == "end":
        await _grant_to_end(conn, tenant_id, matter.grant_id)
        return
    role = shipped_roles().get(matter.role)
    place = "platform"
    if tenant_id != PLATFORM:
        tenant = await find_tenant(conn, tenant_id=tenant_id)
        assert tenant is not None, "the tenant was found before"
        place = tenant.form
    if role is None or place not in role.given_in:
        remedy = "Name a role that is given in this kind of place."
        raise InvalidInput(field="role", value=matter.role, remedy=remedy)
    if role.limited and matter.object_id is None:
        raise GrantNeedsObject(role=matter.role)
    if matter.org_unit_id is not None and tenant_id != PLATFORM:
        remedy = "A role in a unit is given on the platform."
        raise InvalidInput(field="org_unit_id", value=str(matter.org_unit_id), remedy=remedy)
    if matter.person_id is None:
        raise InvalidInput(field="person_id", value=None, remedy="Name the person.")
    await get_person(conn, public_id=matter.person_id)


async def _grant_to_end(conn: AsyncConnection, tenant_id: int, grant_id: UUID | None) -> Grant:
    """A grant that was given in this place; one given elsewhere is ended there."""
    if grant_id is None:
        raise InvalidInput(field="grant_id", value=None, remedy="Name the grant to be ended.")
    grant = await get_grant(conn, grant_id=grant_id)
    if (grant.tenant_id or PLATFORM) != tenant_id:
        raise NotFound(kind="grant", id=str(grant_id))
    return grant


def result_of(matter: RoleChange, new_id: UUID) -> UUID:
    """The grant that the change is about: the one ended, or a new one."""
    return new_id if matter.grant_id is None else matter.grant_id


async def change_role(conn: AsyncConnection, *, matter: RoleChange, consent: Consent) -> None:
    """Give or end the role on the word of two people.

    Raises:
        ApproverGains: the approver is the one who would get it.
        RolesExcludeEachOther: the person holds a role that stands against it.
        NotFound: the grant is over meanwhile.
    """
    await check_role_change(
        conn, tenant_id=consent.tenant_id, matter=matter, asked_by=consent.asked_by
    )
    await _carry_out(conn, matter, consent, consent.approval_id)


async def change_role_alone(conn: AsyncConnection, *, matter: RoleChange, consent: Consent) -> None:
    """The same for roles that need no second person; ``consent`` names one person twice.

    Raises:
        SecondPersonNeeded: the role does need one.
        RolesExcludeEachOther, NotFound: as above.
    """
    await _carry_out(conn, matter, consent, None)


async def _carry_out(
    conn: AsyncConnection, matter: RoleChange, consent: Consent, approval_id: UUID | None
) -> None:
    if matter.action == "end":
        grant = await _grant_to_end(conn, consent.tenant_id, matter.grant_id)
        await end_grant(
            conn,
            grant_id=grant.grant_id,
            ended_by=consent.asked_by,
            reason=consent.reason,
            approval_id=approval_id,
            asked_in=consent.tenant_id,
        )
        return
    assert matter.person_id is not None, "checked before"
    person = await get_person(conn, public_id=matter.person_id)
    if person.caller_id == consent.approved_by:
        raise ApproverGains
    await grant_role(
        conn,
        caller_id=person.caller_id,
        role=matter.role,
        granted_by=consent.asked_by,
        tenant_id=None if consent.tenant_id == PLATFORM else consent.tenant_id,
        org_unit_id=matter.org_unit_id,
        object_id=matter.object_id,
        valid_from=max(matter.valid_from or consent.at, consent.at),
        valid_to=matter.valid_to,
        grant_id=consent.result_id,
        approval_id=approval_id,
    )
