"""Signing in with a second factor, and sensitive acts that ask once more, as people see them."""

import re
from collections.abc import AsyncIterator

import httpx
import pyotp
import pytest

from api.edge import Edge
from ledger.database import fetch_value, read_transaction, write_transaction
from ledger.foundation.grants import grant_role
from tests.api.world import PASSWORD, SYSTEM, World, client_of, running_app
from tests.database_server import Database
from tests.web.people import admit
from tests.web.visitors import hidden, let_proofs_age, send, sign_in, visitor

SECRET_TEXT = re.compile(r'secret-text">([A-Z2-7 ]+)<')
CODES = re.compile(r"<li>([a-z0-9]{4}(?:-[a-z0-9]{4}){3})</li>")
SEALED = re.compile(r'name="enrolment" value="([^"]+)"')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
SECURITY = "/account/security"


@pytest.fixture
async def strict(database: Database) -> AsyncIterator[Edge]:
    """The application as it ships: sensitive roles need a second factor."""
    async with running_app(database.service_url, second_factor="required") as app:
        yield app


async def enrol(client: httpx.AsyncClient, page: str) -> tuple[pyotp.TOTP, httpx.Response]:
    """Follow the page that shows a secret to its end."""
    shown = await client.get(page)
    (typed,) = SECRET_TEXT.findall(shown.text)
    totp = pyotp.TOTP(typed.replace(" ", ""))
    fields = {**hidden(shown), "enrolment": SEALED.findall(shown.text)[0]}
    return totp, await client.post(page, data={**fields, "code": totp.now()})


async def test_a_sensitive_person_is_led_to_enrol_before_anything_opens(
    strict: Edge, world: World
) -> None:
    name = await admit(world, "auditor")
    async with visitor(strict) as client:
        answer = await send(
            client, "/sign-in", "/sign-in", name=name, password=PASSWORD, next="/rules"
        )
        assert answer.headers["location"] == "/sign-in/enrolment?next=/rules"
        assert "gongzhang" not in client.cookies
        for page in ("/rules", "/audit", SECURITY, "/v1/me", "/sign-in/second-factor"):
            closed = await client.get(page)
            assert closed.status_code in (303, 401), page
        _, answer = await enrol(client, "/sign-in/enrolment")
        assert answer.status_code == 200
        codes = CODES.findall(answer.text)
        assert len(codes) == 10
        assert (await client.get("/rules")).status_code == 200
        assert (await client.get("/sign-in/enrolment")).status_code == 303
    async with visitor(strict) as client:
        answer = await sign_in(client, name)
        assert answer.headers["location"] == "/sign-in/second-factor"
        wrong = await send(
            client, "/sign-in/second-factor", "/sign-in/second-factor", code="000000"
        )
        assert wrong.status_code == 422
        assert "gongzhang" not in client.cookies
        right = await send(
            client, "/sign-in/second-factor", "/sign-in/second-factor", code=codes[0], next="/rules"
        )
        assert right.headers["location"] == "/rules"
        assert (await client.get("/rules")).status_code == 200
    async with visitor(strict) as client:
        assert (await sign_in(client)).headers["location"] == "/", "an ordinary person is not asked"


async def test_a_session_from_before_a_sensitive_role_opens_nothing_until_the_factor_is_enrolled(
    strict: Edge, world: World
) -> None:
    async with visitor(strict) as client:
        assert (await sign_in(client)).headers["location"] == "/"
        assert (await client.get("/rules")).status_code == 200
        await write_transaction(
            world.engine,
            lambda conn: grant_role(
                conn, caller_id=world.person.caller_id, role="platform_admin", granted_by=SYSTEM
            ),
        )
        strict.app.state.service.identities.forget_everyone()
        for page in ("/admin", "/admin/audit-log", "/rules", SECURITY):
            assert (await client.get(page)).headers["location"].startswith("/sign-in?"), page
        assert (await client.get("/v1/me")).status_code == 401
        answer = await sign_in(client)
        assert answer.headers["location"] == "/sign-in/enrolment"
        _, answer = await enrol(client, "/sign-in/enrolment")
        assert answer.status_code == 200
        assert (await client.get("/admin/audit-log")).status_code == 200


async def test_a_secret_is_enrolled_in_the_browser_it_was_shown_to(
    strict: Edge, world: World
) -> None:
    name = await admit(world, "auditor")
    async with visitor(strict) as client, visitor(strict) as other:
        await sign_in(client, name)
        await sign_in(other, name)
        shown = await client.get("/sign-in/enrolment")
        totp = pyotp.TOTP(SECRET_TEXT.findall(shown.text)[0].replace(" ", ""))
        sealed = SEALED.findall(shown.text)[0]
        for text in (sealed, sealed[:-2] + "xx", "", "x" * 5000):
            answer = await other.post(
                "/sign-in/enrolment", data={"enrolment": text, "code": totp.now()}
            )
            assert answer.status_code == 422
            assert "gongzhang" not in other.cookies
        again = await client.post(
            "/sign-in/enrolment", data={"enrolment": sealed, "code": "000000"}
        )
        assert again.status_code == 422
        assert SECRET_TEXT.findall(again.text) == SECRET_TEXT.findall(shown.text)


