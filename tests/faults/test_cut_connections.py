"""The wire between the program and PostgreSQL is cut in the worst moments there are."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books import lanes as lanes_module
from ledger.books.command_kinds import ENTRY, PLACE_HOLD, RESOLVE_HOLD
from ledger.books.holds import CAPTURE
from ledger.books.lanes import Lanes, OutcomeUnknown, ServiceBusy, lane_connector
from ledger.books.posting import post_batch
from ledger.database import create_engine, fetch_all, write_transaction
from tests.database_server import Database
from tests.faults.load import new_load
from tests.faults.proxy import Cut, Proxy, running_proxy
from tests.faults.serving import PATIENCE_SECONDS, until
from tests.small_books import SmallBooks, create_small_books, entry, hold, resolution

CUTS = [Cut.REQUEST, Cut.ANSWER, Cut.BOTH]
INTERRUPT = """
SELECT {signal}(pid) FROM pg_stat_activity
WHERE application_name = 'gongzhang-lane' AND datname = current_database()
    AND wait_event_type = 'Lock'
"""


@pytest.fixture
async def proxy(database: Database) -> AsyncIterator[Proxy]:
    """A wire to the test's database."""
    async with running_proxy(database.service_url) as found:
        yield found


@pytest.fixture
async def books(engine: AsyncEngine) -> SmallBooks:
    """Small books; their own commands do not go over the wire."""
    return await create_small_books(engine)


@pytest.fixture
async def lanes(proxy: Proxy) -> AsyncIterator[Lanes]:
    """A lane over the wire."""
    found = Lanes(lane_connector(proxy.url), count=1, batch_cap=64, queue_cap=8)
    await found.start()
    yield found
    await found.stop()


@pytest.mark.parametrize("cut", CUTS)
async def test_a_lane_posts_once_whatever_is_cut(
    proxy: Proxy, lanes: Lanes, books: SmallBooks, cut: Cut
) -> None:
    line = await books.line("I", "V1", 1)
    await lanes.submit(books.tenant_id, ENTRY, entry(line))
    for _ in range(5):
        proxy.cut_once(cut)
        requests = [entry(line) for _ in range(4)]
        outcomes = await asyncio.gather(
            *(lanes.submit(books.tenant_id, ENTRY, request) for request in requests)
        )
        assert [o.entry_id for o in outcomes] == [request.entry_id for request in requests]
        assert {outcome.refusal for outcome in outcomes} == {None}
    assert proxy.cuts == 5
    assert await books.balance("V1") == 21


@pytest.mark.parametrize("cut", CUTS)
async def test_a_hold_is_placed_and_captured_once_whatever_is_cut(
    proxy: Proxy, lanes: Lanes, books: SmallBooks, cut: Cut
) -> None:
    ids = [await books.id_of(name) for name in ("V1", "H1", "M1")]
    for wire in (None, cut):  # the first time the lane prepares its statements
        await books.issue("V1", 10)
        placed = hold(ids[0], ids[1], 10)
        capture = resolution(placed.entry_id, CAPTURE, 6, to=ids[2])
        for kind, request in ((PLACE_HOLD, placed), (RESOLVE_HOLD, capture)):
            if wire is not None:
                proxy.cut_once(wire)
            assert (await lanes.submit(books.tenant_id, kind, request)).refusal is None
    assert proxy.cuts == 2
    assert [await books.balance(name) for name in ("V1", "H1", "M1")] == [8, 0, 12]


@pytest.mark.parametrize(("cut", "posted"), [(Cut.REQUEST, False), (Cut.ANSWER, True)])
async def test_a_commit_without_an_answer_is_resolved_by_its_key(
    proxy: Proxy, books: SmallBooks, cut: Cut, posted: bool
) -> None:
    """A transaction of several statements, cut at its COMMIT."""
    request = entry(await books.line("I", "V1", 10))
    over_the_wire = create_engine(proxy.url, pool_size=1)
    proxy.cut_once(cut, when=b"COMMIT")
    with pytest.raises(DBAPIError):
        await write_transaction(
            over_the_wire,
            lambda conn: post_batch(conn, tenant_id=books.tenant_id, requests=[request]),
        )
    assert proxy.cuts == 1
    (outcome,) = await write_transaction(
        over_the_wire,
        lambda conn: post_batch(conn, tenant_id=books.tenant_id, requests=[request]),
    )
    await over_the_wire.dispose()
    assert (outcome.refusal, outcome.replayed) == (None, posted)
    assert await books.balance("V1") == 10


async def test_crumbs_and_delays_change_nothing(
    proxy: Proxy, lanes: Lanes, books: SmallBooks
) -> None:
    line = await books.line("I", "V1", 1)
    proxy.piece_bytes = 1
    assert (await lanes.submit(books.tenant_id, ENTRY, entry(line))).refusal is None
    proxy.piece_bytes, proxy.delay_seconds = 65_536, 0.2
    assert (await lanes.submit(books.tenant_id, ENTRY, entry(line))).refusal is None
    assert await books.balance("V1") == 2


