"""Payments of an estate trust: asked for by one person, decided by another (双密码)."""

from collections.abc import Sequence
from datetime import date, datetime
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
from api.refusals import InvalidBody
from api.v1.forms import (
    ESTATES,
    Amount,
    Command,
    CursorText,
    Moment,
    PageSize,
    PathId,
    Words,
    view,
)
from api.v1.signatories import SignatoryView, list_signatories
from ledger.database import read_transaction
from ledger.journeys.approvals.consent import Terms
from ledger.journeys.approvals.deciding import approve, decline
from ledger.programmes.trust.outflows import list_unsigned_outflows
from ledger.programmes.trust.payments import (
    Payment,
    get_payment,
    list_payments,
    request_payment,
)

PaymentStatus = Literal["requested", "approved", "declined", "withdrawn", "expired"]


class _Filter(msgspec.Struct, frozen=True):
    status: PaymentStatus | None = None


class _Period(msgspec.Struct, frozen=True):
    booked_from: date | None = None
    booked_to: date | None = None


_CURSOR: CursorKind[_Filter, UUID] = CursorKind(_Filter, UUID)
_OUTFLOWS: CursorKind[_Period, tuple[date, UUID]] = CursorKind(_Period, tuple[date, UUID])


class NewPayment(Command, frozen=True):
    """A payment asked for: the first signature. Amount in fen."""

    event: Annotated[str, Meta(pattern=r"^TR[0-9]{2}\Z", max_length=4, examples=["TR12"])]
    amount: Amount
    bank_account_id: UUID
    purpose: Words
    payee_id: Annotated[UUID | None, Meta(description="Supplier, unit, … of the event.")] = None


class PaymentDecision(Command, frozen=True):
    """The second signature, or a refusal with its reason."""

    decision: Literal["approved", "declined"]
    occurred_at: Moment
    booked_on: date | None = None
    reason: Words | None = None
    order_no: Annotated[str, Meta(max_length=64)] | None = None


class PaymentView(msgspec.Struct, frozen=True):
    """A payment as it stands, fen."""

    payment_id: UUID
    event: str
    payee_id: UUID | None
    bank_account_id: UUID
    amount_fen: int
    purpose: str
    requested_at: datetime
    status: str
    decided_at: datetime | None
    entry_id: Annotated[UUID | None, Meta(description="Entry that paid.")]
    reason: str | None
    reversed_by: Annotated[UUID | None, Meta(description="Entry that undid the booking.")]


class SignedPaymentView(PaymentView, frozen=True):
    """The same with both signatures."""

    requested_by: SignatoryView
    decided_by: SignatoryView | None


class PaymentPage(msgspec.Struct, frozen=True):
    """A page of payments, the newest first."""

    items: list[SignedPaymentView]
    next_cursor: str | None


class OutflowView(msgspec.Struct, frozen=True):
    """Money that left a bank account without two signatures, fen."""

    entry_id: UUID
    event: str
    booked_on: date
    amount_fen: int


class OutflowPage(msgspec.Struct, frozen=True):
    """A page of such entries of a period by accounting date; an empty one is the good news."""

    items: list[OutflowView]
    next_cursor: str | None


@post(
    ESTATES + "/payments",
    opt=may("payments.request"),
    summary="Ask for a payment",
    tags=["trust"],
)
async def request_one(call: Call, data: JSONBody[NewPayment]) -> Response[PaymentView]:
    """The first signature; nothing is booked yet."""

    async def act(conn: AsyncConnection) -> PaymentView:
        payment = await request_payment(
            conn,
            tenant_id=call.tenant_id,
            event=data.event,
            amount=data.amount,
            bank_account_id=data.bank_account_id,
            purpose=data.purpose,
            payee_id=data.payee_id,
            key=call.key,
            caller_id=call.caller_id,
        )
        return view(PaymentView, payment)

    return await once(call, data, act)


