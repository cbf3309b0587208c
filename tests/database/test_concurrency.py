"""Many writers at once: no deadlock, no account below its floor, each thing happens once."""

import asyncio
import random
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.balances import balance_at_posting
from ledger.books.command_kinds import ENTRY
from ledger.books.holds import (
    CAPTURE,
    EXPIRE,
    VOID,
    get_hold,
    place_holds,
    refund_holds,
    resolve_holds,
)
from ledger.books.lanes import Lanes, lane_connector
from ledger.books.posting import EntryRequest, Line, Outcome, post_batch
from ledger.books.reversals import reverse_batch
from ledger.database import create_engine, fetch_all, fetch_value, read_transaction
from tests.database_server import Database
from tests.posting_process import Posted, Task, post_at_once, posting_process
from tests.small_books import (
    SmallBooks,
    create_small_books,
    entry,
    hold,
    refund,
    resolution,
    reversal,
)

Batches = list[list[list[EntryRequest]]]


def accepted(posted: Sequence[Posted]) -> list[Outcome]:
    """What was posted over all connections; a failure of any kind fails the test."""
    assert [failure for p in posted for failure in p.failures] == []
    return [outcome for p in posted for outcome in p.outcomes if outcome.refusal is None]


async def in_two_processes(
    database: Database, books: SmallBooks, halves: tuple[Batches, Batches]
) -> list[Posted]:
    """Post from two processes at the same time."""
    tasks = [Task(books.tenant_id, half) for half in halves]
    with (
        posting_process(database.service_url, tasks[0]) as one,
        posting_process(database.service_url, tasks[1]) as other,
    ):
        one.go()
        other.go()
        return one.result() + other.result()


async def race(*attempts: Awaitable[list[Outcome]]) -> list[str | None]:
    """Run all at once; the refusals, sorted with the winners first."""
    refusals = [outcome.refusal for found in await asyncio.gather(*attempts) for outcome in found]
    return sorted(refusals, key=lambda refusal: refusal or "")


async def test_there_and_back_do_not_deadlock(database: Database, engine: AsyncEngine) -> None:
    """A→B in one process against B→A in another, several entries a batch."""
    books = await create_small_books(engine)
    there, back = await books.line("M1", "M2", 1), await books.line("M2", "M1", 1)

    def batches(line: Line) -> Batches:
        return [[[entry(line) for _ in range(5)] for _ in range(20)] for _ in range(4)]

    posted = await in_two_processes(database, books, (batches(there), batches(back)))
    assert len(accepted(posted)) == 2 * 4 * 20 * 5
    assert [await books.balance(name) for name in ("M1", "M2")] == [0, 0]


async def test_rings_in_random_order_do_not_deadlock(
    database: Database, engine: AsyncEngine, seed: int
) -> None:
    books = await create_small_books(engine)
    names = ("M1", "M2", "M3")
    lines = [await books.line(a, b, 1) for a in names for b in names if a != b]
    draw = random.Random(seed)

    def batches() -> Batches:
        return [
            [[entry(*draw.sample(lines, 3)) for _ in range(3)] for _ in range(15)] for _ in range(4)
        ]

    posted = await in_two_processes(database, books, (batches(), batches()))
    assert len(accepted(posted)) == 2 * 4 * 15 * 3
    assert sum([await books.balance(name) for name in names]) == 0


async def test_a_hot_account_is_spent_to_its_floor_and_no_further(
    database: Database, engine: AsyncEngine
) -> None:
    books = await create_small_books(engine)
    await books.issue("V1", 300)
    spend = await books.line("V1", "M1", 1)
    batches = [[[entry(spend)] for _ in range(20)] for _ in range(32)]
    wide = create_engine(database.service_url, pool_size=32)
    posted = await post_at_once(wide, books.tenant_id, batches)
    await wide.dispose()
    assert len(accepted(posted)) == 300
    refusals = [o.refusal for p in posted for o in p.outcomes if o.refusal is not None]
    assert refusals == ["insufficient_balance"] * 340
    assert [await books.balance(name) for name in ("V1", "M1")] == [0, 300]


async def test_no_writer_of_a_hot_account_starves(database: Database, engine: AsyncEngine) -> None:
    """While others post as fast as they can, each gets its turn."""
    books = await create_small_books(engine)
    line = await books.line("I", "M1", 1)
    wide = create_engine(database.service_url, pool_size=16)
    done = [0] * 16
    stop = asyncio.Event()

    async def write(number: int) -> None:
        while not stop.is_set():
            await post_at_once(wide, books.tenant_id, [[[entry(line)]]])
            done[number] += 1

    writers = [asyncio.create_task(write(number)) for number in range(16)]
    await asyncio.sleep(1.5)
    stop.set()
    await asyncio.gather(*writers)
    await wide.dispose()
    assert min(done) * 5 > max(done), done
    assert await books.balance("M1") == sum(done)


