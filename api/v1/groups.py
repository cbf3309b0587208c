"""Teams of a programme's members."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.forms import PROGRAMMES, Command, CursorText, PageSize, PathId, view
from ledger.database import read_transaction
from ledger.foundation.groups import (
    create_group,
    end_group,
    get_group,
    join_group,
    leave_group,
    list_group_members,
    list_groups,
    set_group_leader,
)

GROUP = PROGRAMMES + "/groups/{group_id:uuid}"
Name = Annotated[str, Meta(min_length=1, max_length=60, examples=["银龄互助队"])]
Day = Annotated[date | None, Meta(description="Today if absent; never a day to come.")]


class _NoFilter(msgspec.Struct, frozen=True):
    """Teams have no filters."""


_GROUPS: CursorKind[_NoFilter, UUID] = CursorKind(_NoFilter, UUID)
_MEMBERS: CursorKind[_NoFilter, tuple[UUID, date]] = CursorKind(_NoFilter, tuple[UUID, date])


class NewGroup(Command, frozen=True):
    """A team with its leader."""

    name: Name
    leader_member_id: UUID
    begins_on: Day = None


class GroupMove(Command, frozen=True):
    """Who joins or leaves a team, leads it, or that it ends."""

    act: Literal["join", "leave", "leader", "end"]
    member_id: Annotated[UUID | None, Meta(description="Absent only where the team ends.")] = None
    on: Day = None


class GroupView(msgspec.Struct, frozen=True):
    """A team as it is now."""

    group_id: UUID
    name: str
    leader_member_id: Annotated[
        UUID | None, Meta(description="Null: the leader left; name another.")
    ]
    begins_on: date
    ends_on: date | None
    members: int


class GroupPage(msgspec.Struct, frozen=True):
    """A page of teams, those that go on first, by name."""

    items: list[GroupView]
    next_cursor: str | None


class BelongingView(msgspec.Struct, frozen=True):
    """Somebody's time in a team; ``ends_on`` is the first day after it."""

    member_id: UUID
    volunteer_no: str
    begins_on: date
    ends_on: date | None


class BelongingPage(msgspec.Struct, frozen=True):
    """A page of who belongs to a team, then who did."""

    items: list[BelongingView]
    next_cursor: str | None


@get(PROGRAMMES + "/groups", opt=may("members.manage"), summary="List teams", tags=["people"])
async def list_all_groups(
    call: Call, cursor: CursorText = None, limit: PageSize = DEFAULT_PAGE
) -> GroupPage:
    """Teams by name, those that go on first."""
    wanted, after = _GROUPS.read(cursor, _NoFilter(), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_groups(conn, tenant_id=call.tenant_id, limit=limit, after=after)
    following = found[-1].group_id if len(found) == limit else None
    return GroupPage(
        [view(GroupView, one) for one in found],
        None if following is None else _GROUPS.write(wanted, following, call.route),
    )


@get(GROUP, opt=may("members.manage"), summary="Read a team", tags=["people"])
async def read_one_group(call: Call, group_id: PathId) -> GroupView:
    """A team as it is now."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        return view(GroupView, await get_group(conn, tenant_id=call.tenant_id, group_id=group_id))


@get(GROUP + "/members", opt=may("members.manage"), summary="List a team", tags=["people"])
async def list_one_group(
    call: Call, group_id: PathId, cursor: CursorText = None, limit: PageSize = DEFAULT_PAGE
) -> BelongingPage:
    """Who belongs to a team, then who did, each by name."""
    wanted, after = _MEMBERS.read(cursor, _NoFilter(), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_group(conn, tenant_id=call.tenant_id, group_id=group_id)
        found = await list_group_members(
            conn, tenant_id=call.tenant_id, group_id=group_id, limit=limit, after=after
        )
    last = found[-1] if len(found) == limit else None
    return BelongingPage(
        [view(BelongingView, one) for one in found],
        None
        if last is None
        else _MEMBERS.write(wanted, (last.member_id, last.begins_on), call.route),
    )


@post(PROGRAMMES + "/groups", opt=may("members.manage"), summary="Found a team", tags=["people"])
async def found_group(call: Call, data: JSONBody[NewGroup]) -> Response[GroupView]:
    """A team to which its leader belongs."""

    async def found(conn: AsyncConnection) -> GroupView:
        facts = msgspec.structs.asdict(data)
        group_id = await create_group(
            conn,
            tenant_id=call.tenant_id,
            caller_id=call.caller_id,
            keys=call.service.personal_keys,
            **facts,
        )
        return view(GroupView, await get_group(conn, tenant_id=call.tenant_id, group_id=group_id))

    return await once(call, data, found)


@post(
    GROUP + "/moves",
    opt=may("members.manage"),
    summary="Change a team",
    tags=["people"],
)
async def move_in_group(
    call: Call, group_id: PathId, data: JSONBody[GroupMove]
) -> Response[GroupView]:
    """Let a member join, leave or lead a team, or let the team end."""

    async def move(conn: AsyncConnection) -> GroupView:
        facts: dict[str, Any] = {"tenant_id": call.tenant_id, "caller_id": call.caller_id}
        if data.act == "end":
            await end_group(conn, group_id=group_id, ends_on=data.on, **facts)
        else:
            member_id = data.member_id or group_id  # nobody has the id of a team
            ids: dict[str, Any] = {"group_id": group_id, "member_id": member_id}
            if data.act == "join":
                await join_group(conn, begins_on=data.on, **ids, **facts)
            elif data.act == "leave":
                await leave_group(conn, ends_on=data.on, **ids, **facts)
            else:
                await set_group_leader(conn, keys=call.service.personal_keys, **ids, **facts)
        return view(GroupView, await get_group(conn, tenant_id=call.tenant_id, group_id=group_id))

    return await once(call, data, move)


ROUTES = (list_all_groups, found_group, read_one_group, list_one_group, move_in_group)
