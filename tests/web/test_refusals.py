"""Refused pages: plain words, the navigation that one has, and a way back."""

import re

import httpx
import pytest

from api.edge import Edge
from ledger.identifiers import uuid7
from tests.api.world import World
from tests.web.visitors import end_session_of, hidden, home_of, send, sign_in, visitor

TECHNICAL = re.compile(
    r"编号为|permission|\w+\.(read|capture|verify)|\([a-z ]+\)|[0-9a-f]{8}-[0-9a-f]{4}"
)


def main_of(answer: httpx.Response) -> str:
    """What the page says, without its frame and without tags."""
    main = answer.text.split("<main", 1)[1].split("</main>")[0]
    return re.sub(r"<[^>]*>", " ", main)


def refused_paths(world: World) -> list[tuple[str, int]]:
    programme, home = f"/programmes/{world.programme.public_id}", home_of(world)
    return [
        (f"{programme}/merchants/{world.merchant.merchant_id}", 403),
        (f"{programme}/staff", 403),
        (f"{programme}/staff/records/{uuid7()}", 403),
        (f"{programme}/books/trial-balance", 403),
        (f"{programme}/staff/stars", 404),
        (f"/programmes/{world.other_programme.public_id}/staff", 404),
        (f"/estates/{world.estate.public_id}/books/trial-balance", 404),
        (f"{home}/vouchers/{uuid7()}", 404),
        (f"{home}/statement/XX", 404),
        (f"{home}/nothing", 404),
        ("/nothing", 404),
        ("/audit", 403),
        ("/sign-out", 405),
        (f"{home}?x=%00", 400),
    ]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_a_refused_page_keeps_the_navigation_and_speaks_plainly(
    wang: httpx.AsyncClient, world: World, language: str
) -> None:
    for path, status in refused_paths(world):
        wang.cookies.set("language", language)
        answer = await wang.get(path)
        assert answer.status_code == status, path
        assert f'href="{home_of(world)}"' in answer.text, path
        assert "/sign-out" in answer.text, path
        assert not TECHNICAL.search(main_of(answer)), (path, main_of(answer))


async def test_a_refused_page_leads_back_to_where_one_was(
    wang: httpx.AsyncClient, world: World
) -> None:
    before = f"{home_of(world)}/records"
    answer = await wang.get("/nothing", headers={"referer": f"http://books.test{before}"})
    assert f'href="{before}">返回上一页' in answer.text
    elsewhere = await wang.get("/nothing", headers={"referer": "https://evil.test/x"})
    assert "evil.test" not in elsewhere.text
    assert "返回上一页" not in elsewhere.text


async def test_a_stranger_gets_a_refusal_without_navigation(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/nothing")
    assert answer.status_code == 404
    assert "没有这一页" in answer.text
    assert "<nav" not in answer.text


async def test_an_unusable_key_still_gets_a_page(app: Edge, world: World) -> None:
    async with visitor(app) as client:
        answer = await client.get("/audit", headers={"authorization": "Bearer nothing"})
    assert answer.status_code == 401
    assert "text/html" in answer.headers["content-type"]


async def test_a_page_asked_for_after_the_session_says_so(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    page = f"{home_of(world)}/statement/SP?side=in"
    await end_session_of(app, wang, world)
    answer = await wang.get(page)
    form = await wang.get(answer.headers["location"])
    assert "登录已经过期" in form.text
    assert "没有提交" not in form.text
    assert f'value="{page}"' in form.text
    out = await wang.post("/sign-out")
    assert out.headers["location"] == "/sign-in?out=1"


async def test_a_form_of_an_earlier_session_says_what_to_do(
    wang: httpx.AsyncClient, world: World
) -> None:
    page = f"{home_of(world)}/convert"
    fields = hidden(await wang.get(page))
    await sign_in(wang)
    answer = await wang.post(
        page, data={**fields, "hours": "1"}, headers={"referer": f"http://books.test{page}"}
    )
    assert answer.status_code == 403
    assert "这一页已经过时" in answer.text
    assert "没有任何变动" in answer.text


@pytest.mark.parametrize("asked", ["/程序", "/a\r\nset-cookie: x=1", "/a%0d%0ab"])
async def test_any_address_to_go_on_to_is_written_safely(
    stranger: httpx.AsyncClient, world: World, asked: str
) -> None:
    answer = await send(stranger, "/sign-in", "/sign-in", name="wang", next=asked,
                        password="the river runs 老城 slowly")  # fmt: skip
    assert answer.status_code == 303
    assert answer.headers["location"].isascii()
    assert "set-cookie: x" not in str(answer.headers)


async def test_a_refused_sign_in_keeps_the_name_in_the_other_language(
    stranger: httpx.AsyncClient, world: World
) -> None:
    typed = {"name": "wang", "password": "not hers", "next": "/account"}
    refused = await send(stranger, "/sign-in", "/sign-in", **typed)
    assert 'form="sign-in" formnovalidate formaction="/sign-in?lang=en"' in refused.text
    page = {**hidden(refused), **typed, "switched": "yes"}
    english = await stranger.post("/sign-in?lang=en", data=page)
    assert (english.status_code, '<html lang="en"' in english.text) == (200, True)
    assert 'value="wang"' in english.text
    assert 'value="/account"' in english.text
    assert "not hers" not in english.text


async def test_a_password_of_broken_bytes_is_only_wrong(stranger: httpx.AsyncClient) -> None:
    fields = hidden(await stranger.get("/sign-in"))
    body = f"form_key={fields['form_key']}&name=wang&password=%ff%00%ed%a0%80"
    answer = await stranger.post(
        "/sign-in",
        content=body,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code in (400, 401, 422)
    assert "text/html" in answer.headers["content-type"]
