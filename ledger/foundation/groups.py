"""Teams of members (志愿服务队): a name, a leader, who belongs to it from when to when."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, fetch_optional, load_sql
from ledger.errors import LedgerError, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.free_words import told_words
from ledger.foundation.households import Belonging
from ledger.foundation.legal_capacity import require_capacity
from ledger.foundation.names import check_title
from ledger.foundation.organisations import LARGEST_PAGE, check_page_size
from ledger.foundation.participation import end_ties, lock_members_to_tie, past_day
from ledger.foundation.people import sort_key
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.taken_names import check_free
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"


class GroupNameTaken(LedgerError):
    """Another team of the programme has the name."""

    template = "The programme has a team with this name already."


class GroupEnded(LedgerError):
    """A team that has ended stays as it was."""

    template = "The team ended on {ends_on}."


class InGroupAlready(LedgerError):
    """Somebody belongs to a team once."""

    template = "The member belongs, or on a later day belonged, to this team already."


class LeaderLeaves(LedgerError):
    """A team has a leader who belongs to it."""

    template = "Name another leader first."


class Group(msgspec.Struct, frozen=True):
    """A team as it is now; the leader's name in clear for the caller to mask."""

    group_id: UUID
    name: str
    #: None: the leader left, and no other one is named.
    leader_member_id: UUID | None
    leader_name: str | None
    leader_no: str | None
    begins_on: date
    ends_on: date | None
    #: How many belong to it now.
    members: int


async def create_group(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    name: str,
    leader_member_id: UUID,
    caller_id: int,
    keys: PersonalDataKeys,
    begins_on: date | None = None,
) -> UUID:
    """A new team, to which its leader belongs.

    Raises:
        NotFound: the leader is not a member here.
        MemberHasLeft: the leader has left.
        GroupNameTaken: the programme has this name.
        InvalidInput: no name, a day to come, or a leader who is a minor or has a guardian.
    """
    day, plain = past_day("begins_on", begins_on), told_words("name", check_title(name))
    await check_free(conn, GroupNameTaken, tenant_id=tenant_id, kind="group", name=plain)
    await _require_fit(conn, tenant_id, "leader_member_id", leader_member_id, keys)
    group_id = uuid7()
    created = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "create_group"),
        tenant_id,
        group_id,
        plain,
        sort_key(plain),
        leader_member_id,
        day,
        caller_id,
    )
    if created is None:
        raise GroupNameTaken
    await join_group(
        conn,
        tenant_id=tenant_id,
        group_id=group_id,
        member_id=leader_member_id,
        caller_id=caller_id,
        begins_on=day,
    )
    return group_id


async def join_group(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    group_id: UUID,
    member_id: UUID,
    caller_id: int,
    begins_on: date | None = None,
) -> None:
    """Let a member belong to a team from a day on (default: today).

    Raises:
        NotFound: no such team or member here.
        GroupEnded: the team has ended.
        MemberHasLeft: the member has left.
        InGroupAlready: the member belongs, or on a later day belonged, to it.
        InvalidInput: a day to come.
    """
    day = past_day("begins_on", begins_on)
    await _lock(conn, tenant_id, group_id)
    members = await lock_members_to_tie(conn, tenant_id=tenant_id, member_ids=[member_id])
    statement = load_sql(_PACKAGE, "join_group")
    if (
        await fetch_optional(conn, statement, tenant_id, group_id, member_id, day, caller_id)
        is None
    ):
        raise InGroupAlready
    await _record(conn, tenant_id, caller_id, "join", group_id, members[member_id].person_id)


async def leave_group(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    group_id: UUID,
    member_id: UUID,
    caller_id: int,
    ends_on: date | None = None,
) -> None:
    """Let a member belong to a team no longer, from a day on (default: today).

    Raises:
        NotFound: no such team, or the member does not belong to it.
        LeaderLeaves: the leader.
        GroupEnded: the team has ended.
        InvalidInput: a day to come, or before the beginning.
    """
    day = past_day("ends_on", ends_on)
    if (await _lock(conn, tenant_id, group_id)).leader_member_id == member_id:
        raise LeaderLeaves
    left = await end_ties(conn, "leave_group", tenant_id, group_id, member_id, day, caller_id)
    if not left:
        raise NotFound(kind="member", id=str(member_id))
    await _record(conn, tenant_id, caller_id, "leave", group_id, left[0].person_id)


