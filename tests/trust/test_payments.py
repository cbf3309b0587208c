"""Money leaves a trust with two signatures, of two persons, and never more than is owed."""

import asyncio
from datetime import date, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.accounts import AccountName, open_accounts
from ledger.books.entries import get_entry
from ledger.books.posting import Outcome
from ledger.books.refusals import IdempotencyConflict, InsufficientBalance
from ledger.clock import SHANGHAI, now, today
from ledger.database import execute, read_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.event_lines import EventAccountNotAllowed
from ledger.foundation.events import post_event
from ledger.foundation.policies import approve_policy, propose_policy
from ledger.identifiers import uuid7
from ledger.programmes.trust.bank_events import (
    BankEvent,
    accrue_expense,
    bill_revenue,
    record_bank_event,
    record_revenue_receipt,
)
from ledger.programmes.trust.bookings import CashDetail
from ledger.programmes.trust.outflows import list_unsigned_outflows
from ledger.programmes.trust.payments import (
    Payment,
    PaymentDecided,
    SecondSignatureNeeded,
    approve_payment,
    decline_payment,
    list_payments,
    request_payment,
)
from ledger.programmes.trust.remuneration import RemunerationBlocked
from ledger.programmes.trust.waiting_payments import PaymentWaitsAlready
from tests.trust.estate import FIRST_PERIOD, Estate, create_estate

#: What every bank account of these tests holds at first, fen.
HELD = 10_000_000


async def funded_estate(engine: AsyncEngine) -> Estate:
    """An estate whose bank account holds enough for what is paid here."""
    estate = await create_estate(engine)
    await estate.run(
        record_bank_event,
        BankEvent.INTEREST,
        bank_account_id=estate.bank,
        amount=HELD,
        booking=estate.booking(),
    )
    return estate


async def owe(estate: Estate, amount: int) -> None:
    """A cleaning bill of the supplier 洁净."""
    if "洁净" not in estate.ids:
        await estate.add("supplier", "洁净")
    await estate.run(
        accrue_expense,
        supplier_id=estate.ids["洁净"],
        expense_account="5103",
        amount=amount,
        booking=estate.booking(),
    )


async def ask(estate: Estate, amount: int, **more: object) -> Payment:
    wanted = {
        "event": "TR12",
        "payee_id": estate.ids.get("洁净"),
        "bank_account_id": estate.bank,
        "purpose": "三月保洁",
        "key": uuid7(),
        "caller_id": estate.manager,
        **more,
    }
    return await estate.run(request_payment, amount=amount, **wanted)


async def approve(estate: Estate, payment: Payment, **more: object) -> object:
    booking = more.pop("booking", None) or estate.booking(estate.committee)
    return await estate.run(approve_payment, payment_id=payment.payment_id, booking=booking, **more)


async def test_a_payment_is_booked_at_the_second_signature(engine: AsyncEngine) -> None:
    estate = await funded_estate(engine)
    await owe(estate, 600000)
    payment = await ask(estate, 600000)
    assert payment.status == "requested"
    assert await estate.balance("1002", estate.bank) == HELD
    cash = CashDetail(counterparty="洁净公司", order_no="发票 17")
    outcome = await approve(estate, payment, cash=cash)
    assert await estate.balance("1002", estate.bank) == HELD - 600000
    assert await estate.balance("2201", "洁净") == 0
    assert await estate.balance("5103") == 600000
    async with read_transaction(engine, tenant_id=estate.tenant_id) as conn:
        (stands,) = await list_payments(conn, tenant_id=estate.tenant_id, limit=10)
        assert (
            await list_payments(conn, tenant_id=estate.tenant_id, limit=10, status="requested")
            == []
        )
    assert (stands.status, stands.requested_by, stands.decided_by, stands.entry_id) == (
        "approved",
        estate.manager,
        estate.committee,
        outcome.entry_id,
    )


async def test_nobody_signs_twice(engine: AsyncEngine) -> None:
    estate = await funded_estate(engine)
    await owe(estate, 1000)
    payment = await ask(estate, 1000)
    with pytest.raises(SecondSignatureNeeded):
        await approve(estate, payment, booking=estate.booking(estate.manager))
    with pytest.raises(SecondSignatureNeeded):
        await estate.run(
            decline_payment,
            payment_id=payment.payment_id,
            caller_id=estate.manager,
            reason="doch nicht",
        )
    assert await estate.balance("2201", "洁净") == 1000


