"""The same key, sent again: in one batch, over many connections, from several processes."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.command_kinds import ENTRY
from ledger.books.idempotency import differing_field, fingerprint, idempotency_key
from ledger.books.lanes import Lanes, lane_connector
from ledger.books.posting import EntryRequest, post_batch
from ledger.database import create_engine, fetch_value, read_transaction
from ledger.identifiers import uuid7
from tests.database_server import Database
from tests.posting_process import Task, post_at_once, posting_process
from tests.small_books import SmallBooks, create_small_books, entry


async def entry_count(books: SmallBooks) -> int:
    """How many entries a tenant has."""
    async with read_transaction(books.engine, tenant_id=books.tenant_id) as conn:
        count = await fetch_value(conn, "SELECT count(*) FROM books.entry")
    assert isinstance(count, int)
    return count


async def test_a_replay_gives_the_first_result_with_its_moments(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    line = await books.line("I", "V1", 10)
    (first,) = await books.post(entry(line, key="A"))
    (again,) = await books.post(entry(line, key="A"))
    assert (first.replayed, again.replayed) == (False, True)
    assert (again.entry_id, again.posted_at, again.booked_on) == (
        first.entry_id,
        first.posted_at,
        first.booked_on,
    )


async def test_a_conflict_names_the_field_that_differs(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    line = await books.line("I", "V1", 10)

    def asked(amount: int, memo: str, route: str = "post") -> EntryRequest:
        request = entry(line, key="A")
        return EntryRequest(
            **{
                name: getattr(request, name)
                for name in ("entry_id", "caller_id", "key", "occurred_at", "event_code", "lines")
            },
            fingerprint=fingerprint(route, [amount, memo]),
            field_names=("amount", "memo"),
        )

    await books.post(asked(10, "bread"))
    outcomes = await books.post(
        asked(11, "bread"), asked(10, "rice"), asked(11, "rice"), asked(10, "bread", "refund")
    )
    assert {outcome.refusal for outcome in outcomes} == {"idempotency_conflict"}
    fields = [outcome.detail and outcome.detail["field"] for outcome in outcomes]
    assert fields == ["amount", "memo", "amount", "route"]
    assert await books.balance("V1") == 10


async def test_a_key_twice_in_one_batch_is_one_posting_and_two_answers(
    engine: AsyncEngine,
) -> None:
    books = await create_small_books(engine)
    line, other = await books.line("I", "V1", 10), await books.line("I", "V1", 11)
    outcomes = await books.post(
        entry(line, key="A"),
        entry(line, key="B"),
        entry(line, key="A"),
        entry(other, key="A"),
        entry(line, key="A"),
    )
    assert [(o.refusal, o.replayed) for o in outcomes] == [
        (None, False),
        (None, False),
        (None, True),
        ("idempotency_conflict", False),
        (None, True),
    ]
    assert len({outcomes[place].entry_id for place in (0, 2, 4)}) == 1
    assert await books.balance("V1") == 20


async def test_the_same_request_twice_in_one_batch_is_posted_once(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    request = entry(await books.line("I", "V1", 10))
    outcomes = await books.post(request, request)
    assert [outcome.replayed for outcome in outcomes] == [False, True]
    assert await books.balance("V1") == 10


async def test_a_key_refused_in_a_batch_stays_refused_within_it(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    spend = await books.line("V1", "M1", 10)
    outcomes = await books.post(
        entry(spend, key="A"), entry(await books.line("I", "V1", 10)), entry(spend, key="A")
    )
    assert [(o.refusal, o.replayed) for o in outcomes] == [
        ("insufficient_balance", False),
        (None, False),
        ("insufficient_balance", True),
    ]
    assert outcomes[0].detail == outcomes[2].detail


async def test_callers_and_tenants_have_their_own_keys(engine: AsyncEngine) -> None:
    books, others = await create_small_books(engine), await create_small_books(engine)
    line = await books.line("I", "V1", 10)
    outcomes = [
        *await books.post(entry(line, key="A"), entry(line, key="A", caller_id=2)),
        *await others.post(entry(await others.line("I", "V1", 10), key="A")),
    ]
    assert [(o.refusal, o.replayed) for o in outcomes] == [(None, False)] * 3


async def test_fifty_of_one_key_from_two_processes_are_one_posting(
    database: Database, engine: AsyncEngine
) -> None:
    """Each of the fifty comes with a neighbour of its own, which must not suffer."""
    books = await create_small_books(engine)
    line = await books.line("I", "V1", 10)
    tasks = [
        Task(
            books.tenant_id,
            [[[entry(line, key="A"), entry(await books.line("I", "M1", 1))]] for _ in range(25)],
        )
        for _ in range(2)
    ]
    with (
        posting_process(database.service_url, tasks[0]) as one,
        posting_process(database.service_url, tasks[1]) as other,
    ):
        one.go()
        other.go()
        posted = one.result() + other.result()
    assert [failure for p in posted for failure in p.failures] == []
    shared = [p.outcomes[0] for p in posted]
    assert len(shared) == 50
    assert len({outcome.entry_id for outcome in shared}) == 1
    assert sorted(outcome.replayed for outcome in shared) == [False] + [True] * 49
    assert {p.outcomes[1].refusal for p in posted} == {None}
    assert [await books.balance(name) for name in ("V1", "M1")] == [10, 50]


async def test_fifty_bodies_under_one_key_are_one_posting_and_49_conflicts(
    database: Database, engine: AsyncEngine
) -> None:
    books = await create_small_books(engine)
    batches = [[[entry(await books.line("I", "V1", n), key="A")]] for n in range(1, 51)]
    wide = create_engine(database.service_url, pool_size=50)
    posted = await post_at_once(wide, books.tenant_id, batches)
    await wide.dispose()
    refusals = [p.outcomes[0].refusal for p in posted]
    assert refusals.count(None) == 1
    assert refusals.count("idempotency_conflict") == 49
    assert await books.balance("V1") == refusals.index(None) + 1


async def test_a_key_in_two_lanes_at_once_does_not_fail_its_neighbours(
    database: Database, engine: AsyncEngine
) -> None:
    """As two service processes have it: each its own lane, batches that overlap in one key."""
    books = await create_small_books(engine)
    line = await books.line("I", "V1", 1)
    connect = lane_connector(database.service_url)
    services = [Lanes(connect, count=1, batch_cap=64, queue_cap=1_000) for _ in range(2)]
    for service in services:
        await service.start()
    rounds = 20
    futures = [
        service.submit(books.tenant_id, ENTRY, request)
        for number in range(rounds)
        for service in services
        for request in (entry(line), entry(line, key=f"shared {number}"), entry(line))
    ]
    outcomes = await asyncio.gather(*futures)
    for service in services:
        await service.stop()
    assert {outcome.refusal for outcome in outcomes} == {None}
    assert sum(outcome.replayed for outcome in outcomes) == rounds
    assert await entry_count(books) == await books.balance("V1") == 5 * rounds


async def test_a_claim_that_is_rolled_back_frees_its_key_for_whoever_waits(
    engine: AsyncEngine,
) -> None:
    books = await create_small_books(engine)
    line = await books.line("I", "V1", 10)
    first, second = entry(line, key="A"), entry(line, key="A")
    async with engine.connect() as conn:
        await post_batch(conn, tenant_id=books.tenant_id, requests=[first])
        waiting = asyncio.create_task(books.post(second))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await conn.rollback()
    (outcome,) = await waiting
    assert (outcome.entry_id, outcome.replayed) == (second.entry_id, False)


async def test_a_replay_writes_so_that_it_waits_for_the_standby_too(engine: AsyncEngine) -> None:
    """Without a record of its own, a commit would not wait for synchronous replication."""
    books = await create_small_books(engine)
    line = await books.line("I", "V1", 10)
    await books.post(entry(line, key="A"))
    async with engine.connect() as conn:
        before = await fetch_value(conn, "SELECT pg_current_wal_insert_lsn()::text")
        (again,) = await post_batch(
            conn, tenant_id=books.tenant_id, requests=[entry(line, key="A")]
        )
        after = await fetch_value(
            conn, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1::text::pg_lsn)", before
        )
        assigned = await fetch_value(conn, "SELECT pg_current_xact_id_if_assigned()::text")
    assert again.replayed
    assert after > 0
    assert assigned is not None


@pytest.mark.parametrize("text", ["order 17", "", "é", "订单", "x" * 300])
def test_any_text_makes_a_key(text: str) -> None:
    key = idempotency_key(text)
    assert key == idempotency_key(text) != idempotency_key(text + " ")
    assert (key.version, key.variant) == (8, UUID(int=0x2 << 62).variant)


def test_a_uuid_is_its_own_key() -> None:
    key = uuid7()
    assert idempotency_key(str(key)) == key


def test_fingerprints_tell_values_of_different_types_apart() -> None:
    values = [1, "1", True, None, [1], [[1]], {"a": 1}, "", [], 2**53 - 1]
    prints = {fingerprint("route", [value]) for value in values}
    assert len(prints) == len(values)
    assert fingerprint("route", ["ab", "c"]) != fingerprint("route", ["a", "bc"])
    assert differing_field(fingerprint("r", [1, 2]), fingerprint("r", [1, 2]), ("a", "b")) == "body"