ATTEMPTS = 4  # of 0.3 s each in the second that the impatient have


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lanes that give up soon."""
    monkeypatch.setattr(lanes_module, "ATTEMPT_TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(lanes_module, "DEADLINE_SECONDS", 1)


@pytest.mark.usefixtures("impatient")
async def test_silence_ends_as_unknown_and_the_key_resolves_it(
    proxy: Proxy, lanes: Lanes, books: SmallBooks
) -> None:
    line = await books.line("I", "V1", 10)
    await lanes.submit(books.tenant_id, ENTRY, entry(line))
    request = entry(line)
    proxy.decide = lambda _piece: Cut.SILENCE
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(OutcomeUnknown):
            await lanes.submit(books.tenant_id, ENTRY, request)
    # each attempt waits its time on a wire of its own, and none begins after the deadline
    assert 1 <= proxy.cuts <= ATTEMPTS
    proxy.decide = lambda _piece: None
    outcome = await lanes.submit(books.tenant_id, ENTRY, request)
    assert (outcome.refusal, outcome.replayed) == (None, True)
    assert await books.balance("V1") == 20


@pytest.mark.usefixtures("impatient")
async def test_what_never_left_the_lane_is_certainly_not_posted(
    proxy: Proxy, lanes: Lanes, books: SmallBooks
) -> None:
    """The wire breaks while nothing is asked, and no new connection comes about."""
    line = await books.line("I", "V1", 10)
    proxy.cut_once(Cut.REQUEST)
    await lanes.submit(books.tenant_id, ENTRY, entry(line))
    proxy.decide = lambda _piece: Cut.REQUEST
    with pytest.raises(OutcomeUnknown):  # this one met the old connection
        await lanes.submit(books.tenant_id, ENTRY, entry(line))
    with pytest.raises(ServiceBusy):
        await lanes.submit(books.tenant_id, ENTRY, entry(line))
    proxy.decide = lambda _piece: None
    await lanes.submit(books.tenant_id, ENTRY, entry(line))
    assert await books.balance("V1") == 20


async def test_a_full_queue_turns_away_at_once(lanes: Lanes, books: SmallBooks) -> None:
    line = await books.line("I", "V1", 1)
    futures = [lanes.submit(books.tenant_id, ENTRY, entry(line)) for _ in range(8)]
    with pytest.raises(ServiceBusy):
        lanes.submit(books.tenant_id, ENTRY, entry(line))
    await asyncio.gather(*futures)
    assert await books.balance("V1") == 8


async def test_a_sender_that_hangs_up_cancels_nothing(lanes: Lanes, books: SmallBooks) -> None:
    line = await books.line("I", "V1", 1)
    futures = [lanes.submit(books.tenant_id, ENTRY, entry(line)) for _ in range(6)]
    for future in futures[::2]:
        future.cancel()
    await asyncio.gather(*futures[1::2])
    assert await books.balance("V1") == 6


async def test_stopping_posts_what_is_queued(database: Database, books: SmallBooks) -> None:
    line = await books.line("I", "V1", 1)
    lanes = Lanes(lane_connector(database.service_url), count=2, batch_cap=4, queue_cap=100)
    await lanes.start()
    futures = [lanes.submit(books.tenant_id, ENTRY, entry(line)) for _ in range(50)]
    await lanes.stop()
    assert [future.result().refusal for future in futures] == [None] * 50


@pytest.mark.parametrize("signal", ["pg_cancel_backend", "pg_terminate_backend"])
async def test_an_administrators_interruption_is_posted_again(
    lanes: Lanes, books: SmallBooks, admin_engine: AsyncEngine, signal: str
) -> None:
    """Interrupted while it waits for an account that somebody holds for a moment."""
    line = await books.line("I", "V1", 1)
    async with books.engine.connect() as job:
        await post_batch(job, tenant_id=books.tenant_id, requests=[entry(line)])
        waiting = lanes.submit(books.tenant_id, ENTRY, entry(line))
        interrupted: list[Any] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not interrupted:  # not before it waits for the account
                async with admin_engine.connect() as conn:
                    interrupted = list(await fetch_all(conn, INTERRUPT.format(signal=signal)))
        await job.commit()
    assert (await waiting).refusal is None
    assert await books.balance("V1") == 2


async def test_under_random_cuts_what_was_acknowledged_is_there_once(
    proxy: Proxy, books: SmallBooks, seed: int
) -> None:
    draw = random.Random(seed)
    load = await new_load(books, draw)
    lanes = Lanes(lane_connector(proxy.url), count=2, batch_cap=64, queue_cap=1_000)
    await lanes.start()
    proxy.decide = at_random(draw)
    writing = asyncio.create_task(load.run(lanes))
    await until(lambda: writing.done() or (proxy.cuts > 5 and len(load.acknowledged) > 100))
    proxy.decide = lambda _piece: None
    load.stop()
    await writing
    await lanes.stop()
    assert proxy.cuts > 5
    counts = await load.reckon()
    print(proxy.cuts, counts)
    assert counts["acknowledged"] > 100


def at_random(draw: random.Random) -> Callable[[bytes], Cut | None]:
    """Cut one piece in twenty, anyhow."""
    return lambda _piece: draw.choice(CUTS) if draw.random() < 0.05 else None
