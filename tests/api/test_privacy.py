"""Personal data over the interface: one's own by sign-in only, a member's for a reason."""

import io
import json
import zipfile
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.database import fetch_value, read_transaction, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.consents import consent_purposes, has_consent
from ledger.foundation.corrections import make_correction
from tests.api.world import KEYS, PASSWORD, SYSTEM, World, client_of, new_key
from tests.web.people import signed_in
from tests.web.visitors import hidden, let_proofs_age

PHONE, PURPOSE = "13800138999", "publish_name"
LOOK = {"fields": ["phone"], "purpose": "identify", "words": "柜台核对身份"}


@pytest.fixture
async def known(world: World) -> World:
    """The first member with a telephone."""

    async def write(conn: AsyncConnection) -> None:
        await make_correction(
            conn,
            person_id=world.person.person_id,
            field="phone",
            value=PHONE,
            reason="登记时补录",
            made_by=SYSTEM,
            keys=KEYS,
        )

    await write_transaction(world.engine, write)
    return world


def member(world: World, rest: str) -> str:
    return f"{world.base}/members/{world.member.member_id}/{rest}"


async def post(client: httpx.AsyncClient, path: str, body: Any = None) -> httpx.Response:
    return await client.post(path, json=body, headers=new_key())


async def by_session(client: httpx.AsyncClient) -> dict[str, str]:
    """The headers of a write by a page's session."""
    token = hidden(await client.get("/account/privacy"))["form_token"]
    return {**new_key(), "x-csrf-token": token}


async def test_one_agrees_reads_and_takes_everything_along_by_ones_own_sign_in(
    app: Edge, known: World
) -> None:
    async with signed_in(app, "wang") as wang:
        before = (await wang.get("/v1/me/consents")).json()["items"]
        assert [one["purpose"] for one in before] == list(consent_purposes())
        assert not any(one["given"] for one in before)
        body = {"purpose": PURPOSE, "given": True}
        headers = await by_session(wang)
        for _ in range(2):  # sent again, it acts once
            agreed = await wang.post("/v1/me/consents", json=body, headers=headers)
            assert agreed.status_code == 201, agreed.text
        unknown = await wang.post(
            "/v1/me/consents", json={**body, "purpose": "x"}, headers=await by_session(wang)
        )
        assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid_input")
        after = {one["purpose"]: one for one in (await wang.get("/v1/me/consents")).json()["items"]}
        assert (after[PURPOSE]["given"], after[PURPOSE]["through"]) == (True, "self")
        await let_proofs_age(known, app, wang)
        headers = await by_session(wang)
        asked = await wang.post("/v1/me/data", headers=headers)
        assert (asked.status_code, asked.json()["code"]) == (403, "step_up_needed")
        proof = {"proof": PASSWORD}
        proved = await wang.post("/v1/me/proofs", json=proof, headers=await by_session(wang))
        assert proved.status_code == 201
        taken = await wang.post("/v1/me/data", headers=await by_session(wang))
        assert taken.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
        data = json.loads(archive.read("data.json"))
    assert {"field": "phone", "value": PHONE} in data["person"]
    async with read_transaction(known.engine) as conn:
        rows = await fetch_value(conn, "SELECT count(*) FROM foundation.consent")
        taken_away = await fetch_value(
            conn,
            "SELECT count(*) FROM foundation.audit_log WHERE action = 'personal_data.export'",
        )
    assert (rows, taken_away) == (1, 1)


async def test_a_key_of_hers_reads_and_says_nothing_about_her_data(app: Edge, known: World) -> None:
    async def make(conn: AsyncConnection) -> str:
        caller_id = known.person.caller_id
        made = await create_api_key(conn, name="own", created_by=SYSTEM, caller_id=caller_id)
        return made.secret

    secret = await write_transaction(known.engine, make)
    async with client_of(app, secret) as client:
        for path in ("consents", "looks"):
            assert (await client.get(f"/v1/me/{path}")).json()["code"] == "key_reaches_itself"
        for path, body in (("consents", {"purpose": PURPOSE, "given": True}), ("data", None)):
            answer = await post(client, f"/v1/me/{path}", body)
            assert answer.json()["code"] == "key_reaches_itself"
    async with read_transaction(known.engine) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.consent") == 0


async def test_staff_see_a_telephone_after_a_reason_and_nobody_else_reads_the_look(
    app: Edge, known: World
) -> None:
    staff = await known.key("community_staff")
    async with client_of(app, staff) as clerk:
        for wrong in ({"fields": []}, {"purpose": "curiosity"}, {"words": "看"}):
            answer = await post(clerk, member(known, "looks"), {**LOOK, **wrong})
            assert answer.status_code == 400, wrong
        made = await post(clerk, member(known, "looks"), LOOK)
        assert made.status_code == 201, made.text
        assert PHONE not in made.text
        path = member(known, f"looks/{made.json()['disclosure_id']}")
        shown = await clerk.get(path)
        assert (shown.json(), shown.headers["cache-control"]) == ({"phone": PHONE}, "no-store")
        other = path.replace(str(known.member.member_id), str(known.second_member.member_id))
        assert (await clerk.get(other)).status_code == 404
    async with client_of(app, await known.key("community_staff")) as colleague:
        assert (await colleague.get(path)).status_code == 404
    async with client_of(app, await known.key("community_staff", known.other_programme)) as them:
        assert (await post(them, member(known, "looks"), LOOK)).status_code == 404
    for role in ("subdistrict_staff", "auditor", "integration"):
        async with client_of(app, await known.key(role)) as client:
            assert (await post(client, member(known, "looks"), LOOK)).status_code == 403, role
    async with signed_in(app, "wang") as wang:
        (told,) = (await wang.get("/v1/me/looks")).json()["items"]
    assert (told["words"], told["fields"]) == (LOOK["words"], ["phone"])
    async with read_transaction(known.engine, tenant_id=known.programme.tenant_id) as conn:
        kept = await fetch_value(
            conn, "SELECT string_agg(c::text, '') FROM foundation.api_command AS c"
        )
    assert LOOK["words"] not in kept, "of a reason about her only a digest is kept"


async def test_staff_put_down_a_consent_by_its_paper_and_a_withdrawal_by_its_reason(
    app: Edge, known: World
) -> None:
    page = member(known, "consents")
    async with client_of(app, await known.key("community_staff")) as clerk:
        for body in (
            {"purpose": PURPOSE, "given": True},
            {"purpose": PURPOSE, "given": True, "reason": "口头同意"},
            {"purpose": PURPOSE, "given": False},
        ):
            assert (await post(clerk, page, body)).json()["code"] == "invalid_input", body
        paper = {"purpose": PURPOSE, "given": True, "paper_no": "同意书 7"}
        assert (await post(clerk, page, paper)).status_code == 201
        (said,) = [
            one for one in (await clerk.get(page)).json()["items"] if one["purpose"] == PURPOSE
        ]
        assert (said["given"], said["paper_no"], said["through"]) == (True, "同意书 7", "staff")
        withdrawn = {"purpose": PURPOSE, "given": False, "reason": "本人来电撤回"}
        assert (await post(clerk, page, withdrawn)).status_code == 201
    async with client_of(app, await known.key("auditor")) as auditor:
        assert (await auditor.get(page)).status_code == 403
        assert (await post(auditor, page, paper)).status_code == 403
    async with read_transaction(known.engine) as conn:
        assert not await has_consent(conn, person_id=known.person.person_id, purpose=PURPOSE)