@pytest.mark.parametrize("requested_by", ["manager", "committee"])
async def test_the_database_itself_refuses_one_person_for_both(
    engine: AsyncEngine, requested_by: str
) -> None:
    """As requester, or by claiming that somebody else had asked."""
    estate = await funded_estate(engine)
    await owe(estate, 1000)
    payment = await ask(estate, 1000)
    statement = """
        INSERT INTO programmes.trust_payment_decision
            (tenant_id, payment_id, requested_by, decided_by, verdict, entry_id, decided_at)
        VALUES ($1, $2, $3, $4, 'approved', $2, now())
    """
    with pytest.raises(IntegrityError):
        await estate.write(
            lambda conn: execute(
                conn,
                statement,
                estate.tenant_id,
                payment.payment_id,
                getattr(estate, requested_by),
                estate.manager,
            )
        )


async def test_approvals_at_once_pay_once(engine: AsyncEngine) -> None:
    estate = await funded_estate(engine)
    await owe(estate, 5000)
    payment = await ask(estate, 1000)
    signers = [estate.committee, estate.clerk] * 3
    results = await asyncio.gather(
        *(approve(estate, payment, booking=estate.booking(signer)) for signer in signers),
        return_exceptions=True,
    )
    assert [type(result) for result in results].count(PaymentDecided) == 5
    assert await estate.balance("2201", "洁净") == 4000


async def test_an_approval_sent_twice_is_booked_once(engine: AsyncEngine) -> None:
    estate = await funded_estate(engine)
    await owe(estate, 5000)
    payment = await ask(estate, 1000)
    booking = estate.booking(estate.committee)
    first = await approve(estate, payment, booking=booking)
    again = await approve(estate, payment, booking=booking)
    assert (again.entry_id, again.replayed) == (first.entry_id, True)
    with pytest.raises(PaymentDecided):
        await approve(estate, payment)
    assert await estate.balance("2201", "洁净") == 4000


async def test_a_request_sent_twice_is_one_request(engine: AsyncEngine) -> None:
    estate = await funded_estate(engine)
    await owe(estate, 5000)
    key = uuid7()
    assert await ask(estate, 1000, key=key) == await ask(estate, 1000, key=key)
    with pytest.raises(IdempotencyConflict) as caught:
        await ask(estate, 1001, key=key)
    assert caught.value.attributes() == {"field": "amount"}


async def pay_elsewhere(estate: Estate, amount: int) -> Outcome:
    """The supplier is paid past the requests."""
    outcome: Outcome = await estate.run(
        post_event,
        "TR12",
        key=uuid7(),
        caller_id=estate.clerk,
        occurred_at=now(),
        owners={"supplier": estate.ids["洁净"], "bank": estate.bank},
        amounts={"paid": amount},
    )
    return outcome


async def test_more_than_is_owed_is_not_paid_and_leaves_no_signature(engine: AsyncEngine) -> None:
    estate = await funded_estate(engine)
    await owe(estate, 1000)
    payment = await ask(estate, 1000)
    await pay_elsewhere(estate, 1)
    with pytest.raises(InsufficientBalance):
        await approve(estate, payment)
    await owe(estate, 1)
    await approve(estate, payment)
    assert await estate.balance("2201", "洁净") == 0


async def test_what_is_not_owed_is_not_asked_for(engine: AsyncEngine) -> None:
    estate = await funded_estate(engine)
    await owe(estate, 1000)
    with pytest.raises(InsufficientBalance) as caught:
        await ask(estate, 1001)
    facts = caught.value.attributes()
    assert (facts["available"], facts["needed"], facts["unit"]) == (1000, 1001, "fen")
    for _ in range(2):  # nothing is owed before a cost
        await ask(estate, 5000, event="TR10", payee_id=None)


async def test_what_waits_counts_until_it_is_decided(engine: AsyncEngine) -> None:
    estate = await funded_estate(engine)
    await owe(estate, 1000)
    first = await ask(estate, 700)
    with pytest.raises(PaymentWaitsAlready) as caught:
        await ask(estate, 301)
    assert caught.value.attributes() == {
        "approval": str(first.payment_id),
        "available": 1000,
        "held": 700,
        "needed": 301,
        "unit": "fen",
    }
    second = await ask(estate, 300)
    no = {"caller_id": estate.committee, "reason": "无发票"}
    await estate.run(decline_payment, payment_id=second.payment_id, **no)
    await approve(estate, first)
    await ask(estate, 300)


