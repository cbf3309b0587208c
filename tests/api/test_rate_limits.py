"""Too many requests are answered with 429 and when to come back; nobody else notices."""

import httpx
import pytest

from api import rate_limits
from api.rate_limits import Rate, RateLimits
from ledger.database import fetch_all, read_transaction
from tests.api.world import PASSWORD, World, client_of, entry, new_key, running_app
from tests.database_server import Database
from tests.web.visitors import hidden, visitor


async def answers(client: httpx.AsyncClient, path: str, times: int) -> list[int]:
    return [(await client.get(path)).status_code for _ in range(times)]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three at once and one a hundred seconds after."""
    slow = Rate(0.01, 3)
    monkeypatch.setattr(rate_limits, "RATES", dict.fromkeys(rate_limits.RATES, slow))


@pytest.mark.usefixtures("few")
async def test_one_caller_too_many_disturbs_no_other(database: Database, world: World) -> None:
    keys = [await world.key("auditor") for _ in range(2)]
    path = f"{world.base}/accounts"
    async with (
        running_app(database.service_url) as app,
        client_of(app, keys[0]) as busy,
        client_of(app, keys[1]) as other,
    ):
        assert await answers(busy, path, 5) == [200, 200, 200, 429, 429]
        assert await answers(other, path, 1) == [200]
        refused = await busy.get(path)
    assert refused.json()["code"] == "rate_limited"
    assert 1 <= int(refused.headers["retry-after"]) <= 100


@pytest.mark.usefixtures("few")
async def test_wrong_keys_are_counted_by_address_and_right_ones_pass(
    database: Database, world: World
) -> None:
    good = await world.key("auditor")
    async with running_app(database.service_url) as app:
        path = f"{world.base}/accounts"
        async with client_of(app, "gz_wrong") as guesser, client_of(app, good) as neighbour:
            assert await answers(guesser, path, 4) == [401, 401, 401, 429]
            assert await answers(neighbour, path, 1) == [200]
        async with client_of(app) as nobody:
            assert await answers(nobody, "/health/live", 10) == [200] * 10
            assert await answers(nobody, "/health/ready", 10) == [200] * 10


@pytest.mark.usefixtures("few")
async def test_entries_by_key_are_never_counted(database: Database, world: World) -> None:
    secret = await world.key("integration")
    issued = await world.account("PG", "5101")
    available = await world.account("PG", "2501")
    body = entry(issued, available)
    async with running_app(database.service_url) as app, client_of(app, secret) as client:
        posted = [
            (await client.post(f"{world.base}/entries", json=body, headers=new_key())).status_code
            for _ in range(12)
        ]
    assert posted == [201] * 12


@pytest.mark.usefixtures("few")
async def test_a_page_too_many_is_a_page_that_says_when(database: Database, world: World) -> None:
    async with running_app(database.service_url) as app, visitor(app) as browser:
        for _ in range(3):
            await browser.get("/sign-in")
        answer = await browser.get("/sign-in")
    assert answer.status_code == 429
    assert answer.headers["content-type"].startswith("text/html")
    assert "请求太频繁" in answer.text
    assert "retry-after" in answer.headers


@pytest.mark.usefixtures("few")
async def test_the_limits_can_be_switched_off(database: Database, world: World) -> None:
    async with (
        running_app(database.service_url, rate_limit_percent=0) as app,
        client_of(app) as nobody,
    ):
        assert await answers(nobody, "/sign-in", 20) == [200] * 20


async def test_a_market_day_behind_one_address_is_served(database: Database, world: World) -> None:
    """A hundred people open the page, sign in and look at once, all behind one router."""
    async with running_app(database.service_url) as app:
        limits = app.app.state.service.rate_limits
        async with visitor(app) as browser:
            pages = [(await browser.get("/sign-in")).status_code for _ in range(200)]
            page = await browser.get("/sign-in")
            signed = await browser.post(
                "/sign-in", data=hidden(page) | {"name": "wang", "password": PASSWORD}
            )
        assert set(pages) == {200}
        assert signed.status_code == 303
        assert len(limits._full_at) <= 3


def test_memory_is_bounded_however_many_addresses_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "_MOST_COUNTED", 100)
    limits = RateLimits(100)
    for number in range(1000):
        assert limits._take(("address", "read", str(number)), Rate(0.01, 2)) == 0
    assert len(limits._full_at) <= 100


async def test_throttling_and_the_audit_log_see_the_client_behind_the_proxy(
    database: Database, world: World
) -> None:
    async def sign_in_as(app: object, forwarded: str) -> None:
        async with visitor(app) as browser:  # type: ignore[arg-type]
            page = await browser.get("/sign-in")
            data = hidden(page) | {"name": "wang", "password": PASSWORD}
            headers = {"x-forwarded-for": forwarded}
            assert (await browser.post("/sign-in", data=data, headers=headers)).status_code == 303

    # the test's transport says that every request comes from 127.0.0.1
    async with running_app(database.service_url, trusted_proxies="127.0.0.1") as app:
        await sign_in_as(app, "6.6.6.6, 198.51.100.9")
    async with running_app(database.service_url) as app:
        await sign_in_as(app, "6.6.6.6, 198.51.100.9")
    async with read_transaction(world.engine) as conn:
        rows = await fetch_all(
            conn,
            "SELECT address FROM foundation.audit_log WHERE action = 'session.open' "
            "ORDER BY audit_id",
        )
    assert [row.address for row in rows] == ["198.51.100.9", "127.0.0.1"]
