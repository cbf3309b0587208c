"""Units that change: renamed, moved, merged, split, dissolved; always from a future day on.

Rules of past days are looked up along past places, so those stay as they were. What a dissolved
unit had decided goes on for those who belonged to it, until its main successor decides otherwise.

Source: docs/decisions/0046-units-and-ties.md
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import business_date, now
from ledger.database import execute, fetch_one, load_sql
from ledger.errors import InvalidInput, LedgerError
from ledger.foundation.audit_log import record_action
from ledger.foundation.org_units import (
    OrgUnit,
    check_parent,
    create_org_unit,
    get_org_unit,
    lock_org_units,
    place_org_unit,
)

_PACKAGE = "ledger.foundation"
_LEAST_PARTS = 2


class UnitChangesLater(LedgerError):
    """Something is set down for the unit on that day or after it."""

    template = "{name} changes on {latest} already: choose a later day."


class UnitInUse(LedgerError):
    """A unit may not vanish from under others."""

    template = "{units} units and {tenants} programmes or estates lie in {name}: merge it instead."


class NewUnit(msgspec.Struct, frozen=True):
    """A unit that a merger or a split brings about; no parent: that of what it came from."""

    name: str
    parent_id: UUID | None = None


async def move_org_unit(
    conn: AsyncConnection,
    *,
    org_unit_id: UUID,
    valid_from: date,
    name: str,
    parent_id: UUID | None,
    caller_id: int,
    at: datetime | None = None,
) -> OrgUnit:
    """Give a unit another name or place from a day on; also before a day on which it is to end.

    Raises:
        NotFound, UnitNotBegun, UnitEnded: the unit or the parent does not exist on that day.
        InvalidInput: a unit of its level does not lie in the parent's, or the day has begun.
        UnitChangesLater: something is set down for that day or a later one.
    """
    unit = await _changing(conn, org_unit_id, valid_from, at, ends=False)
    await check_parent(conn, level=unit.level, parent_id=parent_id, on=valid_from, was=unit)
    await place_org_unit(
        conn, org_unit_id=org_unit_id, valid_from=valid_from, name=name, parent_id=parent_id
    )
    await _record(conn, caller_id, "move", unit)
    return OrgUnit(org_unit_id, unit.level, name, parent_id, valid_from)


async def dissolve_org_unit(
    conn: AsyncConnection,
    *,
    org_unit_id: UUID,
    valid_from: date,
    caller_id: int,
    at: datetime | None = None,
) -> None:
    """End a unit in which nothing lies on a day; it stays readable under its name.

    Raises:
        NotFound, UnitNotBegun, UnitEnded: the unit does not exist on that day.
        InvalidInput: the day has begun.
        UnitChangesLater: something is set down for that day or a later one.
        UnitInUse: units, programmes or estates lie in it.
    """
    unit = await _changing(conn, org_unit_id, valid_from, at)
    uses = await fetch_one(conn, load_sql(_PACKAGE, "count_org_unit_uses"), org_unit_id, valid_from)
    if uses.units or uses.tenants:
        raise UnitInUse(name=unit.name, units=uses.units, tenants=uses.tenants)
    await _dissolve(conn, unit, valid_from)
    await _record(conn, caller_id, "dissolve", unit)


async def merge_org_units(
    conn: AsyncConnection,
    *,
    org_unit_ids: Sequence[UUID],
    into: UUID | NewUnit,
    valid_from: date,
    caller_id: int,
    at: datetime | None = None,
) -> OrgUnit:
    """Let units end on a day and one go on in their place: a new one, or one that exists then.

    Raises:
        NotFound, UnitNotBegun, UnitEnded: one of them does not exist on that day.
        InvalidInput: they are of different levels, too few, one is named twice, or the day has
            begun.
        UnitChangesLater: something is set down for one of them on that day or a later one.
    """
    least = _LEAST_PARTS if isinstance(into, NewUnit) else 1
    if len(org_unit_ids) < least or len(set(org_unit_ids)) < len(org_unit_ids):
        remedy = f"Name {least} or more different units that end."
        raise InvalidInput(field="org_unit_ids", value=len(org_unit_ids), remedy=remedy)
    if into in org_unit_ids:
        remedy = "The unit that goes on does not end."
        raise InvalidInput(field="into", value=str(into), remedy=remedy)
    ending = [await _changing(conn, one, valid_from, at) for one in org_unit_ids]
    successor = await _successor(conn, into, ending[0], valid_from)
    for unit in ending:
        if unit.level != successor.level:
            remedy = "Merge units of one level."
            raise InvalidInput(field="org_unit_ids", value=unit.level, remedy=remedy)
        await _dissolve(conn, unit, valid_from)
        await _succeed(conn, unit, successor, valid_from, caller_id=caller_id, is_main=True)
        await _record(conn, caller_id, "merge", unit)
    return successor


async def split_org_unit(
    conn: AsyncConnection,
    *,
    org_unit_id: UUID,
    into: Sequence[NewUnit],
    valid_from: date,
    caller_id: int,
    main: int = 0,
    at: datetime | None = None,
) -> list[OrgUnit]:
    """Let a unit end on a day and several begin; ``main`` is the place of the main one.

    What belonged to the old unit finds itself in the main one, until it is moved.

    Raises:
        NotFound, UnitNotBegun, UnitEnded: the unit does not exist on that day.
        InvalidInput: fewer than two parts, no such main part, or the day has begun.
        UnitChangesLater: something is set down for that day or a later one.
    """
    if len(into) < _LEAST_PARTS or len({part.name for part in into}) < len(into):
        remedy = "Name two or more new units with different names."
        raise InvalidInput(field="into", value=len(into), remedy=remedy)
    if not 0 <= main < len(into):
        remedy = "Choose one of the new units."
        raise InvalidInput(field="main", value=main, remedy=remedy)
    unit = await _changing(conn, org_unit_id, valid_from, at)
    parts = [await _successor(conn, part, unit, valid_from) for part in into]
    await _dissolve(conn, unit, valid_from)
    for place, part in enumerate(parts):
        await _succeed(conn, unit, part, valid_from, caller_id=caller_id, is_main=place == main)
    await _record(conn, caller_id, "split", unit)
    return parts


async def _changing(
    conn: AsyncConnection,
    org_unit_id: UUID,
    valid_from: date,
    at: datetime | None,
    *,
    ends: bool = True,
) -> OrgUnit:
    """A unit as it is on the day of its change, with no other change beside this one.

    What goes on (not ``ends``) may change before the day on which it is to end, or takes over.
    """
    today = business_date(at or now())
    if valid_from <= today:
        remedy = f"Give a day after {today}."
        raise InvalidInput(field="valid_from", value=valid_from.isoformat(), remedy=remedy)
    await lock_org_units(conn)
    unit = await get_org_unit(conn, org_unit_id=org_unit_id, on=valid_from)
    uses = await fetch_one(conn, load_sql(_PACKAGE, "count_org_unit_uses"), org_unit_id, valid_from)
    if (uses.latest if ends else uses.latest_place) >= valid_from:
        raise UnitChangesLater(name=unit.name, latest=uses.latest)
    return unit


async def _successor(
    conn: AsyncConnection, into: UUID | NewUnit, of: OrgUnit, valid_from: date
) -> OrgUnit:
    if isinstance(into, UUID):
        return await get_org_unit(conn, org_unit_id=into, on=valid_from)
    return await create_org_unit(
        conn,
        level=of.level,
        name=into.name,
        valid_from=valid_from,
        parent_id=into.parent_id or of.parent_id,
        comes_from=of,
    )


async def _dissolve(conn: AsyncConnection, unit: OrgUnit, valid_from: date) -> None:
    await place_org_unit(
        conn,
        org_unit_id=unit.org_unit_id,
        valid_from=valid_from,
        name=unit.name,
        parent_id=unit.parent_id,
        dissolved=True,
    )


async def _succeed(
    conn: AsyncConnection,
    unit: OrgUnit,
    successor: OrgUnit,
    valid_from: date,
    *,
    caller_id: int,
    is_main: bool,
) -> None:
    await execute(
        conn,
        load_sql(_PACKAGE, "add_org_unit_successor"),
        unit.org_unit_id,
        successor.org_unit_id,
        valid_from,
        is_main,
        caller_id,
    )


async def _record(conn: AsyncConnection, caller_id: int, act: str, unit: OrgUnit) -> None:
    await record_action(
        conn,
        caller_id=caller_id,
        action=f"org_unit.{act}",
        object_kind="org_unit",
        object_id=str(unit.org_unit_id),
    )