async def test_of_requests_at_once_as_many_pass_as_the_debt_covers(engine: AsyncEngine) -> None:
    estate = await funded_estate(engine)
    await owe(estate, 1000)
    results = await asyncio.gather(*(ask(estate, 400) for _ in range(5)), return_exceptions=True)
    assert [type(one) for one in results].count(Payment) == 2
    assert [type(one) for one in results].count(PaymentWaitsAlready) == 3


async def test_the_purpose_is_the_text_of_the_entry_and_names_nobody(engine: AsyncEngine) -> None:
    estate = await funded_estate(engine)
    await owe(estate, 1000)
    outcome = await approve(estate, await ask(estate, 400))
    own = await approve(
        estate, await ask(estate, 600), booking=estate.booking(estate.committee, memo="补付")
    )
    async with read_transaction(engine, tenant_id=estate.tenant_id) as conn:
        entries = [
            await get_entry(conn, tenant_id=estate.tenant_id, entry_id=one.entry_id)
            for one in (outcome, own)
        ]
    assert [one.memo for one in entries] == ["三月保洁", "补付"]
    with pytest.raises(InvalidInput) as caught:
        await ask(estate, 1, purpose="退张三 13812345678")
    assert caught.value.attributes()["field"] == "purpose"


async def test_a_declined_payment_stays_declined(engine: AsyncEngine) -> None:
    estate = await funded_estate(engine)
    await owe(estate, 1000)
    payment = await ask(estate, 1000)
    no = {"payment_id": payment.payment_id, "caller_id": estate.committee, "reason": "无发票"}
    declined = await estate.run(decline_payment, **no)
    assert (declined.status, declined.reason, declined.entry_id) == ("declined", "无发票", None)
    assert await estate.run(decline_payment, **no) == declined
    for signer in (estate.committee, estate.clerk):
        with pytest.raises(PaymentDecided):
            await approve(estate, payment, booking=estate.booking(signer))
    with pytest.raises(NotFound):
        await estate.run(approve_payment, payment_id=uuid7(), booking=estate.booking())


@pytest.mark.parametrize(
    "wrong", [{"event": "TR02"}, {"payee_id": None}, {"event": "TR19"}, {"amount": 0}]
)
async def test_a_request_that_cannot_be_right_is_refused(
    engine: AsyncEngine, wrong: dict[str, object]
) -> None:
    estate = await funded_estate(engine)
    await owe(estate, 1000)
    with pytest.raises(InvalidInput):
        await ask(estate, **{"amount": 1000, **wrong})


async def test_no_remuneration_while_the_trustee_owes_the_trust(engine: AsyncEngine) -> None:
    estate = await funded_estate(engine)
    trustee = uuid7()
    names = [AccountName("TR", code, trustee) for code in ("1222", "2202")]
    await estate.run(open_accounts, names=names)

    async def post(event: str, owners: dict[str, object], **amounts: int) -> None:
        await estate.run(
            post_event,
            event,
            key=uuid7(),
            caller_id=estate.clerk,
            occurred_at=now(),
            owners=owners,
            amounts=amounts,
        )

    with_bank = {"trustee": trustee, "bank": estate.bank}
    await post("TR13", {"trustee": trustee}, remuneration=1000)
    await post("TR28", with_bank, taken=500)
    payment = await ask(estate, 1000, event="TR14", payee_id=trustee)
    with pytest.raises(RemunerationBlocked):
        await approve(estate, payment)
    await post("TR47", with_bank, restored=500)
    await approve(estate, payment)
    assert await estate.balance("2202", trustee) == 0


