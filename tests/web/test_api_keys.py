"""API keys over pages and interface: secrets once, own keys only, a proof before each act."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from api.edge import Edge
from ledger.database import execute, fetch_value, read_transaction, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import grant_role
from ledger.foundation.people import get_person_by_id
from ledger.identifiers import uuid7
from tests.api.world import PASSWORD, SYSTEM, World, client_of, entry, new_key
from tests.web.visitors import hidden, let_proofs_age, send, sign_in, visitor

HOME = "/admin/api-keys"
OWN = "/account/security/keys"
SECRET = re.compile(r"gz_[\w-]{43}")


@asynccontextmanager
async def administrator(app: Edge, world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The first member as administrator, signed in."""

    async def appoint(conn):
        await grant_role(
            conn, caller_id=world.person.caller_id, role="platform_admin", granted_by=SYSTEM
        )

    await write_transaction(world.engine, appoint)
    async with visitor(app) as client:
        await sign_in(client)
        yield client


async def test_an_administrator_issues_replaces_and_ends_a_key(app: Edge, world: World) -> None:
    async with administrator(app, world) as admin:
        page = f"{HOME}/new"
        assert (await send(admin, page, page, name="", tenant="x", days="7")).status_code == 422
        values = {
            "name": "物业收费",
            "tenant": str(world.programme.public_id),
            "days": "90",
            "scope-entries.read": "yes",
        }
        fields = {**hidden(await admin.get(page)), **values}
        made = await admin.post(page, data=fields)
        (secret,) = set(SECRET.findall(made.text))
        twice = await admin.post(page, data=fields)
        assert (twice.headers["location"], SECRET.findall(twice.text)) == (HOME, [])
        async with client_of(app, secret) as system:
            assert (await system.get(f"{world.base}/entries")).status_code == 200
            assert (await system.get(f"{world.base}/accounts")).status_code == 403
        listed = (await admin.get(HOME)).text
        assert secret not in listed
        assert "物业收费" in listed
        (api_key_id,) = set(re.findall(r"api-keys/([0-9a-f-]{36})/revoke", listed))
        rotated = await send(
            admin, f"{HOME}/{api_key_id}/rotate", f"{HOME}/{api_key_id}/rotate", overlap="1"
        )
        (second,) = set(SECRET.findall(rotated.text))
        again = await send(
            admin, f"{HOME}/{api_key_id}/rotate", f"{HOME}/{api_key_id}/rotate", overlap="1"
        )
        assert again.status_code == 409
        for one in (secret, second):
            async with client_of(app, one) as system:
                assert (await system.get(f"{world.base}/entries")).status_code == 200
        page = f"{HOME}/{api_key_id}/revoke"
        assert (await send(admin, page, page, reason="")).status_code == 422
        assert (await send(admin, page, page, reason="泄露")).status_code == 303
        assert (await send(admin, page, page, reason="泄露")).status_code == 409


async def test_an_administrator_does_not_get_the_key_of_a_person(app: Edge, world: World) -> None:
    secret = await world.key("trustee", world.estate)
    async with administrator(app, world) as admin:
        listed = (await admin.get(HOME)).text
        (api_key_id,) = set(re.findall(r"api-keys/([0-9a-f-]{36})/revoke", listed))
        assert f"{api_key_id}/rotate" not in listed
        answer = await send(admin, HOME + "/new", f"{HOME}/{api_key_id}/rotate", overlap="1")
        assert answer.status_code == 404
        assert not SECRET.findall(answer.text)
    async with client_of(app, secret) as trustee:
        assert (await trustee.get("/v1/me")).status_code == 200


async def test_issuing_a_key_asks_once_more_who_one_is(app: Edge, world: World) -> None:
    async with administrator(app, world) as admin:
        fields = hidden(await admin.get(f"{HOME}/new"))
        async with world.engine.begin() as conn:
            await execute(conn, "UPDATE foundation.session SET proved_at = NULL")
        app.app.state.service.identities.forget_session(admin.cookies["gongzhang"])
        values = {"name": "x", "tenant": str(world.programme.public_id), "days": "90"}
        asked = await admin.post(f"{HOME}/new", data={**fields, **values})
        assert asked.status_code == 403
        assert not SECRET.findall(asked.text)
        path = "/v1/me/api-keys/00000000-0000-7000-8000-000000000000/rotation"
        headers = new_key() | {"x-csrf-token": fields["form_token"]}
        answer = await admin.post(path, json={}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "step_up_needed")
    async with read_transaction(world.engine) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.api_key") == 0


