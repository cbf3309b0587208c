"""Property fees of an estate trust as they were decided and billed."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter
from msgspec import Meta

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.policies import may
from api.v1.forms import ESTATES, CursorText, PageSize, Total, view
from ledger.clock import month_of
from ledger.database import read_transaction
from ledger.programmes.trust.fees import list_fee_bills, list_fee_rates

BilledMonth = Annotated[
    date | None, QueryParameter(description="Any day of the month billed; absent: every month.")
]


class _BillFilter(msgspec.Struct, frozen=True):
    month: date | None = None
    unit_id: UUID | None = None


_BILLS: CursorKind[_BillFilter, tuple[date, UUID, int]] = CursorKind(
    _BillFilter, tuple[date, UUID, int]
)


class DecidedRateView(msgspec.Struct, frozen=True):
    """A fee rate and the resolution it goes back to."""

    valid_from: Annotated[date, Meta(description="First day of its first month.")]
    fen_per_m2: Annotated[int, Meta(description="Fen per month and m².", examples=[180])]
    document_no: str
    recorded_at: datetime


class FeeRateList(msgspec.Struct, frozen=True):
    """Every rate that was recorded, the latest first."""

    items: list[DecidedRateView]


class FeeBillView(msgspec.Struct, frozen=True):
    """What a unit was billed for a month, fen."""

    unit_id: UUID
    month: Annotated[date, Meta(description="First day of the month.")]
    bill_no: Annotated[int, Meta(description="1; more: the bills before it were reversed.")]
    amount_fen: Total
    from_prepaid_fen: Annotated[int, Meta(description="The part that had been paid ahead.")]
    reversed_fen: Annotated[
        int, Meta(description="Reversed since; all of it: the month can be billed anew.")
    ]
    billed_entry_id: Annotated[UUID | None, Meta(description="TR01; null: all was paid ahead.")]
    recognised_entry_id: Annotated[UUID | None, Meta(description="TR04; null: none was.")]
    billed_at: datetime


class FeeBillPage(msgspec.Struct, frozen=True):
    """A page of bills, the latest month first."""

    items: list[FeeBillView]
    next_cursor: str | None


@get(
    ESTATES + "/fee-rates",
    opt=may("trust_registers.read"),
    summary="List fee rates",
    tags=["trust"],
)
async def list_rates(call: Call) -> FeeRateList:
    """The fee per month and m², version by version."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_fee_rates(conn, tenant_id=call.tenant_id)
    return FeeRateList([view(DecidedRateView, rate) for rate in found])


@get(
    ESTATES + "/fee-bills",
    opt=may("trust_registers.read"),
    summary="List fee bills",
    tags=["trust"],
)
async def list_bills(
    call: Call,
    month: BilledMonth = None,
    unit_id: FromQuery[UUID | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> FeeBillPage:
    """Bills of a month, of a unit, or all of them."""
    first_day = None if month is None else month_of(month)
    wanted, after = _BILLS.read(cursor, _BillFilter(first_day, unit_id), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_fee_bills(
            conn,
            tenant_id=call.tenant_id,
            limit=limit,
            month=wanted.month,
            unit_id=wanted.unit_id,
            after=after,
        )
    following = None
    if len(found) == limit:
        last = found[-1]
        following = _BILLS.write(wanted, (last.month, last.unit_id, last.bill_no), call.route)
    return FeeBillPage([view(FeeBillView, bill) for bill in found], following)


ROUTES = (list_rates, list_bills)
