"""Purchases: priced at capture, capped, refundable for a while, found again."""

import asyncio
from datetime import date, timedelta

import msgspec
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.clock import business_date, now
from ledger.database import read_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.identifiers import uuid7
from ledger.programmes.redemption.checkout import new_capture, redeem
from ledger.programmes.redemption.commands import AUTHORISE, CAPTURE
from ledger.programmes.redemption.contracts import (
    ContractRetroactive,
    RateTooHigh,
    find_contract,
    less_discount,
    list_contracts,
    price,
)
from ledger.programmes.redemption.purchases import (
    DayTotals,
    Purchase,
    PurchaseStatus,
    find_by_reference,
    get_purchase,
    list_day,
    list_purchases,
    total_day,
)
from ledger.programmes.redemption.terms import get_terms
from tests.redemption.market import (
    CONTRACT_FROM,
    Market,
    create_market,
    days_ago,
    noon,
)


async def look(market: Market, purchase: str) -> Purchase:
    """The purchase as it stands."""
    async with read_transaction(market.engine, tenant_id=market.tenant_id) as conn:
        return await get_purchase(
            conn, tenant_id=market.tenant_id, redemption_id=market.purchases[purchase][0]
        )


@pytest.mark.parametrize(
    ("rate", "share", "points", "value", "payable"),
    [
        (1000, 0, 5000, 500, 500),  # 50.00 points at 10 fen: 5.00 yuan
        (1000, 0, 5, 1, 1),  # half a fen rounds up
        (1000, 0, 4, 0, 0),
        (1250, 0, 10000, 1250, 1250),
        (333, 0, 5000, 167, 167),  # 166.5 fen
        (1000, 500, 10000, 1000, 950),  # the merchant bears 5 %
        (1000, 3333, 100, 10, 7),  # 3.333 fen round to 3
        (1000, 10000, 10000, 1000, 0),
        (0, 0, 10000, 0, 0),
    ],
)
async def test_price_is_that_of_the_capture_half_up(
    engine: AsyncEngine, rate: int, share: int, points: int, value: int, payable: int
) -> None:
    market = await create_market(engine)
    await market.add_merchant("M3", fen_per_100_points=rate, discount_share_bp=share)
    await market.authorise("P1", "V1", "M3", points)
    await market.capture("P1")
    found = await look(market, "P1")
    assert (found.value_fen, found.payable_fen) == (value, payable)
    assert price(points, rate) == value
    assert less_discount(value, share) == payable