async def test_a_system_replaces_its_own_key_and_no_others(app: Edge, world: World) -> None:
    mine, other = await world.key("integration"), await world.key("integration")
    async with client_of(app, mine) as client, client_of(app, other) as stranger:
        (key,) = (await client.get("/v1/me/api-keys")).json()["items"]
        assert key["last_used_on"] is not None
        path = f"/v1/me/api-keys/{key['api_key_id']}"
        body = {"overlap_days": 30}
        answer = await stranger.post(f"{path}/rotation", json=body, headers=new_key())
        assert (answer.status_code, answer.json()["code"]) == (403, "key_reaches_itself")
        reason = {"reason": "x"}
        answer = await stranger.post(f"{path}/revocation", json=reason, headers=new_key())
        assert (answer.status_code, answer.json()["code"]) == (403, "key_reaches_itself")
        too_long = await client.post(
            f"{path}/rotation", json={"overlap_days": 31}, headers=new_key()
        )
        assert too_long.status_code == 400
        made = await client.post(f"{path}/rotation", json=body, headers=new_key())
        assert made.status_code == 201, made.text
        async with client_of(app, made.json()["secret"]) as renewed:
            assert (await renewed.get("/v1/me")).json() | {"api_key": 0, "expires_at": 0} == (
                await client.get("/v1/me")
            ).json() | {"api_key": 0, "expires_at": 0}
            answer = await renewed.post(f"{path}/revocation", json=reason, headers=new_key())
            assert answer.status_code == 403, "also the one that it replaces"
            answer = await client.post(f"{path}/revocation", json=reason, headers=new_key())
            assert answer.status_code == 201