@post(
    ESTATES + "/payments/{payment_id:uuid}/decision",
    opt=may("payments.approve", step_up=True),
    summary="Approve or decline a payment",
    tags=["trust"],
    status_code=200,
)
async def decide(
    call: Call, payment_id: PathId, data: JSONBody[PaymentDecision]
) -> Response[PaymentView]:
    """The second signature books the payment; never that of the person who asked for it."""
    here, who = call.tenant_id, call.caller_id

    async def act(conn: AsyncConnection) -> PaymentView:
        await get_payment(conn, tenant_id=call.tenant_id, payment_id=payment_id)
        if data.decision == "declined":
            if not (data.reason or "").strip():
                raise InvalidBody(field="reason", reason="say why it is declined")
            await decline(
                conn,
                tenant_id=here,
                approval_id=payment_id,
                caller_id=who,
                reason=str(data.reason),
            )
        else:
            terms = Terms(
                key=call.key,
                occurred_at=data.occurred_at,
                booked_on=data.booked_on,
                order_no=data.order_no,
            )
            await approve(conn, tenant_id=here, approval_id=payment_id, caller_id=who, terms=terms)
        decided = await get_payment(conn, tenant_id=call.tenant_id, payment_id=payment_id)
        return view(PaymentView, decided)

    return await once(call, data, act, status=200)


@get(ESTATES + "/payments", opt=may("entries.read"), summary="List payments", tags=["trust"])
async def list_all(
    call: Call,
    status: FromQuery[PaymentStatus | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> PaymentPage:
    """Payments with who signed when."""
    wanted, after = _CURSOR.read(cursor, _Filter(status), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_payments(
            conn, tenant_id=call.tenant_id, limit=limit, status=wanted.status, after=after
        )
        signed = await _sign(conn, found)
    following = found[-1].payment_id if len(found) == limit else None
    return PaymentPage(
        signed,
        None if following is None else _CURSOR.write(wanted, following, call.route),
    )


@get(
    ESTATES + "/payments/{payment_id:uuid}",
    opt=may("entries.read"),
    summary="Read a payment",
    tags=["trust"],
)
async def read_one(call: Call, payment_id: PathId) -> SignedPaymentView:
    """One payment as it stands."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        payment = await get_payment(conn, tenant_id=call.tenant_id, payment_id=payment_id)
        (signed,) = await _sign(conn, [payment])
    return signed


async def _sign(conn: AsyncConnection, payments: Sequence[Payment]) -> list[SignedPaymentView]:
    callers = (who for payment in payments for who in (payment.requested_by, payment.decided_by))
    signatories = await list_signatories(conn, callers)
    return [
        SignedPaymentView(
            **msgspec.structs.asdict(view(PaymentView, payment)),
            requested_by=signatories[payment.requested_by],
            decided_by=signatories.get(payment.decided_by),
        )
        for payment in payments
    ]


@get(
    ESTATES + "/unsigned-outflows",
    opt=may("entries.read"),
    summary="List money that left unsigned",
    tags=["trust"],
)
async def list_unsigned(
    call: Call,
    booked_from: FromQuery[date | None] = None,
    booked_to: FromQuery[date | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> OutflowPage:
    """Money out without two signatures between two accounting dates: a red finding.

    Moves to other accounts of the trust need none, nor do bank fees up to the rule of the place.
    """
    wanted, after = _OUTFLOWS.read(cursor, _Period(booked_from, booked_to), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_unsigned_outflows(
            conn,
            tenant_id=call.tenant_id,
            first=wanted.booked_from or date.min,
            last=wanted.booked_to or date.max,
            limit=limit,
            after=after,
        )
    last = found[-1] if len(found) == limit else None
    return OutflowPage(
        [view(OutflowView, outflow) for outflow in found],
        None
        if last is None
        else _OUTFLOWS.write(wanted, (last.booked_on, last.entry_id), call.route),
    )


ROUTES = (request_one, decide, list_all, read_one, list_unsigned)
