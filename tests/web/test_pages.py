"""Pages at the edge: who gets in, what they carry, what a wrong form gives back."""

import re
from datetime import date, timedelta

import httpx
import pytest

from api.edge import Edge
from api.web.account import local_address
from ledger.clock import today
from ledger.database import read_transaction
from ledger.programmes.service_records.records import list_services
from tests.api.world import World
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden, home_of, seen_in, send, sign_in, visitor


async def test_a_stranger_is_led_to_the_sign_in_and_back(
    stranger: httpx.AsyncClient, world: World
) -> None:
    asked = f"{home_of(world)}/statement/SP"
    answer = await stranger.get(asked)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={asked}"
    signed = await send(stranger, answer.headers["location"], "/sign-in", name="wang", next=asked,
                        password="the river runs 老城 slowly")  # fmt: skip
    assert signed.status_code == 303
    assert signed.headers["location"] == asked


@pytest.mark.parametrize("asked", ["//evil.test", "https://evil.test", "/\\evil.test", "", "x"])
def test_after_signing_in_nobody_is_sent_elsewhere(asked: str) -> None:
    assert local_address(asked) == "/"


async def test_pages_are_not_kept_and_run_nothing_of_others(
    wang: httpx.AsyncClient, world: World
) -> None:
    answer = await wang.get(home_of(world))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_styles_may_be_kept_for_ever_and_come_packed(stranger: httpx.AsyncClient) -> None:
    page = await stranger.get("/sign-in")
    address = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    plain = await stranger.get(address, headers={"accept-encoding": "identity"})
    packed = await stranger.get(address)
    assert "immutable" in packed.headers["cache-control"]
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert (await stranger.get("/static/../app.py")).status_code == 404
    assert (await stranger.get("/static/nothing.css")).status_code == 404


async def test_another_programme_looks_like_a_missing_one(
    wang: httpx.AsyncClient, world: World
) -> None:
    for tenant_id in (world.other_programme.public_id, world.member.member_id):
        answer = await wang.get(f"/programmes/{tenant_id}/volunteer")
        assert answer.status_code == 404
        assert "没有任何变动" not in answer.text, "nothing was sent"
        assert answer.text.count("地址可能写错了") == 1


async def test_a_counter_of_others_is_not_there(wang: httpx.AsyncClient, world: World) -> None:
    counter = f"/programmes/{world.programme.public_id}/merchants/{world.merchant.merchant_id}"
    assert (await wang.get(counter)).status_code == 403


async def test_a_member_sees_no_account_but_her_own(wang: httpx.AsyncClient, world: World) -> None:
    books = f"/programmes/{world.programme.public_id}/books"
    own = await world.account("TB", "2101", world.member.member_id)
    others = await world.account("TB", "2101", world.second_member.member_id)
    pool = await world.account("TB", "2201")
    assert (await wang.get(f"{books}/accounts/{own}")).status_code == 200
    for account_id in (others, pool):
        assert (await wang.get(f"{books}/accounts/{account_id}")).status_code == 404
    listed = await wang.get(f"{books}/positions/TB/2101")
    assert str(own) in listed.text
    assert str(others) not in listed.text


async def test_a_party_member_sees_no_list_of_the_branch(
    wang: httpx.AsyncClient, world: World
) -> None:
    stars = f"/programmes/{world.programme.public_id}/staff/stars"
    assert (await wang.get(stars)).status_code == 404
    month = f"{stars}/{world.member.branch_id}/2026-01"
    assert (await wang.get(month)).status_code == 404


async def test_a_form_without_token_or_key_is_refused(
    wang: httpx.AsyncClient, world: World
) -> None:
    page = await wang.get(f"{home_of(world)}/convert")
    address = f"{home_of(world)}/convert"
    fields = hidden(page)
    without_token = await wang.post(address, data={"hours": "1", "form_key": fields["form_key"]})
    assert without_token.status_code == 403
    without_key = await wang.post(
        address, data={"hours": "1", "step": "confirm", "form_token": fields["form_token"]}
    )
    assert without_key.status_code == 403
    forged = await wang.post(
        address, data={**fields, "hours": "1"}, headers={"origin": "https://evil.test"}
    )
    assert forged.status_code == 403


