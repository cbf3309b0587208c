"""Organisation units: 区县, 街道, 社区, 片区, 小区. Their names and places are dated.

A merged or split unit keeps its id for ever: it is dissolved on a day, and its successors begin.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_all, fetch_value, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.names import check_title
from ledger.foundation.organisations import check_page_size
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
#: Behind no unit, and no limit.
_ALL = (None, None, None, None)
#: Level, name and id of a unit: where it stands among the others.
OrgUnitPlace = tuple[str, str, UUID]

Level = Literal["district", "subdistrict", "community", "quarter", "compound"]
#: In what a unit may lie, unless it lies elsewhere already. Always wider: none lies in itself.
LIES_IN: Mapping[Level, tuple[Level, ...]] = {
    "district": (),
    "subdistrict": ("district",),
    "community": ("district", "subdistrict"),
    "quarter": ("subdistrict", "community"),
    "compound": ("community", "quarter"),
}


#: Levels that need no other above them; a unit at the top from before this was a rule stays there.
TOPMOST: frozenset[Level] = frozenset({"district", "subdistrict"})


class UnitNotBegun(LedgerError):
    """Before its first day a unit holds nothing."""

    template = "{name} begins on {begins}: choose that day or a later one."


class UnitEnded(LedgerError):
    """A unit that was merged, split or dissolved is changed no more, and takes nothing in."""

    template = "{name} ends on {ended} (merged, split or dissolved): choose another unit."


class OrgUnit(msgspec.Struct, frozen=True):
    """A unit as it is on a day; where its parent was dissolved, the parent is its successor."""

    org_unit_id: UUID
    level: Level
    name: str
    parent_id: UUID | None
    valid_from: date


class Placement(msgspec.Struct, frozen=True):
    """Name and place of a unit from a day on."""

    valid_from: date
    name: str
    parent_id: UUID | None
    parent_name: str | None
    dissolved: bool


class RelatedUnit(msgspec.Struct, frozen=True):
    """A unit that another one became, or came from, on a day."""

    org_unit_id: UUID
    name: str
    valid_from: date
    #: Programmes, estates and rules of the dissolved unit find themselves there.
    is_main: bool


class UnitHistory(msgspec.Struct, frozen=True):
    """Everything that is set down about a unit, also when it is dissolved."""

    org_unit_id: UUID
    level: Level
    placements: list[Placement]
    successors: list[RelatedUnit]
    predecessors: list[RelatedUnit]

    @property
    def name(self) -> str:
        """The last name, by which a dissolved unit stays known."""
        return [one for one in self.placements if not one.dissolved][-1].name

    def name_on(self, day: date) -> str:
        """What it is called on a day; the first or the last name where it does not stand then."""
        named = [one for one in self.placements if not one.dissolved]
        return next((one for one in reversed(named) if one.valid_from <= day), named[0]).name

    @property
    def ends_on(self) -> date | None:
        """The day on which it ends or ended, if that is set down."""
        last = self.placements[-1]
        return last.valid_from if last.dissolved else None


async def create_org_unit(
    conn: AsyncConnection,
    *,
    level: Level,
    name: str,
    valid_from: date,
    parent_id: UUID | None = None,
    comes_from: OrgUnit | None = None,
) -> OrgUnit:
    """A new unit that begins on a day; where the one that it comes from lay, it may lie.

    Raises:
        NotFound, UnitNotBegun, UnitEnded: the parent does not exist on that day.
        InvalidInput: a unit of this level does not lie in the parent's, or not at the top.
    """
    await lock_org_units(conn)
    await check_parent(conn, level=level, parent_id=parent_id, on=valid_from, was=comes_from)
    org_unit_id = uuid7()
    await execute(conn, load_sql(_PACKAGE, "create_org_unit"), org_unit_id, level)
    plain = check_title(name)
    await place_org_unit(
        conn, org_unit_id=org_unit_id, valid_from=valid_from, name=plain, parent_id=parent_id
    )
    return OrgUnit(org_unit_id, level, plain, parent_id, valid_from)


async def lock_org_units(conn: AsyncConnection) -> None:
    """Let no other change of units happen until this transaction ends."""
    await execute(conn, load_sql(_PACKAGE, "lock_org_units"))


async def place_org_unit(
    conn: AsyncConnection,
    *,
    org_unit_id: UUID,
    valid_from: date,
    name: str,
    parent_id: UUID | None,
    dissolved: bool = False,
) -> None:
    """Write down name and place from a day on; whoever calls has checked the place.

    Raises:
        InvalidInput: nothing is called so.
    """
    plain = name if dissolved else check_title(name)
    statement = load_sql(_PACKAGE, "place_org_unit")
    await execute(conn, statement, org_unit_id, valid_from, plain, parent_id, dissolved)


async def get_org_unit(conn: AsyncConnection, *, org_unit_id: UUID, on: date) -> OrgUnit:
    """A unit as it is on a day.

    Raises:
        NotFound: it never existed.
        UnitNotBegun, UnitEnded: not on that day.
    """
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_org_units"), on, None, org_unit_id, *_ALL)
    if not rows:
        history = await get_unit_history(conn, org_unit_id=org_unit_id)
        begins = history.placements[0].valid_from
        if on < begins:
            raise UnitNotBegun(name=history.name, begins=begins)
        raise UnitEnded(name=history.name, ended=history.ends_on)
    return _unit(rows[0])


async def get_unit_in_force(conn: AsyncConnection, *, org_unit_id: UUID, on: date) -> OrgUnit:
    """The unit that stands on a day where this one stood: itself, or its last main successor.

    Raises:
        NotFound, UnitNotBegun, UnitEnded: see ``get_org_unit``.
    """
    there = await fetch_value(conn, load_sql(_PACKAGE, "find_unit_in_force"), org_unit_id, on)
    return await get_org_unit(conn, org_unit_id=there, on=on)


async def list_org_units(
    conn: AsyncConnection, *, on: date, parent_id: UUID | None = None
) -> list[OrgUnit]:
    """The units of a day, or those that lie directly in one of them."""
    statement = load_sql(_PACKAGE, "list_org_units")
    return [_unit(row) for row in await fetch_all(conn, statement, on, parent_id, None, *_ALL)]


async def list_some_org_units(
    conn: AsyncConnection,
    *,
    on: date,
    parent_id: UUID | None,
    limit: int,
    after: OrgUnitPlace | None = None,
) -> list[OrgUnit]:
    """A page of them, by level and name."""
    statement = load_sql(_PACKAGE, "list_org_units")
    behind = after or (None, None, None)
    rows = await fetch_all(conn, statement, on, parent_id, None, *behind, check_page_size(limit))
    return [_unit(row) for row in rows]


async def get_unit_history(conn: AsyncConnection, *, org_unit_id: UUID) -> UnitHistory:
    """What a unit was called when and where it lay, and what it came from and became.

    Raises:
        NotFound: it never existed.
    """
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_org_unit_placements"), org_unit_id)
    if not rows:
        raise NotFound(kind="organisation unit", id=str(org_unit_id))
    related = await fetch_all(conn, load_sql(_PACKAGE, "list_org_unit_successors"), org_unit_id)
    return UnitHistory(
        org_unit_id,
        rows[0].level,
        [Placement(*tuple(row)[1:]) for row in rows],
        [_related(row) for row in related if row.is_successor],
        [_related(row) for row in related if not row.is_successor],
    )


def _unit(row: Any) -> OrgUnit:
    return OrgUnit(row.org_unit_id, row.level, row.name, row.parent_id, row.valid_from)


def _related(row: Any) -> RelatedUnit:
    return RelatedUnit(row.org_unit_id, row.name, row.valid_from, row.is_main)


async def check_parent(
    conn: AsyncConnection,
    *,
    level: Level,
    parent_id: UUID | None,
    on: date,
    was: OrgUnit | None = None,
) -> None:
    """Refuse a parent that is not there on the day, or in which no unit of this level lies.

    ``was``: the unit before, or what it comes from; where that lies it may stay.

    Raises:
        NotFound, UnitNotBegun, UnitEnded: the parent does not exist on that day.
        InvalidInput: its level is not one of ``LIES_IN``, or one that is not ``TOPMOST`` has none.
    """
    above = None
    if parent_id is not None:
        above = (await get_org_unit(conn, org_unit_id=parent_id, on=on)).level
    fits = level in TOPMOST if above is None else above in LIES_IN[level]
    stays = was is not None and was.parent_id == parent_id
    if not (fits or stays):
        wider = ", ".join(f"'{one}'" for one in LIES_IN[level])
        remedy = f"A '{level}' lies in: {wider}." if wider else "A 'district' lies in no other."
        raise InvalidInput(field="parent_id", value=above, remedy=remedy)