async def test_a_stale_session_is_asked_and_what_was_typed_goes_on(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    _, answer = await enrol(wang, f"{SECURITY}/second-factor")
    codes = CODES.findall(answer.text)
    await let_proofs_age(world, app, wang)
    page = f"{SECURITY}/second-factor/recovery-codes"
    fields = hidden(await wang.get(SECURITY)) | {"note": "保留 <这> & 那"}
    asked = await wang.post(page, data=fields)
    assert asked.status_code == 403
    kept = dict(HIDDEN.findall(asked.text))
    assert kept["note"] == "保留 &lt;这&gt; &amp; 那"
    assert kept["form_key"] == fields["form_key"]
    async with read_transaction(world.engine) as conn:
        count = await fetch_value(conn, "SELECT count(*) FROM foundation.recovery_code")
    assert count == 10, "nothing happened yet"
    wrong = await wang.post(page, data={**fields, "step_up_proof": PASSWORD})
    assert (wrong.status_code, 'value="保留' in wrong.text) == (422, True)
    assert PASSWORD not in wrong.text
    right = await wang.post(page, data={**fields, "step_up_proof": codes[0]})
    assert right.status_code == 200
    assert not set(CODES.findall(right.text)) & set(codes)
    # for some minutes nothing is asked again
    fresh = hidden(right)
    assert fresh["form_token"] != fields["form_token"]
    assert (await wang.post(page, data=fresh)).status_code == 200


async def test_a_page_that_needs_a_proof_opens_after_it(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    await let_proofs_age(world, app, wang)
    asked = await wang.get(f"{SECURITY}/second-factor")
    assert asked.status_code == 403
    assert 'action="/account/prove"' in asked.text
    fields = dict(HIDDEN.findall(asked.text))
    wrong = await wang.post("/account/prove", data={**fields, "step_up_proof": "wrong"})
    assert wrong.status_code == 422
    right = await wang.post("/account/prove", data={**fields, "step_up_proof": PASSWORD})
    assert right.headers["location"] == f"{SECURITY}/second-factor"
    assert (await wang.get(f"{SECURITY}/second-factor")).status_code == 200


async def test_one_ends_ones_sessions_and_nobody_elses(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
    async with visitor(app) as phone, visitor(app) as other:
        phone.headers["user-agent"] = agent
        await sign_in(phone)
        name = await admit(world, "community_staff")
        await sign_in(other, name)
        page = (await wang.get(SECURITY)).text
        assert page.count('/end"') == 3, "two sessions and the others"
        assert "Chrome · Android" in page
        (foreign,) = re.findall(r"sessions/([0-9a-f-]{36})/end", (await other.get(SECURITY)).text)
        fields = hidden(await wang.get(SECURITY))
        answer = await wang.post(f"{SECURITY}/sessions/{foreign}/end", data=fields)
        assert answer.status_code == 404
        assert (await other.get(SECURITY)).status_code == 200
        answer = await wang.post(f"{SECURITY}/sessions/others/end", data=fields)
        assert answer.status_code == 303
        app.app.state.service.identities.forget_session(phone.cookies["gongzhang"])
        assert (await phone.get(SECURITY)).status_code == 303
        assert (await wang.get(SECURITY)).status_code == 200


async def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    page, new = f"{SECURITY}/password", "一条新的路 leads home"
    async with visitor(app) as phone:
        await sign_in(phone)
        for old, word in (("wrong", new), (PASSWORD, "12345678"), (PASSWORD, "x"), ("", new)):
            assert (await send(wang, page, page, old=old, new=word)).status_code == 422
        assert (await send(wang, page, page, old=PASSWORD, new=new)).status_code == 303
        app.app.state.service.identities.forget_session(phone.cookies["gongzhang"])
        assert (await phone.get(SECURITY)).status_code == 303
        assert (await wang.get(SECURITY)).status_code == 200
        assert (await sign_in(phone)).status_code == 401
        again = await send(phone, "/sign-in", "/sign-in", name="wang", password=new)
        assert again.status_code == 303


async def test_who_needs_a_second_factor_may_change_it_but_not_end_it(
    strict: Edge, world: World
) -> None:
    name = await admit(world, "auditor")
    async with visitor(strict) as client:
        await sign_in(client, name)
        await enrol(client, "/sign-in/enrolment")
        fields = hidden(await client.get(SECURITY))
        answer = await client.post(f"{SECURITY}/second-factor/end", data=fields)
        assert answer.status_code == 409
        _, answer = await enrol(client, f"{SECURITY}/second-factor")
        assert answer.status_code == 200


async def test_a_key_has_no_security_page(app: Edge, world: World) -> None:
    async with client_of(app, await world.key("auditor")) as client:
        for page in (SECURITY, f"{SECURITY}/password", f"{SECURITY}/second-factor"):
            assert (await client.get(page)).status_code == 404