async def test_sending_a_form_twice_acts_once(wang: httpx.AsyncClient, world: World) -> None:
    address = f"{home_of(world)}/convert"
    looked = await wang.get(f"{address}?hours=1")
    fields = {**seen_in(looked), "hours": "1", "step": "confirm"}
    first = await wang.post(address, data=fields)
    second = await wang.post(address, data=fields)
    assert first.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    page = await wang.get(f"{home_of(world)}/statement/TB")
    assert page.text.count('class="what">时间换积分') == 1


async def test_the_way_back_to_the_check_of_hours_opens_and_keeps_what_was_typed(
    wang: httpx.AsyncClient, world: World
) -> None:
    address = f"{home_of(world)}/convert"
    asked = await send(wang, address, address, hours="1.5", step="check")
    assert (asked.status_code, asked.headers["location"]) == (303, f"{address}?hours=1.5")
    checked = await wang.get(asked.headers["location"])
    assert checked.status_code == 200
    assert 'name="hours" value="1.5"' in checked.text
    (change,) = re.findall(r'href="([^"]*change=1)"', checked.text)
    typed = await wang.get(change.replace("&amp;", "&"))
    assert 'name="hours" type="text" value="1.5"' in typed.text
    for hours in ("5.5", "-1", "很多", "%00"):
        wrong = await wang.get(f"{address}?hours={hours}")
        assert wrong.status_code in (400, 422), hours
    page = await wang.get(f"{home_of(world)}/statement/TB")
    assert 'class="what">时间换积分' not in page.text, "looking moves nothing"


async def test_more_time_than_there_is_is_refused_beside_its_field(
    wang: httpx.AsyncClient, world: World
) -> None:
    address = f"{home_of(world)}/convert"
    for step in ("check", "confirm"):
        fields = {**hidden(await wang.get(address)), "hours": "5.5", "step": step}
        answer = await wang.post(address, data=fields)
        assert answer.status_code == 422, step
        assert 'id="hours-problem"' in answer.text
        assert "可用时间不够：有 5 小时，要 5 小时 30 分钟，还差 30 分钟。" in answer.text
        assert 'value="5.5"' in answer.text
    page = await wang.get(f"{home_of(world)}/statement/TB")
    assert 'class="what">' in page.text
    assert 'class="what">时间换积分' not in page.text


SERVICE = {
    "category": "assistance",
    "activity": "陪李奶奶去医院",
    "day": "2026-01-01",
    "from": "09:00",
    "to": "10:30",
    "place_name": "医院",
}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"to": "08:00"}, "结束时间要晚于开始时间"),
        ({"activity": " "}, "这一项要填"),
        ({"activity": "x" * 61}, "最多 60 个字"),
        ({"category": "nothing"}, "请从列表里选一项"),
        ({"day": "2026-02-30"}, "2026-02-30"),
        ({"from": "9 o'clock"}, "9 o&#39;clock"),
        ({"activity": "<script>alert(1)</script>", "to": ""}, "&lt;script&gt;"),
    ],
)
async def test_a_wrong_form_comes_back_with_what_was_typed(
    wang: httpx.AsyncClient, world: World, wrong: dict[str, str], words: str
) -> None:
    address = f"{home_of(world)}/records/new"
    answer = await send(wang, address, address, **{**SERVICE, **wrong})
    assert answer.status_code == 422
    assert words in answer.text
    assert "还没有提交" in answer.text
    assert 'value="医院"' in answer.text
    assert "<script>alert" not in answer.text


