"""Organisation units: 区县, 街道, 社区, 片区, 小区. Their names and places are dated.

A merged or split unit keeps its id for ever: it is dissolved on a day, and its successors begin.
"""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import business_date, now
from ledger.database import execute, fetch_all, load_sql
from ledger.errors import InvalidInput, NotFound
from ledger.identifiers import uuid7
from ledger.schema.foundation_policies import ORG_UNIT_LEVELS

_PACKAGE = "ledger.foundation"

Level = Literal["district", "subdistrict", "community", "quarter", "compound"]


class OrgUnit(msgspec.Struct, frozen=True):
    """A unit as it is on a day."""

    org_unit_id: UUID
    level: Level
    name: str
    parent_id: UUID | None
    valid_from: date


async def create_org_unit(
    conn: AsyncConnection,
    *,
    level: Level,
    name: str,
    valid_from: date,
    parent_id: UUID | None = None,
) -> OrgUnit:
    """A new unit that begins on a day.

    Raises:
        NotFound: the parent does not exist on that day.
        InvalidInput: the parent is not of a wider level.
    """
    await _check_parent(conn, level=level, parent_id=parent_id, on=valid_from)
    org_unit_id = uuid7()
    await execute(conn, load_sql(_PACKAGE, "create_org_unit"), org_unit_id, level)
    statement = load_sql(_PACKAGE, "place_org_unit")
    await execute(conn, statement, org_unit_id, valid_from, name, parent_id, False)
    return OrgUnit(org_unit_id, level, name, parent_id, valid_from)


async def move_org_unit(
    conn: AsyncConnection,
    *,
    org_unit_id: UUID,
    valid_from: date,
    name: str,
    parent_id: UUID | None,
    at: datetime | None = None,
) -> OrgUnit:
    """Give a unit another name or place from a day on.

    Raises:
        NotFound: the unit or the parent does not exist on that day.
        InvalidInput: the parent is not of a wider level, or the day has begun.
    """
    unit = await get_org_unit(conn, org_unit_id=org_unit_id, on=valid_from)
    _refuse_retroactive(valid_from, at)
    await _check_parent(conn, level=unit.level, parent_id=parent_id, on=valid_from)
    statement = load_sql(_PACKAGE, "place_org_unit")
    await execute(conn, statement, org_unit_id, valid_from, name, parent_id, False)
    return OrgUnit(org_unit_id, unit.level, name, parent_id, valid_from)


async def dissolve_org_unit(
    conn: AsyncConnection, *, org_unit_id: UUID, valid_from: date, at: datetime | None = None
) -> None:
    """End a unit on a day; what pointed to it stays readable.

    Raises:
        NotFound: the unit does not exist on that day.
        InvalidInput: the day has begun.
    """
    unit = await get_org_unit(conn, org_unit_id=org_unit_id, on=valid_from)
    _refuse_retroactive(valid_from, at)
    statement = load_sql(_PACKAGE, "place_org_unit")
    await execute(conn, statement, org_unit_id, valid_from, unit.name, unit.parent_id, True)


async def get_org_unit(conn: AsyncConnection, *, org_unit_id: UUID, on: date) -> OrgUnit:
    """A unit as it is on a day.

    Raises:
        NotFound: it does not exist, or not on that day.
    """
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_org_units"), on, None, org_unit_id)
    if not rows:
        raise NotFound(kind="organisation unit", id=str(org_unit_id))
    return _unit(rows[0])


async def list_org_units(
    conn: AsyncConnection, *, on: date, parent_id: UUID | None = None
) -> list[OrgUnit]:
    """The units of a day, or those that lie directly in one of them."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_org_units"), on, parent_id, None)
    return [_unit(row) for row in rows]


def _unit(row: Any) -> OrgUnit:
    return OrgUnit(row.org_unit_id, row.level, row.name, row.parent_id, row.valid_from)


def _refuse_retroactive(valid_from: date, at: datetime | None) -> None:
    """Rules of past days are looked up along past places: those stay as they were."""
    today = business_date(at or now())
    if valid_from <= today:
        remedy = f"Give a day after {today}."
        raise InvalidInput(field="valid_from", value=valid_from.isoformat(), remedy=remedy)


async def _check_parent(
    conn: AsyncConnection, *, level: Level, parent_id: UUID | None, on: date
) -> None:
    if parent_id is None:
        return
    parent = await get_org_unit(conn, org_unit_id=parent_id, on=on)
    if ORG_UNIT_LEVELS.index(parent.level) >= ORG_UNIT_LEVELS.index(level):
        raise InvalidInput(
            field="parent_id", value=parent.level, remedy=f"A {level} lies in a wider unit."
        )
