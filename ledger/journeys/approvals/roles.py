"""The effect on roles: given to a person, or ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import business_date, now
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.approvals import PLATFORM
from ledger.foundation.grant_list import Grant, get_grant, list_excluding_roles, list_grants
from ledger.foundation.grants import RolesExcludeEachOther, end_grant, grant_role
from ledger.foundation.linked_accounts import find_lone_inviter
from ledger.foundation.org_units import get_org_unit
from ledger.foundation.organisations import LARGEST_PAGE, find_tenant
from ledger.foundation.people import Person, get_person, require_not_erased
from ledger.foundation.roles import Role, shipped_roles
from ledger.journeys.approvals.consent import Consent
from ledger.journeys.approvals.fallen import end_what_fell
from ledger.journeys.approvals.matters import RoleChange
from ledger.journeys.approvals.role_objects import check_object


class ApproverGains(LedgerError):
    """Nobody approves a role for themselves."""

    template = "Somebody else must approve a role that you would get."


class InviterGives(LedgerError):
    """Whoever let somebody in alone, and may be that person, gives her nothing that decides."""

    template = (
        "Whoever alone invited this person neither asks for nor approves such a role for her. "
        "Another administrator does it, or two invite her anew first."
    )


class RoleHeldAlready(LedgerError):
    """Nobody holds the same role twice for one place and time."""

    template = "The person holds the role {role} here already; end that first, or begin after it."


async def check_role_change(
    conn: AsyncConnection, *, tenant_id: int, matter: RoleChange, asked_by: int
) -> None:
    """Refuse what could not be given or ended here.

    Raises:
        InvalidInput: no such role, not one of this kind of place, nobody named, or an end before
            its beginning.
        GrantNeedsObject: the role reaches one object, and none is named.
        RolesExcludeEachOther: the person holds a role that stands against it.
        RoleHeldAlready: the person holds it.
        InviterGives: the role decides, and whoever asks let the person in alone.
        PersonErased: there is nobody to hold it.
        NotFound: no such person, unit or object, or no such grant here.
    """
    if matter.action == "end":
        await _grant_to_end(conn, tenant_id, matter)
        return
    role = await _role_given_here(conn, tenant_id, matter)
    if matter.org_unit_id is not None and tenant_id != PLATFORM:
        remedy = "A role in a unit is given on the platform."
        raise InvalidInput(field="org_unit_id", value=str(matter.org_unit_id), remedy=remedy)
    if matter.person_id is None:
        raise InvalidInput(field="person_id", value=None, remedy="Name the person.")
    at = now()
    begins = max(matter.valid_from or at, at)
    if matter.valid_to is not None and matter.valid_to <= at:
        remedy = "This day is past: give an end to come."
        raise InvalidInput(field="valid_to", value=matter.valid_to.isoformat(), remedy=remedy)
    if matter.valid_to is not None and matter.valid_to <= begins:
        remedy = "Give an end after the beginning."
        raise InvalidInput(field="valid_to", value=matter.valid_to.isoformat(), remedy=remedy)
    person = await get_person(conn, public_id=matter.person_id)
    await require_not_erased(conn, person_id=person.person_id)
    await _not_by_inviter(conn, role, person, asked_by)
    await check_object(
        conn,
        tenant_id=tenant_id,
        code=matter.role,
        role=role,
        person=person,
        object_id=matter.object_id,
    )
    if matter.org_unit_id is not None:
        await get_org_unit(conn, org_unit_id=matter.org_unit_id, on=business_date(begins))
    await _check_beside_others(conn, tenant_id, matter, person, begins)


async def _not_by_inviter(
    conn: AsyncConnection, role: Role, person: Person, caller_id: int
) -> None:
    if role.decides and await find_lone_inviter(conn, person=person) == caller_id:
        raise InviterGives


async def _role_given_here(conn: AsyncConnection, tenant_id: int, matter: RoleChange) -> Role:
    role, place = shipped_roles().get(matter.role), "platform"
    if tenant_id != PLATFORM:
        tenant = await find_tenant(conn, tenant_id=tenant_id)
        assert tenant is not None, "the tenant was found before"
        place = tenant.form
    if role is None or place not in role.given_in:
        remedy = "Name a role that is given in this kind of place."
        raise InvalidInput(field="role", value=matter.role, remedy=remedy)
    return role


async def _check_beside_others(
    conn: AsyncConnection, tenant_id: int, matter: RoleChange, person: Person, begins: datetime
) -> None:
    """Refuse a role that stands against one held in the same place, or is held there itself."""
    place = None if tenant_id == PLATFORM else tenant_id
    barred = await list_excluding_roles(
        conn,
        caller_id=person.caller_id,
        tenant_id=place,
        org_unit_id=matter.org_unit_id,
        valid_from=begins,
        valid_to=matter.valid_to,
    )
    if matter.role in barred:
        raise RolesExcludeEachOther(role=matter.role, other_role=barred[matter.role])
    held = await list_grants(conn, limit=LARGEST_PAGE, person_id=person.person_id)
    for one in held:
        same = (one.role, one.tenant_id, one.org_unit_id, one.object_id) == (
            matter.role, place, matter.org_unit_id, matter.object_id,
        )  # fmt: skip
        starts_later = matter.valid_to is not None and matter.valid_to <= one.valid_from
        ends_before = one.valid_to is not None and one.valid_to <= begins
        if same and not starts_later and not ends_before:
            raise RoleHeldAlready(role=matter.role)


async def _grant_to_end(conn: AsyncConnection, tenant_id: int, matter: RoleChange) -> Grant:
    """A grant that was given in this place; one given elsewhere is ended there."""
    if matter.grant_id is None:
        raise InvalidInput(field="grant_id", value=None, remedy="Name the grant to be ended.")
    grant = await get_grant(conn, grant_id=matter.grant_id)
    is_over = grant.valid_to is not None and grant.valid_to <= now()
    if (grant.tenant_id or PLATFORM) != tenant_id or is_over:
        raise NotFound(kind="grant", id=str(matter.grant_id))
    if grant.role != matter.role:
        raise InvalidInput(field="role", value=matter.role, remedy="Name the role of the grant.")
    return grant


def result_of(matter: RoleChange, new_id: UUID) -> UUID:
    """The grant that the change is about: the one ended, or a new one."""
    return new_id if matter.grant_id is None else matter.grant_id


async def change_role(conn: AsyncConnection, *, matter: RoleChange, consent: Consent) -> None:
    """Give or end the role on the word of two people.

    Raises:
        ApproverGains: the approver is the one who would get it.
        InviterGives: asker or approver let the person in alone.
        RolesExcludeEachOther, RoleHeldAlready: what the person holds stands against it.
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
        RolesExcludeEachOther, RoleHeldAlready, NotFound: as above.
    """
    await _carry_out(conn, matter, consent, None)


async def _carry_out(
    conn: AsyncConnection, matter: RoleChange, consent: Consent, approval_id: UUID | None
) -> None:
    if matter.action == "end":
        grant = await _grant_to_end(conn, consent.tenant_id, matter)
        await end_grant(
            conn,
            grant_id=grant.grant_id,
            ended_by=consent.asked_by,
            reason=consent.reason,
            approval_id=approval_id,
            asked_in=consent.tenant_id,
        )
        await end_what_fell(conn, caller_id=grant.caller_id, consent=consent)
        return
    assert matter.person_id is not None, "checked before"
    person = await get_person(conn, public_id=matter.person_id)
    if person.caller_id == consent.approved_by:
        raise ApproverGains
    await _not_by_inviter(conn, shipped_roles()[matter.role], person, consent.approved_by)
    given = await grant_role(
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
    if given != consent.result_id:
        raise RoleHeldAlready(role=matter.role)
