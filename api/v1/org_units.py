"""Units by day: 区县, 街道, 社区, 片区, 小区, what each was called, and what became of it."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from api.gate import Call
from api.policies import signed_in
from api.v1.forms import PathId, view
from ledger.clock import today
from ledger.database import read_transaction
from ledger.foundation.org_units import get_unit_history, list_org_units

AsOf = Annotated[date | None, QueryParameter(description="The day asked for; today if absent.")]


class OrgUnitView(msgspec.Struct, frozen=True):
    """A unit as it is on a day; a dissolved parent is shown as its successor."""

    org_unit_id: UUID
    level: str
    name: str
    parent_id: UUID | None
    valid_from: date


class OrgUnitList(msgspec.Struct, frozen=True):
    """Every unit of a day."""

    as_of: date
    items: list[OrgUnitView]


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
    call: Call, as_of: AsOf = None, parent_id: FromQuery[UUID | None] = None
) -> OrgUnitList:
    """The units of a day, all or those that lie directly in one of them."""
    day = as_of or today()
    async with read_transaction(call.service.engine) as conn:
        found = await list_org_units(conn, on=day, parent_id=parent_id)
    return OrgUnitList(day, [view(OrgUnitView, one) for one in found])


@get("/v1/org-units/{org_unit_id:uuid}", opt=signed_in(), summary="Read a unit", tags=["units"])
async def read_unit(call: Call, org_unit_id: PathId) -> OrgUnitHistory:
    """A unit with its names and places, what it came from and what it became."""
    async with read_transaction(call.service.engine) as conn:
        found = await get_unit_history(conn, org_unit_id=org_unit_id)
    return view(OrgUnitHistory, found)


ROUTES = (list_units, read_unit)
