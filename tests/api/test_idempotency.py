"""Writes that are no postings happen once for their key, caller, place and body."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.database import fetch_value, read_transaction, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import grant_role
from ledger.foundation.people import create_person
from tests.api.world import KEYS, SYSTEM, World, client_of, new_key
from tests.web.people import signed_in
from tests.web.visitors import hidden

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


async def test_a_code_is_issued_once_for_its_key_and_shown_once(app: Edge, world: World) -> None:
    path, key = f"{world.base}/redemption-codes", new_key()
    wanted = {"member_id": str(world.member.member_id), "ground": "来电请代办"}
    async with client_of(app, await world.key("community_staff")) as staff:
        first = await staff.post(path, json=wanted, headers=key)
        again = await staff.post(path, json=wanted, headers=key)
        other = wanted | {"member_id": str(world.second_member.member_id)}
        conflict = await staff.post(path, json=other, headers=key)
        anew = await staff.post(path, json=wanted, headers=new_key())
    assert (first.status_code, again.status_code) == (201, 201)
    assert len(first.json()["digits"]) == 8
    assert again.json() == first.json() | {"token": None, "digits": None}
    assert "idempotent-replayed" in again.headers
    assert (conflict.status_code, conflict.json()["field"]) == (409, "member_id")
    assert anew.json()["code_id"] != first.json()["code_id"]
    async with read_transaction(world.engine, tenant_id=world.programme.tenant_id) as conn:
        command = "SELECT string_agg(x::text, '') FROM foundation.api_command x"
        kept: Any = await fetch_value(conn, command)
    for secret in (first.json()["digits"], first.json()["token"]):
        assert secret not in kept
        assert secret.encode().hex() not in kept


async def test_ones_own_key_is_replaced_and_ended_once(app: Edge, world: World) -> None:
    """A repetition is told what came of it, without the secret: that is kept nowhere."""
    replacing, ending = new_key(), new_key()
    async with client_of(app, await world.key("integration")) as system:
        (own,) = (await system.get("/v1/me/api-keys")).json()["items"]
        path = f"/v1/me/api-keys/{own['api_key_id']}"
        first, again = [
            await system.post(f"{path}/rotation", json={"overlap_days": 1}, headers=replacing)
            for _ in range(2)
        ]
        assert (first.status_code, again.status_code) == (201, 201), again.text
        assert again.json() == first.json() | {"secret": None}
        longer = await system.post(f"{path}/rotation", json={"overlap_days": 2}, headers=replacing)
        assert (longer.status_code, longer.json()["field"]) == (409, "overlap_days")
        async with client_of(app, first.json()["secret"]) as renewed:
            itself = f"/v1/me/api-keys/{first.json()['api_key_id']}/revocation"
            assert (
                await renewed.post(itself, json={"reason": "x"}, headers=ending)
            ).status_code == 201
            assert (await renewed.get("/v1/me")).status_code == 401
    async with read_transaction(world.engine) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.api_key") == 2


async def administrators_key(conn: AsyncConnection) -> str:
    person = await create_person(conn, display_name="周敏", keys=KEYS)
    await grant_role(conn, caller_id=person.caller_id, role="platform_admin", granted_by=SYSTEM)
    made = await create_api_key(conn, name="test", created_by=SYSTEM, caller_id=person.caller_id)
    return made.secret


async def test_a_session_is_ended_and_a_job_wanted_once(app: Edge, world: World) -> None:
    async with signed_in(app, "wang") as here, signed_in(app, "wang") as there:
        assert (await there.get("/v1/me")).status_code == 200
        sessions = (await here.get("/v1/me/sessions")).json()["items"]
        (other,) = [one["session_id"] for one in sessions if not one["is_this"]]
        token = hidden(await here.get("/account/security"))["form_token"]
        headers = new_key() | {"x-csrf-token": token}
        answers = [
            await here.post(f"/v1/me/sessions/{other}/end", headers=headers) for _ in range(2)
        ]
        assert [one.status_code for one in answers] == [201, 201], answers[1].text
        assert "idempotent-replayed" in answers[1].headers
    key = new_key()
    async with client_of(app, await write_transaction(world.engine, administrators_key)) as admin:
        for job, status in (("sweep_queue", 200), ("sweep_queue", 200), ("seal_audit_log", 409)):
            answer = await admin.post(f"/v1/jobs/{job}/run", json={}, headers=key)
            assert answer.status_code == status, answer.text
    async with read_transaction(world.engine) as conn:
        wanted = "SELECT count(*) FROM foundation.audit_log WHERE action = 'jobs.run'"
        assert await fetch_value(conn, wanted) == 1
