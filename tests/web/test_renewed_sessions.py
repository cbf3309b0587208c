"""Whoever may do more than before has another session token, and the old one opens nothing."""

import re

import httpx
import pyotp

from api.edge import Edge
from ledger.database import fetch_value, read_transaction
from tests.api.world import PASSWORD, World, new_key
from tests.web.test_second_factor import CODES, SECURITY, enrol
from tests.web.visitors import hidden, send, sign_in, visitor

COOKIE = "gongzhang"


async def opens(app: Edge, token: str) -> bool:
    """Whether a browser that brings this token is signed in, as the database says now."""
    app.app.state.service.identities.forget_session(token)
    async with visitor(app) as client:
        client.cookies.set(COOKIE, token)
        return (await client.get(SECURITY)).status_code == 200


async def test_a_token_set_before_the_sign_in_never_becomes_a_session(
    app: Edge, world: World
) -> None:
    planted = "A" * 43
    async with visitor(app) as client:
        client.cookies.set(COOKIE, planted)
        assert (await client.get(SECURITY)).status_code == 303
        client.cookies.clear()
        opened = await client.get("/sign-in", headers={"cookie": f"{COOKIE}={planted}"})
        answer = await client.post(
            "/sign-in",
            data={**hidden(opened), "name": "wang", "password": PASSWORD},
            headers={"cookie": f"{COOKIE}={planted}"},
        )
        assert answer.status_code == 303
        assert answer.cookies[COOKIE] != planted
    assert not await opens(app, planted)


async def test_changing_how_one_signs_in_renews_the_token_and_ends_the_other_sessions(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    async with visitor(app) as phone:
        for change in ("enrol", "renew codes", "enrol again", "end factor", "password"):
            await sign_in(phone) if change == "enrol" else None
            before, elsewhere = wang.cookies[COOKIE], phone.cookies.get(COOKIE)
            if change.startswith("enrol"):
                _, answer = await enrol(wang, f"{SECURITY}/second-factor")
                assert len(CODES.findall(answer.text)) == 10
            elif change == "renew codes":
                answer = await send(wang, SECURITY, f"{SECURITY}/second-factor/recovery-codes")
            elif change == "end factor":
                answer = await send(wang, SECURITY, f"{SECURITY}/second-factor/end")
                assert answer.status_code == 303
            else:
                page, new = f"{SECURITY}/password", "一条新的路 leads home"
                answer = await send(wang, page, page, old=PASSWORD, new=new)
                assert answer.status_code == 303
            assert wang.cookies[COOKIE] != before, change
            assert not await opens(app, before), change
            assert elsewhere is None or not await opens(app, elsewhere), change
            assert (await wang.get(SECURITY)).status_code == 200, change
            if answer.status_code == 200:  # the forms of the page that was shown work on
                left = await wang.post(f"{SECURITY}/sessions/others/end", data=hidden(answer))
                assert left.status_code == 303, change
    async with read_transaction(world.engine) as conn:
        kept = await fetch_value(
            conn, "SELECT count(*) FROM foundation.session WHERE revoked_at IS NULL"
        )
    assert kept == 1


async def test_what_is_ended_here_is_ended_at_once(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    page, new = f"{SECURITY}/password", "一条新的路 leads home"
    async with visitor(app) as phone:
        for way in ("others", "one", "interface", "password"):
            await sign_in(phone)
            assert (await phone.get(SECURITY)).status_code == 200
            ids = [
                one["session_id"]
                for one in (await wang.get("/v1/me/sessions")).json()["items"]
                if not one["is_this"]
            ]
            fields = hidden(await wang.get(SECURITY))
            if way == "others":
                answer = await wang.post(f"{SECURITY}/sessions/others/end", data=fields)
            elif way == "one":
                answer = await wang.post(f"{SECURITY}/sessions/{ids[0]}/end", data=fields)
            elif way == "interface":
                headers = new_key() | {"x-csrf-token": fields["form_token"]}
                answer = await wang.post(f"/v1/me/sessions/{ids[0]}/end", headers=headers)
            else:
                answer = await send(wang, page, page, old=PASSWORD, new=new)
            assert answer.status_code in (201, 303), way
            assert (await phone.get(SECURITY)).status_code == 303, way
            assert (await wang.get(SECURITY)).status_code == 200, way
    assert "登录密码改过了" in (await wang.get("/account/notices")).text


async def test_the_old_password_is_no_new_one(world: World, wang: httpx.AsyncClient) -> None:
    page = f"{SECURITY}/password"
    answer = await send(wang, page, page, old=PASSWORD, new=PASSWORD)
    assert answer.status_code == 422
    assert "新密码和现在的一样" in answer.text
    assert "登录密码改过了" not in (await wang.get("/account/notices")).text


async def test_used_up_recovery_codes_are_said_where_one_would_make_new_ones(
    app: Edge, wang: httpx.AsyncClient
) -> None:
    totp, shown = await enrol(wang, f"{SECURITY}/second-factor")
    codes = CODES.findall(shown.text)
    assert "备用码还剩 10 个（共 10 个）" in (await wang.get(SECURITY)).text
    async with visitor(app) as phone:
        for number, code in enumerate(codes):
            await sign_in(phone)
            page = "/sign-in/second-factor"
            assert (await send(phone, page, page, code=code)).status_code == 303, number
    page = (await wang.get(SECURITY)).text
    assert "备用码还剩 0 个（共 10 个）" in page
    assert "最近一次用" in page
    assert "备用码已经用完" in page
    assert isinstance(totp, pyotp.TOTP)


async def test_no_words_from_an_address_are_shown_as_ours(wang: httpx.AsyncClient) -> None:
    page = await wang.get(f"{SECURITY}?done=call+this+number")
    assert not re.search("call.this.number", page.text.split("<main")[1])
