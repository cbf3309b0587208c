"""What every request may count on: HEAD, parameters that are named, fields that are named."""

import gc
from base64 import urlsafe_b64decode

import httpx
import pytest

from api.edge import Edge
from tests.api.world import World, client_of, entry, new_key


async def test_head_answers_as_get_does_without_the_body(
    nobody: httpx.AsyncClient, auditor: httpx.AsyncClient, world: World
) -> None:
    for client, path in (
        (nobody, "/health/live"),
        (nobody, "/health/ready"),
        (nobody, "/sign-in"),
        (nobody, "/docs"),
        (nobody, "/nowhere"),
        (auditor, f"{world.base}/accounts"),
        (auditor, f"{world.base}/accounts?colour=red"),
    ):
        got, head = await client.get(path), await client.head(path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        assert head.headers.keys() == got.headers.keys(), path
        assert head.headers["content-type"] == got.headers["content-type"], path


async def test_head_is_refused_where_there_is_nothing_to_get(
    poster: httpx.AsyncClient, world: World
) -> None:
    answer = await poster.head(f"{world.base}/periods/close")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    answer = await poster.delete(f"{world.base}/entries")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    answer = await poster.post(f"{world.base}/redemptions//capture")
    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")


async def test_an_unknown_parameter_is_answered_with_the_known_ones(
    auditor: httpx.AsyncClient, world: World
) -> None:
    path = f"{world.base}/entries?colour=red"
    problem = (await auditor.get(path, headers={"accept-language": "en"})).json()
    assert (problem["code"], problem["parameter"]) == ("invalid_parameter", "colour")
    for name in ("booked_from", "event_code", "cursor", "limit"):
        assert name in problem["detail"]
    assert "call" not in problem["reason"].split(", ")
    assert "可用的有" in (await auditor.get(path)).json()["detail"]


@pytest.mark.parametrize("amount", ["1.5", "120.0", "1e2", "1" * 30])
async def test_a_number_that_is_not_whole_names_its_field(
    poster: httpx.AsyncClient, world: World, amount: str
) -> None:
    body = entry(world.programme.public_id, world.estate.public_id, 120, memo="1.5 小时")
    answer = await poster.post(
        f"{world.base}/entries",
        content=httpx.Request("POST", "http://x", json=body).content.replace(
            b"120", amount.encode()
        ),
        headers={**new_key(), "content-type": "application/json"},
    )
    assert answer.status_code == 400, answer.text
    assert answer.json()["field"] == "transfers[0].amount"


async def test_a_key_learns_whom_it_speaks_for(app: Edge, world: World) -> None:
    secret = await world.key("integration", scopes=["entries.read"])
    async with client_of(app, secret) as client:
        me = (await client.get("/v1/me")).json()
    assert (me["kind"], me["person"]) == ("connected_system", None)
    assert me["api_key"]["scopes"] == ["entries.read"]
    assert me["expires_at"] > "2026"
    (role,) = me["roles"]
    assert role["place"] == {
        "id": str(world.programme.public_id),
        "form": "programme",
        "name": world.programme.name,
    }
    assert (role["role"], role["permissions"]) == ("integration", ["entries.read"])


async def test_nobody_is_told_to_sign_in(nobody: httpx.AsyncClient) -> None:
    assert (await nobody.get("/v1/me")).json()["code"] == "not_signed_in"


async def test_a_cursor_belongs_to_the_list_that_gave_it(
    auditor: httpx.AsyncClient, poster: httpx.AsyncClient, world: World
) -> None:
    issued = await world.account("PG", "5101")
    mine = await world.account("PG", "2501")
    for _ in range(3):
        body = entry(issued, mine)
        await poster.post(f"{world.base}/entries", json=body, headers=new_key())
    statement = f"{world.base}/accounts/{mine}/statement"
    cursor = (await auditor.get(f"{statement}?limit=1")).json()["next_cursor"]
    assert (await auditor.get(f"{statement}?limit=1&cursor={cursor}")).status_code == 200
    for path in (f"{world.base}/accounts/{issued}/statement", f"{world.base}/accounts"):
        answer = await auditor.get(f"{path}?cursor={cursor}")
        assert (answer.status_code, answer.json()["parameter"]) == (400, "cursor"), path


async def test_a_page_that_is_too_small_is_refused_in_chinese(
    auditor: httpx.AsyncClient, world: World
) -> None:
    answer = await auditor.get(f"{world.base}/accounts?limit=0")
    assert answer.json()["detail"] == "参数 limit：不能小于 1。"


async def test_a_cursor_of_accounts_names_them_by_their_public_ids(
    auditor: httpx.AsyncClient, world: World
) -> None:
    path, seen, cursor = f"{world.base}/accounts", [], ""
    while cursor is not None:
        query = {"limit": 7} | ({"cursor": cursor} if cursor else {"book": "TB"})
        page = (await auditor.get(path, params=query)).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is not None:
            padded = cursor + "=" * (-len(cursor) % 4)
            assert seen[-1] in urlsafe_b64decode(padded).decode()
    everything = (await auditor.get(path, params={"book": "TB", "limit": 200})).json()["items"]
    assert seen == [one["id"] for one in everything]
    assert len(seen) > 7


@pytest.mark.parametrize(
    "query",
    [
        "occurred_on=9999-12-31",
        "booked_on=0001-01-01",
        "posted_at=0001-01-01T00:00:00%2B08:00",
        "posted_at=9999-12-31T23:59:59-08:00",
    ],
)
async def test_a_day_nobody_means_is_refused_in_a_query(
    auditor: httpx.AsyncClient, world: World, query: str
) -> None:
    (account,) = (await auditor.get(f"{world.base}/accounts?limit=1")).json()["items"]
    answer = await auditor.get(f"{world.base}/accounts/{account['id']}/balance?{query}")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "invalid_parameter")
    assert problem["parameter"] == query.partition("=")[0]
    assert problem["detail"].endswith("请给 1900 年到 2999 年之间的日期。")


async def test_text_that_looks_like_such_a_day_stays_text(
    poster: httpx.AsyncClient, world: World
) -> None:
    body = entry(world.programme.public_id, world.estate.public_id, memo="0001-01-01")
    answer = await poster.post(f"{world.base}/entries", json=body, headers=new_key())
    assert answer.json()["code"] == "account_not_found"  # it was read


@pytest.mark.usefixtures("app")
async def test_a_process_that_serves_seldom_looks_for_garbage() -> None:
    assert gc.get_threshold()[0] >= 50_000
    # some Python releases begin with a few hundred
    assert gc.get_freeze_count() > 10_000