async def test_a_service_is_recorded_once_however_often_it_is_sent(
    wang: httpx.AsyncClient, world: World
) -> None:
    address = f"{home_of(world)}/records/new"
    page = await wang.get(address)
    earliest = page.text.split('min="')[1].split('"')[0]
    fields = {**hidden(page), **SERVICE, "day": earliest}
    answers = [await wang.post(address, data=fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    tenant_id = world.programme.tenant_id
    async with read_transaction(world.engine, tenant_id=tenant_id) as conn:
        assert len(await list_services(conn, tenant_id=tenant_id, limit=10)) == 1


async def test_a_service_of_a_whole_day_is_asked_about_before_it_takes_the_day(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    address = f"{home_of(world)}/records/new"
    earliest = (await wang.get(address)).text.split('min="')[1].split('"')[0]
    day = (date.fromisoformat(earliest) + timedelta(days=1)).isoformat()
    whole = {**SERVICE, "day": day, "from": "00:00", "to": "23:59"}
    assert 'name="sure"' not in (await wang.get(address)).text, "an ordinary form asks nothing"
    asked = await send(wang, address, address, **whole)
    assert asked.status_code == 422
    (problem,) = re.findall(r'id="sure-problem">([^<]+)', asked.text)
    assert "23 小时 59 分" in problem
    assert "一天最多计入 8 小时" in problem
    assert "不能再登记别的服务" in problem
    eight = await send(wang, address, address, **{**whole, "day": earliest, "to": "08:00"})
    assert eight.status_code == 303, "nobody is asked about what counts whole"
    done = await send(wang, address, address, **whole, sure="yes")
    assert done.status_code == 303
    tenant_id = world.programme.tenant_id
    async with read_transaction(world.engine, tenant_id=tenant_id) as conn:
        long, eight_hours = await list_services(conn, tenant_id=tenant_id, limit=10)
    assert (long.minutes, eight_hours.minutes) == (1439, 480)
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        records = f"/programmes/{world.programme.public_id}/staff/records"
        shown = (await staff.get(f"{records}/{long.record_id}")).text
        assert "一天最多计入 8 小时，多出的不计" in shown
        assert "要两人核验" in shown
        assert "多出的不计" not in (await staff.get(f"{records}/{eight_hours.record_id}")).text


async def test_an_address_makes_no_page_say_that_something_was_done(
    app: Edge, world: World
) -> None:
    programme = f"/programmes/{world.programme.public_id}/staff"
    invented = "+ring+13800000000+now"
    branch = f"{programme}/stars/{world.member.branch_id}/{today():%Y-%m}"
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        for page in (programme, branch, f"{programme}/people/{world.member.member_id}"):
            answer = await staff.get(f"{page}?done={invented}")
            assert answer.status_code == 200, page
            assert "ring 13800000000" not in answer.text, page
            assert 'class="callout good" role="status"' not in answer.text, page
    async with signed_in(app, await admit(world, "programme_accountant")) as accountant:
        answer = await accountant.get(f"{programme}/approvals?done={invented}")
        assert answer.status_code == 200
        assert "ring 13800000000" not in answer.text


async def test_language_and_type_size_are_kept_in_cookies(wang: httpx.AsyncClient) -> None:
    answer = await wang.get("/sign-in?lang=en&type=large")
    assert '<html lang="en" class="large">' in answer.text
    answer = await wang.get("/sign-in")
    assert '<html lang="en" class="large">' in answer.text
    answer = await wang.get("/sign-in?lang=<script>&type=x")
    assert '<html lang="en" class="large">' in answer.text


async def test_a_broken_cursor_begins_at_the_beginning(
    wang: httpx.AsyncClient, world: World
) -> None:
    for cursor in ("x", "9" * 40, "-1", "٣", "2026-01-01_", "2026-13-01_1", "_9"):
        answer = await wang.get(f"{home_of(world)}/statement/TB", params={"after": cursor})
        assert answer.status_code == 200
        assert "/vouchers/" in answer.text


async def test_signing_in_again_says_nothing_about_names(stranger: httpx.AsyncClient) -> None:
    unknown = await send(stranger, "/sign-in", "/sign-in", name="nobody", password="x" * 12)
    assert unknown.status_code == 401
    assert "账号或密码不对" in unknown.text


async def test_the_code_page_shows_a_picture_without_styles(
    wang: httpx.AsyncClient, world: World
) -> None:
    answer = await send(wang, f"{home_of(world)}/code", f"{home_of(world)}/code")
    assert answer.status_code == 200
    assert "<svg" in answer.text
    assert "style=" not in answer.text


async def test_signing_in_twice_replaces_the_session(wang: httpx.AsyncClient, world: World) -> None:
    before = wang.cookies["gongzhang"]
    answer = await sign_in(wang)
    assert answer.status_code == 303
    assert wang.cookies["gongzhang"] != before


async def test_the_choice_of_a_language_outlives_the_way_from_the_first_page(app: Edge) -> None:
    async with visitor(app) as client:
        answer = await client.get("/?lang=en&type=large")
        assert answer.headers["location"] == "/sign-in"
        assert (client.cookies["language"], client.cookies["type_size"]) == ("en", "large")
        assert 'lang="en"' in (await client.get("/sign-in")).text
