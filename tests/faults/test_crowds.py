"""Many clients at once on one key, one account, each other's accounts; two web processes."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.api.world import entry, new_key
from tests.database_server import create_database, drop_database, new_data_dir
from tests.faults.crowd import Crowd, at_once, new_crowd
from tests.faults.serving import PATIENCE_SECONDS
from tests.proofs import failed_proofs
from tests.waiting import wait_for

ON_ONE_KEY = 64
ON_ONE_ACCOUNT, SPENDS, FUNDS = 32, 20, 300
BATCH, BATCHES, POSTERS = 20, 5, 8

_VERSIONS = """
SELECT array_agg(v.version ORDER BY v.version) = array_agg(v.place ORDER BY v.version)
FROM (
    SELECT x.version, row_number() OVER (ORDER BY x.version) AS place
    FROM books.account a
    JOIN LATERAL (
        SELECT t.debit_version AS version FROM books.transfer t
        WHERE t.tenant_id = a.tenant_id AND t.debit_account_id = a.account_id
        UNION ALL
        SELECT t.credit_version FROM books.transfer t
        WHERE t.tenant_id = a.tenant_id AND t.credit_account_id = a.account_id
    ) AS x ON true
    WHERE a.public_id = $1::uuid
) AS v
"""
_HELD = "SELECT credits_posted - debits_posted FROM books.account WHERE public_id = $1::uuid"
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@pytest.fixture(scope="module")
def crowd(request: pytest.FixtureRequest) -> Iterator[Crowd]:
    """One service for all of these, since each has keys and accounts of its own."""
    server = request.getfixturevalue("database_server")
    database = wait_for(create_database(server))
    try:
        with new_data_dir() as data_dir, new_crowd(database, data_dir) as found:
            yield found
        assert wait_for(failed_proofs(database.admin_url)) == []
    finally:
        wait_for(drop_database(server, database))


def bodies(crowd: Crowd, path: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Two commands for one path, and the field in which they differ."""
    if path == "/groups":
        names = {"name": f"互助队{uuid4().hex[:8]}", "leader_member_id": str(crowd.members[0][0])}
        return names, names | {"name": "另一队"}, "name"
    one = entry(crowd.issued, crowd.provision, 1)
    other = entry(crowd.issued, crowd.provision, 2, occurred_at=one["occurred_at"])
    if path == "/entries":
        return one, other, "transfers"
    return {"entries": [one] * 3}, {"entries": [other] * 3}, "transfers"


def without_replayed(answer: httpx.Response) -> Any:
    """What an answer says, whether it is the first or not."""
    found = answer.json()
    for item in found.get("results", [found]):
        item.pop("replayed", None)
    return found


@pytest.mark.parametrize("path", ["/entries", "/entries/batch", "/groups"])
async def test_64_clients_with_one_key_and_one_body_are_one_deed(crowd: Crowd, path: str) -> None:
    before = await crowd.value(_HELD, crowd.provision)
    body, key = bodies(crowd, path)[0], new_key()
    async with crowd.client(crowd.staff if path == "/groups" else crowd.poster) as client:
        answers = await at_once(
            [client.post(crowd.base + path, json=body, headers=key) for _ in range(ON_ONE_KEY)]
        )
    assert {answer.status_code for answer in answers} <= {200, 201}, answers[0].text
    first = without_replayed(answers[0])
    assert all(without_replayed(answer) == first for answer in answers)
    added = {"/entries": 1, "/entries/batch": 3, "/groups": 0}[path]
    assert await crowd.value(_HELD, crowd.provision) == before + added


@pytest.mark.parametrize("path", ["/entries", "/groups"])
async def test_64_clients_with_one_key_and_two_bodies_are_one_deed_and_conflicts(
    crowd: Crowd, path: str
) -> None:
    before = await crowd.value(_HELD, crowd.provision)
    one, other, field = bodies(crowd, path)
    key = new_key()
    sent = [(one, other)[place % 2] for place in range(ON_ONE_KEY)]
    async with crowd.client(crowd.staff if path == "/groups" else crowd.poster) as client:
        answers = await at_once(
            [client.post(crowd.base + path, json=body, headers=key) for body in sent]
        )
    done = [place % 2 for place, answer in enumerate(answers) if answer.is_success]
    assert len(done) == ON_ONE_KEY // 2
    assert len(set(done)) == 1
    conflicts = [answer for answer in answers if not answer.is_success]
    assert {answer.status_code for answer in conflicts} == {409}
    assert {(a.json()["code"], a.json()["field"]) for a in conflicts} == {
        ("idempotency_conflict", field)
    }
    added = 0 if path == "/groups" else done[0] + 1
    assert await crowd.value(_HELD, crowd.provision) == before + added


