"""Administrators help with sign-ins: on record, told to the person, by two where it matters."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from api.edge import Edge
from ledger.database import fetch_all, fetch_value, read_transaction, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import grant_role
from ledger.foundation.people import create_person
from ledger.foundation.sign_in import set_password
from tests.api.world import KEYS, PASSWORD, SYSTEM, World, client_of
from tests.web.people import admit, signed_in
from tests.web.test_second_factor import CODES, SECURITY, enrol
from tests.web.visitors import send, sign_in, visitor

HOME = "/admin/sign-ins"
CODE = re.compile(r"secret-text\">([a-z0-9-]{19})<")
WHY = {"reason": "本人带身份证来办"}


@asynccontextmanager
async def administrator(app: Edge, world: World, name: str) -> AsyncIterator[httpx.AsyncClient]:
    """A new administrator of the platform, signed in."""

    async def appoint(conn):
        person = await create_person(conn, display_name="管理员", keys=KEYS)
        await set_password(conn, person=person, sign_in_name=name, password=PASSWORD, set_by=SYSTEM)
        await grant_role(conn, caller_id=person.caller_id, role="platform_admin", granted_by=SYSTEM)

    await write_transaction(world.engine, appoint)
    async with signed_in(app, name) as client:
        yield client


def page_of(world: World) -> str:
    return f"{HOME}/{world.person.public_id}"


async def act(client: httpx.AsyncClient, page: str, name: str, **values: str) -> httpx.Response:
    return await send(client, f"{page}/{name}", f"{page}/{name}", **(values or WHY))


async def is_signed_in(app: Edge, client: httpx.AsyncClient) -> bool:
    app.app.state.service.identities.forget_session(client.cookies["gongzhang"])
    return (await client.get(SECURITY)).status_code == 200


async def test_an_administrator_ends_sessions_closes_and_opens_and_the_person_reads_of_it(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    made = await write_transaction(
        world.engine,
        lambda conn: create_api_key(
            conn, name="own", created_by=SYSTEM, caller_id=world.person.caller_id
        ),
    )
    async with administrator(app, world, "root") as admin, visitor(app) as phone:
        for typed in (world.person.volunteer_no, "WANG "):
            found = await send(admin, HOME, HOME, who=typed)
            assert found.headers["location"] == page_of(world)
        assert (await send(admin, HOME, HOME, who="nobody")).status_code == 422
        assert "王小明" not in (await admin.get(page_of(world))).text, "masked"
        assert (await act(admin, page_of(world), "sessions", reason=" ")).status_code == 422
        assert await is_signed_in(app, wang)
        assert (await act(admin, page_of(world), "sessions")).status_code == 303
        assert not await is_signed_in(app, wang)
        await sign_in(wang)
        assert await is_signed_in(app, wang)
        assert (await act(admin, page_of(world), "close")).status_code == 303
        assert (await wang.get(SECURITY)).status_code == 303, "at once, in this process"
        refused = await sign_in(phone)
        assert (refused.status_code, "登录已停用" in refused.text) == (403, True)
        wrong = await send(phone, "/sign-in", "/sign-in", name="wang", password="wrong one")
        assert (wrong.status_code, "停用" in wrong.text) == (401, False), "told to the owner alone"
        async with client_of(app, made.secret) as system:
            assert (await system.get("/v1/me")).status_code == 401
        assert (await act(admin, page_of(world), "close")).status_code == 409
        assert (await act(admin, page_of(world), "open")).status_code == 303
        await sign_in(wang)
        async with client_of(app, made.secret) as system:
            assert (await system.get("/v1/me")).status_code == 200
    acts = (await wang.get("/account/acts")).text
    for words in ("让你的登录全部退出", "停用了你的登录", "恢复了你的登录", WHY["reason"]):
        assert words in acts
    assert "处理了你的登录" in (await wang.get("/account/notices")).text
    async with read_transaction(world.engine) as conn:
        told = "SELECT count(*) FROM foundation.notice WHERE person_id = $1"
        assert await fetch_value(conn, told, world.person.person_id) == 3


async def test_an_invitation_opens_once_and_lets_its_person_choose_a_password(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    async with administrator(app, world, "root") as admin:
        (lost,) = set(CODE.findall((await act(admin, page_of(world), "invitation")).text))
        shown = await act(admin, page_of(world), "invitation")
        (code,) = set(CODE.findall(shown.text))
        assert code not in (await admin.get(page_of(world))).text
    page, new = "/sign-in/invitation", "一条新的路 leads home"
    async with visitor(app) as client, visitor(app) as late:
        for wrong in (lost, "abcd-efgh-jkmn-pqrs", ""):
            assert (await send(client, page, page, code=wrong)).status_code == 422, wrong
        chosen = await send(client, page, page, code=code.upper().replace("-", " "))
        assert ">wang<" in chosen.text, "her name stays"
        go = f"{page}/password"
        for name, word in (("wang", "12345678"), ("wang", ""), ("another", new)):
            refused = await client.post(go, data={"code": code, "name": name, "new": word})
            assert refused.status_code == 422, (name, word)
        assert await is_signed_in(app, wang)
        opened = await client.post(go, data={"code": code, "name": "wang", "new": new})
        assert opened.status_code == 303
        assert (await client.get(SECURITY)).status_code == 200
        assert not await is_signed_in(app, wang)
        used = await late.post(go, data={"code": code, "name": "wang", "new": new + "2"})
        assert (used.status_code, "gongzhang" in late.cookies) == (422, False)
        assert (await sign_in(late)).status_code == 401


async def test_who_never_signed_in_chooses_a_name_that_nobody_has(app: Edge, world: World) -> None:
    person = await write_transaction(
        world.engine, lambda conn: create_person(conn, display_name="赵六", keys=KEYS)
    )
    async with administrator(app, world, "root") as admin:
        shown = await act(admin, f"{HOME}/{person.public_id}", "invitation")
        (code,) = set(CODE.findall(shown.text))
    go, new = "/sign-in/invitation/password", "一条新的路 leads home"
    async with visitor(app) as client:
        taken = await client.post(go, data={"code": code, "name": "wang", "new": new})
        assert (taken.status_code, "已经有人用了" in taken.text) == (422, True)
        opened = await client.post(go, data={"code": code, "name": "zhao", "new": new})
        assert opened.status_code == 303
        assert (await client.get("/v1/me")).json()["person"]["display_name"] == "赵六"


async def test_nobody_becomes_somebody_elses_hand_by_an_invitation_of_their_own(
    app: Edge, world: World
) -> None:
    trustee = await admit(world, "trustee", world.estate)
    async with administrator(app, world, "root") as admin, signed_in(app, trustee) as client:
        (page,) = {(await send(admin, HOME, HOME, who=trustee)).headers["location"]}
        refused = await act(admin, page, "invitation")
        assert (refused.status_code, "没有生成邀请码" in refused.text) == (409, True)
        (own,) = {(await send(admin, HOME, HOME, who="root")).headers["location"]}
        for name in ("invitation", "sessions", "close", "open", "second-factor"):
            assert (await act(admin, own, name)).status_code == 409, name
        # her second factor stands between the invitation and her role
        await enrol(client, f"{SECURITY}/second-factor")
        (code,) = set(CODE.findall((await act(admin, page, "invitation")).text))
        async with visitor(app) as thief:
            opened = await thief.post(
                "/sign-in/invitation/password",
                data={"code": code, "name": trustee, "new": "一条新的路 leads home"},
            )
            assert opened.headers["location"] == "/sign-in/second-factor"
            assert "gongzhang" not in thief.cookies
    async with read_transaction(world.engine) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.sign_in_invitation") == 1


async def test_a_second_factor_is_reset_by_two_administrators_and_never_by_one(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    async with (
        administrator(app, world, "root") as maker,
        administrator(app, world, "root2") as checker,
    ):
        assert (await act(maker, page_of(world), "second-factor")).status_code == 409, "has none"
        _, shown = await enrol(wang, f"{SECURITY}/second-factor")
        codes = CODES.findall(shown.text)
        asked = await act(maker, page_of(world), "second-factor")
        request = asked.headers["location"]
        assert request.startswith("/admin/approvals/")
        for one, status in ((maker, {403, 409}), (checker, {303})):
            view = await one.get(request)
            assert world.person.volunteer_no in view.text
            answer = await send(one, request, request, act="approved")
            assert answer.status_code in status, answer.text
            async with read_transaction(world.engine) as conn:
                left = await fetch_all(conn, "SELECT 1 FROM foundation.recovery_code")
            assert len(left) == (10 if one is maker else 0)
        assert not await is_signed_in(app, wang)
        assert (await sign_in(wang)).headers["location"] == "/", "by the password alone"
        assert codes
    assert "重设了你的第二重验证" in (await wang.get("/account/acts")).text


@pytest.mark.parametrize("name", ["auditor", "community_staff"])
async def test_others_find_no_such_page(app: Edge, world: World, name: str) -> None:
    async with signed_in(app, await admit(world, name)) as client:
        for page in (HOME, page_of(world), f"{page_of(world)}/close"):
            assert (await client.get(page)).status_code == 403
        own = await client.get(SECURITY)
        fields = dict(re.findall(r'name="(form_token|form_key)" value="([^"]*)"', own.text))
        answer = await client.post(f"{page_of(world)}/close", data={**fields, **WHY})
        assert answer.status_code == 403
