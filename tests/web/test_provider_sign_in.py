"""Signing in by an identity provider: what is trusted, what is refused, who gets linked to whom."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from api import provider_answers
from api.edge import Edge
from ledger.database import execute, fetch_value, read_transaction, write_transaction
from ledger.foundation.linked_accounts import (
    AccountLinkedAlready,
    find_linked_person,
    invite,
    link_account,
)
from tests.api.world import ORIGIN, SYSTEM, World, running_app
from tests.database_server import Database
from tests.web.people import admit
from tests.web.provider import CLIENT_ID, CLIENT_SECRET, KEYS_AT, PAGES, Provider, running_provider
from tests.web.visitors import hidden, send, sign_in, visitor

SECURITY = "/account/security"


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running_provider() as started:
        yield started


def settings(provider: Provider, **more: str) -> dict[str, str]:
    return {
        "public_url": ORIGIN,
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_name": "政务统一登录",
        **more,
    }


@pytest.fixture
async def linked_app(database: Database, provider: Provider) -> AsyncIterator[Edge]:
    async with running_app(database.service_url, **settings(provider)) as app:
        yield app


async def link(world: World, provider: Provider, subject: str = "pat") -> None:
    await write_transaction(
        world.engine,
        lambda conn: link_account(
            conn, person=world.person, kind="oidc", issuer=provider.issuer, subject=subject
        ),
    )


async def there_and_back(
    client: httpx.AsyncClient, provider: Provider, page: str = "/sign-in/provider"
) -> httpx.Response:
    """Follow the button to the provider and come back with its answer."""
    begun = await client.get(page)
    assert begun.status_code == 303, begun.text
    return await come_back(client, provider, begun.headers["location"])


async def come_back(client: httpx.AsyncClient, provider: Provider, address: str) -> httpx.Response:
    assert address.startswith(f"{provider.issuer}/authorize?")
    back = provider.authorize(dict(parse_qsl(urlsplit(address).query)))
    return await client.get(back.removeprefix(ORIGIN))


async def test_a_linked_account_signs_its_person_in(
    linked_app: Edge, world: World, provider: Provider
) -> None:
    await link(world, provider)
    async with visitor(linked_app) as client:
        assert "政务统一登录" in (await client.get("/sign-in")).text
        answer = await there_and_back(client, provider, "/sign-in/provider?next=/rules")
        assert answer.headers["location"] == "/rules"
        me = (await client.get("/v1/me")).json()
        assert me["person"]["display_name"] == "王小明"
        # the answer is good once: its cookie is gone, and the code was taken
        assert "gongzhang-provider" not in client.cookies
        again = await client.get("/sign-in/provider/callback?code=code-0&state=x")
        assert again.status_code == 403


async def test_an_answer_that_was_used_is_no_answer_even_with_its_cookie(
    linked_app: Edge, world: World, provider: Provider
) -> None:
    await link(world, provider)
    async with visitor(linked_app) as client, visitor(linked_app) as thief:
        begun = await client.get("/sign-in/provider")
        sealed = client.cookies["gongzhang-provider"]
        query = dict(parse_qsl(urlsplit(begun.headers["location"]).query))
        back = provider.authorize(query).removeprefix(ORIGIN)
        assert (await client.get(back)).status_code == 303
        for browser in (client, thief):  # whoever kept both the address and the cookie
            browser.cookies.clear()
            browser.cookies.set("gongzhang-provider", sealed)
            assert (await browser.get(back)).status_code == 403
            assert "gongzhang" not in browser.cookies
        # the state of one sign-in does not let the answer of another through
        other = await thief.get("/sign-in/provider")
        fresh = dict(parse_qsl(urlsplit(other.headers["location"]).query))
        mixed = provider.authorize({**fresh, "state": query["state"]}).removeprefix(ORIGIN)
        assert (await thief.get(mixed)).status_code == 403


MISCHIEF = [
    "state", "denied", "mix-up", "nonce", "no nonce", "expired", "old", "audience",
    "many audiences", "issuer", "no subject", "words for numbers", "alg none",
    "public key as secret", "unknown key", "same key id", "refuses the code",
]  # fmt: skip


async def test_what_cannot_be_trusted_is_refused_with_one_clear_page(
    linked_app: Edge, world: World, provider: Provider
) -> None:
    await link(world, provider)
    for mischief in MISCHIEF:
        async with visitor(linked_app) as client:
            provider.mischief = mischief
            answer = await there_and_back(client, provider)
            assert answer.status_code == 403, mischief
            assert "统一登录没有成功" in answer.text, mischief
            assert "gongzhang" not in client.cookies, mischief


async def test_a_provider_that_does_not_answer_is_told_as_such(
    database: Database, world: World, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_answers, "_WHOLE_SECONDS", 0.3)
    await link(world, provider)
    for mischief in ("500", "slow", "not json", "endless", "redirect"):
        async with (
            running_app(database.service_url, **settings(provider)) as app,
            visitor(app) as client,
        ):
            provider.mischief = mischief
            answer = await there_and_back(client, provider)
            assert answer.status_code == 503, mischief
            assert "统一登录现在连不上" in answer.text, mischief
            assert "gongzhang" not in client.cookies, mischief
    for mischief in ("other document", "keys without shape", *PAGES, *KEYS_AT):
        async with (
            running_app(database.service_url, **settings(provider)) as app,
            visitor(app) as client,
        ):
            provider.mischief = mischief
            assert (await client.get("/sign-in/provider")).status_code == 503, mischief


async def test_new_keys_of_the_provider_are_fetched_when_needed(
    linked_app: Edge, world: World, provider: Provider
) -> None:
    await link(world, provider)
    async with visitor(linked_app) as client:
        assert (await there_and_back(client, provider)).status_code == 303
        provider.roll_keys()
        before = provider.asked.count("/keys")
        assert (await there_and_back(client, provider)).status_code == 303
        assert provider.asked.count("/keys") == before + 1


async def test_an_account_nobody_has_linked_opens_nothing(
    linked_app: Edge, world: World, provider: Provider
) -> None:
    provider.claims = {"email": "wang@example.org", "name": "王小明", "preferred_username": "wang"}
    async with visitor(linked_app) as client:
        answer = await there_and_back(client, provider)
    assert answer.status_code == 403
    assert "邀请码" in answer.text
    async with read_transaction(world.engine) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.session") == 0


async def test_one_links_ones_own_account_signed_in(
    linked_app: Edge, world: World, provider: Provider
) -> None:
    async with visitor(linked_app) as client, visitor(linked_app) as other:
        await sign_in(client)
        page = await send(client, SECURITY, f"{SECURITY}/linked")
        (address,) = [
            part.replace("&amp;", "&") for part in page.text.split('"') if "/authorize?" in part
        ]
        # an answer brought to another browser links nothing there
        query = dict(parse_qsl(urlsplit(address).query))
        stolen = provider.authorize(query).removeprefix(ORIGIN)
        await sign_in(other, await admit(world, "community_staff"))
        other.cookies.set("gongzhang-provider", client.cookies["gongzhang-provider"])
        assert (await other.get(stolen)).status_code == 403
        answer = await come_back(client, provider, address)
        assert answer.headers["location"] == f"{SECURITY}?done=linked"
    async with read_transaction(world.engine) as conn:
        found = await find_linked_person(
            conn, kind="oidc", issuer=provider.issuer, subject=provider.subject
        )
    assert found == world.person
    async with visitor(linked_app) as client:
        assert (await there_and_back(client, provider)).status_code == 303
        assert (await send(client, SECURITY, f"{SECURITY}/linked/end")).status_code == 303
        assert (await there_and_back(client, provider)).status_code == 403


async def test_an_invitation_links_once(linked_app: Edge, world: World, provider: Provider) -> None:
    code = await write_transaction(
        world.engine, lambda conn: invite(conn, person=world.person, invited_by=SYSTEM)
    )
    page = "/sign-in/invitation"
    async with visitor(linked_app) as client, visitor(linked_app) as late:
        assert (await send(client, page, page, code="abcd-efgh-jkmn-pqrs")).status_code == 422
        addresses = []
        for one in (client, late):
            shown = await send(one, page, page, code=code.upper())
            addresses += [
                part.replace("&amp;", "&")
                for part in shown.text.split('"')
                if "/authorize?" in part
            ]
        answer = await come_back(client, provider, addresses[0])
        assert answer.headers["location"] == "/"
        provider.subject = "thief"
        assert (await come_back(late, provider, addresses[1])).status_code == 422
        assert "gongzhang" not in late.cookies
    async with read_transaction(world.engine) as conn:
        assert not await find_linked_person(
            conn, kind="oidc", issuer=provider.issuer, subject="thief"
        )


async def test_the_providers_word_is_a_second_factor_only_where_a_setting_says_so(
    database: Database, world: World, provider: Provider
) -> None:
    name = await admit(world, "auditor")
    provider.claims = {"amr": ["pwd", "otp"]}
    for trusted, page in (("", "/sign-in/enrolment"), ("otp", "/")):
        more = {"second_factor": "required", "oidc_second_factor": trusted}
        async with (
            running_app(database.service_url, **settings(provider, **more)) as app,
            visitor(app) as client,
        ):
            async with world.engine.begin() as conn:
                await execute(
                    conn,
                    "INSERT INTO foundation.sign_in_method (kind, issuer, subject, person_id)"
                    " SELECT 'oidc', $1, 'pat', person_id FROM foundation.sign_in_method"
                    " WHERE subject = $2 ON CONFLICT DO NOTHING",
                    provider.issuer,
                    name,
                )
            answer = await there_and_back(client, provider)
            assert answer.headers["location"] == page
            assert ("gongzhang" in client.cookies) is (page == "/")


@pytest.mark.parametrize("amr", [5, "otp", {"otp": 1}, [7, None], None])
async def test_methods_without_shape_count_for_nothing_and_break_nothing(
    database: Database, world: World, provider: Provider, amr: object
) -> None:
    await link(world, provider)
    provider.claims = {"amr": amr}
    more = {"second_factor": "offered", "oidc_second_factor": "otp"}
    async with (
        running_app(database.service_url, **settings(provider, **more)) as app,
        visitor(app) as client,
    ):
        assert (await there_and_back(client, provider)).status_code == 303


async def test_without_a_provider_its_pages_are_not_there(app: Edge, world: World) -> None:
    async with visitor(app) as client:
        assert (await client.get("/sign-in/provider")).status_code == 404
        assert (await client.get("/sign-in/provider/callback?code=x&state=y")).status_code == 403
        await sign_in(client)
        fields = hidden(await client.get(SECURITY))
        answer = await client.post(f"{SECURITY}/linked", data=fields)
        assert answer.status_code == 404


async def test_other_kinds_of_sign_in_fit_the_table(world: World) -> None:
    """WeChat names a person by application, and by one id over all of an owner's applications."""

    async def rows(conn) -> None:
        for application in ("wx-mini", "wx-official"):
            await link_account(
                conn,
                person=world.person,
                kind="wechat",
                issuer=application,
                subject=f"openid-{application}",
                union_subject="unionid-1",
            )
        await link_account(
            conn, person=world.person, kind="sms", issuer="", subject="blind index of a number"
        )
        with pytest.raises(AccountLinkedAlready):
            await link_account(
                conn, person=world.person, kind="sms", issuer="", subject="another number"
            )
        found = await fetch_value(
            conn,
            "SELECT count(*) FROM foundation.sign_in_method WHERE union_subject = 'unionid-1'",
        )
        assert found == 2

    await write_transaction(world.engine, rows)
