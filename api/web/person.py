"""One person of a programme: membership, household, kin, guardians, teams, roles; acts on each."""

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
from api.web.frame import Page, PageRequest, done_of, require_whole_tenant, show
from api.web.members import may_everywhere, may_here
from api.web.people import ENROL, TONES, people_home
from api.web.person_acts import ACTS
from api.web.personal_data import READERS
from api.web.places import staff_home, staff_place
from ledger.clock import today
from ledger.database import read_transaction
from ledger.foundation.cut_lists import ONE_MORE, cut_page
from ledger.foundation.disclosures import read_personal_data
from ledger.foundation.groups import list_groups
from ledger.foundation.guardians import list_guardianships
from ledger.foundation.households import find_household_of
from ledger.foundation.identity_numbers import AGE_OF_MAJORITY, age_on
from ledger.foundation.kin_rules import kin_relations
from ledger.foundation.kinship import list_kin
from ledger.foundation.member_search import list_name_changes, list_roles_here
from ledger.foundation.organisations import Member, get_member
from ledger.foundation.participation import list_standings
from ledger.foundation.party_branches import list_branches
from ledger.foundation.people import is_erased

PERSON = "/programmes/{programme_id:uuid}/staff/people/{member_id:uuid}"


@get(PERSON, opt=may("members.read"))
async def person_page(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """What the programme knows of a member; ties only to those who keep them."""
    require_whole_tenant(call, "member")
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
        branches = await list_branches(conn, tenant_id=call.tenant_id)
        standings = await list_standings(conn, tenant_id=call.tenant_id, subject_id=member_id)
        roles = await list_roles_here(conn, tenant_id=call.tenant_id, person_id=member.person_id)
        gone = await is_erased(conn, person_id=member.person_id)
        ties = await _ties(conn, call, member) if may_here(call, "members.manage") else None
    return show(
        request,
        "staff/person.html",
        staff_place(call.tenant, call.who.permissions),
        current="nav.people",
        back=people_home(call),
        here=f"{people_home(call)}/{member_id}",
        data_href=f"{staff_home(call.tenant)}/personal-data/{member_id}"
        if any(may_here(call, one) for one in READERS)
        else None,
        act_for_href=f"{staff_home(call.tenant)}/act-for/{member_id}"
        if may_everywhere(call, "redemptions.place") and member.status == "active"
        else None,
        home=staff_home(call.tenant),
        member=member,
        tone=TONES[member.status],
        branch=next((one.name for one in branches if one.branch_id == member.branch_id), None),
        standings=standings,
        roles=roles,
        ties=ties,
        is_erased=gone,
        done=done_of(request, {*ACTS, ENROL.name}),
    )


async def _ties(conn: AsyncConnection, call: GatedCall, member: Member) -> dict[str, object]:
    scope: dict[str, Any] = {"tenant_id": call.tenant_id}
    cut: dict[str, Any] = {"limit": ONE_MORE, **scope}
    keys = call.service.personal_keys
    guardians, more_guardians = cut_page(
        await list_guardianships(conn, ward_member_id=member.member_id, **cut)
    )
    wards, more_wards = cut_page(
        await list_guardianships(conn, guardian_person_id=member.person_id, **cut)
    )
    kin, more_kin = cut_page(await list_kin(conn, member_id=member.member_id, keys=keys, **cut))
    known = await read_personal_data(conn, person_id=member.person_id, keys=keys)
    born = known["birthday"] and date.fromisoformat(known["birthday"])
    return {
        "names": await list_name_changes(conn, person_id=member.person_id, keys=keys),
        "household": await find_household_of(conn, member_id=member.member_id, **scope),
        "kin": kin,
        "more_kin": more_kin,
        "relations": kin_relations(),
        "guardians": guardians,
        "more_guardians": more_guardians,
        "lacks_guardian": born
        and age_on(born, today()) < AGE_OF_MAJORITY
        and all(one.ends_on is not None for one in guardians),
        "wards": wards,
        "more_wards": more_wards,
        "groups": await list_groups(conn, member_id=member.member_id, **scope),
    }


@get(PERSON + "/{member_act:str}", opt=may("members.manage"))
async def person_act_form(
    request: PageRequest, call: Call, member_id: FromPath[UUID], member_act: FromPath[str]
) -> Page:
    """The form of an act on a member."""
    act = find_act(ACTS, member_act)
    await _known(call, member_id)
    back = f"{people_home(call)}/{member_id}"
    return await act_page(request, call, act, subject_id=member_id, back=back)


@post(PERSON + "/{member_act:str}", opt=may("members.manage"))
async def person_act_sent(
    request: PageRequest, call: Call, member_id: FromPath[UUID], member_act: FromPath[str]
) -> Page:
    """Do it."""
    act = find_act(ACTS, member_act)
    await _known(call, member_id)
    back = f"{people_home(call)}/{member_id}"
    return await act_sent(request, call, act, subject_id=member_id, back=back)


async def _known(call: GatedCall, member_id: UUID) -> None:
    """Refuse an act on somebody who is not a member here.

    Raises:
        NotFound: no such member.
    """
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)


ROUTES = [person_page, person_act_form, person_act_sent]