async def test_one_refusal_among_a_hundred_harms_no_neighbour(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    good, overdraft = await books.line("I", "M1", 1), await books.line("V1", "M1", 1)
    outcomes = await books.post(*(entry(overdraft if n == 50 else good) for n in range(100)))
    assert [n for n, o in enumerate(outcomes) if o.refusal is not None] == [50]
    assert await books.balance("M1") == 99


async def test_later_items_of_a_batch_see_earlier_ones(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    fund, spend = await books.line("I", "V1", 10), await books.line("V1", "M1", 10)
    outcomes = await books.post(entry(spend), entry(fund), entry(spend), entry(spend))
    assert [outcome.refusal for outcome in outcomes] == [
        "insufficient_balance",
        None,
        None,
        "insufficient_balance",
    ]


async def open_hold(books: SmallBooks, amount: int, **more: Any) -> Any:
    """A placed hold of V1 with enough behind it."""
    await books.issue("V1", amount)
    placed = hold(await books.id_of("V1"), await books.id_of("H1"), amount, **more)
    (outcome,) = await books.run(place_holds, [placed])
    assert outcome.refusal is None
    return placed


async def test_of_captures_and_voids_at_once_one_wins(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    merchant = await books.id_of("M1")
    for _ in range(10):
        placed = await open_hold(books, 10)
        requests = [resolution(placed.entry_id, CAPTURE, 7, to=merchant) for _ in range(4)]
        requests += [resolution(placed.entry_id, VOID) for _ in range(4)]
        refusals = await race(*(books.run(resolve_holds, [request]) for request in requests))
        assert refusals == [None] + ["hold_already_resolved"] * 7
    assert await books.balance("H1") == 0


async def test_of_an_expiry_job_run_twice_one_wins(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    late = (await books.issue("V1", 1)).occurred_at - timedelta(minutes=1)
    for _ in range(5):
        placed = await open_hold(books, 10, expires_at=late)
        requests = [resolution(placed.entry_id, EXPIRE) for _ in range(6)]
        refusals = await race(*(books.run(resolve_holds, [request]) for request in requests))
        assert refusals == [None] + ["hold_already_resolved"] * 5


async def test_refunds_at_once_stop_at_what_was_captured(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    placed = await open_hold(books, 40)
    capture = resolution(placed.entry_id, CAPTURE, to=await books.id_of("M1"))
    await books.run(resolve_holds, [capture])
    refusals = await race(
        *(books.run(refund_holds, [refund(placed.entry_id, 10)]) for _ in range(10))
    )
    assert refusals == [None] * 4 + ["refund_exceeds_capture"] * 6
    async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
        found = await get_hold(conn, tenant_id=books.tenant_id, hold_id=placed.entry_id)
    assert (found.captured, found.refunded) == (40, 40)


async def test_of_reversals_at_once_one_wins(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    for _ in range(5):
        issued = await books.issue("V1", 10)
        refusals = await race(
            *(books.run(reverse_batch, [reversal(issued.entry_id)]) for _ in range(6))
        )
        assert refusals == [None] + ["entry_already_reversed"] * 5
    assert await books.balance("V1") == 0


async def test_as_of_a_posting_moment_equals_the_replay_under_load(
    database: Database, engine: AsyncEngine
) -> None:
    """Read while others write; each answer stays what it was, and equals the version's balance."""
    books = await create_small_books(engine)
    merchant, other = await books.open("M1", "M2")
    line, more = await books.line("I", "M1", 1), await books.line("M1", "M2", 1)
    batches = [[[entry(line), entry(more), entry(line)] for _ in range(15)] for _ in range(8)]
    wide = create_engine(database.service_url, pool_size=8)
    writing = asyncio.create_task(post_at_once(wide, books.tenant_id, batches))
    asked = {}
    while not writing.done():
        async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
            moment = await fetch_value(conn, "SELECT max(posted_at) FROM books.entry")
            if moment is not None:
                asked[moment] = await balance_at_posting(
                    conn, tenant_id=books.tenant_id, account=merchant, moment=moment
                )
    accepted(await writing)
    await wide.dispose()
    assert asked
    async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
        for account in (merchant, other):
            rows = await fetch_all(conn, _LAST_OF_EACH_MOMENT, account.account_id)
            for row in rows:
                found = await balance_at_posting(
                    conn, tenant_id=books.tenant_id, account=account, moment=row.posted_at
                )
                assert found == row.balance
        for moment, balance in asked.items():
            later = await balance_at_posting(
                conn, tenant_id=books.tenant_id, account=merchant, moment=moment
            )
            assert later == balance


_LAST_OF_EACH_MOMENT = """
SELECT DISTINCT ON (e.posted_at) e.posted_at, p.balance
FROM (
    SELECT entry_id, debit_version AS version, debit_balance AS balance FROM books.transfer
    WHERE debit_account_id = $1
    UNION ALL
    SELECT entry_id, credit_version, credit_balance FROM books.transfer
    WHERE credit_account_id = $1
) p
JOIN books.entry e USING (entry_id)
ORDER BY e.posted_at, p.version DESC
"""


async def test_a_busy_tenant_does_not_stall_others_in_the_same_lane(
    database: Database, engine: AsyncEngine
) -> None:
    """A job holds an account of one tenant; the lane goes on posting for the other."""
    busy, calm = await create_small_books(engine), await create_small_books(engine)
    busy_line, calm_line = await busy.line("I", "V1", 1), await calm.line("I", "V1", 1)
    service = Lanes(lane_connector(database.service_url), count=1, batch_cap=64, queue_cap=100)
    await service.start()
    async with engine.connect() as job:
        await post_batch(job, tenant_id=busy.tenant_id, requests=[entry(busy_line)])
        stalled = [service.submit(busy.tenant_id, ENTRY, entry(busy_line)) for _ in range(4)]
        calm_ones = [service.submit(calm.tenant_id, ENTRY, entry(calm_line)) for _ in range(8)]
        answered = await asyncio.wait_for(asyncio.gather(*calm_ones), timeout=3)
        assert [outcome.refusal for outcome in answered] == [None] * 8
        assert not any(future.done() for future in stalled)
        await job.commit()
    assert [o.refusal for o in await asyncio.gather(*stalled)] == [None] * 4
    await service.stop()
    assert await busy.balance("V1") == 5
