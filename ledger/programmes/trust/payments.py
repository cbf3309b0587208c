"""Payments out of the trust: asked for by one person, approved by another, then booked.

The request and its decision are an approval (``ledger.foundation.approvals``) of the same id;
nothing leaves the bank account before it.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import get_accounts
from ledger.books.posting import Outcome
from ledger.books.refusals import AccountNotFound, IdempotencyConflict
from ledger.database import fetch_all, fetch_optional, fetch_value, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.approvals import decide_approval, request_approval
from ledger.foundation.event_lines import build_lines
from ledger.foundation.free_words import refuse_numbers, told_words
from ledger.foundation.notices import Facts, notify
from ledger.foundation.organisations import check_page_size
from ledger.identifiers import uuid7
from ledger.programmes.trust.bookings import Booking, CashDetail, book
from ledger.programmes.trust.payment_forms import PAYMENTS
from ledger.programmes.trust.remuneration import REMUNERATION, require_trustee_clear
from ledger.programmes.trust.waiting_payments import require_funds, require_owed

_PACKAGE = "ledger.programmes.trust"
_REQUEST = load_sql(_PACKAGE, "request_payment")
_FIND_BY_KEY = load_sql(_PACKAGE, "find_payment_by_key")
_DECIDE = load_sql(_PACKAGE, "decide_payment")
_LIST = load_sql(_PACKAGE, "list_payments")


_KIND = "payout"
#: What the second person is shown, as it was asked for.
_ASKED = ("event", "payee_id", "bank_account_id", "amount_fen", "purpose")


class PaymentDecided(LedgerError):
    """A payment is approved or declined once."""

    template = "Payment {payment} is {verdict} already."


class SecondSignatureNeeded(LedgerError):
    """Whoever asked for a payment cannot decide it."""

    template = "Somebody else must decide the payment that you asked for."


class Payment(msgspec.Struct, frozen=True):
    """A payment with its signatures."""

    payment_id: UUID
    event: str
    payee_id: UUID | None
    bank_account_id: UUID
    amount_fen: int
    purpose: str
    requested_by: int
    requested_at: datetime
    #: requested, approved, declined, withdrawn or expired.
    status: str
    decided_by: int | None
    decided_at: datetime | None
    #: Entry that paid.
    entry_id: UUID | None
    reason: str | None
    #: Idempotency key of the approval.
    decision_key: UUID | None
    #: Entry that mirrored it.
    reversed_by: UUID | None


class _Decision(NamedTuple):
    """A second signature, or a refusal to give it."""

    verdict: str
    caller_id: int
    entry_id: UUID | None = None
    reason: str | None = None
    key: UUID | None = None


async def request_payment(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    event: str,
    amount: int,
    bank_account_id: UUID,
    purpose: str,
    key: UUID,
    caller_id: int,
    payee_id: UUID | None = None,
) -> Payment:
    """Ask for a payment: the first signature. Books nothing. The same key again changes nothing.

    ``event`` is one of PAYMENTS, such as TR12 for a supplier; ``payee_id`` its supplier, unit, ….
    Owners read ``purpose``: the approval books it as the text of the entry.

    Raises:
        InvalidInput: no such event, payee missing or too many, no amount, a number of a person.
        NotFound: the estate has no such bank account or payee.
        InsufficientBalance, PaymentWaitsAlready: more than is owed, asked for, or in the bank.
        IdempotencyConflict: the key was used for another payment.
    """
    form = PAYMENTS.get(event)
    if form is None:
        raise InvalidInput(field="event", value=event, remedy=f"Give one of {', '.join(PAYMENTS)}.")
    if (payee_id is None) != (form.payee is None):
        remedy = f"Name the {form.payee} that is paid." if form.payee else "Leave it out."
        raise InvalidInput(field="payee_id", value=payee_id and str(payee_id), remedy=remedy)
    if amount < 1:
        raise InvalidInput(field="amount", value=amount, remedy="Give fen, above zero.")
    purpose = told_words("purpose", purpose)
    owners = form.owners(bank_account_id, payee_id)
    (line,) = build_lines(event, amounts={form.amount: amount}, owners=owners)
    try:
        account, _ = await get_accounts(conn, tenant_id=tenant_id, names=(line.debit, line.credit))
    except AccountNotFound as missing:
        if form.payee is not None and str(payee_id) in str(missing.attributes()):
            raise NotFound(kind=form.payee, id=str(payee_id)) from missing
        raise NotFound(kind="bank account", id=str(bank_account_id)) from missing
    sent = (event, payee_id, bank_account_id, amount, purpose)
    made = await fetch_optional(conn, _REQUEST, tenant_id, uuid7(), *sent, key, caller_id)
    if made is not None:
        await require_owed(
            conn,
            tenant_id=tenant_id,
            account=account,
            event=event,
            payee_id=payee_id,
            payment_id=made.payment_id,
            amount=amount,
        )
        await require_funds(conn, tenant_id=tenant_id, bank=bank_account_id, amount=amount)
        await request_approval(
            conn,
            tenant_id=tenant_id,
            approval_id=made.payment_id,
            kind=_KIND,
            asked=dict(zip(_ASKED, sent, strict=True)),
            reason=purpose,
            caller_id=caller_id,
            object_id=made.payment_id,
        )
    payment_id = await fetch_value(conn, _FIND_BY_KEY, tenant_id, caller_id, key)
    payment = await get_payment(conn, tenant_id=tenant_id, payment_id=payment_id)
    for name, asked in zip(_ASKED, sent, strict=True):
        if asked != getattr(payment, name):
            raise IdempotencyConflict(field=name.removesuffix("_fen"))
    if made is not None:
        await _tell(conn, tenant_id, payment, "payment_waits")
    return payment


async def _tell(conn: AsyncConnection, tenant_id: int, payment: Payment, kind: str) -> None:
    """Tell those who may sign second that a payment waits, or who asked that it is decided."""
    waits = kind == "payment_waits"
    await notify(
        conn,
        kind=kind,
        permission="payments.approve" if waits else None,
        caller_id=None if waits else payment.requested_by,
        except_caller_id=payment.requested_by if waits else None,
        tenant_id=tenant_id,
        subject_id=payment.payment_id,
        facts=Facts(about=payment.purpose, amount=payment.amount_fen, unit="fen"),
    )


async def approve_payment(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    payment_id: UUID,
    booking: Booking,
    cash: CashDetail | None = None,
) -> Outcome:
    """Approve a payment and book it: the second signature. The same key again is a replay.

    Raises:
        NotFound: no such payment of this estate.
        SecondSignatureNeeded: by the person who asked for it.
        PaymentDecided: somebody decided it before.
        RemunerationBlocked: the trustee owes the trust.
        InsufficientBalance: more than is owed to the payee, or than the bank account holds.
    """
    payment = await get_payment(conn, tenant_id=tenant_id, payment_id=payment_id)
    if payment.event == REMUNERATION and payment.status == "requested":
        await require_trustee_clear(conn, tenant_id=tenant_id)
    approval = _Decision("approved", booking.caller_id, entry_id=uuid7(), key=booking.key)
    entry_id = await _decide(conn, tenant_id, payment, approval)
    form = PAYMENTS[payment.event]
    outcome = await book(
        conn,
        payment.event,
        tenant_id=tenant_id,
        booking=replace(booking, memo=booking.memo or payment.purpose),
        sent={"payment_id": payment_id},
        amounts={form.amount: payment.amount_fen},
        owners=form.owners(payment.bank_account_id, payment.payee_id),
        cash=cash or CashDetail(),
        subject_id=payment_id,
        entry_id=entry_id,
    )
    if payment.status == "requested":
        await require_funds(
            conn,
            tenant_id=tenant_id,
            bank=payment.bank_account_id,
            amount=payment.amount_fen,
            is_booked=True,
        )
    return outcome


async def decline_payment(
    conn: AsyncConnection, *, tenant_id: int, payment_id: UUID, caller_id: int, reason: str
) -> Payment:
    """Decline a payment; nothing is booked. Again by the same person: nothing changes.

    Raises:
        NotFound: no such payment of this estate.
        SecondSignatureNeeded: by the person who asked for it.
        PaymentDecided: somebody decided it before.
    """
    refuse_numbers("reason", reason)
    payment = await get_payment(conn, tenant_id=tenant_id, payment_id=payment_id)
    await _decide(conn, tenant_id, payment, _Decision("declined", caller_id, reason=reason))
    return await get_payment(conn, tenant_id=tenant_id, payment_id=payment_id)


async def _decide(
    conn: AsyncConnection, tenant_id: int, payment: Payment, decision: _Decision
) -> UUID | None:
    """Record the decision unless there is one; returns the entry of the one that stands."""
    if payment.requested_by == decision.caller_id:
        raise SecondSignatureNeeded
    row = await fetch_optional(
        conn,
        _DECIDE,
        tenant_id,
        payment.payment_id,
        payment.requested_by,
        decision.caller_id,
        decision.verdict,
        decision.entry_id,
        decision.reason,
        decision.key,
    )
    if row is not None:
        await decide_approval(
            conn,
            tenant_id=tenant_id,
            approval_id=payment.payment_id,
            kind=_KIND,
            verdict="declined" if decision.entry_id is None else "approved",
            caller_id=decision.caller_id,
            reason=decision.reason,
            result_id=decision.entry_id,
        )
        await _tell(conn, tenant_id, payment, "payment_decided")
        return decision.entry_id
    stands = await get_payment(conn, tenant_id=tenant_id, payment_id=payment.payment_id)
    same = (stands.status, stands.decided_by, stands.decision_key)
    if same != (decision.verdict, decision.caller_id, decision.key):
        raise PaymentDecided(payment=str(payment.payment_id), verdict=stands.status)
    return stands.entry_id


async def get_payment(conn: AsyncConnection, *, tenant_id: int, payment_id: UUID) -> Payment:
    """One payment with its signatures.

    Raises:
        NotFound: no such payment of this estate.
    """
    rows = await fetch_all(conn, _LIST, tenant_id, payment_id, None, None, 1)
    if not rows:
        raise NotFound(kind="payment", id=str(payment_id))
    return Payment(*tuple(rows[0]))


async def list_payments(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    limit: int,
    status: str | None = None,
    after: UUID | None = None,
) -> list[Payment]:
    """A page of payments, the newest first, beginning after one; ``status`` narrows it."""
    rows = await fetch_all(conn, _LIST, tenant_id, None, status, after, check_page_size(limit))
    return [Payment(*tuple(row)) for row in rows]
