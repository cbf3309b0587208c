"""What two people decide, on pages: what waits for me, what I asked for, what is decided."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may_any, may_any_on_platform
from api.v1.approval_forms import ApprovalDecision
from api.v1.approvals import decide, find_open, forget_after, open_kinds
from api.web.approval_facts import read_asked, result_href
from api.web.asked_words import list_asked_words
from api.web.callers import list_caller_names
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    done_of,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    read_uuid,
    see,
    show,
)
from api.web.looked import NotLookedAt
from api.web.papers import evidence_kind, papers_of, require_seen
from api.web.places import admin_place, estate_place, staff_place
from api.web.refused import Way, show_refusal, words_family
from api.web.rendering import Place, address_with
from api.web.texts import text
from api.web.todo_approvals import ON_PLATFORM, kinds_decided
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.approval_kinds import approval_kinds, using_permissions
from ledger.foundation.approvals import (
    PLATFORM,
    Approval,
    ApprovalDecided,
    ApprovalExpired,
    State,
    Wanted,
    list_approvals,
)
from ledger.foundation.files import list_attachments
from ledger.foundation.waiting_approvals import WaitingMatter
from ledger.journeys.approvals.rights import find_fallen, permits

IN_PROGRAMME = "/programmes/{programme_id:uuid}/staff/approvals"
IN_ESTATE = "/estates/{estate_id:uuid}/approvals"
VIEWS = ("waiting", "mine", "decided")
LISTED = 30
LONGEST_REASON = 200
TONES: dict[State, str] = {
    "waiting": "wait",
    "expired": "",
    "approved": "good",
    "declined": "bad",
    "withdrawn": "",
}
_PROGRAMME = may_any(*using_permissions("programme"))
_ESTATE = may_any(*using_permissions("estate"))
PLATFORM_READS = may_any_on_platform(*using_permissions("platform"))
_ACT = "approval.decide"
DECISIONS = frozenset({"approved", "declined", "withdrawn"})
_PROGRAMME_ACTS = may_any(*using_permissions("programme"), step_up=True, action=_ACT)
_ESTATE_ACTS = may_any(*using_permissions("estate"), step_up=True, action=_ACT)
_PLATFORM_ACTS = may_any_on_platform(*using_permissions("platform"), step_up=True, action=_ACT)


def place_here(call: GatedCall) -> Place:
    """The frame of the programme, the estate or the platform's administration."""
    if call.tenant_or_none is None:
        return admin_place(call.who.permissions)
    frame = staff_place if call.tenant.form == "programme" else estate_place
    return frame(call.tenant, call.who.permissions)


def approvals_home(call: GatedCall) -> str:
    """Where the requests of this place are listed."""
    if call.tenant_or_none is None:
        return ON_PLATFORM
    folder = "staff/" if call.tenant.form == "programme" else ""
    return f"/{call.tenant.form}s/{call.tenant.public_id}/{folder}approvals"


def _wanted(call: GatedCall, view: str) -> Wanted:
    """What a view shows: what waits for me leaves out what I asked for and what I cannot decide."""
    person = call.who.person.person_id if call.who.person is not None else 0
    kinds = open_kinds(call)
    if view == "mine":
        return Wanted(kinds=kinds, asked_by_person=person)
    if view == "decided":
        return Wanted(kinds=kinds, decided=True)
    scope = "platform" if call.tenant_or_none is None else call.tenant.form
    mine = kinds_decided(call.who.permissions, call.scope_id, scope)
    return Wanted(state="waiting", kinds=mine, not_asked_by_person=person)


async def list_page(request: PageRequest, call: GatedCall) -> Page:
    """One view of the requests of one place."""
    asked = request.query_params.get("view")
    view = asked if asked in VIEWS else VIEWS[0]
    language = language_of_page(request)
    async with read_transaction(call.service.engine, tenant_id=call.scope_id) as conn:
        found = await list_approvals(
            conn,
            tenant_id=call.scope_id,
            limit=LISTED,
            wanted=_wanted(call, view),
            after=read_uuid(request.query_params.get("after")),
        )
        callers = (who for one in found for who in (one.requested_by, one.decided_by))
        names = await list_caller_names(conn, callers=callers, language=language)
        told = await list_asked_words(conn, call.scope_id, found, language)
        fallen = await find_fallen(conn, tenant_id=call.scope_id, approvals=found)
    rows = [(one, f"{approvals_home(call)}/{one.approval_id}", "") for one in found]
    return show_list(request, call, view, rows, names, told, fallen)


def show_list(
    request: PageRequest,
    call: GatedCall,
    view: str,
    rows: Sequence[tuple[Approval | WaitingMatter, str, str]],
    names: Mapping[int, str],
    told: Mapping[UUID, str] = MappingProxyType({}),
    fallen: Collection[UUID] = (),
) -> Page:
    """Requests with the address of each and, in a list of several places, the name of its place."""
    more = str(rows[-1][0].approval_id) if len(rows) == LISTED else None
    return show(
        request,
        "approvals/list.html",
        place_here(call),
        home=approvals_home(call),
        view=view,
        views=VIEWS,
        done=done_of(request, DECISIONS),
        rows=rows,
        names=names,
        told=told,
        fallen=fallen,
        tones=TONES,
        next_href=address_with(request, after=more, done=None) if more else None,
    )


