"""Writes that are no postings happen once for their key, caller, place and body."""

import asyncio
from typing import Any

import httpx
import pytest

from api.edge import Edge
from ledger.database import fetch_value, read_transaction
from tests.api.world import World, client_of, new_key

Key = dict[str, str]


async def enrol(client: httpx.AsyncClient, base: str, key: Key, name: str) -> httpx.Response:
    return await client.post(f"{base}/merchants", json={"name": name}, headers=key)


async def merchants(world: World, name: str) -> int:
    async with read_transaction(world.engine, tenant_id=world.programme.tenant_id) as conn:
        count: Any = await fetch_value(
            conn, "SELECT count(*) FROM foundation.merchant WHERE name = $1", name
        )
    return int(count)


async def test_the_same_command_is_answered_the_same_and_done_once(app: Edge, world: World) -> None:
    key = new_key()
    async with client_of(app, await world.key("community_staff")) as staff:
        answers = await asyncio.gather(
            *(enrol(staff, world.base, key, "阿婆馄饨") for _ in range(8))
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert await merchants(world, "阿婆馄饨") == 1


async def test_another_body_or_route_under_the_key_is_refused_and_not_done(
    app: Edge, world: World
) -> None:
    key = new_key()
    async with client_of(app, await world.key("community_staff")) as staff:
        assert (await enrol(staff, world.base, key, "阿婆馄饨")).status_code == 201
        other_body = await enrol(staff, world.base, key, "老李修鞋")
        other_route = await staff.post(
            f"{world.base}/groups",
            json={"name": "阿婆馄饨", "leader_member_id": str(world.member.member_id)},
            headers=key,
        )
    for answer, field in ((other_body, "name"), (other_route, "route")):
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (409, "idempotency_conflict"), problem
        assert problem["field"] == field
    assert await merchants(world, "老李修鞋") == 0


async def test_callers_and_places_have_keys_of_their_own(app: Edge, world: World) -> None:
    key, elsewhere = new_key(), f"/v1/programmes/{world.other_programme.public_id}"
    secrets = [await world.key("community_staff") for _ in range(2)]
    other_place = await world.key("community_staff", world.other_programme)
    made = []
    for number, (secret, base) in enumerate(
        [(secrets[0], world.base), (secrets[1], world.base), (other_place, elsewhere)]
    ):
        async with client_of(app, secret) as staff:
            made.append(await enrol(staff, base, key, f"第{number}家"))
    assert [answer.status_code for answer in made] == [201] * 3
    assert len({answer.json()["merchant_id"] for answer in made}) == 3
    assert all("idempotent-replayed" not in answer.headers for answer in made)


@pytest.mark.parametrize(("name", "status"), [("老张豆浆", 409), ("", 400)])
async def test_a_refusal_by_state_is_kept_and_one_by_form_can_be_mended(
    app: Edge, world: World, name: str, status: int
) -> None:
    key = new_key()
    async with client_of(app, await world.key("community_staff")) as staff:
        first = await enrol(staff, world.base, key, name)
        again = await enrol(staff, world.base, key, name)
        mended = await enrol(staff, world.base, key, "新店")
    assert (first.status_code, again.status_code) == (status, status)
    assert ("idempotent-replayed" in again.headers) == (status == 409)
    assert mended.status_code == (409 if status == 409 else 201)
