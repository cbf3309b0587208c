"""The desks at which trust money is booked: each event of the plan through its own function."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.idempotency import idempotency_key
from ledger.foundation.events import post_event
from ledger.foundation.people import Person
from ledger.programmes.trust.bank_events import (
    BankEvent,
    accrue_expense,
    bill_revenue,
    record_bank_event,
    record_revenue_receipt,
    settle_provider,
)
from ledger.programmes.trust.bookings import Booking, CashDetail
from ledger.programmes.trust.fees import bill_fees
from ledger.programmes.trust.payment_forms import PAYMENTS
from ledger.programmes.trust.payments import approve_payment, request_payment
from ledger.programmes.trust.receipts import (
    identify_receipt,
    record_code_receipt,
    record_deposit,
    record_receipt,
)
from ops.demo_data.built import BuiltEstate
from ops.demo_data.days import Span
from ops.demo_data.posting import moment_on
from ops.demo_data.trust_events import BILL, TrustEvent

#: Events of the catalogue that no use case of the trust covers yet, and the names of their amounts.
_BY_CATALOGUE = {"TR13": "remuneration", "TR18": "tax", "TR22": "appropriated", "TR66": "asset"}
_BANK_EVENTS = frozenset(event.value for event in BankEvent)


class TrustDesk:
    """Books the events of one estate; manager and committee member sign what leaves the account."""

    def __init__(self, built: BuiltEstate, span: Span) -> None:
        self._built = built
        self._span = span
        self._tenant_id = built.tenant.tenant_id
        self._bank_id = built.bank_account_id

    async def book(self, conn: AsyncConnection, event: TrustEvent, number: int) -> None:
        """Book one event of the plan; `number` is its place there.

        Raises:
            LedgerError: the books refused it: a bug of the plan.
        """
        booking = self._booking(event, number, self._built.manager)
        if event.event == BILL:
            await bill_fees(conn, tenant_id=self._tenant_id, month=event.day, booking=booking)
        elif event.event in _BY_CATALOGUE:
            await self._post(conn, event, booking)
        elif event.event in PAYMENTS:
            await self._pay(conn, event, number)
        elif event.event in _BANK_EVENTS:
            await record_bank_event(
                conn,
                BankEvent(event.event),
                tenant_id=self._tenant_id,
                bank_account_id=self._bank_id,
                amount=event.amount,
                booking=booking,
                cash=_cash(event),
            )
        elif event.event == "TR25":
            await identify_receipt(
                conn,
                tenant_id=self._tenant_id,
                unit_id=self._holder(event),
                amount=event.amount,
                booking=booking,
            )
        elif event.event in ("TR08", "TR11"):
            await self._accrue(conn, event, booking)
        else:
            await self._receive(conn, event, booking)

    async def _post(self, conn: AsyncConnection, event: TrustEvent, booking: Booking) -> None:
        owners: dict[str, UUID] = {}
        if event.event == "TR66":
            owners["asset_holder"] = self._bank_id
        elif event.holder is not None:
            owners[event.holder[0]] = self._holder(event)
        await post_event(
            conn,
            event.event,
            tenant_id=self._tenant_id,
            key=booking.key,
            caller_id=booking.caller_id,
            occurred_at=booking.occurred_at,
            booked_on=booking.booked_on,
            memo=booking.memo,
            amounts={_BY_CATALOGUE[event.event]: event.amount},
            owners=owners,
            accounts={"asset": "1002"} if event.event == "TR66" else None,
        )

    async def _pay(self, conn: AsyncConnection, event: TrustEvent, number: int) -> None:
        """Asked for by the manager, approved by the committee member."""
        payment = await request_payment(
            conn,
            tenant_id=self._tenant_id,
            event=event.event,
            amount=event.amount,
            bank_account_id=self._bank_id,
            purpose=event.memo or event.event,
            key=idempotency_key(f"{self._words(number)} request"),
            caller_id=self._built.manager.caller_id,
            payee_id=None if event.holder is None else self._holder(event),
        )
        await approve_payment(
            conn,
            tenant_id=self._tenant_id,
            payment_id=payment.payment_id,
            booking=self._booking(event, number, self._built.committee),
            cash=_cash(event),
        )

    async def _accrue(self, conn: AsyncConnection, event: TrustEvent, booking: Booking) -> None:
        if event.event == "TR11":
            await accrue_expense(
                conn,
                tenant_id=self._tenant_id,
                supplier_id=self._holder(event),
                expense_account=event.account,
                amount=event.amount,
                booking=booking,
            )
        else:
            await bill_revenue(
                conn,
                tenant_id=self._tenant_id,
                contract_id=self._holder(event),
                revenue_account=event.account,
                amount=event.amount,
                booking=booking,
            )

    async def _receive(self, conn: AsyncConnection, event: TrustEvent, booking: Booking) -> None:
        """Money from owners, from a contract, or from a payment provider."""
        holder_id, amount, cash = self._holder(event), event.amount, _cash(event)
        tenant_id, bank_id = self._tenant_id, self._bank_id
        match event.event:
            case "TR02":
                await record_receipt(
                    conn,
                    tenant_id=tenant_id,
                    unit_id=holder_id,
                    amount=amount,
                    bank_account_id=bank_id,
                    booking=booking,
                    cash=cash,
                )
            case "TR05":
                await record_code_receipt(
                    conn,
                    tenant_id=tenant_id,
                    unit_id=holder_id,
                    amount=amount,
                    provider_id=self._built.holders["psp", event.channel],
                    booking=booking,
                    cash=cash,
                )
            case "TR06":
                await settle_provider(
                    conn,
                    tenant_id=tenant_id,
                    provider_id=holder_id,
                    bank_account_id=bank_id,
                    net=amount,
                    fee=event.fee,
                    booking=booking,
                    cash=cash,
                )
            case "TR36":
                await record_deposit(
                    conn,
                    tenant_id=tenant_id,
                    unit_id=holder_id,
                    amount=amount,
                    bank_account_id=bank_id,
                    booking=booking,
                    cash=cash,
                )
            case "TR39":
                await record_revenue_receipt(
                    conn,
                    tenant_id=tenant_id,
                    contract_id=holder_id,
                    amount=amount,
                    bank_account_id=bank_id,
                    booking=booking,
                    cash=cash,
                )
            case _:
                raise AssertionError(f"nobody books {event.event}")

    def _booking(self, event: TrustEvent, number: int, person: Person) -> Booking:
        return Booking(
            key=idempotency_key(self._words(number)),
            caller_id=person.caller_id,
            occurred_at=moment_on(event.day, self._span),
            booked_on=event.day,
            memo=event.memo,
        )

    def _words(self, number: int) -> str:
        return f"demo {self._built.plan.form.key} {number}"

    def _holder(self, event: TrustEvent) -> UUID:
        assert event.holder is not None, f"{event.event} names nobody"
        return self._built.holders[event.holder]


def _cash(event: TrustEvent) -> CashDetail:
    return CashDetail(
        counterparty=event.counterparty, channel=event.channel, order_no=event.order_no
    )
