"""What suspended members, merchants and tills may not do, as set by the functions that set it."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import read_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.participation import (
    MerchantLeft,
    Standing,
    StandingUnchanged,
    list_standings,
    set_standing,
)
from ledger.foundation.people import create_person
from ledger.foundation.terminals import (
    TerminalNumberTaken,
    create_terminal,
    list_operators,
    list_terminals,
)
from ledger.identifiers import uuid7
from ledger.journeys.enrolment import admit_operator
from tests.api.world import KEYS
from tests.redemption.market import Market, create_market


async def stand(market: Market, kind: Any, subject: Any, status: Standing) -> None:
    await market.write(
        lambda conn: set_standing(
            conn,
            tenant_id=market.tenant_id,
            kind=kind,
            subject_id=subject,
            status=status,
            reason="停业核查",
            caller_id=1,
        )
    )


async def test_a_suspended_till_takes_nothing_until_it_is_taken_up_again(
    engine: AsyncEngine,
) -> None:
    market = await create_market(engine)
    shop = market.ids["M1"]

    async def add(conn: AsyncConnection) -> Any:
        return await create_terminal(
            conn,
            tenant_id=market.tenant_id,
            merchant_id=shop,
            number="T1",
            name="收银台",
            caller_id=1,
        )

    till = await market.write(add)
    with pytest.raises(TerminalNumberTaken):
        await market.write(add)
    await market.issue("C1", "V1")
    first = await market.authorise("P1", "C1", "M1", 1000, terminal="T1")
    assert first.refusal is None
    await stand(market, "terminal", till.terminal_id, "suspended")
    assert (await market.capture("P1", terminal="T1")).refusal == "terminal_not_active"
    await market.issue("C2", "V1")
    taken = await market.authorise("P2", "C2", "M1", 1000, terminal="T1")
    assert taken.refusal == "terminal_not_active"
    with pytest.raises(StandingUnchanged):
        await stand(market, "terminal", till.terminal_id, "left")
    await stand(market, "terminal", till.terminal_id, "active")
    assert (await market.capture("P1", terminal="T1")).refusal is None
    found = await market.write(
        lambda conn: list_terminals(conn, tenant_id=market.tenant_id, merchant_id=shop)
    )
    assert [one.status for one in found] == ["active"]
    history = await market.write(
        lambda conn: list_standings(conn, tenant_id=market.tenant_id, subject_id=till.terminal_id)
    )
    assert [one.status for one in history] == ["active", "suspended"]


async def test_a_merchant_that_left_takes_nothing_and_may_come_back(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    shop = market.ids["M1"]
    for status, refusal in (("suspended", "merchant_not_active"), ("left", "merchant_not_active")):
        await stand(market, "merchant", shop, status)  # type: ignore[arg-type]
        await market.issue("C", "V1")
        outcome = await market.authorise(f"P-{status}", "C", "M1", 1000)
        assert outcome.refusal == refusal
    with pytest.raises(StandingUnchanged):
        await stand(market, "merchant", shop, "suspended")
    await stand(market, "merchant", shop, "active")
    await market.issue("C", "V1")
    assert (await market.authorise("P", "C", "M1", 1000)).refusal is None
    with pytest.raises(NotFound):
        await stand(market, "merchant", uuid7(), "suspended")


async def test_a_change_of_standing_says_why(engine: AsyncEngine) -> None:
    market = await create_market(engine)

    async def change(conn: AsyncConnection) -> None:
        await set_standing(
            conn,
            tenant_id=market.tenant_id,
            kind="member",
            subject_id=market.ids["V1"],
            status="suspended",
            reason=" ",
            caller_id=1,
        )

    with pytest.raises(InvalidInput):
        await market.write(change)


async def test_a_merchant_that_left_has_neither_tills_nor_operators(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    shop = market.ids["M1"]
    of_shop: dict[str, Any] = {"tenant_id": market.tenant_id, "merchant_id": shop}

    async def add(conn: AsyncConnection, number: str = "T1") -> Any:
        return await create_terminal(conn, number=number, name="收银台", caller_id=1, **of_shop)

    async def admit(conn: AsyncConnection) -> Any:
        person = await create_person(conn, display_name="店员", keys=KEYS)
        return await admit_operator(conn, person=person, admitted_by=1, **of_shop)

    till = await market.write(add)
    for same in ("t1", "Ｔ１", " T1 "):
        with pytest.raises(TerminalNumberTaken):
            await market.write(lambda conn, same=same: add(conn, same))
    await market.write(admit)
    await stand(market, "merchant", shop, "left")
    async with read_transaction(engine, tenant_id=market.tenant_id) as conn:
        (found,) = await list_terminals(conn, **of_shop)
        (operator,) = await list_operators(conn, **of_shop)
    assert (found.status, operator.is_open) == ("suspended", False)
    with pytest.raises(MerchantLeft):
        await stand(market, "terminal", till.terminal_id, "active")
    for attempt in (lambda conn: add(conn, "T2"), admit):
        with pytest.raises(MerchantLeft):
            await market.write(attempt)
