"""Households of a programme's members."""

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
from ledger.foundation.cut_lists import ONE_MORE, cut_page
from ledger.foundation.households import (
    create_household,
    get_household,
    join_household,
    leave_household,
    list_household_members,
    list_households,
    set_household_head,
)

HOUSEHOLD = PROGRAMMES + "/households/{household_id:uuid}"
Day = Annotated[date | None, Meta(description="Today if absent; never a day to come.")]


class NewHousehold(Command, frozen=True):
    """A household with its head."""

    number: Annotated[str, Meta(min_length=1, max_length=40, examples=["3-201"])]
    head_member_id: UUID
    org_unit_id: UUID | None = None
    begins_on: Day = None


class HouseholdMove(Command, frozen=True):
    """Who moves in or out, or becomes the head."""

    member_id: UUID
    act: Literal["join", "leave", "head"]
    on: Day = None


class LivingView(msgspec.Struct, frozen=True):
    """Somebody's time in a household; ``ends_on`` is the first day after it."""

    member_id: UUID
    volunteer_no: str
    begins_on: date
    ends_on: date | None


class HouseholdView(msgspec.Struct, frozen=True):
    """A household with who lives and lived there."""

    household_id: UUID
    number: str
    org_unit_id: UUID | None
    head_member_id: Annotated[UUID | None, Meta(description="Null: the head left; name another.")]
    members: list[LivingView]
    #: More people lived there than are listed.
    has_more: bool


class HouseholdEntry(msgspec.Struct, frozen=True):
    """A household of a list, and how many live there now."""

    household_id: UUID
    number: str
    org_unit_id: UUID | None
    head_member_id: Annotated[UUID | None, Meta(description="Null: the head left; name another.")]
    living: int


class HouseholdPage(msgspec.Struct, frozen=True):
    """A page of households by number."""

    items: list[HouseholdEntry]
    next_cursor: str | None


class _NoFilter(msgspec.Struct, frozen=True):
    """Households have no filters."""


_HOUSEHOLDS: CursorKind[_NoFilter, str] = CursorKind(_NoFilter, str)


async def _household(conn: AsyncConnection, tenant_id: int, household_id: UUID) -> HouseholdView:
    key = {"tenant_id": tenant_id}
    found = await get_household(conn, household_id=household_id, **key)
    members, has_more = cut_page(
        await list_household_members(conn, household_id=household_id, limit=ONE_MORE, **key)
    )
    return HouseholdView(
        found.household_id,
        found.number,
        found.org_unit_id,
        found.head_member_id,
        [view(LivingView, one) for one in members],
        has_more,
    )


@get(
    PROGRAMMES + "/households",
    opt=may("members.manage"),
    summary="List households",
    tags=["people"],
)
async def list_all_households(
    call: Call, cursor: CursorText = None, limit: PageSize = DEFAULT_PAGE
) -> HouseholdPage:
    """Households by number."""
    wanted, after = _HOUSEHOLDS.read(cursor, _NoFilter(), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_households(conn, tenant_id=call.tenant_id, limit=limit, after=after)
    following = found[-1].number if len(found) == limit else None
    return HouseholdPage(
        [view(HouseholdEntry, one) for one in found],
        None if following is None else _HOUSEHOLDS.write(wanted, following, call.route),
    )


@post(
    PROGRAMMES + "/households",
    opt=may("members.manage"),
    summary="Found a household",
    tags=["people"],
)
async def found_household(call: Call, data: JSONBody[NewHousehold]) -> Response[HouseholdView]:
    """A household in which its head lives; a member lives in one at a time."""

    async def found(conn: AsyncConnection) -> HouseholdView:
        facts = msgspec.structs.asdict(data)
        made = await create_household(
            conn, tenant_id=call.tenant_id, caller_id=call.caller_id, **facts
        )
        return await _household(conn, call.tenant_id, made.household_id)

    return await once(call, data, found)


@get(HOUSEHOLD, opt=may("members.manage"), summary="Read a household", tags=["people"])
async def read_household(call: Call, household_id: PathId) -> HouseholdView:
    """Who lives there, then who lived there."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        return await _household(conn, call.tenant_id, household_id)


@post(
    HOUSEHOLD + "/moves",
    opt=may("members.manage"),
    summary="Change a household",
    tags=["people"],
)
async def move_in_household(
    call: Call, household_id: PathId, data: JSONBody[HouseholdMove]
) -> Response[HouseholdView]:
    """Let a member move in or out, or become the head."""

    async def move(conn: AsyncConnection) -> HouseholdView:
        facts: dict[str, Any] = {"tenant_id": call.tenant_id, "caller_id": call.caller_id}
        ids: dict[str, Any] = {"household_id": household_id, "member_id": data.member_id}
        if data.act == "join":
            await join_household(conn, begins_on=data.on, **ids, **facts)
        elif data.act == "leave":
            await leave_household(conn, ends_on=data.on, **ids, **facts)
        else:
            await set_household_head(conn, **ids, **facts)
        return await _household(conn, call.tenant_id, household_id)

    return await once(call, data, move)


ROUTES = (list_all_households, found_household, read_household, move_in_household)
