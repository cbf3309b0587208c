"""Money from owners that comes another way: by code, recognised afterwards, as a deposit."""

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
from api.v1.forms import ESTATES
from api.v1.posting import posted
from api.v1.trust import BankCommand, Fen, TrustCommand, booking_of, cash_of
from ledger.programmes.trust.bookings import CashDetail, Channel
from ledger.programmes.trust.receipts import (
    identify_receipt,
    record_code_receipt,
    record_deposit,
)

ForUnit = Annotated[UUID, Meta(description="Unit that it is for.")]


class NewCodeReceipt(TrustCommand, frozen=True, kw_only=True):
    """Fees paid by code; the provider holds the money until it settles (TR05, TR41)."""

    unit_id: ForUnit
    amount: Fen
    provider_id: Annotated[UUID, Meta(description="Payment provider (psp).")]
    channel: Channel = "wechat"
    order_no: Annotated[str, Meta(max_length=64, description="The provider's order.")] | None = None


class IdentifiedReceipt(TrustCommand, frozen=True, kw_only=True):
    """An unidentified receipt that turns out to be a unit's fees (TR25, TR45)."""

    unit_id: ForUnit
    amount: Fen


class NewDeposit(BankCommand, frozen=True, kw_only=True):
    """A unit's deposit received, as for building work (TR36)."""

    unit_id: ForUnit


@post(
    ESTATES + "/receipts/by-code",
    opt=may("trust_events.post"),
    summary="Record a receipt by code",
    tags=["trust"],
)
async def receive_by_code(call: Call, data: JSONBody[NewCodeReceipt]) -> Response[PostedView]:
    """Against what is billed first, the rest as paid ahead; the bank shows it when settled."""

    async def act(conn: AsyncConnection) -> PostedView:
        outcome = await record_code_receipt(
            conn,
            tenant_id=call.tenant_id,
            unit_id=data.unit_id,
            amount=data.amount,
            provider_id=data.provider_id,
            booking=booking_of(call, data),
            cash=CashDetail(channel=data.channel, order_no=data.order_no),
        )
        return posted(outcome)

    return await once(call, data, act)


@post(
    ESTATES + "/receipts/identified",
    opt=may("trust_events.post"),
    summary="Recognise a receipt",
    tags=["trust"],
)
async def identify(call: Call, data: JSONBody[IdentifiedReceipt]) -> Response[PostedView]:
    """Move money that nobody recognised to the unit it came from."""

    async def act(conn: AsyncConnection) -> PostedView:
        outcome = await identify_receipt(
            conn,
            tenant_id=call.tenant_id,
            unit_id=data.unit_id,
            amount=data.amount,
            booking=booking_of(call, data),
        )
        return posted(outcome)

    return await once(call, data, act)


@post(
    ESTATES + "/deposits",
    opt=may("trust_events.post"),
    summary="Record a deposit",
    tags=["trust"],
)
async def take_deposit(call: Call, data: JSONBody[NewDeposit]) -> Response[PostedView]:
    """It is given back by a payment with two signatures (TR37)."""

    async def act(conn: AsyncConnection) -> PostedView:
        outcome = await record_deposit(
            conn,
            tenant_id=call.tenant_id,
            unit_id=data.unit_id,
            amount=data.amount,
            bank_account_id=data.bank_account_id,
            booking=booking_of(call, data),
            cash=cash_of(data),
        )
        return posted(outcome)

    return await once(call, data, act, personal=True)


ROUTES = (receive_by_code, identify, take_deposit)
