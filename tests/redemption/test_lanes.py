"""Purchases through lanes: one statement a batch, one winner a code, every command answered."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.lanes import Lanes, lane_connector
from ledger.clock import today
from ledger.database import read_transaction
from ledger.identifiers import uuid7
from ledger.programmes.redemption.checkout import new_capture, new_refund, new_void
from ledger.programmes.redemption.commands import AUTHORISE, CAPTURE, REFUND, VOID_PURCHASE
from ledger.programmes.redemption.purchases import total_day
from tests.database_server import Database
from tests.redemption.market import CALLER, create_market


async def test_many_purchases_at_once_through_a_lane(
    engine: AsyncEngine, database: Database
) -> None:
    market = await create_market(engine)
    await market.issue("C1", "V1")
    lanes = Lanes(lane_connector(database.service_url), count=1, batch_cap=64, queue_cap=1000)
    await lanes.start()
    try:
        tenant_id = market.tenant_id
        scans = [
            lanes.submit(tenant_id, AUTHORISE, market.authorisation("C1", "M1", 100))
            for _ in range(30)
        ]
        direct = [
            lanes.submit(tenant_id, AUTHORISE, market.authorisation("V1", "M1", 10))
            for _ in range(60)
        ]
        scanned = [outcome.refusal for outcome in await asyncio.gather(*scans)]
        assert sorted(map(str, scanned)) == ["None"] + ["code_already_used"] * 29
        held = await asyncio.gather(*direct)
        assert {outcome.refusal for outcome in held} == {None}

        def of(place: int) -> dict[str, object]:
            redemption_id = held[place].entry_id
            return {"key": uuid7(), "caller_id": CALLER, "redemption_id": redemption_id}

        merchant_id = market.ids["M1"]
        races = [
            (
                lanes.submit(tenant_id, CAPTURE, new_capture(**of(place), merchant_id=merchant_id)),
                lanes.submit(tenant_id, VOID_PURCHASE, new_void(**of(place))),
                lanes.submit(tenant_id, CAPTURE, new_capture(**of(place), merchant_id=merchant_id)),
            )
            for place in range(60)
        ]
        captured = 0
        for race in races:
            outcomes = await asyncio.gather(*race)
            won = [place for place, outcome in enumerate(outcomes) if outcome.refusal is None]
            assert len(won) == 1
            captured += won != [1]
        refunds = [
            lanes.submit(
                tenant_id,
                REFUND,
                new_refund(**of(0), merchant_id=merchant_id, terms=market.terms, amount=4),
            )
            for _ in range(4)
        ]
        given = [outcome.refusal for outcome in await asyncio.gather(*refunds)]
    finally:
        await lanes.stop()
    assert given.count(None) in (0, 2), "two of 4 fit into a capture of 10, none into a void"
    async with read_transaction(engine, tenant_id=tenant_id) as conn:
        totals = await total_day(conn, tenant_id=tenant_id, merchant_id=merchant_id, day=today())
    assert totals.points == captured * 10
    assert totals.refunded_points == given.count(None) * 4