async def _one_page(
    request: PageRequest,
    call: GatedCall,
    approval_id: UUID,
    form: Form,
    *,
    status: int = 200,
    is_changed: bool = False,
) -> Page:
    """A request with what its decision needs; ``is_changed``: papers came after the look."""
    language = language_of_page(request)
    async with read_transaction(call.service.engine, tenant_id=call.scope_id) as conn:
        approval = await find_open(conn, call, approval_id)
        asked = await read_asked(conn, call, approval, language)
        fallen = await find_fallen(conn, tenant_id=call.scope_id, approvals=[approval])
        callers = [approval.requested_by, approval.decided_by]
        names = await list_caller_names(conn, callers=callers, language=language)
        files = await list_attachments(
            conn,
            tenant_id=call.scope_id,
            object_kind=evidence_kind(approval),
            object_id=approval_id,
        )
    person = call.who.person.person_id if call.who.person is not None else None
    is_mine, waits = approval.requested_person == person, approval.state == "waiting"
    approver = permits(
        call.who.permissions, approval_kinds()[approval.kind].approved_with, call.scope_id
    )
    return show(
        request,
        "approvals/one.html",
        place_here(call),
        status=status,
        home=approvals_home(call),
        form=form,
        approval=approval,
        asked=asked,
        fallen=bool(fallen),
        is_changed=is_changed,
        names=names,
        tone=TONES[approval.state],
        withdraws=is_mine and waits,
        decides=approver and not is_mine and waits,
        result_href=result_href(call, approval),
        files=files,
        files_home=approvals_home(call).rpartition("/")[0].removesuffix("/staff") + "/files",
        papers=papers_of(files),
        takes_files=is_mine and waits and call.scope_id != PLATFORM,
    )


async def _decided(request: PageRequest, call: GatedCall, approval_id: UUID) -> Page:
    form = await read_form(request)
    act = form.choice("act", DECISIONS)
    reason = form.text("reason", limit=LONGEST_REASON, required=act == "declined")
    if act is None or form.errors:
        return await _one_page(request, call, approval_id, form, status=422)
    key_of_form(call)
    data = msgspec.convert({"decision": act, "reason": reason}, ApprovalDecision)

    async def decide_here(conn: AsyncConnection) -> Approval:
        if act == "approved":
            await require_seen(conn, call, approval_id, form.values.get("papers", ""))
        return await decide(conn, call, approval_id, data)

    try:
        decided = await write_transaction(call.service.engine, decide_here, tenant_id=call.scope_id)
        forget_after(call, decided)
    except NotFound:
        raise
    except NotLookedAt:
        return await _one_page(request, call, approval_id, form, status=409, is_changed=True)
    except LedgerError as refusal:
        over = isinstance(refusal, ApprovalDecided | ApprovalExpired)
        here = f"{approvals_home(call)}/{approval_id}"
        back = Way(here, text(language_of_page(request), "approval.back_to_it"))
        return show_refusal(
            request,
            place_here(call),
            refusal,
            untouched="refusal.nothing_changed" if over else "approval.still_waits",
            ways=(back,),
            family=words_family(call),
        )
    return see(f"{approvals_home(call)}?done={act}")


@get(IN_PROGRAMME, opt=_PROGRAMME)
async def programme_list(request: PageRequest, call: Call) -> Page:
    """What waits in a programme."""
    return await list_page(request, call)


@get(IN_ESTATE, opt=_ESTATE)
async def estate_list(request: PageRequest, call: Call) -> Page:
    """What waits in an estate."""
    return await list_page(request, call)


@get(IN_PROGRAMME + "/{approval_id:uuid}", opt=_PROGRAMME)
async def programme_one(request: PageRequest, call: Call, approval_id: FromPath[UUID]) -> Page:
    """One request with everything the checker needs."""
    return await _one_page(request, call, approval_id, empty_form(request))


@get(IN_ESTATE + "/{approval_id:uuid}", opt=_ESTATE)
async def estate_one(request: PageRequest, call: Call, approval_id: FromPath[UUID]) -> Page:
    """The same in an estate."""
    return await _one_page(request, call, approval_id, empty_form(request))


@get(ON_PLATFORM + "/{approval_id:uuid}", opt=PLATFORM_READS)
async def platform_one(request: PageRequest, call: Call, approval_id: FromPath[UUID]) -> Page:
    """The same on the platform."""
    return await _one_page(request, call, approval_id, empty_form(request))


@post(IN_PROGRAMME + "/{approval_id:uuid}", opt=_PROGRAMME_ACTS)
async def programme_decided(request: PageRequest, call: Call, approval_id: FromPath[UUID]) -> Page:
    """Approve, decline or withdraw."""
    return await _decided(request, call, approval_id)


@post(IN_ESTATE + "/{approval_id:uuid}", opt=_ESTATE_ACTS)
async def estate_decided(request: PageRequest, call: Call, approval_id: FromPath[UUID]) -> Page:
    """The same in an estate."""
    return await _decided(request, call, approval_id)


@post(ON_PLATFORM + "/{approval_id:uuid}", opt=_PLATFORM_ACTS)
async def platform_decided(request: PageRequest, call: Call, approval_id: FromPath[UUID]) -> Page:
    """The same on the platform."""
    return await _decided(request, call, approval_id)


ROUTES = [
    programme_list,
    estate_list,
    programme_one,
    estate_one,
    platform_one,
    programme_decided,
    estate_decided,
    platform_decided,
]
