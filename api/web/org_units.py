"""The tree of units for administrators: as of a day, with what each was and became; its changes."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, get_args
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may_on_platform
from api.web.act_types import Field, title_field
from api.web.acts import asked_fields, read_fields
from api.web.forms import Form, FormRefused
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    read_day,
    read_form,
    read_uuid,
    see,
    show,
)
from api.web.places import admin_place
from api.web.refused import words_of_refusal
from api.web.texts import text
from api.web.unit_parts import check_parts, read_parts
from ledger.clock import today
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.org_unit_changes import (
    NewUnit,
    dissolve_org_unit,
    merge_org_units,
    move_org_unit,
    split_org_unit,
)
from ledger.foundation.org_units import (
    LIES_IN,
    Level,
    OrgUnit,
    create_org_unit,
    get_unit_history,
    list_org_units,
)

HOME = "/admin/org-units"
LEVELS: tuple[Level, ...] = get_args(Level)
TOP = "none"
ACTS = ("move", "merge", "split", "dissolve")


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
    last = history.placements[-1]
    return show(
        request,
        "admin/org_unit.html",
        admin_place(call.who.permissions),
        history=history,
        home=HOME,
        acts=() if last.dissolved else ACTS,
        done=request.query_params.get("done") in ("create", *ACTS),
    )


async def _fields(conn: AsyncConnection, form: Form, act: str, unit_id: UUID | None) -> list[Field]:
    """What an act asks for."""
    tomorrow = today() + timedelta(days=1)
    units = await list_org_units(conn, on=tomorrow)
    own = next((one for one in units if one.org_unit_id == unit_id), None)
    day = Field("valid_from", "units.from", kind="date", hint="units.from_hint")
    parents = [(TOP, text(form.language, "units.top"))]
    parents += [
        (str(one.org_unit_id), one.name)
        for one in units
        if own is None or one.level in LIES_IN[own.level] or one.org_unit_id == own.parent_id
    ]
    lies_in = str(own.parent_id) if own is not None and own.parent_id else TOP
    parent = Field("parent", "units.parent", kind="select", choices=parents, value=lies_in)
    if act == "create":
        levels = [(one, text(form.language, f"unit_level.{one}")) for one in LEVELS]
        level = Field("level", "units.level", kind="select", choices=levels)
        return [title_field("name", "units.name"), level, parent, day]
    if act == "move":
        name = title_field("name", "units.name", value=own.name if own else "")
        return [name, parent, day]
    if act == "merge":
        peers = [
            (str(one.org_unit_id), one.name)
            for one in units
            if own is not None and one.level == own.level and one.org_unit_id != unit_id
        ]
        return [
            Field("other", "units.merge_with", kind="select", choices=peers),
            title_field("name", "units.new_name", hint="units.new_name_hint", required=False),
            day,
        ]
    if act == "split":
        hint = "units.parts_hint"
        return [
            title_field("main", "units.main"),
            Field("others", "units.parts", hint=hint, check=check_parts),
            day,
        ]
    return [day]


async def _run(
    conn: AsyncConnection, form: Form, act: str, unit_id: UUID | None, caller_id: int
) -> UUID:
    """Do it; returns the unit to show."""
    valid_from = date.fromisoformat(form.values["valid_from"])
    parent_id = read_uuid(form.values.get("parent"))
    name = form.text("name", required=False) or ""
    facts: dict[str, Any] = {"valid_from": valid_from, "caller_id": caller_id}
    if act == "create":
        level: Level = form.values["level"]  # type: ignore[assignment]
        await _refuse_same_name(conn, form, name, parent_id, valid_from)
        made = await create_org_unit(
            conn, level=level, name=name, valid_from=valid_from, parent_id=parent_id
        )
        return made.org_unit_id
    assert unit_id is not None
    if act == "move":
        await move_org_unit(conn, org_unit_id=unit_id, name=name, parent_id=parent_id, **facts)
    elif act == "merge":
        other = UUID(form.values["other"])
        ending = [unit_id, other] if name else [unit_id]
        into = NewUnit(name) if name else other
        return (await merge_org_units(conn, org_unit_ids=ending, into=into, **facts)).org_unit_id
    elif act == "split":
        await split_org_unit(conn, org_unit_id=unit_id, into=read_parts(form), **facts)
    else:
        await dissolve_org_unit(conn, org_unit_id=unit_id, **facts)
    return unit_id


async def _refuse_same_name(
    conn: AsyncConnection, form: Form, name: str, parent_id: UUID | None, on: date
) -> None:
    """Sending the form twice must not make two units.

    Raises:
        FormRefused: a unit of this name lies there.
    """
    there = await list_org_units(conn, on=on)
    if any(one.name == name and one.parent_id == parent_id for one in there):
        form.refuse("name", "units.name_taken")
    form.finish()


async def _page(
    request: PageRequest, call: Call, act: str, unit_id: UUID | None, form: Form | None
) -> Page:
    async with read_transaction(call.service.engine) as conn:
        shown = form or empty_form(request)
        fields = asked_fields(shown, await _fields(conn, shown, act, unit_id))
        about = None
        if unit_id is not None:
            about = (await get_unit_history(conn, org_unit_id=unit_id)).name
    status = 200 if form is None else 422
    if form is None:
        form = empty_form(request, **{one.name: one.value for one in fields if one.value})
    return show(
        request,
        "admin/org_unit_act.html",
        admin_place(call.who.permissions),
        status=status,
        act=act,
        about=about,
        fields=fields,
        form=form,
        here=request.url.path,
        back=f"{HOME}/{unit_id}" if unit_id else HOME,
    )


async def _sent(request: PageRequest, call: Call, act: str, unit_id: UUID | None) -> Page:
    form = await read_form(request)
    async with read_transaction(call.service.engine) as conn:
        fields = asked_fields(form, await _fields(conn, form, act, unit_id))
    if not read_fields(form, fields):
        return await _page(request, call, act, unit_id, form)
    try:
        shown = await write_transaction(
            call.service.engine, lambda conn: _run(conn, form, act, unit_id, call.caller_id)
        )
    except FormRefused:
        return await _page(request, call, act, unit_id, form)
    except LedgerError as refusal:
        about = str(refusal.attributes().get("field", "")).removesuffix("_id")
        names = [one.name for one in fields]
        form.errors[about if about in names else names[-1]] = words_of_refusal(
            refusal, form.language
        )
        return await _page(request, call, act, unit_id, form)
    return see(f"{HOME}/{shown}?done={act}")


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
