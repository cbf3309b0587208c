"""Who is calling: keys, sessions, forms; what is refused, and how soon."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from api import auth
from api.caches import TimedCache
from api.edge import Edge
from ledger.clock import now
from ledger.database import write_transaction
from ledger.foundation.api_keys import create_api_key, find_api_key, key_hash, revoke_api_key
from ledger.foundation.grants import end_grant, grant_role
from ledger.foundation.sign_in import sign_in
from ledger.identifiers import uuid7
from tests.api.world import (
    ORIGIN,
    PASSWORD,
    SYSTEM,
    World,
    client_of,
    entry,
    new_key,
    running_app,
)
from tests.database_server import Database


@pytest.fixture
async def browser(app: Edge, world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The member's browser, signed in."""
    opened = await sign_in(
        world.engine, sign_in_name="wang", password=PASSWORD, address="192.0.2.1"
    )
    async with client_of(app) as client:
        client.cookies.set("gongzhang", opened.token)
        yield client


def form_token(app: Edge, client: httpx.AsyncClient) -> str:
    identities = app.app.state.service.identities
    caller = auth.Caller(0, None, None, client.cookies["gongzhang"])
    return identities.form_token(caller)


async def test_without_a_key_or_session_nothing_is_shown(
    nobody: httpx.AsyncClient, world: World
) -> None:
    answer = await nobody.get(f"{world.base}/accounts")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer gz_",
        "Bearer gz_forged",
        "Basic d2FuZzp4",
        "bearer gz_x",
        "gz_x",
        "Bearer  gz_x",
        "Bearer " + "gz_" + "x" * 5000,
    ],
)
async def test_a_header_that_is_no_key_of_ours_is_refused(
    nobody: httpx.AsyncClient, world: World, header: str
) -> None:
    answer = await nobody.get(f"{world.base}/accounts", headers={"authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "api_key_refused")


async def test_a_revoked_key_stops_within_the_life_of_the_cache(
    app: Edge, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert auth.CACHE_SECONDS <= 5
    identities = app.app.state.service.identities
    monkeypatch.setattr(identities.api_keys, "_seconds", 0.2)
    secret = await world.key("auditor")
    async with client_of(app, secret) as client:
        assert (await client.get(f"{world.base}/accounts")).status_code == 200
        async with world.engine.begin() as conn:
            key = await find_api_key(conn, hashed=key_hash(secret), at=now())
            assert key is not None
            await revoke_api_key(conn, api_key_id=key.api_key_id, revoked_by=SYSTEM, reason="lost")
        await asyncio.sleep(0.25)
        answer = await client.get(f"{world.base}/accounts")
    assert answer.json()["code"] == "api_key_refused"


async def test_a_value_that_was_forgotten_while_it_was_loaded_is_not_kept() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    state = ["before"]

    async def load(_key: str) -> str:
        read = state[0]
        begun.set()
        await may_end.wait()
        return read

    cache = TimedCache[str, str](load, seconds=60)
    for forget in (lambda: cache.forget("k"), lambda: cache.forget_where(lambda one: True)):
        begun.clear()
        may_end.clear()
        state[0] = "before"
        early = asyncio.create_task(cache.get("k"))
        await begun.wait()
        state[0] = "after"
        forget()
        late = asyncio.create_task(cache.get("k"))
        may_end.set()
        assert (await early, await late) == ("before", "after")
        assert cache.peek("k") != "before"
        assert await cache.get("k") == "after"
        cache.forget("k")


async def test_a_withdrawn_role_stops_as_soon(
    app: Edge, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.app.state.service.identities.api_keys, "_seconds", 0.0)

    async def make(conn):
        made = await create_api_key(conn, name="test", created_by=SYSTEM)
        grant_id = await grant_role(
            conn,
            caller_id=made.key.caller_id,
            role="auditor",
            tenant_id=world.programme.tenant_id,
            granted_by=SYSTEM,
        )
        return made.secret, grant_id

    secret, grant_id = await write_transaction(world.engine, make)
    async with client_of(app, secret) as client:
        assert (await client.get(f"{world.base}/accounts")).status_code == 200
        async with world.engine.begin() as conn:
            await end_grant(conn, grant_id=grant_id, ended_by=SYSTEM, reason="moved")
        assert (await client.get(f"{world.base}/accounts")).status_code == 404


async def test_scopes_narrow_a_key(app: Edge, world: World) -> None:
    secret = await world.key("integration", scopes=["entries.read"])
    async with client_of(app, secret) as client:
        assert (await client.get(f"{world.base}/entries")).status_code == 200
        answer = await client.get(f"{world.base}/accounts")
    assert answer.json()["code"] == "permission_missing"


async def test_a_session_shows_its_members_accounts_and_no_others(
    browser: httpx.AsyncClient, world: World
) -> None:
    page = (await browser.get(f"{world.base}/accounts")).json()
    assert {one["holder_id"] for one in page["items"]} == {str(world.member.member_id)}
    own = await world.account("TB", "2101", world.member.member_id)
    other = await world.account("TB", "2101", world.second_member.member_id)
    common = await world.account("TB", "5101")
    assert (await browser.get(f"{world.base}/accounts/{own}/balance")).status_code == 200
    answers = [
        await browser.get(f"{world.base}/accounts/{account}/statement")
        for account in (other, common, uuid7())
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (404, "account_not_found")
    }


async def test_a_forged_or_ended_session_is_no_session(
    app: Edge, browser: httpx.AsyncClient, world: World
) -> None:
    token = browser.cookies["gongzhang"]
    await browser.get(f"{world.base}/accounts")
    signed_out = await browser.post(
        "/sign-out", data={"form_token": form_token(app, browser)}, headers={"origin": ORIGIN}
    )
    assert signed_out.status_code == 303
    for cookie in (token, token[:-1] + "x", "", "x" * 3000):
        async with client_of(app) as client:
            client.cookies.set("gongzhang", cookie)
            answer = await client.get(f"{world.base}/accounts")
        assert answer.json()["code"] == "not_signed_in"


async def test_a_write_by_cookie_needs_the_token_of_its_session(
    app: Edge, browser: httpx.AsyncClient, world: World
) -> None:
    path = f"{world.base}/entries"
    body = entry(uuid7(), uuid7())
    for headers in ({}, {"x-csrf-token": ""}, {"x-csrf-token": "0" * 64}):
        answer = await browser.post(path, json=body, headers=new_key() | headers)
        assert answer.json()["code"] in ("form_forged", "permission_missing")
    # the permission is looked at first; a route that the member may use shows the form check
    out = await browser.post("/sign-out", data={"form_token": "0" * 64})
    assert out.status_code == 403
    right = await browser.post("/sign-out", data={"form_token": form_token(app, browser)})
    assert right.status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://books.test.evil.example"},
    ],
)
async def test_writes_from_other_sites_are_refused(
    app: Edge, browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    token = {"form_token": form_token(app, browser)}
    answer = await browser.post("/sign-out", data=token, headers=headers)
    assert answer.status_code == 403
    sign_in_form = {"name": "wang", "password": PASSWORD}
    answer = await browser.post("/sign-in", data=sign_in_form, headers=headers)
    assert answer.status_code == 403


async def test_a_key_in_the_header_wins_over_a_cookie(
    browser: httpx.AsyncClient, world: World
) -> None:
    secret = await world.key("auditor")
    answer = await browser.get(
        f"{world.base}/trial-balances", headers={"authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == 404
    answer = await browser.get(
        f"{world.base}/books/TB/trial-balance", headers={"authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == 200


async def test_cookies_are_for_this_host_over_tls_and_for_nobodys_script(
    database: Database, world: World
) -> None:
    async with running_app(database.service_url, secure_cookies=True) as app:
        async with client_of(app) as client:
            answer = await client.post("/sign-in", data={"name": "wang", "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        cookie = answer.headers["set-cookie"].lower()
        assert cookie.startswith("__host-gongzhang=")
        for part in ("httponly", "samesite=lax", "secure", "path=/"):
            assert part in cookie
        assert "domain" not in cookie
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_every_answer_carries_the_headers_that_keep_browsers_honest(
    nobody: httpx.AsyncClient, world: World
) -> None:
    for path in ("/health/live", f"{world.base}/accounts", "/nowhere", "/docs/openapi.json"):
        answer = await nobody.get(path, headers={"origin": "https://evil.example"})
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["x-request-id"]
    preflight = await nobody.request(
        "OPTIONS",
        f"{world.base}/entries",
        headers={"origin": "https://evil.example", "access-control-request-method": "POST"},
    )
    assert "access-control-allow-origin" not in preflight.headers


async def test_request_numbers_are_short_and_never_the_same(nobody: httpx.AsyncClient) -> None:
    numbers = [(await nobody.get("/health/live")).headers["x-request-id"] for _ in range(50)]
    assert len(set(numbers)) == 50
    assert all(len(number) <= 12 for number in numbers)


async def test_a_session_learns_who_it_is(browser: httpx.AsyncClient, world: World) -> None:
    me = (await browser.get("/v1/me")).json()
    assert (me["kind"], me["api_key"]) == ("person", None)
    assert me["person"]["display_name"] == "王小明"
    assert {one["object_id"] for one in me["roles"]} == {str(world.member.member_id)}
    assert me["expires_at"] > now().isoformat()
