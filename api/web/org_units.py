"""The tree of units for administrators: as of a day, with what each was and became; its changes."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may_on_platform
from api.web.act_types import Field
from api.web.acts import asked_fields, read_fields
from api.web.forms import Form, FormRefused
from api.web.frame import Page, PageRequest, empty_form, read_day, read_form, see, show
from api.web.org_unit_acts import create_unit, fields_of, read_change
from api.web.places import admin_place
from api.web.refused import words_of_refusal
from api.web.todo_approvals import ON_PLATFORM
from api.web.unit_facts import lying_there, unit_facts
from ledger.clock import today
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.org_unit_plans import planned_day
from ledger.foundation.org_units import OrgUnit, get_unit_history, list_org_units
from ledger.journeys.approvals.matters import OrgUnitChange
from ledger.journeys.approvals.unit_changes import ask_or_change_unit
from ledger.journeys.approvals.units import UnitEffect, try_unit_change

HOME = "/admin/org-units"
ACTS = ("move", "merge", "split", "dissolve", "withdraw")
#: What can still be done to a unit whose end is set down for a later day.
BEFORE_ITS_END = ("move", "withdraw")
_CONFIRM, _CHANGE = "confirm", "change"


class Branch:
    """A unit in the tree, with how deep it lies."""

    def __init__(self, unit: OrgUnit, depth: int) -> None:
        self.unit = unit
        self.depth = depth


def as_tree(units: Sequence[OrgUnit]) -> list[Branch]:
    """The units in the order of a tree: each before what lies in it."""
    within: dict[UUID | None, list[OrgUnit]] = {}
    for unit in units:
        within.setdefault(unit.parent_id, []).append(unit)
    tree: list[Branch] = []

    def add(parent_id: UUID | None, depth: int) -> None:
        for unit in within.get(parent_id, []):
            tree.append(Branch(unit, depth))
            add(unit.org_unit_id, depth + 1)

    add(None, 0)
    return tree


@get(HOME, opt=may_on_platform("org_units.manage"))
async def tree_page(request: PageRequest, call: Call) -> Page:
    """Every unit of a day, one in the other."""
    typed = request.query_params.get("on", "").strip()
    on = read_day(request.query_params.get("on")) if typed else today()
    form = empty_form(request, on=typed[:20] or today().isoformat())
    units: Sequence[OrgUnit] = []
    if on is None:
        form.refuse("on", "form.date", value=typed[:20])
    else:
        async with read_transaction(call.service.engine) as conn:
            units = await list_org_units(conn, on=on)
    return show(
        request,
        "admin/org_units.html",
        admin_place(call.who.permissions),
        status=422 if form.errors else 200,
        tree=as_tree(units),
        on=on,
        form=form,
        done=request.query_params.get("done") in ("create", *ACTS),
    )


@get(HOME + "/{org_unit_id:uuid}", opt=may_on_platform("org_units.manage"))
async def unit_page(request: PageRequest, call: Call, org_unit_id: FromPath[UUID]) -> Page:
    """A unit with its names and places, and what it came from and became."""
    async with read_transaction(call.service.engine) as conn:
        history = await get_unit_history(conn, org_unit_id=org_unit_id)
    ended = history.ends_on is not None and history.ends_on <= today()
    acts: Sequence[str] = ACTS
    if history.ends_on is not None:
        acts = () if ended else BEFORE_ITS_END
    if planned_day(history) is None:
        acts = [one for one in acts if one != "withdraw"]
    return show(
        request,
        "admin/org_unit.html",
        admin_place(call.who.permissions),
        history=history,
        home=HOME,
        acts=acts,
        today=today(),
        done=request.query_params.get("done") in ("create", *ACTS),
    )


async def _page(
    request: PageRequest, call: Call, act: str, unit_id: UUID | None, form: Form | None
) -> Page:
    async with read_transaction(call.service.engine) as conn:
        shown = form or empty_form(request)
        fields = asked_fields(shown, await fields_of(conn, shown, act, unit_id))
        about = None
        if unit_id is not None:
            about = (await get_unit_history(conn, org_unit_id=unit_id)).name
    status = 422 if form is not None and form.errors else 200
    if form is None:
        form = empty_form(request, **{one.name: one.value for one in fields if one.value})
    return show(
        request,
        "admin/org_unit_act.html",
        admin_place(call.who.permissions),
        status=status,
        act=act,
        about=about,
        keeps_sent=True,
        fields=fields,
        form=form,
        here=request.url.path,
        back=f"{HOME}/{unit_id}" if unit_id else HOME,
    )


async def _sent(request: PageRequest, call: Call, act: str, unit_id: UUID | None) -> Page:
    form = await read_form(request)
    async with read_transaction(call.service.engine) as conn:
        fields = asked_fields(form, await fields_of(conn, form, act, unit_id))
    if not read_fields(form, fields):
        return await _page(request, call, act, unit_id, form)
    try:
        if act == "create":
            made = await write_transaction(
                call.service.engine, lambda conn: create_unit(conn, form)
            )
            return see(f"{HOME}/{made}?done={act}")
        assert unit_id is not None, "only a new unit has no address"
        async with read_transaction(call.service.engine) as conn:
            matter = await read_change(conn, form, act, unit_id)
        if form.values.get("step") != _CONFIRM:
            return await _check_page(request, call, matter, fields, form)
        changed = await write_transaction(
            call.service.engine,
            lambda conn: ask_or_change_unit(
                conn, matter=matter, reason=form.values["reason"], caller_id=call.caller_id
            ),
        )
    except FormRefused:
        return await _page(request, call, act, unit_id, form)
    except LedgerError as refusal:
        about = str(refusal.attributes().get("field", "")).removesuffix("_id")
        names = [one.name for one in fields]
        words = words_of_refusal(refusal, form.language)
        place = "valid_from" if "valid_from" in names else names[-1]
        form.errors[about if about in names else place] = words
        return await _page(request, call, act, unit_id, form)
    if changed.approval is not None:
        return see(f"{ON_PLATFORM}/{changed.approval.approval_id}")
    return see(f"{HOME}/{changed.org_unit_id}?done={act}")


async def _check_page(
    request: PageRequest,
    call: Call,
    matter: OrgUnitChange,
    fields: Sequence[Field],
    form: Form,
) -> Page:
    """What would change, with everything typed in hidden fields; nothing is done so far."""

    async def look(conn: AsyncConnection) -> tuple[UnitEffect, list[tuple[str, str]]]:
        effect = await try_unit_change(conn, matter=matter, caller_id=call.caller_id)
        asked = msgspec.structs.replace(matter, gains=effect.gains, loses=effect.loses)
        facts = await unit_facts(conn, asked, form.language)
        return effect, [*facts, *await lying_there(conn, effect)]

    effect, facts = await write_transaction(call.service.engine, look)
    return show(
        request,
        "admin/org_unit_check.html",
        admin_place(call.who.permissions),
        act=matter.act,
        facts=facts,
        keeps_sent=True,
        needs_two=effect.needs_two,
        rules_waiting=effect.rules_waiting,
        typed=[(one.name, form.values.get(one.name, "")) for one in fields],
        here=request.url.path,
        back=f"{HOME}/{matter.org_unit_id}",
    )


@get(HOME + "/new", opt=may_on_platform("org_units.manage"))
async def new_unit_form(request: PageRequest, call: Call) -> Page:
    """The form for a new unit."""
    return await _page(request, call, "create", None, None)


@post(HOME + "/new", opt=may_on_platform("org_units.manage"))
async def new_unit_sent(request: PageRequest, call: Call) -> Page:
    """Let it begin."""
    return await _sent(request, call, "create", None)


@get(HOME + "/{org_unit_id:uuid}/{unit_act:str}", opt=may_on_platform("org_units.manage"))
async def unit_act_form(
    request: PageRequest, call: Call, org_unit_id: FromPath[UUID], unit_act: FromPath[str]
) -> Page:
    """The form of a change."""
    return await _page(request, call, _known(unit_act), org_unit_id, None)


@post(HOME + "/{org_unit_id:uuid}/{unit_act:str}", opt=may_on_platform("org_units.manage"))
async def unit_act_sent(
    request: PageRequest, call: Call, org_unit_id: FromPath[UUID], unit_act: FromPath[str]
) -> Page:
    """Set the change down."""
    return await _sent(request, call, _known(unit_act), org_unit_id)


def _known(act: str) -> str:
    """The act of an address.

    Raises:
        NotFound: there is no such act.
    """
    if act not in ACTS:
        raise NotFound(kind="page", id=act)
    return act


ROUTES = [tree_page, new_unit_form, new_unit_sent, unit_page, unit_act_form, unit_act_sent]
