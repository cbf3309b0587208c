"""Bad input: one clear problem each, nothing written, no failure of ours."""

import gzip

import httpx
import pytest

from api.edge import Edge
from ledger.database import fetch_value, read_transaction
from tests.api.hostile import hostile_bodies
from tests.api.world import World, client_of, entry, new_key


async def post_raw(
    client: httpx.AsyncClient, path: str, body: bytes, content_type: str | None
) -> httpx.Response:
    headers = new_key() | ({} if content_type is None else {"content-type": content_type})
    return await client.post(path, content=body, headers=headers)


async def test_every_hostile_body_gets_its_refusal_and_writes_nothing(
    poster: httpx.AsyncClient, world: World
) -> None:
    issued = await world.account("PG", "5101")
    available = await world.account("PG", "2501")
    good = entry(issued, available, 120)
    path = f"{world.base}/entries"
    # the first request goes the ordinary way, the second may take the hot route
    await poster.get(f"{world.base}/accounts")
    wrong, count = [], 0
    for case in hostile_bodies(good):
        count += 1
        for route in (path, f"{path}/batch" if case.name == "empty" else path):
            answer = await post_raw(poster, route, case.body, case.content_type)
            code = answer.json().get("code")
            if code != case.refusal or answer.status_code >= 500:
                wrong.append((case.name, answer.status_code, answer.text[:200]))
    assert wrong == []
    assert count >= 60
    async with read_transaction(world.engine, tenant_id=world.programme.tenant_id) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM books.entry") == 0
        assert await fetch_value(conn, "SELECT count(*) FROM books.command") == 0


async def test_text_is_stored_in_nfc(poster: httpx.AsyncClient, world: World) -> None:
    issued = await world.account("PG", "5101")
    available = await world.account("PG", "2501")
    body = entry(issued, available, memo="cafe\u0301")
    made = await poster.post(f"{world.base}/entries", json=body, headers=new_key())
    read = await poster.get(f"{world.base}/entries/{made.json()['entry_id']}")
    assert read.json()["memo"] == "caf\u00e9"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=1.0", "limit"),
        ("limit=1&limit=2", "limit"),
        ("surprise=1", "surprise"),
        ("call=1", "call"),
        ("book=XX", "book"),
        ("code=%27", "code"),
        ("code=9999", "code"),
        ("book=TB%0A", "book"),
        ("book=TB%00", "book"),
        ("book=%FF", "query"),
        ("holder_id=x", "holder_id"),
        ("status=OPEN", "status"),
        ("cursor=%E2%80%AE", "cursor"),
        ("cursor=AAAA", "cursor"),
        ("cursor=" + "A" * 2000, "cursor"),
    ],
)
async def test_bad_query_parameters_are_named(
    auditor: httpx.AsyncClient, world: World, query: str, parameter: str
) -> None:
    answer = await auditor.get(f"{world.base}/accounts?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    assert answer.json()["parameter"] == parameter


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a b", "\u00e9", "a\tb", "键"])
async def test_bad_idempotency_keys_are_refused(
    poster: httpx.AsyncClient, world: World, key: str
) -> None:
    body = entry(await world.account("PG", "5101"), await world.account("PG", "2501"))
    answer = await poster.post(
        f"{world.base}/entries", json=body, headers=[(b"idempotency-key", key.encode())]
    )
    assert answer.status_code == 400
    assert answer.json()["code"] in ("invalid_parameter", "idempotency_key_missing")


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/",
        "/v1/programmes",
        "/v1/programmes/x/accounts",
        "/v1/programmes/019a5f00-0000-7000-8000-000000000001%00/accounts",
        "/v1/programmes/../estates",
        "/%FF",
        "/v1/programmes/019A5F00-0000-7000-8000-000000000001/accounts/x",
        "/health/../../etc/passwd",
    ],
)
async def test_addresses_that_lead_nowhere_are_problems(
    nobody: httpx.AsyncClient, path: str
) -> None:
    answer = await nobody.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "FROBNICATE"])
async def test_other_methods_are_refused_with_those_allowed(
    poster: httpx.AsyncClient, world: World, method: str
) -> None:
    answer = await poster.request(method, f"{world.base}/entries")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"


async def test_a_body_that_claims_to_be_compressed_is_not_unpacked(
    poster: httpx.AsyncClient, world: World
) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    answer = await poster.post(
        f"{world.base}/entries",
        content=bomb,
        headers=new_key() | {"content-type": "application/json", "content-encoding": "gzip"},
    )
    assert answer.json()["code"] == "malformed_body"


async def test_both_ways_of_reading_an_entry_refuse_alike(app: Edge, world: World) -> None:
    """The hot route serves a key that was seen before; the ordinary one serves the first."""
    issued = await world.account("PG", "5101")
    available = await world.account("PG", "2501")
    secret = await world.key("integration")
    path = f"{world.base}/entries"
    async with client_of(app, secret) as client:
        await client.post(path, json=entry(issued, available), headers=new_key())
        for case in hostile_bodies(entry(issued, available)):
            quick = await post_raw(client, path, case.body, case.content_type)
            headers = {"cookie": "language=en"}
            client.cookies.clear()
            plain = await client.post(
                path,
                content=case.body,
                headers=new_key()
                | headers
                | ({} if case.content_type is None else {"content-type": case.content_type}),
            )
            assert quick.json()["code"] == plain.json()["code"] == case.refusal, case.name