async def test_a_narrow_key_of_a_person_gets_no_wider_one_and_no_session(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    async def make(conn, scopes):
        return await create_api_key(
            conn, name="x", created_by=SYSTEM, caller_id=world.person.caller_id, scopes=scopes
        )

    wide = await write_transaction(world.engine, lambda conn: make(conn, None))
    narrow = await write_transaction(world.engine, lambda conn: make(conn, ["entries.read"]))
    sessions = (await wang.get("/v1/me/sessions")).json()["items"]
    async with client_of(app, narrow.secret) as client:
        listed = (await client.get("/v1/me/api-keys")).json()["items"]
        assert [one["api_key_id"] for one in listed] == [str(narrow.key.api_key_id)]
        others = f"/v1/me/api-keys/{wide.key.api_key_id}"
        for answer in (
            await client.post(f"{others}/rotation", json={"overlap_days": 0}, headers=new_key()),
            await client.post(f"{others}/revocation", json={"reason": "x"}, headers=new_key()),
            await client.get("/v1/me/sessions"),
            await client.post(
                f"/v1/me/sessions/{sessions[0]['session_id']}/end", headers=new_key()
            ),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "key_reaches_itself")
        itself = f"/v1/me/api-keys/{narrow.key.api_key_id}/rotation"
        renewed = await client.post(itself, json={"overlap_days": 0}, headers=new_key())
        assert renewed.status_code == 201
        assert (await client.get("/v1/me")).status_code == 401, "at once, in this process"
    assert (await wang.get("/v1/me/sessions")).status_code == 200
    assert len((await wang.get("/v1/me/api-keys")).json()["items"]) == 2, "by session all are seen"


async def test_an_ended_key_is_of_no_use_at_once_on_the_hot_route_too(
    app: Edge, world: World
) -> None:
    secret = await world.key("integration")
    body = entry(await world.account("TB", "2101", world.member.member_id), uuid7())
    async with administrator(app, world) as admin, client_of(app, secret) as system:
        for _ in range(2):
            answer = await system.post(f"{world.base}/entries", json=body, headers=new_key())
            assert answer.status_code != 401, answer.text
        listed = (await admin.get(HOME)).text
        (api_key_id,) = set(re.findall(r"api-keys/([0-9a-f-]{36})/revoke", listed))
        page = f"{HOME}/{api_key_id}/revoke"
        assert (await send(admin, page, page, reason="泄露")).status_code == 303
        answer = await system.post(f"{world.base}/entries", json=body, headers=new_key())
        assert answer.status_code == 401


async def test_a_person_sees_replaces_and_ends_her_keys_and_nobody_elses(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    async def make(conn):
        caller_id = world.person.caller_id
        return await create_api_key(conn, name="报表", created_by=SYSTEM, caller_id=caller_id)

    made = await write_transaction(world.engine, make)
    await world.key("trustee", world.estate)
    listed = (await wang.get("/account/security")).text
    assert ("报表" in listed, f"{OWN}/new" in listed, made.secret in listed) == (True, False, False)
    (key_id,) = set(re.findall(rf"{OWN}/([0-9a-f-]{{36}})/revoke", listed))
    assert key_id == str(made.key.api_key_id)
    page = f"{OWN}/{key_id}"
    for act in ("rotate", "revoke"):
        asked = (await wang.get(f"{page}/{act}")).text
        assert ("报表" in asked, made.secret[:7] in asked) == (True, True), "which of them"
    rotated = await send(wang, f"{page}/rotate", f"{page}/rotate", overlap="0")
    (second,) = set(SECRET.findall(rotated.text))
    assert second != made.secret
    async with client_of(app, made.secret) as old, client_of(app, second) as new:
        assert (await old.get("/v1/me")).status_code == 401, "no overlap was asked for"
        assert (await new.get("/v1/me")).status_code == 200
        (new_id,) = set(
            re.findall(
                rf"{OWN}/([0-9a-f-]{{36}})/rotate", (await wang.get("/account/security")).text
            )
        )
        page = f"{OWN}/{new_id}/revoke"
        assert (await send(wang, page, page, reason=" ")).status_code == 422
        ended = await send(wang, page, page, reason="不再用")
        assert ended.headers["location"] == "/account/security?done=key_revoked", "to its top"
        assert (await new.get("/v1/me")).status_code == 401
    again = await send(wang, "/account/security", page, reason="不再用")
    assert (again.status_code, "已经撤销" in again.text) == (409, True), "not: unknown"
    fields = hidden(await wang.get("/account/security"))
    headers = new_key() | {"x-csrf-token": fields["form_token"]}
    path = f"/v1/me/api-keys/{new_id}/revocation"
    told = (await wang.post(path, json={"reason": "不再用"}, headers=headers)).json()
    assert (told["code"], "revoked_at" in told) == ("api_key_revoked", True), told


async def test_keys_of_others_are_missing_and_a_stale_session_proves_itself_first(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    async def make(conn, caller_id):
        return await create_api_key(conn, name="x", created_by=SYSTEM, caller_id=caller_id)

    async def other(conn):
        return await get_person_by_id(conn, person_id=world.second_member.person_id)

    them = await write_transaction(world.engine, other)
    mine, theirs = [
        await write_transaction(world.engine, lambda conn, who=who: make(conn, who))
        for who in (world.person.caller_id, them.caller_id)
    ]
    for act in ("rotate", "revoke"):
        page = f"{OWN}/{theirs.key.api_key_id}/{act}"
        assert (await wang.get(page)).status_code == 404
        sent = await send(wang, "/account/security", page, overlap="0", reason="x")
        assert (sent.status_code, SECRET.findall(sent.text)) == (404, [])
    await let_proofs_age(world, app, wang)
    for act in ("rotate", "revoke"):
        page = f"{OWN}/{mine.key.api_key_id}/{act}"
        sent = await send(wang, page, page, overlap="0", reason="x")
        assert (sent.status_code, SECRET.findall(sent.text)) == (403, [])
    for secret in (mine.secret, theirs.secret):
        async with client_of(app, secret) as client:
            assert (await client.get("/v1/me")).status_code == 200
            assert (await client.get(f"{OWN}/{mine.key.api_key_id}/revoke")).status_code == 404


async def test_who_issues_keys_makes_one_for_herself_that_may_no_more_than_she(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    values = {"name": "报表", "days": "90"}
    refused = await send(wang, "/account/security", f"{OWN}/new", **values)
    assert refused.status_code == 403
    async with administrator(app, world) as admin:
        assert f'href="{OWN}/new"' in (await admin.get("/account/security")).text
        for wrong in (
            {},
            {"scope-keys.of.nobody": "yes"},
            {"scope-audit_log.read": "yes", "days": "9"},
        ):
            sent = await send(admin, f"{OWN}/new", f"{OWN}/new", **{**values, **wrong})
            assert (sent.status_code, SECRET.findall(sent.text)) == (422, []), wrong
        fields = {**hidden(await admin.get(f"{OWN}/new")), **values, "scope-audit_log.read": "yes"}
        made = await admin.post(f"{OWN}/new", data=fields)
        (secret,) = set(SECRET.findall(made.text))
        twice = await admin.post(f"{OWN}/new", data=fields)
        assert (twice.headers["location"], SECRET.findall(twice.text)) == ("/account/security", [])
        listed = (await admin.get("/account/security")).text
        assert len(set(re.findall(rf"{OWN}/([0-9a-f-]{{36}})/revoke", listed))) == 1
    async with client_of(app, secret) as client:
        me = (await client.get("/v1/me")).json()
        assert me["person"]["volunteer_no"] == world.person.volunteer_no
        assert me["api_key"]["scopes"] == ["audit_log.read"]
        assert (await client.get(f"{world.base}/entries")).status_code == 403


async def test_an_own_key_is_refused_for_its_fields_before_a_proof_is_asked_for(
    app: Edge, world: World
) -> None:
    async with administrator(app, world) as client:
        await let_proofs_age(world, app, client)
        empty = await send(client, f"{OWN}/new", f"{OWN}/new")
        assert (empty.status_code, "step_up_proof" in empty.text) == (422, False)
        values = {"name": "自己的", "days": "90", "scope-api_keys.issue": "on"}
        asked = await send(client, f"{OWN}/new", f"{OWN}/new", **values)
        assert (asked.status_code, "step_up_proof" in asked.text) == (403, True)
        assert 'value="自己的"' in asked.text
        assert "刚才填的内容都还在" in asked.text
        assert not SECRET.search(asked.text), "no key before the proof"
        wrong = await send(client, f"{OWN}/new", f"{OWN}/new", **values, step_up_proof="wrong")
        assert (wrong.status_code, SECRET.search(wrong.text)) == (422, None)
        right = await send(client, f"{OWN}/new", f"{OWN}/new", **values, step_up_proof=PASSWORD)
        assert SECRET.search(right.text)
