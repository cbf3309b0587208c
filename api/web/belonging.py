"""What members belong to: the households and teams of a programme, listed and one by one."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may
from api.web.act_types import find_act
from api.web.acts import act_page, act_sent
from api.web.belonging_acts import GROUPS, HOUSEHOLDS, NEW_GROUP, Kind
from api.web.frame import Page, PageRequest, done_of, read_day, read_uuid, show
from api.web.people import people_home
from api.web.places import staff_place
from api.web.rendering import address_with
from ledger.database import read_transaction
from ledger.foundation.cut_lists import ONE_MORE, cut_page
from ledger.foundation.groups import list_groups
from ledger.foundation.households import list_households
from ledger.foundation.org_units import get_unit_history

STAFF = "/programmes/{programme_id:uuid}/staff"
LISTED = 50
MEMBERS_LISTED = 100


@get(STAFF + "/households", opt=may("members.manage"))
async def households_page(request: PageRequest, call: Call) -> Page:
    """The households by number."""
    after = request.query_params.get("after")
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_households(conn, tenant_id=call.tenant_id, limit=LISTED, after=after)
    more = found[-1].number if len(found) == LISTED else None
    return _list_page(
        request, call, HOUSEHOLDS, found, address_with(request, after=more) if more else None
    )


@get(STAFF + "/groups", opt=may("members.manage"))
async def groups_page(request: PageRequest, call: Call) -> Page:
    """The teams by name, those that go on first."""
    after = read_uuid(request.query_params.get("after"))
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_groups(conn, tenant_id=call.tenant_id, limit=LISTED, after=after)
    more = str(found[-1].group_id) if len(found) == LISTED else None
    return _list_page(
        request, call, GROUPS, found, address_with(request, after=more) if more else None
    )


def _list_page(
    request: PageRequest, call: GatedCall, kind: Kind, found: Sequence[Any], next_href: str | None
) -> Page:
    return show(
        request,
        f"staff/{kind.name}.html",
        staff_place(call.tenant, call.who.permissions),
        current="nav.people",
        home=kind.home(call),
        people=people_home(call),
        found=found,
        next_href=next_href,
    )


async def _one_page(request: PageRequest, call: GatedCall, kind: Kind, subject_id: UUID) -> Page:
    unit = None
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        key = {"tenant_id": call.tenant_id, kind.id_name: subject_id}
        one = await kind.get(conn, **key)
        page: dict[str, Any] = {"limit": MEMBERS_LISTED if kind is GROUPS else ONE_MORE}
        if (after := _read_after(request)) is not None and kind is GROUPS:
            page["after"] = after
        members = await kind.members(conn, **key, **page)
        if kind is HOUSEHOLDS and one.org_unit_id is not None:
            unit = (await get_unit_history(conn, org_unit_id=one.org_unit_id)).name
    first = one.head_member_id if kind is HOUSEHOLDS else one.leader_member_id
    next_href, has_more = None, False
    if kind is HOUSEHOLDS:
        members, has_more = cut_page(members)
    elif len(members) == MEMBERS_LISTED:
        last = members[-1]
        next_href = address_with(
            request, after=str(last.member_id), since=last.begins_on.isoformat()
        )
    return show(
        request,
        "staff/belonging.html",
        staff_place(call.tenant, call.who.permissions),
        current="nav.people",
        kind=kind.name,
        back=kind.home(call),
        here=f"{kind.home(call)}/{subject_id}",
        people=people_home(call),
        one=one,
        unit=unit,
        first=first,
        members=members,
        next_href=next_href,
        has_more=has_more,
        acts=[] if getattr(one, "ends_on", None) else list(kind.acts),
        done=done_of(request, {*kind.acts, NEW_GROUP.name, "household"}),
    )


def _read_after(request: PageRequest) -> tuple[UUID, date] | None:
    """The member and first day after whose time the page begins, when the address names them."""
    after = read_uuid(request.query_params.get("after"))
    since = read_day(request.query_params.get("since"))
    return None if after is None or since is None else (after, since)


async def _checked(conn: AsyncConnection, call: GatedCall, kind: Kind, subject_id: UUID) -> None:
    """Refuse an act on what is not there.

    Raises:
        NotFound: no such household or team.
    """
    await kind.get(conn, **{"tenant_id": call.tenant_id, kind.id_name: subject_id})


async def _act(
    request: PageRequest, call: GatedCall, kind: Kind, subject_id: UUID, name: str
) -> Page:
    act = find_act(kind.acts, name)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await _checked(conn, call, kind, subject_id)
    back = f"{kind.home(call)}/{subject_id}"
    perform = act_sent if request.method == "POST" else act_page
    return await perform(request, call, act, subject_id=subject_id, back=back)


@get(STAFF + "/households/{household_id:uuid}", opt=may("members.manage"))
async def household_page(request: PageRequest, call: Call, household_id: FromPath[UUID]) -> Page:
    """Who lives there and who did."""
    return await _one_page(request, call, HOUSEHOLDS, household_id)


@get(STAFF + "/households/{household_id:uuid}/{household_act:str}", opt=may("members.manage"))
async def household_act_form(
    request: PageRequest, call: Call, household_id: FromPath[UUID], household_act: FromPath[str]
) -> Page:
    """The form of an act on a household."""
    return await _act(request, call, HOUSEHOLDS, household_id, household_act)


@post(STAFF + "/households/{household_id:uuid}/{household_act:str}", opt=may("members.manage"))
async def household_act_sent(
    request: PageRequest, call: Call, household_id: FromPath[UUID], household_act: FromPath[str]
) -> Page:
    """Do it."""
    return await _act(request, call, HOUSEHOLDS, household_id, household_act)


@get(STAFF + "/groups/new", opt=may("members.manage"))
async def new_group_form(request: PageRequest, call: Call) -> Page:
    """The form for a new team."""
    return await act_page(request, call, NEW_GROUP, subject_id=None, back=GROUPS.home(call))


@post(STAFF + "/groups/new", opt=may("members.manage"))
async def new_group_sent(request: PageRequest, call: Call) -> Page:
    """Found the team."""
    return await act_sent(request, call, NEW_GROUP, subject_id=None, back=GROUPS.home(call))


@get(STAFF + "/groups/{group_id:uuid}", opt=may("members.manage"))
async def group_page(request: PageRequest, call: Call, group_id: FromPath[UUID]) -> Page:
    """Who belongs to a team and who did."""
    return await _one_page(request, call, GROUPS, group_id)


@get(STAFF + "/groups/{group_id:uuid}/{group_act:str}", opt=may("members.manage"))
async def group_act_form(
    request: PageRequest, call: Call, group_id: FromPath[UUID], group_act: FromPath[str]
) -> Page:
    """The form of an act on a team."""
    return await _act(request, call, GROUPS, group_id, group_act)


@post(STAFF + "/groups/{group_id:uuid}/{group_act:str}", opt=may("members.manage"))
async def group_act_sent(
    request: PageRequest, call: Call, group_id: FromPath[UUID], group_act: FromPath[str]
) -> Page:
    """Do it."""
    return await _act(request, call, GROUPS, group_id, group_act)


ROUTES = [
    households_page,
    household_page,
    household_act_form,
    household_act_sent,
    groups_page,
    new_group_form,
    new_group_sent,
    group_page,
    group_act_form,
    group_act_sent,
]