async def test_32_clients_spend_one_account_to_its_floor_and_no_further(crowd: Crowd) -> None:
    (_, account), *_ = crowd.members
    path = f"{crowd.base}/entries"

    async def spend(client: httpx.AsyncClient) -> list[str]:
        told = []
        for _ in range(SPENDS):
            body = entry(account, crowd.pool, 1, event_code="TB09")
            answer = await client.post(path, json=body, headers=new_key())
            told.append("posted" if answer.status_code == 201 else answer.json()["code"])
        return told

    async with crowd.client(crowd.poster) as client:
        fund = entry(crowd.pool, account, FUNDS, event_code="TB06")
        assert (await client.post(path, json=fund, headers=new_key())).status_code == 201
        before = await crowd.value(_HELD, crowd.pool)
        told = Counter(
            chain.from_iterable(
                await asyncio.gather(*(spend(client) for _ in range(ON_ONE_ACCOUNT)))
            )
        )
    refused = ON_ONE_ACCOUNT * SPENDS - FUNDS
    assert told == {"posted": FUNDS, "insufficient_balance": refused}
    assert await crowd.value(_HELD, account) == 0
    assert await crowd.value(_HELD, crowd.pool) == before + FUNDS
    for one in (account, crowd.pool):
        assert await crowd.value(_VERSIONS, one), "versions have a gap"


async def test_there_and_back_and_rings_do_not_deadlock(crowd: Crowd, seed: int) -> None:
    """Batches of gifts in random order and single ones, over two processes; a control deadlocks."""
    draw = random.Random(seed)
    accounts = [account for _, account in crowd.members]
    ring = [*zip(accounts, accounts[1:] + accounts[:1], strict=True)]
    pairs = [*ring, *((credit, debit) for debit, credit in ring)]

    def gift() -> dict[str, Any]:
        return entry(*draw.choice(pairs), 1, event_code="TB08")

    async def post(client: httpx.AsyncClient) -> set[int | str]:
        told: set[int | str] = set()
        for _ in range(BATCHES):
            batch = {"entries": [gift() for _ in range(BATCH)]}
            path = f"{crowd.base}/entries"
            answer = await client.post(f"{path}/batch", json=batch, headers=new_key())
            told |= {item["result"] for item in answer.json()["results"]}
            told.add((await client.post(path, json=gift(), headers=new_key())).status_code)
        return told

    async with crowd.client(crowd.poster) as client:
        funds = [entry(crowd.pool, account, 1_000, event_code="TB06") for account in accounts]
        path = f"{crowd.base}/entries/batch"
        await client.post(path, json={"entries": funds}, headers=new_key())
        assert set().union(*await asyncio.gather(*(post(client) for _ in range(POSTERS)))) == {
            "posted",
            201,
        }
    assert await deadlocks_beside_one(crowd) == 0


async def deadlocks_beside_one(crowd: Crowd) -> int:
    """What the server has counted, less one of our own, which shows that it does count."""
    one = await asyncpg.connect(crowd.database.admin_url)
    other = await asyncpg.connect(crowd.database.admin_url)
    try:
        for connection in (one, other):
            await connection.execute("SET deadlock_timeout = '10ms'")
            await connection.execute("BEGIN")
        await one.execute("SELECT pg_advisory_xact_lock(1)")
        await other.execute("SELECT pg_advisory_xact_lock(2)")
        met = await asyncio.gather(
            one.execute("SELECT pg_advisory_xact_lock(2)"),
            other.execute("SELECT pg_advisory_xact_lock(1)"),
            return_exceptions=True,
        )
        assert sum(isinstance(error, asyncpg.DeadlockDetectedError) for error in met) == 1
    finally:
        await one.close()
        await other.close()
    counted = 0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not counted:
            await asyncio.sleep(0.1)
            counted = int(await crowd.value(_DEADLOCKS))
    return counted - 1
