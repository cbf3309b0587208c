"""Members and merchants of a programme."""

from datetime import date
from typing import Annotated, Literal
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
from api.v1.forms import PROGRAMMES, Command, CursorText, PageSize, PathId, view
from ledger.database import read_transaction
from ledger.foundation.organisations import LARGEST_PAGE, list_members, list_merchants
from ledger.foundation.people import PersonalDetails
from ledger.journeys.enrolment import enrol_member, enrol_merchant, know_person
from ledger.programmes.redemption.contracts import agree_contract
from reconciliation.masking import mask_name

Rate = Annotated[int, Meta(ge=0, le=1_000_000, description="Absent: the rate of the policy.")]
Name = Annotated[str, Meta(min_length=1, max_length=60, examples=["王小明"])]


class _MemberFilter(msgspec.Struct, frozen=True):
    branch_id: UUID | None = None


class _MerchantFilter(msgspec.Struct, frozen=True):
    """Merchants have no filters yet."""


_MEMBERS: CursorKind[_MemberFilter, str] = CursorKind(_MemberFilter, str)
_MERCHANTS: CursorKind[_MerchantFilter, tuple[str, UUID]] = CursorKind(
    _MerchantFilter, tuple[str, UUID]
)


class NewMember(Command, frozen=True):
    """A person to be enrolled; the telephone is stored sealed."""

    display_name: Name
    phone: Annotated[str, Meta(pattern=r"^\+?[0-9 -]{5,20}\Z", examples=["13800138000"])] | None = (
        None
    )
    branch_id: Annotated[UUID | None, Meta(description="Party branch, of a Party member.")] = None


class NewMerchant(Command, frozen=True):
    """A merchant to be enrolled."""

    name: Name


class MemberView(msgspec.Struct, frozen=True):
    """A member; the id holds the member's accounts."""

    member_id: UUID
    volunteer_no: str
    display_name: str
    status: str
    branch_id: UUID | None
    joined_on: date


class EnrolledMember(msgspec.Struct, frozen=True):
    """A new member, without the name: the answer is kept under its key."""

    member_id: UUID
    volunteer_no: str


class MemberPage(msgspec.Struct, frozen=True):
    """A page of members by volunteer number."""

    items: list[MemberView]
    next_cursor: str | None


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


class MerchantPage(msgspec.Struct, frozen=True):
    """A page of merchants by name."""

    items: list[MerchantView]
    next_cursor: str | None


@get(PROGRAMMES + "/members", opt=may("members.read"), summary="List members", tags=["people"])
async def list_all_members(
    call: Call,
    branch_id: FromQuery[UUID | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> MemberPage:
    """Members by volunteer number; their names are masked unless the work needs them."""
    wanted, after = _MEMBERS.read(cursor, _MemberFilter(branch_id), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_members(
            conn,
            tenant_id=call.tenant_id,
            limit=limit,
            after=after,
            branch_id=wanted.branch_id,
        )
    following = found[-1].volunteer_no if len(found) == limit else None
    # staff and secretaries work with people by name; whoever reads books does not need it
    in_full = call.who.permissions.reach("members.names", call.tenant_id) is not None
    shown = [
        member
        if in_full
        else msgspec.structs.replace(member, display_name=mask_name(member.display_name))
        for member in found
    ]
    return MemberPage(
        [view(MemberView, member) for member in shown],
        None if following is None else _MEMBERS.write(wanted, following, call.route),
    )


@post(PROGRAMMES + "/members", opt=may("members.enrol"), summary="Enrol a member", tags=["people"])
async def enrol_one_member(call: Call, data: JSONBody[NewMember]) -> Response[EnrolledMember]:
    """A person as a member, with accounts. The name and telephone of somebody known are theirs."""

    async def enrol(conn: AsyncConnection) -> EnrolledMember:
        person = await know_person(
            conn,
            display_name=data.display_name,
            keys=call.service.personal_keys,
            details=PersonalDetails(phone=data.phone),
        )
        member = await enrol_member(
            conn,
            tenant_id=call.tenant_id,
            person=person,
            enrolled_by=call.caller_id,
            branch_id=data.branch_id,
        )
        return view(EnrolledMember, member)

    return await once(call, data, enrol, personal=True)


@get(
    PROGRAMMES + "/merchants",
    opt=may("merchants.read"),
    summary="List merchants",
    tags=["people"],
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
    tags=["people"],
)
async def enrol_one_merchant(call: Call, data: JSONBody[NewMerchant]) -> Response[MerchantView]:
    """A new merchant with its accounts."""

    async def enrol(conn: AsyncConnection) -> MerchantView:
        merchant = await enrol_merchant(
            conn, tenant_id=call.tenant_id, name=data.name, enrolled_by=call.caller_id
        )
        return view(MerchantView, merchant)

    return await once(call, data, enrol)


@post(
    PROGRAMMES + "/merchants/{merchant_id:uuid}/contracts",
    opt=may("merchants.enrol"),
    summary="Agree a contract",
    tags=["people"],
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
    list_all_members,
    enrol_one_member,
    list_all_merchants,
    enrol_one_merchant,
    agree_one_contract,
)
