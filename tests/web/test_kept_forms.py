"""What was typed when the session had ended is there again after the sign-in, and sent by hand."""

import re
from datetime import timedelta
from html import unescape

import httpx
import pytest

from api.edge import Edge
from api.web.form_words import FormField, FormOnPage, answers_of
from ledger.clock import today
from ledger.database import execute, fetch_one, fetch_value, read_transaction
from tests.api.world import PASSWORD, World
from tests.web.people import admit
from tests.web.test_second_factor import SECURITY, enrol
from tests.web.visitors import end_session_of, hidden, home_of, send, sign_in, visitor

ACTIVITY = "陪张奶奶<看病>，取药"
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def typed() -> dict[str, str]:
    return {
        "category": "assistance",
        "activity": ACTIVITY,
        "place_name": "东湖医院",
        "day": (today() - timedelta(days=1)).isoformat(),
        "from": "00:01",
        "to": "00:02",
    }


#: The form as its reader filled it in: its labels, its order, what was chosen in words.
SHOWN = [
    ("类别", "协助服务"),
    ("做了什么", "陪张奶奶&lt;看病&gt;，取药"),
    ("哪一天", (today() - timedelta(days=1)).isoformat()),
    ("几点开始", "00:01"),
    ("几点结束", "00:02"),
    ("地点", "东湖医院"),
]


def answers_in(page: httpx.Response) -> list[tuple[str, str]]:
    return re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page.text)


async def services(world: World) -> int:
    statement = "SELECT count(*) FROM programmes.service_record WHERE tenant_id = $1"
    tenant_id = world.programme.tenant_id
    async with read_transaction(world.engine, tenant_id=tenant_id) as conn:
        return int(await fetch_value(conn, statement, tenant_id))


async def send_too_late(app: Edge, client: httpx.AsyncClient, world: World) -> httpx.Response:
    """Fill in a form, let the session end, send it."""
    page = f"{home_of(world)}/records/new"
    fields = hidden(await client.get(page))
    await end_session_of(app, client, world)
    return await client.post(
        page, data={**fields, **typed()}, headers={"referer": f"http://books.test{page}"}
    )


