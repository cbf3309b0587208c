"""Merchants of a programme and what is agreed with them."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.forms import PROGRAMMES, Command, CursorText, PageSize, PathId, view
from ledger.database import read_transaction
from ledger.foundation.organisations import LARGEST_PAGE, get_merchant, list_merchants
from ledger.journeys.enrolment import enrol_merchant
from ledger.programmes.redemption.contracts import agree_contract, list_contracts

Rate = Annotated[int, Meta(ge=0, le=1_000_000, description="Absent: the rate of the policy.")]
Name = Annotated[str, Meta(min_length=1, max_length=60, examples=["好味面馆"])]


class _MerchantFilter(msgspec.Struct, frozen=True):
    """Merchants have no filters yet."""


_MERCHANTS: CursorKind[_MerchantFilter, tuple[str, UUID]] = CursorKind(
    _MerchantFilter, tuple[str, UUID]
)


class NewMerchant(Command, frozen=True):
    """A merchant to be enrolled."""

    name: Name


class MerchantView(msgspec.Struct, frozen=True):
    """A merchant; the id holds its accounts."""

    merchant_id: UUID
    name: str
    status: str


class NewContract(Command, frozen=True):
    """A version of what a merchant agrees to, from a day on."""

    valid_from: date
    fen_per_100_points: Rate | None = None
    discount_share_bp: Annotated[
        int, Meta(ge=0, le=10_000, description="Share the merchant bears, 1/10000.")
    ] = 0
    refunds_allowed: bool = True
    status: Literal["active", "ended"] = "active"


class ContractView(msgspec.Struct, frozen=True):
    """One version of a merchant's contract."""

    merchant_id: UUID
    valid_from: date
    status: str
    fen_per_100_points: int
    discount_share_bp: int
    refunds_allowed: bool


class MerchantDetail(msgspec.Struct, frozen=True):
    """A merchant with every version of its contract, the earliest first."""

    merchant_id: UUID
    name: str
    status: str
    contracts: list[ContractView]


class MerchantPage(msgspec.Struct, frozen=True):
    """A page of merchants by name."""

    items: list[MerchantView]
    next_cursor: str | None


@get(
    PROGRAMMES + "/merchants",
    opt=may("merchants.read"),
    summary="List merchants",
    tags=["merchants"],
)
async def list_all_merchants(
    call: Call, cursor: CursorText = None, limit: PageSize = DEFAULT_PAGE
) -> MerchantPage:
    """Merchants by name."""
    wanted, after = _MERCHANTS.read(cursor, _MerchantFilter(), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_merchants(
            conn, tenant_id=call.tenant_id, limit=min(limit, LARGEST_PAGE), after=after
        )
    following = (found[-1].name_sort_key, found[-1].merchant_id) if len(found) == limit else None
    return MerchantPage(
        [view(MerchantView, merchant) for merchant in found],
        None if following is None else _MERCHANTS.write(wanted, following, call.route),
    )


@post(
    PROGRAMMES + "/merchants",
    opt=may("merchants.enrol"),
    summary="Enrol a merchant",
    tags=["merchants"],
)
async def enrol_one_merchant(call: Call, data: JSONBody[NewMerchant]) -> Response[MerchantView]:
    """A new merchant with its accounts."""

    async def enrol(conn: AsyncConnection) -> MerchantView:
        merchant = await enrol_merchant(
            conn, tenant_id=call.tenant_id, name=data.name, enrolled_by=call.caller_id
        )
        return view(MerchantView, merchant)

    return await once(call, data, enrol)


@get(
    PROGRAMMES + "/merchants/{merchant_id:uuid}",
    opt=may("merchants.manage"),
    summary="Read a merchant",
    tags=["merchants"],
)
async def read_one_merchant(call: Call, merchant_id: PathId) -> MerchantDetail:
    """A merchant and what was agreed with it."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        merchant = await get_merchant(conn, tenant_id=call.tenant_id, merchant_id=merchant_id)
        contracts = await list_contracts(conn, tenant_id=call.tenant_id, merchant_id=merchant_id)
    return MerchantDetail(
        merchant.merchant_id,
        merchant.name,
        merchant.status,
        [view(ContractView, one) for one in contracts],
    )


@post(
    PROGRAMMES + "/merchants/{merchant_id:uuid}/contracts",
    opt=may("merchants.enrol"),
    summary="Agree a contract",
    tags=["merchants"],
)
async def agree_one_contract(
    call: Call, merchant_id: PathId, data: JSONBody[NewContract]
) -> Response[ContractView]:
    """A version of a merchant's contract; it reprices nothing that was captured."""

    async def agree(conn: AsyncConnection) -> ContractView:
        contract = await agree_contract(
            conn,
            tenant_id=call.tenant_id,
            merchant_id=merchant_id,
            valid_from=data.valid_from,
            caller_id=call.caller_id,
            fen_per_100_points=data.fen_per_100_points,
            discount_share_bp=data.discount_share_bp,
            refunds_allowed=data.refunds_allowed,
            status=data.status,
        )
        return view(ContractView, contract)

    return await once(call, data, agree)


ROUTES = (
    list_all_merchants,
    enrol_one_merchant,
    read_one_merchant,
    agree_one_contract,
)
