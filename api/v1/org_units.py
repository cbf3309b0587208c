"""Units by day: 区县, 街道, 社区, 片区, 小区, what each was called, and what became of it."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.policies import signed_in
from api.v1.forms import CursorText, PageSize, PathId, view
from ledger.clock import today
from ledger.database import read_transaction
from ledger.foundation.org_units import OrgUnitPlace, get_unit_history, list_some_org_units

AsOf = Annotated[date | None, QueryParameter(description="The day asked for; today if absent.")]


class _UnitFilter(msgspec.Struct, frozen=True):
    as_of: date | None = None
    parent_id: UUID | None = None


#: The day goes along, so that midnight mixes no two of them.
_UNITS: CursorKind[_UnitFilter, tuple[date, OrgUnitPlace]] = CursorKind(
    _UnitFilter, tuple[date, OrgUnitPlace]
)


class OrgUnitView(msgspec.Struct, frozen=True):
    """A unit as it is on a day; a dissolved parent is shown as its successor."""

    org_unit_id: UUID
    level: str
    name: str
    parent_id: UUID | None
    valid_from: date


class OrgUnitPage(msgspec.Struct, frozen=True):
    """A page of the units of a day, by level and name."""

    as_of: date
    items: list[OrgUnitView]
    next_cursor: str | None


class OrgUnitPlacement(msgspec.Struct, frozen=True):
    """Name and place of a unit from a day on."""

    valid_from: date
    name: str
    parent_id: UUID | None
    dissolved: bool


class RelatedOrgUnit(msgspec.Struct, frozen=True):
    """A unit that another one became, or came from."""

    org_unit_id: UUID
    name: str
    valid_from: date
    is_main: bool


class OrgUnitHistory(msgspec.Struct, frozen=True):
    """All that is set down about a unit, also when it is dissolved."""

    org_unit_id: UUID
    level: str
    name: str
    placements: list[OrgUnitPlacement]
    successors: list[RelatedOrgUnit]
    predecessors: list[RelatedOrgUnit]


@get("/v1/org-units", opt=signed_in(), summary="List units", tags=["units"])
async def list_units(
    call: Call,
    as_of: AsOf = None,
    parent_id: FromQuery[UUID | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> OrgUnitPage:
    """The units of a day, all or those that lie directly in one of them."""
    wanted, behind = _UNITS.read(cursor, _UnitFilter(as_of, parent_id), call.route)
    day, after = (wanted.as_of or today(), None) if behind is None else behind
    async with read_transaction(call.service.engine) as conn:
        found = await list_some_org_units(
            conn, on=day, parent_id=wanted.parent_id, limit=limit, after=after
        )
    following = None
    if len(found) == limit:
        last = found[-1]
        place = (last.level, last.name, last.org_unit_id)
        following = _UNITS.write(wanted, (day, place), call.route)
    return OrgUnitPage(day, [view(OrgUnitView, one) for one in found], following)


@get("/v1/org-units/{org_unit_id:uuid}", opt=signed_in(), summary="Read a unit", tags=["units"])
async def read_unit(call: Call, org_unit_id: PathId) -> OrgUnitHistory:
    """A unit with its names and places, what it came from and what it became."""
    async with read_transaction(call.service.engine) as conn:
        found = await get_unit_history(conn, org_unit_id=org_unit_id)
    return view(OrgUnitHistory, found)


ROUTES = (list_units, read_unit)
