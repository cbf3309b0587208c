"""What is typed to set up a unit or to change one."""

from datetime import date, timedelta
from typing import get_args
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.act_types import Field, title_field
from api.web.forms import Form
from api.web.frame import read_uuid
from api.web.texts import text
from api.web.unit_parts import check_parts, read_parts
from ledger.clock import today
from ledger.foundation.names import name_key
from ledger.foundation.org_unit_plans import ChangeMissing, planned_day
from ledger.foundation.org_units import (
    LIES_IN,
    TOPMOST,
    Level,
    create_org_unit,
    get_unit_history,
    list_org_units,
)
from ledger.journeys.approvals.matters import OrgUnitChange

LEVELS: tuple[Level, ...] = get_args(Level)
TOP = "none"


async def fields_of(
    conn: AsyncConnection, form: Form, act: str, unit_id: UUID | None
) -> list[Field]:
    """What an act asks for."""
    reason = Field("reason", "units.reason", hint="units.reason_hint")
    if act == "withdraw":
        return [reason]
    tomorrow = today() + timedelta(days=1)
    units = await list_org_units(conn, on=tomorrow)
    own = next((one for one in units if one.org_unit_id == unit_id), None)
    day = Field("valid_from", "units.from", kind="date", hint="units.from_hint")
    top = own is None or own.level in TOPMOST or own.parent_id is None
    parents = [(TOP, text(form.language, "units.top"))] if top else []
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
        return [name, parent, day, reason]
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
            reason,
        ]
    if act == "split":
        hint = "units.parts_hint"
        return [
            title_field("main", "units.main"),
            Field("others", "units.parts", hint=hint, check=check_parts),
            day,
            reason,
        ]
    return [day, reason]


async def create_unit(conn: AsyncConnection, form: Form) -> UUID:
    """Let the unit of the form begin; returns it.

    Raises:
        FormRefused: a unit of this name lies there.
        LedgerError: see ``create_org_unit``.
    """
    valid_from = date.fromisoformat(form.values["valid_from"])
    parent_id = read_uuid(form.values.get("parent"))
    name = form.text("name") or ""
    level: Level = form.values["level"]  # type: ignore[assignment]
    await _refuse_same_name(conn, form, name, parent_id, valid_from)
    made = await create_org_unit(
        conn, level=level, name=name, valid_from=valid_from, parent_id=parent_id
    )
    return made.org_unit_id


async def read_change(conn: AsyncConnection, form: Form, act: str, unit_id: UUID) -> OrgUnitChange:
    """What the form asks for; its fields have been read.

    Raises:
        ChangeMissing: nothing is planned that could be taken back.
    """
    if act == "withdraw":
        day = planned_day(await get_unit_history(conn, org_unit_id=unit_id))
        if day is None:
            raise ChangeMissing
        return OrgUnitChange(act="withdraw", org_unit_id=unit_id, valid_from=day)
    return msgspec.convert(
        {
            "kind": "org_unit_change",
            "act": act,
            "org_unit_id": unit_id,
            "valid_from": date.fromisoformat(form.values["valid_from"]),
            "name": form.text("name", required=False) or None,
            "parent_id": read_uuid(form.values.get("parent")),
            "other_id": read_uuid(form.values.get("other")),
            "parts": [one.name for one in read_parts(form)] if act == "split" else (),
        },
        OrgUnitChange,
    )


async def _refuse_same_name(
    conn: AsyncConnection, form: Form, name: str, parent_id: UUID | None, on: date
) -> None:
    """Sending the form twice must not make two units.

    Raises:
        FormRefused: a unit of this name lies there.
    """
    there = await list_org_units(conn, on=on)
    if any(one.parent_id == parent_id and name_key(one.name) == name_key(name) for one in there):
        form.refuse("name", "units.name_taken")
    form.finish()
