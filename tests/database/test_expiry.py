"""Expiry of members' units: day by day equals one jump, held units wait, twice is once."""

import random
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import AccountName, get_accounts, open_accounts
from ledger.books.balances import list_balances
from ledger.books.holds import HoldRequest, HoldResolution, place_holds, resolve_holds
from ledger.books.idempotency import fingerprint
from ledger.clock import SHANGHAI, today
from ledger.database import read_transaction, write_transaction
from ledger.foundation.events import post_event
from ledger.identifiers import uuid7
from ledger.programmes.expiry import expire_units
from tests.events.books import create_programme

MONTH_AGO = today() - timedelta(days=30)


async def programme_with_member(engine: AsyncEngine) -> tuple[int, UUID]:
    tenant_id, member = await create_programme(engine), uuid7()
    names = [AccountName("TB", code, member) for code in ("2101", "2102")]
    await write_transaction(
        engine,
        lambda conn: open_accounts(conn, tenant_id=tenant_id, names=names),
        tenant_id=tenant_id,
    )
    return tenant_id, member


async def grant(engine: AsyncEngine, tenant_id: int, member: UUID, lots: dict[date, int]) -> None:
    async def act(conn: AsyncConnection) -> None:
        for expires_on, minutes in lots.items():
            await post_event(
                conn,
                "TB07",
                tenant_id=tenant_id,
                key=uuid7(),
                caller_id=1,
                occurred_at=datetime.combine(MONTH_AGO, datetime.min.time(), SHANGHAI),
                owners={"member": member},
                amounts={"granted": minutes},
                expires_on=expires_on,
            )

    await write_transaction(engine, act, tenant_id=tenant_id)


async def expire(engine: AsyncEngine, tenant_id: int, on: date) -> int:
    run = await write_transaction(
        engine,
        lambda conn: expire_units(conn, tenant_id=tenant_id, on=on, caller_id=1),
        tenant_id=tenant_id,
    )
    return run.expired


async def balance(engine: AsyncEngine, tenant_id: int, member: UUID) -> int:
    async with read_transaction(engine, tenant_id=tenant_id) as conn:
        (account,) = await get_accounts(
            conn, tenant_id=tenant_id, names=[AccountName("TB", "2101", member)]
        )
        (found,) = await list_balances(conn, tenant_id=tenant_id, account_ids=[account.account_id])
    return found.balance


async def test_day_by_day_equals_one_jump(engine: AsyncEngine, seed: int) -> None:
    dice = random.Random(seed)
    lots = {MONTH_AGO + timedelta(days=d): dice.randint(1, 600) for d in (0, 3, 4, 11, 29, 30, 31)}
    balances = []
    for jumps in (range(1, 31), [30]):
        tenant_id, member = await programme_with_member(engine)
        await grant(engine, tenant_id, member, lots)
        for days in jumps:
            await expire(engine, tenant_id, MONTH_AGO + timedelta(days=days))
        balances.append(await balance(engine, tenant_id, member))
        assert await expire(engine, tenant_id, today()) == 0
    kept = sum(units for day, units in lots.items() if day >= today())
    assert balances == [kept, kept]


async def test_units_expire_after_their_last_day(engine: AsyncEngine) -> None:
    tenant_id, member = await programme_with_member(engine)
    await grant(engine, tenant_id, member, {today(): 60, today() - timedelta(days=1): 45})
    assert await expire(engine, tenant_id, today()) == 1
    assert await balance(engine, tenant_id, member) == 60


async def test_held_units_wait_and_expire_once_released(engine: AsyncEngine) -> None:
    tenant_id, member = await programme_with_member(engine)
    await grant(engine, tenant_id, member, {today() - timedelta(days=1): 120})
    happened = datetime.combine(MONTH_AGO, datetime.min.time(), SHANGHAI)
    hold_id = uuid7()

    async def hold(conn: AsyncConnection) -> None:
        names = [AccountName("TB", "2101", member), AccountName("TB", "2102", member)]
        available, held = await get_accounts(conn, tenant_id=tenant_id, names=names)
        (outcome,) = await place_holds(
            conn,
            tenant_id=tenant_id,
            requests=[
                HoldRequest(
                    entry_id=hold_id,
                    caller_id=1,
                    key=uuid7(),
                    fingerprint=fingerprint("hold", []),
                    event_code="TB01",
                    occurred_at=happened,
                    account_id=available.account_id,
                    held_account_id=held.account_id,
                    amount=50,
                    expires_at=datetime.now(SHANGHAI) + timedelta(hours=1),
                )
            ],
        )
        assert outcome.refusal is None

    async def void(conn: AsyncConnection) -> None:
        (outcome,) = await resolve_holds(
            conn,
            tenant_id=tenant_id,
            requests=[
                HoldResolution(
                    entry_id=uuid7(),
                    caller_id=1,
                    key=uuid7(),
                    fingerprint=fingerprint("void", []),
                    event_code="TB01",
                    occurred_at=happened,
                    hold_id=hold_id,
                    action="void",
                )
            ],
        )
        assert outcome.refusal is None

    await write_transaction(engine, hold, tenant_id=tenant_id)
    assert await expire(engine, tenant_id, today()) == 1
    assert await balance(engine, tenant_id, member) == 0
    await write_transaction(engine, void, tenant_id=tenant_id)
    assert await balance(engine, tenant_id, member) == 50
    assert await expire(engine, tenant_id, today()) == 1
    assert await balance(engine, tenant_id, member) == 0
