"""Who may do what, where: roles as permission sets in data, given to callers for a time.

A permission is a name like ``entries.post``. A grant without a tenant reaches every tenant; a
grant with an object lets the role's limited permissions reach that object alone.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_all, fetch_one, fetch_optional, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.approval_kinds import approval_kinds
from ledger.foundation.approvals import PLATFORM, SecondPersonNeeded
from ledger.foundation.audit_log import record_action
from ledger.foundation.people import find_person_of_caller, require_not_erased
from ledger.foundation.roles import decides, only_reading_in_estates, only_reads, shipped_roles
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
#: Whoever installs the service; a person's acts need the others.
SYSTEM_CALLER = 1
#: Halves of what two people must do. A connected system is nobody: whoever holds its key could be
#: the other person as well, so it never has these, whatever its roles.
SIGNED_BY_PERSONS = frozenset(
    {
        "consents.record",
        "erasures.decide",
        "erasures.request",
        "personal_data.correct",
        "personal_data.view",
        "service_records.verify",
        "star_points.approve",
        "star_points.propose",
    }
    | {kind.asked_with for kind in approval_kinds().values()}
    | {kind.approved_with for kind in approval_kinds().values()}
)


class PermissionMissing(LedgerError):
    """The caller is known here, but not for this."""

    template = "This needs the permission {permission}, which your roles here do not include."


class GrantNeedsObject(LedgerError):
    """A role whose permissions reach one object was given without naming it."""

    template = "The role {role} reaches one member, merchant or household: name it in the grant."


class RolesExcludeEachOther(LedgerError):
    """Nobody is maker and checker of the same thing, whichever role came first."""

    template = "Nobody is {role} and {other_role} in the same place; end the other role first."


class Reach(msgspec.Struct, frozen=True):
    """How far a permission goes in one tenant: everything, or what these holders own."""

    everything: bool
    holders: frozenset[UUID] = frozenset()

    def includes(self, holder_id: UUID | None) -> bool:
        """Whether the permission reaches what this holder owns."""
        return self.everything or (holder_id is not None and holder_id in self.holders)


class HeldRole(msgspec.Struct, frozen=True):
    """One grant in force, with what it permits."""

    role: str
    tenant_id: int | None
    object_id: UUID | None
    is_sensitive: bool
    limited: frozenset[str]
    wide: frozenset[str]
    #: Estates that the grant reaches through a unit or the platform, and where it only reads.
    only_reads_in: frozenset[int] = frozenset()

    def permits(self, permission: str, tenant_id: int) -> bool:
        """Whether the role has this permission at all in a tenant that it reaches."""
        if tenant_id in self.only_reads_in and not only_reads(permission):
            return False
        return permission in self.wide or permission in self.limited


class Permissions(msgspec.Struct, frozen=True):
    """Everything a caller may do at a moment; ``scopes`` narrows an API key."""

    caller_id: int
    #: What is signed by persons is left out for a connected system.
    roles: tuple[HeldRole, ...]
    scopes: frozenset[str] | None = None

    def in_tenant(self, tenant_id: int) -> tuple[HeldRole, ...]:
        """The grants that count in a tenant."""
        return tuple(role for role in self.roles if role.tenant_id in (None, tenant_id))

    def reach(self, permission: str, tenant_id: int) -> Reach | None:
        """How far a permission goes in a tenant; None: not at all."""
        if self.scopes is not None and permission not in self.scopes:
            return None
        holding = [
            role for role in self.in_tenant(tenant_id) if role.permits(permission, tenant_id)
        ]
        if not holding:
            return None
        if any(permission in role.wide or role.object_id is None for role in holding):
            return Reach(everything=True)
        return Reach(False, frozenset(role.object_id for role in holding if role.object_id))

    def holds_for(self, permission: str, tenant_id: int, holder_id: UUID | None) -> bool:
        """Whether somebody has a permission for a holder (None: any), under whichever key.

        For what excludes: a key that leaves a permission out makes nobody of its owner.
        """
        reach = msgspec.structs.replace(self, scopes=None).reach(permission, tenant_id)
        return reach is not None and (holder_id is None or reach.includes(holder_id))

    def own_holders(self, tenant_id: int) -> frozenset[UUID]:
        """Whom the caller is in a tenant, or answers for: member, ward, merchant, partner."""
        return frozenset(role.object_id for role in self.in_tenant(tenant_id) if role.object_id)

    def require(self, permission: str, tenant_id: int) -> Reach:
        """How far a permission goes in a tenant.

        Raises:
            NotFound: the caller has nothing to do with the tenant, so it does not exist for them.
            PermissionMissing: known there, but not for this.
        """
        reach = self.reach(permission, tenant_id)
        if reach is not None:
            return reach
        if not self.in_tenant(tenant_id):
            raise NotFound(kind="tenant", id="")
        raise PermissionMissing(permission=permission)

    def permits_on_platform(self, permission: str) -> bool:
        """Whether a platform-wide grant includes the permission."""
        in_scope = self.scopes is None or permission in self.scopes
        wide = (role.wide for role in self.roles if role.tenant_id is None)
        return in_scope and any(permission in names for names in wide)

    def require_on_platform(self, permission: str) -> None:
        """Refuse unless a platform-wide grant includes the permission."""
        if not self.permits_on_platform(permission):
            raise PermissionMissing(permission=permission)


async def get_permissions(
    conn: AsyncConnection,
    *,
    caller_id: int,
    scopes: frozenset[str] | None = None,
    at: datetime | None = None,
) -> Permissions:
    """What a caller may do at a moment (default: now)."""
    asked = (caller_id, at or now(), list(only_reading_in_estates()))
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_held_roles"), *asked)
    return Permissions(caller_id, tuple(map(_held_role, rows)), scopes)


def _held_role(row: Row[Any]) -> HeldRole:
    withheld = SIGNED_BY_PERSONS if row.caller_kind == "integration" else frozenset()
    return HeldRole(
        role=row.role_code,
        tenant_id=row.scope_tenant_id,
        object_id=row.object_id,
        is_sensitive=row.is_sensitive,
        limited=frozenset(row.limited) - withheld,
        wide=frozenset(row.wide) - withheld,
        only_reads_in=frozenset(row.only_reads_in),
    )


async def grant_role(
    conn: AsyncConnection,
    *,
    caller_id: int,
    role: str,
    granted_by: int,
    tenant_id: int | None = None,
    org_unit_id: UUID | None = None,
    object_id: UUID | None = None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    grant_id: UUID | None = None,
    approval_id: UUID | None = None,
) -> UUID:
    """Give a role; an open grant of the same role, place and object is returned as it is.

    Without a tenant and a unit it reaches the whole platform; in a unit, what lies there on the day
    it is used. A role for two people, or for oneself, needs its ``approval_id``, whose result is
    ``grant_id``. An office ends a person's open invitations: one person alone gave them.

    Raises:
        InvalidInput: no such role, or an end before its beginning.
        GrantNeedsObject: the role reaches one object, and none is named.
        RolesExcludeEachOther: the caller holds a role that nobody holds beside this one.
        SecondPersonNeeded, PersonErased: nobody else approved it; nobody is there to hold it.
    """
    await require_not_erased(conn, caller_id=caller_id)
    known = await fetch_optional(conn, load_sql(_PACKAGE, "find_role"), role)
    if known is None:
        raise InvalidInput(field="role", value=role, remedy="Name a role from the list of roles.")
    if known.needs_object and (object_id is None or tenant_id is None):
        raise GrantNeedsObject(role=role)
    begins = valid_from or now()
    if valid_to is not None and valid_to <= begins:
        remedy = "Give an end after the beginning."
        raise InvalidInput(field="valid_to", value=valid_to.isoformat(), remedy=remedy)
    ships = shipped_roles().get(role)
    is_personal = ships is not None and ships.is_personal
    if granted_by == caller_id and approval_id is None and not is_personal:
        raise SecondPersonNeeded
    is_deciding = known.is_sensitive or any(map(decides, known.permissions))
    if is_deciding or not is_personal:
        alone = granted_by != SYSTEM_CALLER and approval_id is None
        await _end_open_invitations(conn, caller_id, refuse=is_deciding and alone)
    given = await fetch_one(
        conn,
        load_sql(_PACKAGE, "grant_role"),
        grant_id or uuid7(),
        caller_id,
        role,
        tenant_id,
        org_unit_id,
        object_id,
        begins,
        valid_to,
        granted_by,
        approval_id,
    )
    if given.refusal == SecondPersonNeeded.code:
        raise SecondPersonNeeded
    if given.refusal is not None:
        raise RolesExcludeEachOther(role=role, other_role=given.other_role)
    await record_action(
        conn,
        caller_id=granted_by,
        action="role.grant",
        tenant_id=tenant_id,
        object_kind=role,
        object_id=str(given.grant_id),
    )
    return UUID(str(given.grant_id))


async def _end_open_invitations(conn: AsyncConnection, caller_id: int, *, refuse: bool) -> None:
    """Nobody keeps a key to a sign-in that holds an office from now on."""
    person = await find_person_of_caller(conn, caller_id=caller_id)
    if person is None:
        return
    if refuse:  # the operator alone gives what decides without a second person
        raise SecondPersonNeeded
    await execute(conn, load_sql(_PACKAGE, "drop_open_invitations"), person.person_id)


async def end_grant(
    conn: AsyncConnection,
    *,
    grant_id: UUID,
    ended_by: int,
    reason: str,
    approval_id: UUID | None = None,
    asked_in: int = PLATFORM,
) -> None:
    """End a grant that is in force, or still to come, now.

    A role for two people needs the approval that was asked for in a tenant or on the platform.

    Raises:
        NotFound: no such grant, or it is over.
        SecondPersonNeeded: nobody else approved it.
    """
    row = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "end_grant"),
        *(grant_id, now(), ended_by, reason, approval_id, asked_in),
    )
    if row is None:
        raise NotFound(kind="grant", id=str(grant_id))
    if row.refusal is not None:
        raise SecondPersonNeeded
    await record_action(
        conn,
        caller_id=ended_by,
        action="role.end",
        tenant_id=row.scope_tenant_id,
        object_kind=row.role_code,
        object_id=str(grant_id),
        reason=reason,
    )
