"""Bookings of an estate trust: fees, receipts, expenses, what the bank does."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.idempotency import once
from api.policies import may
from api.v1.entry_forms import PostedView
from api.v1.forms import ESTATES, Amount, Command, Moment, Words, view
from api.v1.posting import posted
from ledger.programmes.trust.bank_events import BankEvent, accrue_expense, record_bank_event
from ledger.programmes.trust.bookings import Booking, CashDetail, Channel
from ledger.programmes.trust.fees import bill_fees
from ledger.programmes.trust.receipts import record_receipt

Fen = Annotated[Amount, Meta(description="Fen.")]
ExpenseAccount = Annotated[
    str, Meta(pattern=r"^5[0-9]{3}\Z", max_length=4, examples=["5103"], description="科目 of TR.")
]
EventName = Literal["interest", "bank_fee", "parking", "site_rent", "unidentified"]
_EVENTS: dict[EventName, BankEvent] = {
    "interest": BankEvent.INTEREST,
    "bank_fee": BankEvent.BANK_FEE,
    "parking": BankEvent.PARKING,
    "site_rent": BankEvent.SITE_RENT,
    "unidentified": BankEvent.UNIDENTIFIED,
}


class TrustCommand(Command, frozen=True, kw_only=True):
    """What every booking of a trust says."""

    occurred_at: Moment
    booked_on: date | None = None
    memo: Words | None = None


class BankCommand(TrustCommand, frozen=True, kw_only=True):
    """A booking of money that a bank statement will show."""

    bank_account_id: UUID
    amount: Fen
    counterparty: Annotated[str, Meta(max_length=100, description="Payer or payee.")] | None = None
    channel: Channel = "bank"
    order_no: Annotated[str, Meta(max_length=64)] | None = None


class NewBilling(TrustCommand, frozen=True, kw_only=True):
    """A month's fees to be billed to every unit (TR01)."""

    month: Annotated[date, Meta(description="Any day of the month.")]


class NewReceipt(BankCommand, frozen=True, kw_only=True):
    """Fees received from a unit (TR02, TR03)."""

    unit_id: UUID


class NewExpense(TrustCommand, frozen=True, kw_only=True):
    """An expense owed to a supplier (TR11)."""

    supplier_id: UUID
    expense_account: ExpenseAccount
    amount: Fen


class NewBankEvent(BankCommand, frozen=True, kw_only=True):
    """Interest (TR20), a bank fee (TR21), parking, site rent, or money nobody recognises yet."""

    event: EventName


class BillingView(msgspec.Struct, frozen=True):
    """What is billed for a month, reversed bills left out; ``new_units`` by this call; fen."""

    units: int
    amount_fen: int
    from_prepaid_fen: int
    new_units: int


def booking_of(call: GatedCall, data: TrustCommand) -> Booking:
    """On whose word and when."""
    return Booking(
        key=call.key,
        caller_id=call.caller_id,
        occurred_at=data.occurred_at,
        booked_on=data.booked_on,
        memo=data.memo,
    )


def cash_of(data: BankCommand) -> CashDetail:
    """What the bank statement may say about it."""
    return CashDetail(counterparty=data.counterparty, channel=data.channel, order_no=data.order_no)


@post(
    ESTATES + "/fee-bills",
    opt=may("trust_events.post"),
    summary="Bill a month's fees",
    tags=["trust"],
)
async def bill(call: Call, data: JSONBody[NewBilling]) -> Response[BillingView]:
    """Bill every unit without a bill that stands (TR01); doing it again does nothing."""

    async def act(conn: AsyncConnection) -> BillingView:
        totals = await bill_fees(
            conn, tenant_id=call.tenant_id, month=data.month, booking=booking_of(call, data)
        )
        return view(BillingView, totals)

    return await once(call, data, act)


@post(
    ESTATES + "/receipts",
    opt=may("trust_events.post"),
    summary="Record a receipt",
    tags=["trust"],
)
async def receive(call: Call, data: JSONBody[NewReceipt]) -> Response[PostedView]:
    """Money from a unit: against what is billed first, the rest as paid ahead (TR02, TR03)."""

    async def act(conn: AsyncConnection) -> PostedView:
        outcome = await record_receipt(
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


@post(
    ESTATES + "/expenses",
    opt=may("trust_events.post"),
    summary="Accrue an expense",
    tags=["trust"],
)
async def accrue(call: Call, data: JSONBody[NewExpense]) -> Response[PostedView]:
    """An expense is owed to a supplier (TR11); it is paid by a payment with two signatures."""

    async def act(conn: AsyncConnection) -> PostedView:
        outcome = await accrue_expense(
            conn,
            tenant_id=call.tenant_id,
            supplier_id=data.supplier_id,
            expense_account=data.expense_account,
            amount=data.amount,
            booking=booking_of(call, data),
        )
        return posted(outcome)

    return await once(call, data, act)


@post(
    ESTATES + "/bank-events",
    opt=may("trust_events.post"),
    summary="Record what the bank did",
    tags=["trust"],
)
async def record_event(call: Call, data: JSONBody[NewBankEvent]) -> Response[PostedView]:
    """Interest (TR20), a bank fee (TR21), parking, site rent, or an unidentified receipt."""

    async def act(conn: AsyncConnection) -> PostedView:
        outcome = await record_bank_event(
            conn,
            _EVENTS[data.event],
            tenant_id=call.tenant_id,
            bank_account_id=data.bank_account_id,
            amount=data.amount,
            booking=booking_of(call, data),
            cash=cash_of(data),
        )
        return posted(outcome)

    return await once(call, data, act, personal=True)


ROUTES = (
    bill,
    receive,
    accrue,
    record_event,
)
