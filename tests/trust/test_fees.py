"""Fees: billed once a unit and month, what was paid ahead first, receipts against what is due."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.idempotency import fingerprint
from ledger.books.refusals import IdempotencyConflict, PeriodNotOpen
from ledger.books.reversals import ReversalRequest, reverse_entry
from ledger.clock import month_of, now, today
from ledger.database import fetch_all, read_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.identifiers import uuid7
from ledger.programmes.trust.bank_events import BankEvent, record_bank_event, settle_provider
from ledger.programmes.trust.bookings import CashDetail
from ledger.programmes.trust.fees import (
    BillingTotals,
    FeeBill,
    FeeRateMissing,
    FeeRateRetroactive,
    bill_fees,
    list_fee_bills,
    monthly_fee,
    set_fee_rate,
)
from ledger.programmes.trust.receipts import (
    identify_receipt,
    record_code_receipt,
    record_deposit,
    record_receipt,
)
from ledger.programmes.trust.units import UnitRegistered, get_unit, list_units
from tests.trust.estate import Estate, create_estate

MARCH, APRIL = date(2025, 3, 1), date(2025, 4, 1)
FEE = 18500


async def bill(estate: Estate, month: date = MARCH, **more: object) -> BillingTotals:
    return await estate.run(bill_fees, month=month, booking=estate.booking(**more))


async def receive(estate: Estate, room: str, amount: int, **more: object) -> object:
    wanted = {"booking": estate.booking(), **more}
    return await estate.run(
        record_receipt,
        unit_id=estate.ids[room],
        amount=amount,
        bank_account_id=estate.bank,
        **wanted,
    )


@pytest.mark.parametrize(
    ("area_dm2", "fen_per_m2", "fee"),
    [(10000, 185, 18500), (8935, 185, 16530), (8930, 185, 16521), (1, 49, 0), (1, 50, 1)],
)
def test_fee_is_area_times_rate_half_up(area_dm2: int, fen_per_m2: int, fee: int) -> None:
    # 89.35 m² at 1.85 yuan are 165.2975 yuan; 89.30 m² are 165.205
    assert monthly_fee(area_dm2, fen_per_m2) == fee


async def test_billing_twice_is_billing_once(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    assert await bill(estate) == BillingTotals(3, 3 * FEE, 0, 3)
    assert await bill(estate) == BillingTotals(3, 3 * FEE, 0, 0)
    assert await bill(estate, caller_id=estate.manager) == BillingTotals(3, 3 * FEE, 0, 0)
    assert await estate.balance("1122", "101") == FEE
    assert await estate.balance("4101") == 3 * FEE
    await estate.add_unit("301", area_dm2=5000)
    assert await bill(estate) == BillingTotals(4, 3 * FEE + 9250, 0, 1)


async def test_two_runs_at_once_bill_each_unit_once(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    totals = await asyncio.gather(*(bill(estate) for _ in range(4)))
    assert sorted(total.new_units for total in totals) == [0, 0, 0, 3]
    assert await estate.balance("4101") == 3 * FEE


async def test_what_was_paid_ahead_is_taken_first(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    await receive(estate, "101", 20000)  # nothing is due yet
    assert await estate.balance("2203", "101") == 20000
    assert await bill(estate, MARCH) == BillingTotals(3, 3 * FEE, FEE, 3)
    assert await estate.balance("1122", "101") == 0
    assert await bill(estate, APRIL) == BillingTotals(3, 3 * FEE, 1500, 3)
    assert await estate.balance("2203", "101") == 0
    assert await estate.balance("1122", "101") == FEE - 1500
    assert await estate.balance("4101") == 6 * FEE


async def undo(estate: Estate, entry_id: UUID) -> None:
    await estate.run(
        reverse_entry,
        request=ReversalRequest(
            entry_id=uuid7(),
            caller_id=estate.committee,
            key=uuid7(),
            occurred_at=now(),
            booked_on=today(),
            original_entry_id=entry_id,
            fingerprint=fingerprint("test", [entry_id]),
        ),
    )


async def test_a_reversed_bill_counts_no_more_and_the_month_is_billed_anew(
    engine: AsyncEngine,
) -> None:
    estate = await create_estate(engine)
    await receive(estate, "101", 1000)
    await bill(estate)

    async def bills() -> list[FeeBill]:
        wanted = {"unit_id": estate.ids["101"], "limit": 9}
        found: list[FeeBill] = await estate.run(list_fee_bills, **wanted)
        return found

    (first,) = await bills()
    assert first.billed_entry_id is not None
    assert first.recognised_entry_id is not None
    await undo(estate, first.billed_entry_id)
    assert await bill(estate) == BillingTotals(3, 2 * FEE + 1000, 1000, 0), "a part of it stands"
    assert [one.reversed_fen for one in await bills()] == [FEE - 1000]
    await undo(estate, first.recognised_entry_id)
    assert [one.reversed_fen for one in await bills()] == [FEE]
    totals = await asyncio.gather(*(bill(estate) for _ in range(3)))
    assert sorted(total.new_units for total in totals) == [0, 0, 1]
    assert {(total.units, total.amount_fen) for total in totals} == {(3, 3 * FEE)}
    found = await bills()
    assert [(one.bill_no, one.reversed_fen) for one in found] == [(1, FEE), (2, 0)]
    assert found[0].billed_entry_id == first.billed_entry_id
    assert await estate.balance("1122", "101") == FEE - 1000
    assert await estate.balance("4101") == 3 * FEE
    page = {"limit": 9, "after": (MARCH, estate.ids["101"], 1), "unit_id": estate.ids["101"]}
    assert await estate.run(list_fee_bills, **page) == found[1:]


async def test_a_month_whose_bills_are_all_reversed_takes_another_rate(
    engine: AsyncEngine,
) -> None:
    estate = await create_estate(engine)
    await bill(estate)
    for one in await estate.run(list_fee_bills, limit=9):
        await undo(estate, one.billed_entry_id)
    rate = {"document_no": "2025-1", "caller_id": estate.committee}
    await estate.run(set_fee_rate, valid_from=MARCH, fen_per_m2=200, **rate)
    assert await bill(estate) == BillingTotals(3, 3 * 20000, 0, 3)


async def test_a_unit_is_billed_from_its_first_month(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    await estate.add_unit("301", billed_from=date(2025, 3, 31))
    await estate.add_unit("302", billed_from=APRIL)
    assert (await bill(estate, MARCH)).new_units == 4
    assert (await bill(estate, APRIL)).new_units == 5


async def test_rates_begin_with_months_that_are_not_billed(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    rate = {"document_no": "2025-1", "caller_id": estate.committee}
    await bill(estate, MARCH)
    with pytest.raises(FeeRateRetroactive) as caught:
        await estate.run(set_fee_rate, valid_from=MARCH, fen_per_m2=200, **rate)
    assert caught.value.attributes() == {"earliest": APRIL}
    await estate.run(set_fee_rate, valid_from=APRIL, fen_per_m2=200, **rate)
    await bill(estate, APRIL)
    assert await estate.balance("1122", "101") == FEE + 20000
    for wrong in ({"valid_from": date(2026, 1, 2)}, {"fen_per_m2": 0}):
        wanted = {"valid_from": date(2026, 1, 1), "fen_per_m2": 210, **wrong, **rate}
        with pytest.raises(InvalidInput):
            await estate.run(set_fee_rate, **wanted)
    with pytest.raises(FeeRateMissing):
        await bill(estate, date(2024, 12, 1))


async def test_a_wrong_year_bills_nobody_and_fixes_no_rate(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    next_month = month_of(month_of(today()) + timedelta(days=31))
    await bill(estate, next_month)
    later = month_of(next_month + timedelta(days=31))
    for month in (later, date(2926, 3, 1)):
        with pytest.raises(InvalidInput) as caught:
            await bill(estate, month)
        assert caught.value.attributes()["field"] == "month"
    rate = {"fen_per_m2": 200, "document_no": "2025-2", "caller_id": estate.committee}
    with pytest.raises(InvalidInput):
        await estate.run(set_fee_rate, valid_from=date(2926, 1, 1), **rate)
    await estate.run(set_fee_rate, valid_from=later, **rate)


async def test_a_closed_period_stops_the_whole_run(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    with pytest.raises(PeriodNotOpen):
        await bill(estate, MARCH, booked_on=date(2024, 12, 31))
    assert await estate.balance("4101") == 0
    assert (await bill(estate, MARCH)).new_units == 3, "nothing of the refused run is left"


async def test_receipts_pay_what_is_due_and_the_rest_is_ahead(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    await bill(estate)
    for amount, due, ahead in ((8500, 10000, 0), (10500, 0, 500), (100, 0, 600)):
        await receive(estate, "101", amount)
        assert await estate.balance("1122", "101") == due
        assert await estate.balance("2203", "101") == ahead
    assert await estate.balance("1002", estate.bank) == 19100
    async with read_transaction(engine, tenant_id=estate.tenant_id) as conn:
        found = await get_unit(conn, tenant_id=estate.tenant_id, unit_id=estate.ids["101"])
    assert (found.receivable_fen, found.prepaid_fen) == (0, 600)
    with pytest.raises(InvalidInput):
        await receive(estate, "101", 0)
    estate.ids["999"] = uuid7()
    with pytest.raises(NotFound):
        await receive(estate, "999", 100)


async def test_receipts_at_once_never_pay_more_than_is_due(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    await bill(estate)
    await asyncio.gather(*(receive(estate, "101", 5000) for _ in range(6)))
    assert await estate.balance("1122", "101") == 0
    assert await estate.balance("2203", "101") == 30000 - FEE


async def test_a_receipt_sent_twice_is_booked_once(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    await bill(estate)
    booking = estate.booking()
    first = await receive(estate, "101", 20000, booking=booking)
    again = await receive(estate, "101", 20000, booking=booking)
    assert (again.entry_id, again.replayed) == (first.entry_id, True)
    assert await estate.balance("1002", estate.bank) == 20000
    with pytest.raises(IdempotencyConflict) as caught:
        await receive(estate, "101", 20001, booking=booking)
    assert caught.value.attributes() == {"field": "amount"}


async def test_cash_entries_keep_what_the_bank_may_say(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    await bill(estate)
    await estate.add("psp", "微信支付")
    cash = CashDetail(counterparty="王小明", channel="wechat", order_no="WX-1")
    await receive(estate, "102", 100)
    await receive(estate, "101", 100, cash=CashDetail(counterparty="李四", room="1-101/102"))
    await estate.run(
        record_code_receipt,
        unit_id=estate.ids["201"],
        amount=20000,
        provider_id=estate.ids["微信支付"],
        booking=estate.booking(),
        cash=cash,
    )
    async with read_transaction(engine, tenant_id=estate.tenant_id) as conn:
        rows = await fetch_all(
            conn,
            "SELECT counterparty, room, channel, order_no FROM programmes.trust_cash_detail"
            " ORDER BY entry_id",
        )
    assert [tuple(row) for row in rows] == [
        (None, "1-102", "bank", None),
        ("李四", "1-101/102", "bank", None),
        ("王小明", "1-201", "wechat", "WX-1"),
    ]


async def test_payment_by_code_is_in_transit_until_the_provider_settles(
    engine: AsyncEngine,
) -> None:
    estate = await create_estate(engine)
    provider = await estate.add("psp", "支付宝")
    await bill(estate)
    cash = CashDetail(channel="alipay", order_no="A-1")
    for amount in (FEE, 1000):  # the second is paid ahead
        await estate.run(
            record_code_receipt,
            unit_id=estate.ids["101"],
            amount=amount,
            provider_id=provider,
            booking=estate.booking(),
            cash=cash,
        )
    assert await estate.balance("1003", provider) == FEE + 1000
    assert await estate.balance("2203", "101") == 1000
    await estate.run(
        settle_provider,
        provider_id=provider,
        bank_account_id=estate.bank,
        net=FEE + 1000 - 117,
        fee=117,
        booking=estate.booking(),
        cash=cash,
    )
    assert await estate.balance("1003", provider) == 0
    assert await estate.balance("5402") == 117


async def test_unidentified_money_finds_its_unit(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    await bill(estate)
    await estate.run(
        record_bank_event,
        BankEvent.UNIDENTIFIED,
        bank_account_id=estate.bank,
        amount=36000,
        booking=estate.booking(),
    )
    for amount in (20000, 16000):
        await estate.run(
            identify_receipt,
            unit_id=estate.ids["102"],
            amount=amount,
            booking=estate.booking(),
        )
    assert await estate.balance("2291") == 0
    assert await estate.balance("1122", "102") == 0
    assert await estate.balance("2203", "102") == 36000 - FEE


async def test_a_room_is_registered_once_and_has_all_its_accounts(engine: AsyncEngine) -> None:
    estate = await create_estate(engine)
    with pytest.raises(UnitRegistered):
        await estate.add_unit("101")
    with pytest.raises(InvalidInput):
        await estate.add_unit("401", area_dm2=0)
    await estate.run(
        record_deposit,
        unit_id=estate.ids["101"],
        amount=200000,
        bank_account_id=estate.bank,
        booking=estate.booking(),
    )
    async with read_transaction(engine, tenant_id=estate.tenant_id) as conn:
        page = await list_units(conn, tenant_id=estate.tenant_id, limit=2)
        assert [unit.label for unit in page] == ["1-101", "1-102"]
        assert page[0].deposit_fen == 200000
        rest = await list_units(conn, tenant_id=estate.tenant_id, limit=2, after=page[-1])
        assert [unit.label for unit in rest] == ["1-201"]
