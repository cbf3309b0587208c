"""Acting for a member (代办): found first, then what can be done in her place, act by act.

Source: docs/decisions/0057-acting-for-at-the-desk.md
"""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may_any
from api.web.act_for_acts import ACTS, PERMISSIONS, list_held
from api.web.act_types import Act, find_act
from api.web.acts import act_page, act_sent
from api.web.frame import (
    Page,
    PageRequest,
    done_of,
    empty_form,
    language_of_page,
    read_form,
    require_whole_tenant,
    show,
)
from api.web.member_books import read_member_books
from api.web.members import may_everywhere, may_here
from api.web.people import LISTED, TONES
from api.web.places import staff_home, staff_place
from api.web.refused import words_of_refusal
from ledger.database import read_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.acting_for import check_act_for
from ledger.foundation.grants import PermissionMissing
from ledger.foundation.member_search import FoundMember, read_search, search_members
from ledger.foundation.organisations import get_member
from ledger.foundation.telling_apart import Marks, list_marks

HOME = "/programmes/{programme_id:uuid}/staff/act-for"
ONE = HOME + "/{member_id:uuid}"
RECORD = "service_records.propose"
ANY = (*PERMISSIONS.values(), RECORD)


def act_for_home(call: GatedCall) -> str:
    """Where a member to act for is looked for."""
    return f"{staff_home(call.tenant)}/act-for"


def _require_desk(call: GatedCall) -> None:
    """Let only those in who may do at least one of these things for everybody, and see members.

    Raises:
        NotFound: for this caller the page is not there.
    """
    if not may_everywhere(call, "members.read") or not any(
        may_everywhere(call, one) for one in ANY
    ):
        raise NotFound(kind="page", id="")


@get(HOME, opt=may_any(*ANY))
async def find_page(request: PageRequest, call: Call) -> Page:
    """For whom? One box."""
    _require_desk(call)
    return show(
        request,
        "staff/act_for_find.html",
        staff_place(call.tenant, call.who.permissions),
        home=act_for_home(call),
        form=empty_form(request),
        found=None,
    )


@post(HOME, opt=may_any(*ANY))
async def member_found(request: PageRequest, call: Call) -> Page:
    """Who was meant; by POST, so that names and telephones stay out of addresses."""
    _require_desk(call)
    form = await read_form(request)
    typed = form.text("q", limit=60) or ""
    found: list[FoundMember] | None = None
    marks: dict[UUID, Marks] = {}
    wanted = read_search(typed, by_name=may_here(call, "members.names"))
    if wanted is None:
        form.refuse("q", "people.by_number_only")
    elif not form.errors:
        async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
            found = await search_members(
                conn,
                tenant_id=call.tenant_id,
                wanted=wanted,
                keys=call.service.personal_keys,
                limit=LISTED,
            )
            if may_everywhere(call, "members.manage"):
                marks = await list_marks(
                    conn,
                    tenant_id=call.tenant_id,
                    member_ids=[one.member_id for one in found],
                    keys=call.service.personal_keys,
                )
    return show(
        request,
        "staff/act_for_find.html",
        staff_place(call.tenant, call.who.permissions),
        status=422 if form.errors else 200,
        home=act_for_home(call),
        form=form,
        found=None if found is None else [(one, TONES[one.status]) for one in found],
        marks=marks,
        is_cut=found is not None and len(found) == LISTED,
    )


@get(ONE, opt=may_any(*ANY))
async def acts_page(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """What she has, and what can be done in her place; or why nothing can."""
    _require_desk(call)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
        refusal = await _refusal(conn, call, member_id)
        books = await read_member_books(conn, tenant_id=call.tenant_id, member_id=member_id)
        held = await list_held(conn, tenant_id=call.tenant_id, member_id=member_id)
    home, programme = staff_home(call.tenant), f"/programmes/{call.tenant.public_id}"
    return show(
        request,
        "staff/act_for.html",
        staff_place(call.tenant, call.who.permissions),
        home=act_for_home(call),
        here=f"{act_for_home(call)}/{member_id}",
        person_href=f"{home}/people/{member_id}",
        member=member,
        tone=TONES[member.status],
        time=books["TB"],
        points=books["SP"],
        held=held,
        refused=None if refusal is None else words_of_refusal(refusal, language_of_page(request)),
        acts=[name for name in ACTS if may_everywhere(call, PERMISSIONS[name])],
        record_href=f"{programme}/services/new?for={member.volunteer_no}"
        if may_everywhere(call, RECORD)
        else None,
        done=done_of(request, ACTS),
    )


async def _refusal(conn: AsyncConnection, call: GatedCall, member_id: UUID) -> LedgerError | None:
    try:
        await check_act_for(
            conn, tenant_id=call.tenant_id, member_id=member_id, caller_id=call.caller_id
        )
    except NotFound:
        raise
    except LedgerError as refusal:
        return refusal
    return None


@get(ONE + "/{for_act:str}", opt=may_any(*ANY))
async def act_for_form(
    request: PageRequest, call: Call, member_id: FromPath[UUID], for_act: FromPath[str]
) -> Page:
    """The form of an act in her place."""
    act = await _allowed(call, member_id, for_act)
    back = f"{act_for_home(call)}/{member_id}"
    return await act_page(request, call, act, subject_id=member_id, back=back, current="")


@post(ONE + "/{for_act:str}", opt=may_any(*ANY))
async def act_for_sent(
    request: PageRequest, call: Call, member_id: FromPath[UUID], for_act: FromPath[str]
) -> Page:
    """Say what it comes to; then, confirmed, do it."""
    act = await _allowed(call, member_id, for_act)
    back = f"{act_for_home(call)}/{member_id}"
    return await act_sent(request, call, act, subject_id=member_id, back=back, current="")


async def _allowed(call: GatedCall, member_id: UUID, name: str) -> Act:
    """The act of an address, if it may be done for this member.

    Raises:
        NotFound: no such act, or not a member here.
        PermissionMissing: not by this caller.
        ActsForOneself, PersonErased, MemberNotActive: not for this member.
    """
    act = find_act(ACTS, name)
    require_whole_tenant(call, "member")
    if not may_everywhere(call, PERMISSIONS[name]):
        raise PermissionMissing(permission=PERMISSIONS[name])
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await check_act_for(
            conn, tenant_id=call.tenant_id, member_id=member_id, caller_id=call.caller_id
        )
    return act


ROUTES = [find_page, member_found, acts_page, act_for_form, act_for_sent]
