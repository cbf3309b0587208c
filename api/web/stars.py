"""A branch's month of star points: propose, approve, score and publish, release."""

from datetime import date
from typing import Any, Literal, cast
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may
from api.web.form_once import OperationRefused, once_for_form
from api.web.formatting import Language, format_amount, mask_name
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    done_of,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    require_whole_tenant,
    see,
    show,
)
from api.web.holders import list_holder_names
from api.web.places import staff_place
from api.web.refused import Way, show_refusal, words_of_refusal
from api.web.star_months import (
    STEPS,
    find_month,
    last_day_of,
    list_result_names,
    may_act,
    month_href,
    read_month,
    shown_months,
    state_of_step,
)
from api.web.texts import text
from ledger.clock import month_of, today
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.organisations import list_members
from ledger.foundation.party_branches import list_branches
from ledger.programmes.star_points.claims import StarClaim, decide_claim, propose_item
from ledger.programmes.star_points.items import ItemInForce, list_items
from ledger.programmes.star_points.release import StarRelease, release_stars
from ledger.programmes.star_points.scoring import StarResult, score_month

HOME = "/programmes/{programme_id:uuid}/staff/stars"
MONTH = HOME + "/{branch_id:uuid}/{month:str}"
MEMBERS_LISTED = 200
LONGEST_EVIDENCE = 120
_DECISIONS: dict[str, Literal["approved", "declined"]] = {
    "approve": "approved",
    "decline": "declined",
}
_DONE = ("proposed", "approved", "declined", "scored", "released")
_CLAIM_TONES = {"proposed": "wait", "approved": "good", "declined": "bad", "scored": "good"}
_RESULT_TONES = {"published": "wait", "effective": "good", "cancelled": "bad"}


class Proposed(msgspec.Struct, frozen=True):
    """The answer that is kept for the form's key."""

    claim_id: UUID
    #: Whose month it went to.
    branch_id: UUID


class NewClaim(msgspec.Struct, frozen=True):
    """What the form says."""

    member_id: UUID
    item_code: str
    happened_on: date
    evidence: str


@get(HOME, opt=may("star_points.read"))
async def branches_page(request: PageRequest, call: Call) -> Page:
    """The branches, each with the month to be scored and the present one."""
    require_whole_tenant(call, "branch")
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        branches = await list_branches(conn, tenant_id=call.tenant_id)
    return show(
        request,
        "staff/star_months.html",
        staff_place(call.tenant, call.who.permissions),
        current="nav.stars",
        branches=[
            (branch, month, month_href(call, branch.branch_id, month))
            for branch in branches
            for month in shown_months()
        ],
    )


@get(MONTH, opt=may("star_points.read"))
async def month_page(
    request: PageRequest, call: Call, branch_id: FromPath[UUID], month: FromPath[str]
) -> Page:
    """Items, steps, scores and what this person may do next."""
    require_whole_tenant(call, "branch")
    first_day = read_month(month)
    if first_day > today():
        raise NotFound(kind="month", id=month)
    form = empty_form(request, day=min(today(), last_day_of(first_day)).isoformat())
    return await _month_page(request, call, branch_id, first_day, form)


async def _month_page(
    request: PageRequest,
    call: Call,
    branch_id: UUID,
    month: date,
    form: Form,
    *,
    status: int = 200,
) -> Page:
    language = language_of_page(request)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        view = await find_month(conn, call, branch_id, month)
        day = min(today(), last_day_of(month))
        items = await list_items(conn, tenant_id=call.tenant_id, on=day)
        members = await list_members(
            conn, tenant_id=call.tenant_id, branch_id=branch_id, limit=MEMBERS_LISTED
        )
        names = await list_holder_names(
            conn, tenant_id=call.tenant_id, holders=[claim.member_id for claim in view.claims]
        )
        names_of_results = await list_result_names(conn, call, view)
    item_names = {item.item_code: item.name for item in items}
    step = view.step()
    return show(
        request,
        "staff/star_month.html",
        staff_place(call.tenant, call.who.permissions),
        current="nav.stars",
        status=status,
        form=form,
        here=month_href(call, branch_id, month),
        view=view,
        step=step,
        steps=[(name, state_of_step(name, step)) for name in STEPS],
        done=done_of(request, _DONE),
        claims=[
            (
                claim,
                names.get(claim.member_id, ""),
                item_names.get(claim.item_code, claim.item_code),
                _CLAIM_TONES[claim.status],
                claim.status == "proposed" and may_act(call, "approve"),
            )
            for claim in sorted(view.claims, key=lambda one: one.status != "proposed")
        ],
        results=[
            (result, name, _RESULT_TONES[result.status])
            for result, name in zip(view.results, names_of_results, strict=True)
        ],
        may_propose=not view.results and may_act(call, "propose"),
        may_score=step == "score" and may_act(call, "score"),
        may_release=step == "release" and may_act(call, "release"),
        member_choices=[
            (str(one.member_id), f"{mask_name(one.display_name)} {one.volunteer_no}")
            for one in members
        ],
        item_choices=[(item.item_code, item_words(item, language)) for item in items],
        last_day=day,
    )


