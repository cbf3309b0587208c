"""What a programme scores its Party members for: the county's table as it holds on a day."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import QueryParameter
from msgspec import Meta

from api.gate import Call
from api.policies import may
from api.v1.forms import PROGRAMMES, view
from ledger.clock import today
from ledger.database import read_transaction
from ledger.programmes.star_points.items import Kind, list_items

Cap = Annotated[int | None, Meta(description="1/100 point; null: no cap.", examples=[500])]
On = Annotated[date | None, QueryParameter(description="Business date; absent: today.")]


class StarItemView(msgspec.Struct, frozen=True):
    """An item with its score and caps, 1/100 point."""

    item_code: Annotated[str, Meta(description="Number in the table.", examples=["B01"])]
    name: str
    kind: Kind
    unit_score: Annotated[int, Meta(description="For each time.", examples=[200])]
    month_cap: Cap
    quarter_cap: Cap
    year_cap: Cap
    evidence: Annotated[str, Meta(description="What a claim must show.")]
    org_unit_id: Annotated[UUID, Meta(description="Whose table it is from.")]
    valid_from: date


class StarItemList(msgspec.Struct, frozen=True):
    """The items in force on a day, by number."""

    on: date
    items: list[StarItemView]


@get(
    PROGRAMMES + "/star-items",
    opt=may("star_points.read"),
    summary="List the items that are scored",
    tags=["star points"],
)
async def list_all_items(call: Call, on: On = None) -> StarItemList:
    """Every item in force; of each number the one of the nearest unit."""
    day = on or today()
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_items(conn, tenant_id=call.tenant_id, on=day)
    return StarItemList(day, [view(StarItemView, item) for item in found])


ROUTES = (list_all_items,)
