"""Administrators help with sign-ins: on record, told to the person, by two where it matters."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from api.edge import Edge
from ledger.clock import now
from ledger.database import execute, fetch_all, fetch_value, read_transaction, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.approvals import PLATFORM, Approval, Wanted, list_approvals
from ledger.foundation.grants import grant_role
from ledger.foundation.people import create_person
from ledger.foundation.sign_in import find_person_by_sign_in_name, set_password
from ledger.foundation.throttling import ACCOUNT_FAILURES, attempt_of, begin_attempt
from ledger.journeys.approvals.deciding import approve, ask
from ledger.journeys.approvals.matters import RoleChange
from ledger.journeys.approvals.roles import InviterGives
from tests.api.world import KEYS, PASSWORD, SYSTEM, World, client_of
from tests.web.people import admit, signed_in
from tests.web.test_second_factor import CODES, SECURITY, enrol
from tests.web.visitors import send, sign_in, visitor

HOME = "/admin/sign-ins"
CODE = re.compile(r"secret-text\">([a-z0-9-]{19})<")
WHY = {"reason": "本人带身份证来办"}


async def appoint(world: World, name: str) -> int:
    """A new administrator of the platform: her caller."""

    async def make(conn):
        person = await create_person(conn, display_name="管理员", keys=KEYS)
        await set_password(conn, person=person, sign_in_name=name, password=PASSWORD, set_by=SYSTEM)
        await grant_role(conn, caller_id=person.caller_id, role="platform_admin", granted_by=SYSTEM)
        return person.caller_id

    return await write_transaction(world.engine, make)


@asynccontextmanager
async def administrator(app: Edge, world: World, name: str) -> AsyncIterator[httpx.AsyncClient]:
    """A new administrator of the platform, signed in."""

    await appoint(world, name)
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


async def test_a_browser_keeps_its_place_before_strangers_until_the_password_changes(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    """The cookie is made by every sign-in, void after a change elsewhere, and made anew by it."""
    (kept,) = [one for one in wang.cookies.jar if one.name == "gongzhang-known"]
    assert kept.has_nonstandard_attr("HttpOnly")
    assert str(world.person.public_id) not in str(kept.value)
    assert "wang" not in str(kept.value)
    async with world.engine.begin() as conn:
        await execute(conn, "DELETE FROM foundation.sign_in_throttle")
        for n in range(ACCOUNT_FAILURES):
            await begin_attempt(conn, attempt_of("wang", f"203.0.113.{n}"), at=now())
    async with visitor(app) as stranger:
        refused = await sign_in(stranger)
        assert (refused.status_code, "秒" in refused.text) == (429, True)
        assert (await sign_in(wang)).status_code == 303
        stranger.cookies.set("gongzhang-known", str(wang.cookies["gongzhang-known"]))
        assert (await sign_in(stranger)).status_code == 303, "it is the cookie"
        page, new = f"{SECURITY}/password", "一条新的路 leads home"
        changed = await send(wang, page, page, old=PASSWORD, new=new)
        assert changed.status_code == 303
        for client, status in ((stranger, 429), (wang, 303)):
            answer = await send(client, "/sign-in", "/sign-in", name="wang", password=new)
            assert answer.status_code == status


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
        assert (await act(admin, page, "invitation-by-two")).status_code == 409
        # her second factor stands between the invitation of two and her role
        await enrol(client, f"{SECURITY}/second-factor")
        assert (await act(admin, page, "invitation")).status_code == 409
        (code,) = set(CODE.findall((await act(admin, page, "invitation-by-two")).text))
        async with administrator(app, world, "root2") as checker:
            await approve_the_request(world, checker)
        async with visitor(app) as thief:
            opened = await thief.post(
                "/sign-in/invitation/password",
                data={"code": code, "name": trustee, "new": "一条新的路 leads home"},
            )
            assert opened.headers["location"] == "/sign-in/second-factor"
            assert "gongzhang" not in thief.cookies
    async with read_transaction(world.engine) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.sign_in_invitation") == 1


async def approve_the_request(world: World, checker: httpx.AsyncClient, status: int = 303) -> None:
    """Let somebody approve what waits on the platform."""
    async with read_transaction(world.engine, tenant_id=PLATFORM) as conn:
        waiting = await list_approvals(
            conn, tenant_id=PLATFORM, limit=5, wanted=Wanted(state="waiting")
        )
    (request,) = {f"/admin/approvals/{one.approval_id}" for one in waiting}
    answer = await send(checker, request, request, act="approved")
    assert answer.status_code == status, answer.text


async def test_who_decides_gets_a_new_way_in_by_two_and_the_code_opens_nothing_before(
    app: Edge, world: World
) -> None:
    staff, new = await admit(world, "community_staff"), "一条新的路 leads home"
    page, go = "/sign-in/invitation", "/sign-in/invitation/password"
    async with (
        administrator(app, world, "root") as maker,
        administrator(app, world, "root2") as checker,
        signed_in(app, staff) as owner,
        visitor(app) as phone,
    ):
        care = (await send(maker, HOME, HOME, who=staff)).headers["location"]
        assert f'href="{care}/invitation"' not in (await maker.get(care)).text
        assert (await act(maker, care, "invitation")).status_code == 409, "one alone"
        shown = await act(maker, care, "invitation-by-two")
        (code,) = set(CODE.findall(shown.text))
        assert "另一位管理员批准后才能用" in shown.text
        typed = {"code": code, "name": staff, "new": new}
        assert (await phone.post(go, data=typed)).status_code == 422, "not approved yet"
        await approve_the_request(world, maker, status=409)
        assert (await send(phone, page, page, code=code)).status_code == 422
        assert await is_signed_in(app, owner)
        await approve_the_request(world, checker)
        assert not await is_signed_in(app, owner)
        async with visitor(app) as old:
            refused = await send(old, "/sign-in", "/sign-in", name=staff, password=PASSWORD)
            assert refused.status_code == 401, "what opened before opens no more"
        assert (await phone.post(go, data=typed)).status_code == 303
        assert "经两人批准" in (await phone.get("/account/acts")).text


async def test_no_invitation_outlives_a_role_that_decides_and_its_giver_gives_none(
    app: Edge, world: World
) -> None:
    newcomer = await write_transaction(
        world.engine, lambda conn: create_person(conn, display_name="赵六", keys=KEYS)
    )
    care, go = f"{HOME}/{newcomer.public_id}", "/sign-in/invitation/password"
    wanted = RoleChange(action="give", role="subdistrict_staff", person_id=newcomer.public_id)
    async with administrator(app, world, "root") as inviter:
        (code,) = set(CODE.findall((await act(inviter, care, "invitation")).text))
    async with read_transaction(world.engine) as conn:
        known = await find_person_by_sign_in_name(conn, sign_in_name="root")
        assert known is not None
    root, second, third = (
        known.caller_id, await appoint(world, "second"), await appoint(world, "third"),
    )  # fmt: skip

    async def ask_by(caller_id: int) -> Approval:
        return await write_transaction(
            world.engine,
            lambda conn: ask(
                conn, tenant_id=PLATFORM, matter=wanted, reason="到岗", caller_id=caller_id
            ),
            tenant_id=PLATFORM,
        )

    async def approve_by(asked: Approval, caller_id: int) -> Approval:
        return await write_transaction(
            world.engine,
            lambda conn: approve(
                conn, tenant_id=PLATFORM, approval_id=asked.approval_id, caller_id=caller_id
            ),
            tenant_id=PLATFORM,
        )

    with pytest.raises(InviterGives):
        await ask_by(root)
    asked = await ask_by(second)
    with pytest.raises(InviterGives):
        await approve_by(asked, root)
    assert (await approve_by(asked, third)).state == "approved"
    async with visitor(app) as thief:
        typed = {"code": code, "name": "zhao", "new": "一条新的路 leads home"}
        assert (await thief.post(go, data=typed)).status_code == 422, "it ended with the grant"


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
