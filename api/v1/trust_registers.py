"""Registers of an estate trust: units, suppliers, providers, contracts, fee rates."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.forms import ESTATES, Command, CursorText, PageSize, PathId, Words, view
from ledger.database import read_transaction
from ledger.programmes.trust.counterparties import (
    Kind,
    add_counterparty,
    list_counterparties,
)
from ledger.programmes.trust.fees import set_fee_rate
from ledger.programmes.trust.units import Unit, add_household, get_unit, list_units

Label = Annotated[str, Meta(min_length=1, max_length=20, examples=["3"])]


class _NoFilter(msgspec.Struct, frozen=True):
    """Units have no filters yet."""


class _Place(msgspec.Struct, frozen=True):
    building: str
    unit: str
    room: str


class _CounterpartyFilter(msgspec.Struct, frozen=True):
    kind: Kind | None = None


_COUNTERPARTIES: CursorKind[_CounterpartyFilter, UUID] = CursorKind(_CounterpartyFilter, UUID)
_UNITS: CursorKind[_NoFilter, _Place] = CursorKind(_NoFilter, _Place)


class NewUnit(Command, frozen=True):
    """A household unit; area in 1/100 m²."""

    building: Label
    room: Label
    area_dm2: Annotated[int, Meta(ge=1, le=10**7, examples=[8950])]
    billed_from: date
    unit: Annotated[str, Meta(max_length=20)] = ""


class NewCounterparty(Command, frozen=True):
    """A supplier, a payment provider (psp) or a revenue contract."""

    kind: Kind
    name: Words


class NewFeeRate(Command, frozen=True):
    """The fee per month and m² from a month on."""

    valid_from: date
    fen_per_m2: Annotated[int, Meta(ge=1, le=100_000, examples=[180])]
    document_no: Words


class UnitView(msgspec.Struct, frozen=True):
    """A unit and where its accounts stand, fen."""

    unit_id: UUID
    building: str
    unit: str
    room: str
    area_dm2: int
    billed_from: date
    receivable_fen: int
    prepaid_fen: int
    refundable_fen: int
    deposit_fen: int


class UnitPage(msgspec.Struct, frozen=True):
    """A page of units by building, unit and room."""

    items: list[UnitView]
    next_cursor: str | None


class CounterpartyView(msgspec.Struct, frozen=True):
    """Somebody, or a contract, that trust accounts are held for."""

    counterparty_id: UUID
    kind: str
    name: str


class CounterpartyPage(msgspec.Struct, frozen=True):
    """A page of one kind, in the order they were registered."""

    items: list[CounterpartyView]
    next_cursor: str | None


class FeeRateView(msgspec.Struct, frozen=True):
    """A fee rate that holds from a month on."""

    valid_from: date
    fen_per_m2: int


@get(ESTATES + "/units", opt=may("trust_registers.read"), summary="List units", tags=["trust"])
async def list_all_units(
    call: Call, cursor: CursorText = None, limit: PageSize = DEFAULT_PAGE
) -> UnitPage:
    """Units with their balances."""
    wanted, place = _UNITS.read(cursor, _NoFilter(), call.route)
    after = None
    if place is not None:
        after = Unit(call.tenant.public_id, place.building, place.unit, place.room, 1, date.min)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_units(conn, tenant_id=call.tenant_id, limit=limit, after=after)
    following = view(_Place, found[-1]) if len(found) == limit else None
    return UnitPage(
        [view(UnitView, unit) for unit in found],
        None if following is None else _UNITS.write(wanted, following, call.route),
    )


@get(
    ESTATES + "/units/{unit_id:uuid}",
    opt=may("trust_registers.read"),
    summary="Read a unit",
    tags=["trust"],
)
async def read_unit(call: Call, unit_id: PathId) -> UnitView:
    """One unit with its balances."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        unit = await get_unit(conn, tenant_id=call.tenant_id, unit_id=unit_id)
    return view(UnitView, unit)


@post(
    ESTATES + "/units",
    opt=may("trust_registers.manage"),
    summary="Register a unit",
    tags=["trust"],
)
async def register_unit(call: Call, data: JSONBody[NewUnit]) -> Response[UnitView]:
    """A household unit with its accounts."""

    async def act(conn: AsyncConnection) -> UnitView:
        unit = await add_household(
            conn,
            tenant_id=call.tenant_id,
            building=data.building,
            unit=data.unit,
            room=data.room,
            area_dm2=data.area_dm2,
            billed_from=data.billed_from,
            caller_id=call.caller_id,
        )
        return view(UnitView, unit)

    return await once(call, data, act)


@get(
    ESTATES + "/counterparties",
    opt=may("trust_registers.read"),
    summary="List suppliers, providers or contracts",
    tags=["trust"],
)
async def list_all_counterparties(
    call: Call,
    kind: FromQuery[Kind | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> CounterpartyPage:
    """Those of one kind; of every kind when none is named."""
    wanted, after = _COUNTERPARTIES.read(cursor, _CounterpartyFilter(kind), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_counterparties(
            conn, tenant_id=call.tenant_id, kind=wanted.kind, after=after, limit=limit
        )
    following = found[-1].counterparty_id if len(found) == limit else None
    return CounterpartyPage(
        [view(CounterpartyView, one) for one in found],
        None if following is None else _COUNTERPARTIES.write(wanted, following, call.route),
    )


@post(
    ESTATES + "/counterparties",
    opt=may("trust_registers.manage"),
    summary="Register a supplier, provider or contract",
    tags=["trust"],
)
async def register_counterparty(
    call: Call, data: JSONBody[NewCounterparty]
) -> Response[CounterpartyView]:
    """With the accounts that are held for it."""

    async def act(conn: AsyncConnection) -> CounterpartyView:
        made = await add_counterparty(
            conn,
            tenant_id=call.tenant_id,
            kind=data.kind,
            name=data.name,
            caller_id=call.caller_id,
        )
        return view(CounterpartyView, made)

    return await once(call, data, act)


@post(
    ESTATES + "/fee-rates",
    opt=may("trust_registers.manage"),
    summary="Set the fee rate",
    tags=["trust"],
)
async def set_rate(call: Call, data: JSONBody[NewFeeRate]) -> Response[FeeRateView]:
    """The fee per month and m² that holds from a month on; never for months billed already."""

    async def act(conn: AsyncConnection) -> FeeRateView:
        await set_fee_rate(
            conn,
            tenant_id=call.tenant_id,
            valid_from=data.valid_from,
            fen_per_m2=data.fen_per_m2,
            document_no=data.document_no,
            caller_id=call.caller_id,
        )
        return FeeRateView(data.valid_from, data.fen_per_m2)

    return await once(call, data, act)


ROUTES = (
    list_all_units,
    read_unit,
    register_unit,
    list_all_counterparties,
    register_counterparty,
    set_rate,
)