def item_words(item: ItemInForce, language: Language) -> str:
    """An item of the table with what it brings."""
    score = -item.unit_score if item.kind == "deduct" else item.unit_score
    return f"{item.name} {format_amount(score, 'star', language, signed=True)}"


@post(MONTH + "/items", opt=may("star_points.propose"))
async def item_proposed(
    request: PageRequest, call: Call, branch_id: FromPath[UUID], month: FromPath[str]
) -> Page:
    """Write an item down for a member; somebody else approves it."""
    first_day, form = read_month(month), await read_form(request)
    key_of_form(call)
    claim = _read_claim(form)
    if claim is None:
        return await _month_page(request, call, branch_id, first_day, form, status=422)

    async def propose(conn: AsyncConnection) -> Proposed:
        facts: Any = {"tenant_id": call.tenant_id, "caller_id": call.caller_id}
        written = await propose_item(conn, **facts, **msgspec.structs.asdict(claim))
        return Proposed(written.claim_id, written.branch_id)

    try:
        answer = await once_for_form(call, claim, propose)
    except OperationRefused as refused:
        form.errors["item"] = words_of_refusal(refused.refusal, language_of_page(request))
        return await _month_page(request, call, branch_id, first_day, form, status=422)
    made = msgspec.json.decode(cast("bytes", answer.content), type=Proposed)
    return see(f"{month_href(call, made.branch_id, month_of(claim.happened_on))}?done=proposed")


def _read_claim(form: Form) -> NewClaim | None:
    member_id = form.uuid("member")
    item_code = form.code("item")
    happened_on = form.day("day")
    evidence = form.text("evidence", limit=LONGEST_EVIDENCE)
    if not (member_id and item_code and happened_on and evidence):
        return None
    return NewClaim(member_id, item_code, happened_on, evidence)


@post(MONTH + "/items/{claim_id:uuid}", opt=may("star_points.approve"))
async def item_decided(
    request: PageRequest,
    call: Call,
    branch_id: FromPath[UUID],
    month: FromPath[str],
    claim_id: FromPath[UUID],
) -> Page:
    """Approve or decline an item that somebody else proposed."""
    form = await read_form(request)
    act = form.choice("act", _DECISIONS)
    if act is None:
        return await _month_page(request, call, branch_id, read_month(month), form, status=422)
    decision = _DECISIONS[act]

    async def decide(conn: AsyncConnection) -> StarClaim:
        return await decide_claim(
            conn,
            tenant_id=call.tenant_id,
            claim_id=claim_id,
            decision=decision,
            caller_id=call.caller_id,
        )

    return await _act(request, call, branch_id, month, decide, done=decision)


@post(MONTH + "/score", opt=may("star_points.score"))
async def month_scored(
    request: PageRequest, call: Call, branch_id: FromPath[UUID], month: FromPath[str]
) -> Page:
    """Score the month and publish the list."""

    async def score(conn: AsyncConnection) -> list[StarResult]:
        return await score_month(
            conn,
            tenant_id=call.tenant_id,
            branch_id=branch_id,
            month=read_month(month),
            caller_id=call.caller_id,
        )

    return await _act(request, call, branch_id, month, score, done="scored")


@post(MONTH + "/release", opt=may("star_points.release"))
async def month_released(
    request: PageRequest, call: Call, branch_id: FromPath[UUID], month: FromPath[str]
) -> Page:
    """Let everything take effect whose publicity is over."""

    async def release(conn: AsyncConnection) -> StarRelease:
        return await release_stars(
            conn, tenant_id=call.tenant_id, on=today(), caller_id=call.caller_id
        )

    return await _act(request, call, branch_id, month, release, done="released")


async def _act(
    request: PageRequest, call: Call, branch_id: UUID, month: str, operation: Any, *, done: str
) -> Page:
    """Do something in the month and come back to its page, or say why not."""
    here = month_href(call, branch_id, read_month(month))
    try:
        await write_transaction(call.service.engine, operation, tenant_id=call.tenant_id)
    except LedgerError as refusal:
        place = staff_place(call.tenant, call.who.permissions)
        back = Way(here, text(language_of_page(request), "stars.title"))
        return show_refusal(
            request, place, refusal, untouched="refusal.nothing_changed", ways=(back,)
        )
    return see(f"{here}?done={done}")


ROUTES = [
    branches_page,
    month_page,
    item_proposed,
    item_decided,
    month_scored,
    month_released,
]