async def test_refunds_in_parts_take_back_the_value_to_the_fen(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    await market.add_merchant("M3", fen_per_100_points=333, discount_share_bp=777)
    await market.authorise("P1", "V1", "M3", 9999)
    await market.capture("P1")
    for amount in (1, 3333, 5, 6659):
        assert (await market.refund("P1", amount)).refusal is None
        found = await look(market, "P1")
        left = found.captured - found.refunded
        assert found.value_fen == price(left, 333)
        assert found.payable_fen == less_discount(price(left, 333), 777)
    await market.refund("P1")
    found = await look(market, "P1")
    assert (found.refunded, found.value_fen, found.payable_fen) == (9999, 0, 0)


async def test_a_new_rate_reprices_nothing(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    today = business_date(now())
    yesterday = noon(today - timedelta(days=1))
    for name in ("P1", "P2"):
        await market.authorise(name, "V1", "M1", 1000, occurred_at=yesterday)
    await market.capture("P1", occurred_at=yesterday)
    await market.agree("M1", valid_from=today, fen_per_100_points=2000)
    await market.capture("P2")
    assert (await look(market, "P1")).value_fen == 100
    assert (await look(market, "P2")).value_fen == 200
    await market.refund("P1")
    assert (await look(market, "P1")).value_fen == 0


async def test_contract_versions_never_go_back(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    today = business_date(now())
    first = await market.agree("M1", fen_per_100_points=1000)
    assert first.valid_from == CONTRACT_FROM, "the same version again changes nothing"
    with pytest.raises(ContractRetroactive):
        await market.agree("M1", fen_per_100_points=1001)
    await market.authorise("P1", "V1", "M1", 100)
    await market.capture("P1")
    with pytest.raises(ContractRetroactive) as caught:
        await market.agree("M1", valid_from=today, fen_per_100_points=1001)
    assert caught.value.attributes() == {"earliest": today + timedelta(days=1)}
    await market.agree("M1", valid_from=today + timedelta(days=1), status="ended")
    market.ids["M9"] = uuid7()
    with pytest.raises(NotFound):
        await market.agree("M9")
    for wrong in ({"fen_per_100_points": -1}, {"discount_share_bp": 10001}):
        with pytest.raises(InvalidInput):
            await market.agree("M2", valid_from=date(2099, 1, 1), **wrong)
    async with read_transaction(engine, tenant_id=market.tenant_id) as conn:
        of_m1 = {"tenant_id": market.tenant_id, "merchant_id": market.ids["M1"]}
        assert [version.status for version in await list_contracts(conn, **of_m1)] == [
            "active",
            "ended",
        ]
        assert await find_contract(conn, **of_m1, on=today) == first
        assert await find_contract(conn, **of_m1, on=today + timedelta(days=1)) is None
        assert await find_contract(conn, **of_m1, on=date(2024, 12, 31)) is None


async def test_no_way_agrees_a_rate_nobody_means_nor_before_the_first_month(
    engine: AsyncEngine,
) -> None:
    market = await create_market(engine)
    await market.add_merchant("M3", agreed=False)
    with pytest.raises(RateTooHigh) as high:
        await market.agree("M3", fen_per_100_points=5001)
    assert high.value.attributes() == {"rate": 5001, "highest": 5000}
    with pytest.raises(ContractRetroactive) as early:
        await market.agree("M3", valid_from=CONTRACT_FROM - timedelta(days=1))
    assert early.value.attributes() == {"earliest": CONTRACT_FROM}
    agreed = await market.agree("M3", valid_from=CONTRACT_FROM, fen_per_100_points=5000)
    assert agreed.fen_per_100_points == 5000


async def test_without_a_contract_in_force_nothing_is_taken(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    today = business_date(now())
    await market.add_merchant("M3", agreed=False)
    assert (await market.authorise("P1", "V1", "M3", 1)).refusal == "merchant_without_contract"
    await market.agree("M3", valid_from=today + timedelta(days=1))
    assert (await market.authorise("P1", "V1", "M3", 1)).refusal == "merchant_without_contract"
    await market.authorise("P2", "V1", "M1", 1, occurred_at=days_ago(1))
    await market.agree("M1", valid_from=today, status="ended")
    assert (await market.capture("P2")).refusal == "merchant_without_contract"
    assert (await market.void("P2")).refusal is None


async def test_rate_comes_from_the_policy_when_none_is_agreed(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    await market.add_merchant("M3", fen_per_100_points=None)
    async with read_transaction(engine, tenant_id=market.tenant_id) as conn:
        (version,) = await list_contracts(
            conn, tenant_id=market.tenant_id, merchant_id=market.ids["M3"]
        )
    assert version.fen_per_100_points == 1000


async def test_caps_count_what_is_held_and_taken_on_the_day(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    market.terms = msgspec.structs.replace(market.terms, daily_cap=6000, merchant_cap=3000)
    assert (await market.authorise("P1", "V1", "M1", 3001)).refusal == "merchant_cap_exceeded"
    assert (await market.authorise("P1", "V1", "M1", 3000)).refusal is None
    refused = await market.authorise("P2", "V1", "M1", 1)
    assert refused.refusal == "merchant_cap_exceeded"
    assert refused.detail == {"cap": 3000, "spent": 3000, "needed": 1}
    assert (await market.authorise("P3", "V1", "M2", 3001)).refusal == "daily_cap_exceeded"
    assert (await market.authorise("P3", "V1", "M2", 2000)).refusal is None
    await market.capture("P1", 1000)  # 2,000 are free again
    assert (await market.authorise("P4", "V1", "M1", 2001)).refusal == "merchant_cap_exceeded"
    assert (await market.authorise("P4", "V1", "M1", 2000)).refusal is None
    await market.void("P4")
    await market.refund("P1", 500)
    assert (await market.authorise("P5", "V1", "M1", 2500)).refusal is None
    tomorrow_was = await market.authorise("P6", "V1", "M1", 3000, occurred_at=days_ago(1))
    assert tomorrow_was.refusal is None, "another business day has its own caps"


async def test_caps_hold_within_a_batch_and_between_connections(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    market.terms = msgspec.structs.replace(market.terms, daily_cap=1000)
    batch = [market.authorisation("V1", "M1", 400) for _ in range(4)]
    outcomes = await market.run(AUTHORISE, *batch)
    assert [o.refusal for o in outcomes] == [None, None] + ["daily_cap_exceeded"] * 2
    await market.add_member("V3")
    await market.give("V3", 10000)
    commands = [market.authorisation("V3", "M1", 300) for _ in range(12)]
    rows = await asyncio.gather(*(market.run(AUTHORISE, command) for command in commands))
    assert sum(outcome.refusal is None for (outcome,) in rows) == 3
    assert await market.balance("V3", "2102") == 900


async def test_a_transaction_number_names_one_purchase(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    number = {"merchant_reference": "20251101-17", "terminal": "T1"}
    await market.authorise("P1", "V1", "M1", 100, **number)
    again = await market.authorise("P2", "V1", "M1", 100, **number)
    assert again.refusal == "merchant_reference_used"
    assert again.detail is not None
    assert again.detail["redemption"] == str(market.purchases["P1"][0])
    for other in ({**number, "terminal": "T2"}, {**number, "merchant_reference": "18"}):
        assert (await market.authorise("P3", "V1", "M1", 100, **other)).refusal is None
    assert (await market.authorise("P4", "V1", "M2", 100, **number)).refusal is None
    async with read_transaction(engine, tenant_id=market.tenant_id) as conn:
        of_m1 = {"tenant_id": market.tenant_id, "merchant_id": market.ids["M1"]}
        found = await find_by_reference(conn, **of_m1, merchant_reference="20251101-17")
        assert {purchase.terminal for purchase in found} == {"T1", "T2"}
        (one,) = await find_by_reference(
            conn, **of_m1, merchant_reference="20251101-17", terminal="T1"
        )
        assert one.redemption_id == market.purchases["P1"][0]


async def test_one_transaction_number_from_many_connections(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    commands = [
        market.authorisation("V1", "M1", 100, merchant_reference="1", terminal="T1")
        for _ in range(20)
    ]
    rows = await asyncio.gather(*(market.run(AUTHORISE, command) for command in commands))
    found = sorted(str(outcome.refusal) for (outcome,) in rows)
    assert found == ["None"] + ["merchant_reference_used"] * 19


async def test_another_merchants_purchase_looks_like_a_missing_one(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    await market.authorise("P1", "V1", "M1", 100)
    redemption_id = market.purchases["P1"][0]
    market.purchases["X"] = redemption_id, market.ids["M2"]
    market.purchases["Y"] = uuid7(), market.ids["M1"]
    for name in ("X", "Y"):
        for act in (market.capture, market.void, market.refund):
            outcome = await act(name)
            assert outcome.refusal == "not_found"
            assert outcome.detail == {"kind": "redemption", "id": str(market.purchases[name][0])}
    async with read_transaction(engine, tenant_id=market.tenant_id) as conn:
        with pytest.raises(NotFound):
            await get_purchase(
                conn,
                tenant_id=market.tenant_id,
                redemption_id=redemption_id,
                merchant_id=market.ids["M2"],
            )
    assert (await market.capture("P1")).refusal is None


async def test_replays_and_conflicts_of_every_command(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    keys = {verb: uuid7() for verb in ("authorise", "capture", "refund", "void")}
    first = await market.authorise("P1", "V1", "M1", 1000, key=keys["authorise"])
    again = await market.authorise("P1", "V1", "M1", 1000, key=keys["authorise"])
    assert (again.entry_id, again.replayed) == (first.entry_id, True)
    other = await market.authorise("P9", "V1", "M1", 1001, key=keys["authorise"])
    assert (other.refusal, other.detail) == ("idempotency_conflict", {"field": "amount"})
    for verb, amount in (("capture", 800), ("refund", 300)):
        act = getattr(market, verb)
        first = await act("P1", amount, key=keys[verb])
        again = await act("P1", amount, key=keys[verb])
        assert first.refusal is again.refusal is None
        assert (again.entry_id, again.replayed) == (first.entry_id, True)
        other = await act("P1", amount + 1, key=keys[verb])
        assert other.refusal == "idempotency_conflict"
    refused = await market.void("P1", key=keys["void"])
    again = await market.void("P1", key=keys["void"])
    assert (refused.refusal, again.refusal) == ("hold_already_resolved",) * 2
    assert again.replayed
    assert await market.balance("M1", "2301") == 500


async def test_capture_against_void_at_once_has_one_winner(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    for number in range(10):
        name = f"P{number}"
        await market.authorise(name, "V1", "M1", 100)
        outcomes = await asyncio.gather(
            market.capture(name), market.void(name), market.capture(name, 50)
        )
        won = [outcome for outcome in outcomes if outcome.refusal is None]
        assert len(won) == 1
        assert {o.refusal for o in outcomes if o not in won} == {"hold_already_resolved"}
    assert await market.balance("V1", "2102") == 0


async def test_refunds_at_once_never_exceed_the_capture(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    await market.authorise("P1", "V1", "M1", 1000)
    await market.capture("P1")
    outcomes = await asyncio.gather(*(market.refund("P1", 300) for _ in range(8)))
    assert sum(outcome.refusal is None for outcome in outcomes) == 3
    assert (await look(market, "P1")).refunded == 900


async def test_a_batch_that_names_a_purchase_twice_is_a_bug(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    await market.authorise("P1", "V1", "M1", 1000)
    twice = [new_capture(**market.of("P1"), amount=100) for _ in range(2)]
    with pytest.raises(DBAPIError, match="names a purchase twice"):
        await market.run(CAPTURE, *twice)
    assert (await look(market, "P1")).status is PurchaseStatus.AUTHORISED


async def test_time_is_over_for_late_captures(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    market.terms = msgspec.structs.replace(market.terms, hold_seconds=0)
    await market.authorise("P1", "V1", "M1", 1000)
    await market.authorise(
        "P2", "V1", "M1", 1000, terms=msgspec.structs.replace(market.terms, hold_seconds=600)
    )
    assert (await market.capture("P1")).refusal == "hold_expired"
    assert (await look(market, "P1")).status is PurchaseStatus.EXPIRED
    assert [outcome.refusal for outcome in await market.expire()] == [None]
    assert await market.expire() == [], "running the job again finds nothing"
    assert await market.balance("V1", "2102") == 1000
    assert (await look(market, "P2")).status is PurchaseStatus.AUTHORISED
    assert (await market.capture("P1")).refusal == "hold_already_resolved"


async def test_refund_window_and_contract_that_excludes_refunds(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    for name, days in (("P1", 7), ("P2", 8)):
        await market.authorise(name, "V1", "M1", 100, occurred_at=days_ago(days))
        await market.capture(name, occurred_at=days_ago(days))
    assert (await market.refund("P1")).refusal is None
    late = await market.refund("P2")
    assert late.refusal == "refund_window_over"
    assert late.detail == {"last_day": str(business_date(days_ago(1)))}
    await market.add_merchant("M3", refunds_allowed=False)
    await market.authorise("P3", "V1", "M3", 100)
    await market.capture("P3")
    assert (await market.refund("P3")).refusal == "refund_not_agreed"


async def test_points_that_expired_meanwhile_come_back_for_thirty_days(
    engine: AsyncEngine,
) -> None:
    market = await create_market(engine)
    today = business_date(now())
    bought = days_ago(5)
    gone, soon = today - timedelta(days=2), today + timedelta(days=3)
    await market.give("V2", 1000, gone)
    await market.give("V2", 1000, soon)
    await market.authorise("P1", "V2", "M1", 1500, occurred_at=bought)
    await market.capture("P1", occurred_at=bought)
    await market.refund("P1")
    assert await market.expiring("V2") == {today + timedelta(days=30): 1000, soon: 1000}


async def test_receipts_and_the_day_with_its_totals(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    today = business_date(now())
    await market.authorise("P1", "V1", "M1", 1000, occurred_at=days_ago(1))
    await market.capture("P1", occurred_at=days_ago(1))
    await market.authorise("P2", "V1", "M1", 500, terminal="T1", merchant_reference="7")
    await market.capture("P2", 400, terminal="T1")
    await market.authorise("P3", "V1", "M1", 100)
    await market.authorise("P4", "V1", "M2", 100)
    await market.refund("P1", 250)
    tenant = {"tenant_id": market.tenant_id}
    async with read_transaction(engine, tenant_id=market.tenant_id) as conn:
        of_day = {**tenant, "merchant_id": market.ids["M1"], "day": today}
        listed = await list_day(conn, **of_day, limit=10)
        expected = [market.purchases[name][0] for name in ("P3", "P2", "P1")]
        assert [purchase.redemption_id for purchase in listed] == expected
        (first,) = await list_day(conn, **of_day, limit=1)
        (second,) = await list_day(conn, **of_day, limit=1, after=first.redemption_id)
        assert second.redemption_id == expected[1]
        assert await total_day(conn, **of_day) == DayTotals(1, 400, 40, 40, 1, 250, 25, 25)
        mine = await list_purchases(conn, **tenant, member_id=market.ids["V1"], limit=2)
        assert [purchase.redemption_id for purchase in mine] == [
            market.purchases["P4"][0],
            market.purchases["P3"][0],
        ]
    receipt = await look(market, "P2")
    assert receipt.member_name == "张*"
    assert (receipt.merchant_name, receipt.terminal, receipt.merchant_reference) == (
        "M1",
        "T1",
        "7",
    )
    assert (receipt.amount, receipt.captured, receipt.refunded) == (500, 400, 0)
    assert (receipt.status, receipt.value_fen) == (PurchaseStatus.CAPTURED, 40)


async def test_redeem_holds_and_takes_in_one_go(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    await market.issue("C1", "V1")
    command = market.authorisation("C1", "M1", 2500)

    async def go() -> tuple[object, object]:
        return await market.write(
            lambda conn: redeem(conn, tenant_id=market.tenant_id, authorisation=command)
        )

    redemption_id, outcome = await go()
    assert outcome.refusal is None
    assert await market.balance("M1", "2301") == 2500
    assert await market.balance("V1", "2102") == 0
    again_id, again = await go()
    assert (again_id, again.replayed, again.entry_id) == (redemption_id, True, outcome.entry_id)
    refused = market.authorisation("C1", "M1", 2500)
    _, outcome = await market.write(
        lambda conn: redeem(conn, tenant_id=market.tenant_id, authorisation=refused)
    )
    assert outcome.refusal == "code_already_used"


async def test_terms_come_from_the_policies(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    async with read_transaction(engine, tenant_id=market.tenant_id) as conn:
        terms = await get_terms(conn, tenant_id=market.tenant_id, on=business_date(now()))
    assert (terms.code_seconds, terms.hold_seconds, terms.refund_days) == (60, 900, 7)
    assert (terms.daily_cap, terms.merchant_cap) == (50000, 30000)


async def test_one_refusal_spares_its_neighbours(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    batch = [market.authorisation("V1", "M1", 10) for _ in range(50)]
    batch[7] = market.authorisation("V2", "M1", 10)
    batch[9] = market.authorisation("V1", "M1", 0)
    outcomes = await market.run(AUTHORISE, *batch)
    refused = {place: o.refusal for place, o in enumerate(outcomes) if o.refusal is not None}
    assert refused == {7: "insufficient_balance", 9: "invalid_amount"}
    assert await market.balance("V1", "2102") == 480
