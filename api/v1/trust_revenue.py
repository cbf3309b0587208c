"""Public revenue of an estate under contracts, and what payment providers pay out."""

from typing import Annotated
from uuid import UUID

from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.entry_forms import PostedView
from api.v1.forms import ESTATES, LARGEST_SENT
from api.v1.posting import posted
from api.v1.trust import BankCommand, Fen, TrustCommand, booking_of, cash_of
from ledger.programmes.trust.bank_events import (
    bill_revenue,
    record_revenue_receipt,
    settle_provider,
)

ContractId = Annotated[UUID, Meta(description="Revenue contract (counterparty).")]
RevenueAccount = Annotated[
    str,
    Meta(
        pattern=r"^4[0-9]{3}\Z",
        max_length=4,
        examples=["4201"],
        description="科目 of TR for public revenue.",
    ),
]


class NewRevenueBill(TrustCommand, frozen=True, kw_only=True):
    """Revenue that is due under a contract (TR08)."""

    contract_id: ContractId
    revenue_account: RevenueAccount
    amount: Fen


class NewRevenueReceipt(BankCommand, frozen=True, kw_only=True):
    """Money due under a contract arrives (TR39)."""

    contract_id: ContractId


class NewSettlement(BankCommand, frozen=True, kw_only=True):
    """A provider pays out; ``amount`` is what arrives, net of its fee (TR06)."""

    provider_id: Annotated[UUID, Meta(description="Payment provider (psp).")]
    fee: Annotated[int, Meta(ge=0, le=LARGEST_SENT, description="Fen kept back.", examples=[60])]


@post(
    ESTATES + "/revenue-bills",
    opt=may("trust_events.post"),
    summary="Bill public revenue",
    tags=["trust"],
)
async def bill(call: Call, data: JSONBody[NewRevenueBill]) -> Response[PostedView]:
    """What a contract brings becomes due."""

    async def act(conn: AsyncConnection) -> PostedView:
        outcome = await bill_revenue(
            conn,
            tenant_id=call.tenant_id,
            contract_id=data.contract_id,
            revenue_account=data.revenue_account,
            amount=data.amount,
            booking=booking_of(call, data),
        )
        return posted(outcome)

    return await once(call, data, act)


@post(
    ESTATES + "/revenue-receipts",
    opt=may("trust_events.post"),
    summary="Record a receipt under a contract",
    tags=["trust"],
)
async def receive(call: Call, data: JSONBody[NewRevenueReceipt]) -> Response[PostedView]:
    """Never more than is due; money ahead of its bill is an unidentified receipt."""

    async def act(conn: AsyncConnection) -> PostedView:
        outcome = await record_revenue_receipt(
            conn,
            tenant_id=call.tenant_id,
            contract_id=data.contract_id,
            amount=data.amount,
            bank_account_id=data.bank_account_id,
            booking=booking_of(call, data),
            cash=cash_of(data),
        )
        return posted(outcome)

    return await once(call, data, act, personal=True)


@post(
    ESTATES + "/provider-settlements",
    opt=may("trust_events.post"),
    summary="Record a provider's settlement",
    tags=["trust"],
)
async def settle(call: Call, data: JSONBody[NewSettlement]) -> Response[PostedView]:
    """What was paid by code arrives on the bank account; the fee becomes an expense."""

    async def act(conn: AsyncConnection) -> PostedView:
        outcome = await settle_provider(
            conn,
            tenant_id=call.tenant_id,
            provider_id=data.provider_id,
            bank_account_id=data.bank_account_id,
            net=data.amount,
            fee=data.fee,
            booking=booking_of(call, data),
            cash=cash_of(data),
        )
        return posted(outcome)

    return await once(call, data, act, personal=True)


ROUTES = (bill, receive, settle)