async def test_money_out_on_one_signature_is_found(engine: AsyncEngine) -> None:
    estate = await funded_estate(engine)
    await owe(estate, 3000)
    await approve(estate, await ask(estate, 1000))
    *_, large = [
        await estate.run(
            record_bank_event,
            BankEvent.BANK_FEE,
            bank_account_id=estate.bank,
            amount=amount,
            booking=estate.booking(),
        )
        for amount in (500, 20000, 20001)
    ]
    alone = [large.entry_id] + [
        (await pay_elsewhere(estate, amount)).entry_id for amount in (1200, 800)
    ]
    when: dict[str, Any] = {"first": date(2025, 1, 1), "last": today()}
    async with read_transaction(engine, tenant_id=estate.tenant_id) as conn:
        found = await list_unsigned_outflows(conn, tenant_id=estate.tenant_id, **when)
        (first,) = await list_unsigned_outflows(conn, tenant_id=estate.tenant_id, limit=1, **when)
        rest = await list_unsigned_outflows(
            conn, tenant_id=estate.tenant_id, after=(first.booked_on, first.entry_id), **when
        )
    assert {(one.entry_id, one.amount_fen) for one in found} == set(
        zip(alone, (20001, 1200, 800), strict=True)
    )
    assert [first, *rest] == found


async def test_a_higher_limit_hides_no_fee_of_days_before_it(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    march, higher, lower = date(2025, 3, 5), date(2025, 4, 1), date(2025, 6, 1)
    approved_at = datetime(2025, 3, 20, 12, tzinfo=SHANGHAI)
    for amount, day in ((90000, higher), (100, lower)):
        proposal_id = await estate.write(
            partial(
                propose_policy,
                org_unit_id=None,
                key="trust.bank_fee_listed_over",
                value=amount,
                valid_from=day,
                document_no="业主大会 2025-4",
                caller_id=estate.manager,
            )
        )
        await estate.write(
            partial(
                approve_policy,
                proposal_id=proposal_id,
                caller_id=estate.committee,
                at=approved_at,
            )
        )
    fees = [(30000, march), (30000, higher), (200, date(2025, 5, 31)), (200, lower)]
    for amount, day in fees:
        await estate.run(
            record_bank_event,
            BankEvent.BANK_FEE,
            bank_account_id=estate.bank,
            amount=amount,
            booking=estate.booking(booked_on=day),
        )

    async def found(first: date, last: date) -> list[date]:
        when = {"first": first, "last": last}
        return [one.booked_on for one in await estate.run(list_unsigned_outflows, **when)]

    assert await found(FIRST_PERIOD, today()) == [march, lower]
    assert await found(march, march) == [march]
    assert await found(higher, today()) == [lower]


async def test_what_the_bank_and_the_public_bring(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    for event, amount, account, balance in (
        (BankEvent.INTEREST, 3120, "4301", 3120),
        (BankEvent.PARKING, 8500, "4201", 8500),
        (BankEvent.SITE_RENT, 3000, "4203", 3000),
        (BankEvent.BANK_FEE, 500, "5402", 500),
    ):
        await estate.run(
            record_bank_event,
            event,
            bank_account_id=estate.bank,
            amount=amount,
            booking=estate.booking(),
        )
        assert await estate.balance(account) == balance
    assert await estate.balance("1002", estate.bank) == 3120 + 8500 + 3000 - 500
    contract = await estate.add("contract", "电梯广告")
    due = {"contract_id": contract, "amount": 10000}
    with pytest.raises(EventAccountNotAllowed):
        await estate.run(bill_revenue, revenue_account="4101", booking=estate.booking(), **due)
    await estate.run(bill_revenue, revenue_account="4202", booking=estate.booking(), **due)
    await estate.run(
        record_revenue_receipt, bank_account_id=estate.bank, booking=estate.booking(), **due
    )
    assert await estate.balance("1123", contract) == 0
    with pytest.raises(InsufficientBalance):
        await estate.run(
            record_revenue_receipt, bank_account_id=estate.bank, booking=estate.booking(), **due
        )


async def test_no_more_is_paid_than_the_bank_account_holds(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    await owe(estate, 3000)
    with pytest.raises(InsufficientBalance):
        await ask(estate, 1000)
    fund = {"bank_account_id": estate.bank, "amount": 1500}
    await estate.run(record_bank_event, BankEvent.INTEREST, booking=estate.booking(), **fund)
    asked = [await ask(estate, 1000) for _ in range(2)]
    # both fit when asked for; approved at once, one has to wait for more money
    results = await asyncio.gather(*[approve(estate, one) for one in asked], return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["InsufficientBalance", "Outcome"]
    assert await estate.balance("1002", estate.bank) == 500
    async with read_transaction(engine, tenant_id=estate.tenant_id) as conn:
        left = await list_payments(conn, tenant_id=estate.tenant_id, limit=9, status="requested")
    assert len(left) == 1, "no signature stays behind"