async def test_a_form_sent_too_late_comes_back_after_the_sign_in_and_acts_when_it_is_sent_again(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    page = f"{home_of(world)}/records/new"
    late = await send_too_late(app, wang, world)
    asked = late.headers["location"]
    assert late.status_code == 303
    assert asked == f"/sign-in?next={page}&over=kept", "nothing typed is in an address"
    form = await wang.get(asked)
    assert "登录已经过期" in form.text
    assert "还在" in form.text
    back = await send(wang, asked, "/sign-in", name="wang", next=page, password=PASSWORD)
    assert back.headers["location"] == f"/account/kept?next={page}"
    shown = await wang.get(back.headers["location"])
    assert "陪张奶奶&lt;看病&gt;，取药" in shown.text
    assert await services(world) == 0, "nothing is sent by itself"
    assert answers_in(shown) == SHOWN
    fields = {name: value.replace("&lt;", "<").replace("&gt;", ">")
              for name, value in FIELD.findall(shown.text)}  # fmt: skip
    assert {**fields, **typed()} == fields
    for _ in range(2):  # its own key: twice is once
        sent = await wang.post(page, data=fields)
        assert sent.status_code == 303, sent.text
    assert await services(world) == 1
    again = await wang.get("/account/kept?next=/rules")
    assert again.headers["location"] == "/rules", "it was gone on with, so it is kept no more"


async def test_nobody_else_sees_it_and_the_database_alone_cannot_read_it(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    await send_too_late(app, wang, world)
    async with read_transaction(world.engine) as conn:
        row = await fetch_one(conn, "SELECT f::text AS row, f.* FROM foundation.kept_form AS f")
    for token in (wang.cookies["gongzhang-kept"], wang.cookies["gongzhang"]):
        assert token not in row.row
    assert ACTIVITY.encode() not in bytes(row.content_sealed)
    kept = wang.cookies["gongzhang-kept"]
    async with visitor(app) as other:
        await sign_in(other, await admit(world, "community_staff"))
        other.cookies.set("gongzhang-kept", kept)
        answer = await other.get("/account/kept")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
    async with world.engine.begin() as conn:
        await execute(conn, "UPDATE foundation.kept_form SET ends_at = now()")
    await sign_in(wang)
    assert (await wang.get("/account/kept")).status_code == 303, "over"


async def test_it_waits_for_the_second_factor_as_well(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    _, shown = await enrol(wang, f"{SECURITY}/second-factor")
    (code, *_) = re.findall(r"<li>([a-z0-9]{4}(?:-[a-z0-9]{4}){3})</li>", shown.text)
    await send_too_late(app, wang, world)
    first = await send(wang, "/sign-in", "/sign-in", name="wang", next="/rules", password=PASSWORD)
    assert first.headers["location"] == "/sign-in/second-factor?next=/rules"
    page = first.headers["location"]
    second = await send(wang, page, "/sign-in/second-factor", code=code, next="/rules")
    assert second.headers["location"] == "/account/kept?next=/rules"
    assert "陪张奶奶" in (await wang.get(second.headers["location"])).text


@pytest.mark.parametrize("case", ["forged", "unknown session", "foreign site", "secret", "huge"])
async def test_what_is_none_of_our_forms_or_secret_or_too_long_is_not_kept(
    app: Edge, wang: httpx.AsyncClient, world: World, case: str
) -> None:
    page = f"{home_of(world)}/records/new"
    fields, headers = {**hidden(await wang.get(page)), **typed()}, {}
    await end_session_of(app, wang, world)
    if case == "forged":
        fields["form_token"] = "0" * 64
    elif case == "unknown session":
        wang.cookies.set("gongzhang", "A" * 43)
        wang.cookies.set("gongzhang-last", "a" * 64)
    elif case == "foreign site":
        headers["sec-fetch-site"] = "cross-site"
    elif case == "secret":
        page, guard = f"{SECURITY}/password", {"form_token": fields["form_token"]}
        fields = {**guard, "old": PASSWORD, "new": PASSWORD + "2"}
    else:
        fields["activity"] = "长" * 20_000
    answer = await wang.post(page, data=fields, headers=headers)
    assert answer.status_code == 303
    assert "over=form" in answer.headers["location"]
    assert "gongzhang-kept" not in wang.cookies
    async with read_transaction(world.engine) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.kept_form") == 0


async def test_one_form_a_session_is_kept_however_many_are_sent(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    page = f"{home_of(world)}/records/new"
    fields = hidden(await wang.get(page))
    await end_session_of(app, wang, world)
    for place in ("甲", "乙", "丙"):
        await wang.post(page, data={**fields, **typed(), "place_name": place})
    async with read_transaction(world.engine) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.kept_form") == 1
    await sign_in(wang)
    shown = (await wang.get("/account/kept")).text
    assert ">丙<" in shown
    assert ">甲<" not in shown


async def test_a_form_opened_before_signing_in_again_elsewhere_is_shown_once_more(
    wang: httpx.AsyncClient, world: World
) -> None:
    page = f"{home_of(world)}/records/new"
    fields = {**hidden(await wang.get(page)), **typed()}
    await sign_in(wang)
    refused = await wang.post(page, data=fields)
    assert (refused.status_code, ACTIVITY[:4] in refused.text) == (403, False), "who says so?"
    shown = await wang.post(page, data=fields, headers={"sec-fetch-site": "same-origin"})
    assert (shown.status_code, ACTIVITY[:4] in shown.text) == (403, True)
    assert answers_in(shown) == SHOWN
    assert await services(world) == 0
    fresh = {**fields, **hidden(shown)}
    assert fresh["form_token"] != fields["form_token"]
    assert (await wang.post(page, data=fresh)).status_code == 303
    assert await services(world) == 1


async def test_the_words_of_a_form_are_read_off_no_other_page(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    """Whatever address is asked for: another form has not these fields, and nothing goes round."""
    await send_too_late(app, wang, world)
    await sign_in(wang)
    for asked in ("/account/kept", "/account/security", "/nothing", "//evil.example/", "/docs"):
        shown = await wang.get("/account/kept", params={"next": asked})
        assert shown.status_code == 200
        assert answers_in(shown) == SHOWN, asked


async def fill_in_and_sign_out_elsewhere(
    client: httpx.AsyncClient, world: World
) -> tuple[str, dict[str, str]]:
    """Fill in a form in one tab, then sign out in another tab of the same browser."""
    page = f"{home_of(world)}/records/new"
    fields = {**hidden(await client.get(page)), **typed()}
    out = await send(client, "/account/security", "/sign-out")
    assert out.headers["location"] == "/sign-in?out=1"
    assert "gongzhang" not in client.cookies
    return page, fields


async def test_signing_out_in_another_tab_loses_nothing(
    wang: httpx.AsyncClient, world: World
) -> None:
    page, fields = await fill_in_and_sign_out_elsewhere(wang, world)
    fields["activity"] = "陪张奶奶看病\n取药"
    late = await wang.post(page, data=fields)
    assert late.headers["location"] == "/sign-in?over=kept"
    back = await send(wang, "/sign-in", "/sign-in", name="wang", next=page, password=PASSWORD)
    assert back.headers["location"] == f"/account/kept?next={page}"
    shown = await wang.get(back.headers["location"])
    assert ("做了什么", "陪张奶奶看病\n取药") in answers_in(shown)
    assert '<dl class="facts as-typed">' in shown.text, "in the lines it was typed in"
    assert await services(world) == 0, "nothing is sent by itself"


async def test_what_was_typed_before_signing_out_is_shown_to_nobody_else_in_that_browser(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    page, fields = await fill_in_and_sign_out_elsewhere(wang, world)
    last = wang.cookies["gongzhang-last"]
    async with visitor(app) as opener:
        opener.cookies.set("gongzhang", last)
        assert (await opener.get("/account/kept")).status_code == 303, "it opens no session"
    await wang.post(page, data=fields)
    kept = wang.cookies["gongzhang-kept"]
    async with visitor(app) as elsewhere:
        await sign_in(elsewhere)
        assert (await elsewhere.get("/account/kept")).status_code == 303, "another browser"
    await sign_in(wang, await admit(world, "community_staff"))
    wang.cookies.set("gongzhang-kept", kept)
    for asked in ("/account/kept", "/", "/account/security"):
        answer = await wang.get(asked)
        assert ACTIVITY[:4] not in answer.text, asked
    # the form itself, sent in the tab of another's sign-out, is not of whoever signed in after
    await send(wang, "/account/security", "/sign-out")
    late = await wang.post(page, data=fields)
    assert "over=form" in late.headers["location"]


@pytest.mark.parametrize("case", ["made up", "of another", "no cookie", "no token", "not hex"])
async def test_a_forged_cookie_of_the_last_session_keeps_nothing(
    app: Edge, wang: httpx.AsyncClient, world: World, case: str
) -> None:
    page, fields = await fill_in_and_sign_out_elsewhere(wang, world)
    if case == "no token":
        del fields["form_token"]
    elif case == "of another":
        async with visitor(app) as other:
            await sign_in(other, await admit(world, "community_staff"))
            wang.cookies.set("gongzhang-last", other.cookies["gongzhang-last"])
    elif case == "no cookie":
        del wang.cookies["gongzhang-last"]
    else:
        wang.cookies.set("gongzhang-last", "0" * 64 if case == "made up" else "zz" * 32)
    answer = await wang.post(page, data=fields)
    assert (answer.status_code, "over=form" in answer.headers["location"]) == (303, True)
    async with read_transaction(world.engine) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.kept_form") == 0


SWITCH = re.compile(r'<button formaction="([^"]+)"')
KEPT_FIELD = re.compile(r'name="(kept|next|stage|wrong)" value="([^"]*)"')


def carried(page: httpx.Response) -> dict[str, str]:
    """What the switches in the head of a refused page send."""
    found = {name: unescape(value) for name, value in KEPT_FIELD.findall(page.text)}
    return {**hidden(page), **found}


async def test_switching_the_language_of_a_refused_form_keeps_what_was_typed(
    wang: httpx.AsyncClient, world: World
) -> None:
    page = f"{home_of(world)}/records/new"
    wrong = {**typed(), "to": "00:01"}
    fresh = await wang.get(page)
    assert not SWITCH.findall(fresh.text), "links where nothing was sent"
    refused = await wang.post(page, data={**hidden(fresh), **wrong})
    assert refused.status_code == 422
    assert SWITCH.findall(refused.text) == ["/account/kept?type=large", "/account/kept?lang=en"]
    english = await wang.post("/account/kept?lang=en", data=carried(refused))
    assert english.status_code == 200
    assert '<html lang="en"' in english.text
    answers = dict(answers_in(english))
    assert re.search('The form: <strong>[^<]+</strong> <span class="note">', english.text)
    assert ("陪张奶奶&lt;看病&gt;，取药" in answers.values(), answers.get("Place")) == (
        True,
        "东湖医院",
    )
    assert await services(world) == 0, "switching sends nothing"
    # back again from there, then on: the same form, with one key all the way
    chinese = await wang.post("/account/kept?lang=zh-CN", data=carried(english))
    assert dict(answers_in(chinese))["做了什么"] == "陪张奶奶&lt;看病&gt;，取药"
    fields = {name: unescape(value) for name, value in FIELD.findall(chinese.text)}
    assert fields["form_key"] == hidden(refused)["form_key"]
    assert {**fields, **wrong} == {**fields, **wrong, "activity": ACTIVITY}
    again = await wang.post(page, data=fields)
    assert (again.status_code, "陪张奶奶" in again.text) == (422, True), "refused for the same"
    for _ in range(2):
        sent = await wang.post(page, data={**fields, **typed()})
        assert sent.status_code == 303
    assert await services(world) == 1


@pytest.mark.parametrize(
    "kept", ["", "{}", "[]", '{"action":1,"key":null,"fields":[]}', "\ud83d", "{" * 3000]
)
async def test_what_no_page_of_ours_carries_is_not_shown_again(
    wang: httpx.AsyncClient, kept: str
) -> None:
    guards = hidden(await wang.get("/account/security"))
    sent = {**guards, "kept": kept.encode("utf-8", "ignore").decode()}
    assert (await wang.post("/account/kept", data=sent)).status_code == 404
    unguarded = {"kept": '{"action":"/x","key":null,"fields":[["a","b"]]}'}
    assert (await wang.post("/account/kept", data=unguarded)).status_code == 403


async def test_a_kept_form_leads_to_no_other_site(wang: httpx.AsyncClient) -> None:
    guards = hidden(await wang.get("/account/security"))
    kept = '{"action":"//evil.example/x","key":null,"fields":[["a","b"]]}'
    shown = await wang.post(
        "/account/kept", data={**guards, "kept": kept, "next": "//evil.example"}
    )
    assert (shown.status_code, "evil.example" in shown.text) == (200, False)


async def test_secrets_do_not_go_along_with_the_language(wang: httpx.AsyncClient) -> None:
    page = f"{SECURITY}/password"
    refused = await send(wang, page, page, old=PASSWORD, new="short")
    assert refused.status_code == 422
    assert PASSWORD not in refused.text
    assert "kept" not in carried(refused), "nothing else was typed"


def test_a_button_that_only_looks_is_not_among_what_was_typed() -> None:
    field = FormField("step", choices={"check": "下一步", "confirm": "确认"}, is_button=True)
    form = FormOnPage("/somewhere", {"step": field})
    assert answers_of(form, [("step", "check")]) == []
    assert [one.words for one in answers_of(form, [("step", "confirm")])] == ["确认"]