async def set_group_leader(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    group_id: UUID,
    member_id: UUID,
    caller_id: int,
    keys: PersonalDataKeys,
) -> None:
    """Make another one of the team its leader.

    Raises:
        NotFound: no such team, or the member does not belong to it.
        GroupEnded: the team has ended.
        InvalidInput: a minor, or somebody who has a guardian.
    """
    await _lock(conn, tenant_id, group_id)
    await _require_fit(conn, tenant_id, "member_id", member_id, keys)
    statement = load_sql(_PACKAGE, "set_group_leader")
    leader = await fetch_optional(conn, statement, tenant_id, group_id, member_id)
    if leader is None:
        raise NotFound(kind="member", id=str(member_id))
    await _record(conn, tenant_id, caller_id, "leader", group_id, leader.person_id)


async def _require_fit(
    conn: AsyncConnection, tenant_id: int, field: str, member_id: UUID, keys: PersonalDataKeys
) -> None:
    held = await lock_members_to_tie(conn, tenant_id=tenant_id, member_ids=[member_id])
    await require_capacity(
        conn,
        tenant_id=tenant_id,
        person_id=held[member_id].person_id,
        field=field,
        value=member_id,
        keys=keys,
    )


async def end_group(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    group_id: UUID,
    caller_id: int,
    ends_on: date | None = None,
) -> None:
    """End a team and everybody's belonging to it.

    Raises:
        NotFound: no such team here.
        GroupEnded: it has ended.
        InvalidInput: a day to come, or before the beginning.
    """
    day = past_day("ends_on", ends_on)
    await _lock(conn, tenant_id, group_id)
    left = await end_ties(conn, "leave_group", tenant_id, group_id, None, day, caller_id)
    await end_ties(conn, "end_group", tenant_id, group_id, day)
    for one in left:
        await _record(conn, tenant_id, caller_id, "end", group_id, one.person_id)
    if not left:
        await _record(conn, tenant_id, caller_id, "end", group_id, None)


async def _lock(conn: AsyncConnection, tenant_id: int, group_id: UUID) -> Any:
    row = await fetch_optional(conn, load_sql(_PACKAGE, "lock_group"), tenant_id, group_id)
    if row is None:
        raise NotFound(kind="group", id=str(group_id))
    if row.ends_on is not None:
        raise GroupEnded(ends_on=row.ends_on)
    return row


async def get_group(conn: AsyncConnection, *, tenant_id: int, group_id: UUID) -> Group:
    """The team with a public id.

    Raises:
        NotFound: not one of this programme.
    """
    statement = load_sql(_PACKAGE, "list_groups")
    row = await fetch_optional(conn, statement, tenant_id, group_id, None, 1, None)
    if row is None:
        raise NotFound(kind="group", id=str(group_id))
    return Group(*tuple(row))


async def list_groups(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    limit: int = LARGEST_PAGE,
    member_id: UUID | None = None,
    after: UUID | None = None,
) -> list[Group]:
    """A page of teams by name, those that go on first; all, or those a member belongs to."""
    statement = load_sql(_PACKAGE, "list_groups")
    page = check_page_size(limit)
    rows = await fetch_all(conn, statement, tenant_id, None, member_id, page, after)
    return [Group(*tuple(row)) for row in rows]


async def list_group_members(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    group_id: UUID,
    limit: int = LARGEST_PAGE,
    after: tuple[UUID, date] | None = None,
) -> list[Belonging]:
    """A page of who belongs to a team, then who did; ``after`` a member's time by its first day."""
    statement = load_sql(_PACKAGE, "list_group_members")
    page = check_page_size(limit)
    rows = await fetch_all(conn, statement, tenant_id, group_id, page, *(after or (None, None)))
    return [Belonging(*tuple(row)) for row in rows]


async def _record(
    conn: AsyncConnection,
    tenant_id: int,
    caller_id: int,
    act: str,
    group_id: UUID,
    person_id: int | None,
) -> None:
    await record_action(
        conn,
        caller_id=caller_id,
        action=f"group.{act}",
        tenant_id=tenant_id,
        object_kind="group",
        object_id=str(group_id),
        behalf_person_id=person_id,
    )
