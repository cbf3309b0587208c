"""The counter: what is typed badly is mended, a code past its minute is refused plainly, a receipt
is found by its number."""

import csv
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.edge import Edge
from api.web.numbers import short_number
from ledger.books.lanes import OutcomeUnknown
from ledger.clock import today
from ledger.database import execute, write_transaction
from ledger.identifiers import uuid7
from ledger.programmes.redemption.contracts import agree_contract
from ledger.programmes.time_bank import convert_minutes
from tests.api.world import SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden, home_of, send

DIGITS = re.compile(r"(\d{4}) (\d{4})")
UUID_TEXT = re.compile(r">[^<]*[0-9a-f]{8}-[0-9a-f]{4}-[^<]*<")


@pytest.fixture
async def shop(app: Edge, world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The merchant at the counter; the member has points, and a contract is in force."""

    async def provide(conn: AsyncConnection) -> None:
        tenant_id = world.programme.tenant_id
        await convert_minutes(
            conn,
            tenant_id=tenant_id,
            member_id=world.member.member_id,
            minutes=60,
            key=uuid7(),
            caller_id=SYSTEM,
        )
        await agree_contract(
            conn,
            tenant_id=tenant_id,
            merchant_id=world.merchant.merchant_id,
            valid_from=today(),
            fen_per_100_points=1000,
            caller_id=SYSTEM,
        )

    await write_transaction(world.engine, provide, tenant_id=world.programme.tenant_id)
    async with signed_in(app, await admit(world, "merchant_operator")) as client:
        yield client


def counter_of(world: World) -> str:
    return f"/programmes/{world.programme.public_id}/merchants/{world.merchant.merchant_id}"


async def show_code(member: httpx.AsyncClient, world: World) -> str:
    """The eight digits that a member reads aloud."""
    page = await send(member, f"{home_of(world)}/code", f"{home_of(world)}/code")
    found = DIGITS.search(page.text)
    assert found is not None
    return found[1] + found[2]


async def test_unseen_characters_in_code_and_amount_do_no_harm(
    wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World
) -> None:
    code, counter = await show_code(wang, world), counter_of(world)
    typed = f"\u202d{code[:4]}\u200b {code[4:]}\u202c\ufeff"
    answer = await send(shop, counter, counter, code=typed, amount="\u200e2.5\u202c")
    assert answer.status_code == 303
    assert "/take/" in answer.headers["location"]


async def test_a_wrong_form_names_its_fields_and_leads_to_them(
    shop: httpx.AsyncClient, world: World
) -> None:
    counter = counter_of(world)
    answer = await send(shop, counter, counter, code="\u202e", amount="\x07两块")
    assert answer.status_code == 422
    assert '<a href="#code"><span><strong>兑换码</strong>：这一项要填。' in answer.text
    assert '<a href="#amount"><span><strong>收多少积分</strong>：“两块”不能用' in answer.text
    assert 'value="两块"' in answer.text


async def test_an_empty_record_form_names_every_field(
    wang: httpx.AsyncClient, world: World
) -> None:
    page = f"{home_of(world)}/records/new"
    answer = await send(wang, page, page)
    named = re.findall(r'<a href="#(\w+)"><span><strong>([^<]+)</strong>', answer.text)
    assert named == [
        ("category", "类别"),
        ("activity", "做了什么"),
        ("day", "哪一天"),
        ("from", "几点开始"),
        ("to", "几点结束"),
        ("place_name", "地点"),
    ]


async def test_a_record_form_with_unseen_characters_keeps_what_was_typed(
    wang: httpx.AsyncClient, world: World
) -> None:
    page = f"{home_of(world)}/records/new"
    answer = await send(wang, page, page, activity="陪李\u202e奶奶", place_name="医\u200b院")
    assert answer.status_code == 422
    assert 'value="陪李奶奶"' in answer.text
    assert 'value="医院"' in answer.text
    assert "U+202E" in answer.text
    assert "已经替你去掉" in answer.text


async def test_a_code_after_its_minute_is_refused_and_a_new_one_works(
    wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World, admin_engine: AsyncEngine
) -> None:
    code, counter = await show_code(wang, world), counter_of(world)
    async with admin_engine.begin() as conn:
        await execute(conn, "SET LOCAL session_replication_role = replica")
        await execute(
            conn,
            "UPDATE programmes.redemption_code SET issued_at = issued_at - $1::interval,"
            " expires_at = expires_at - $1::interval",
            timedelta(minutes=2),
        )
    answer = await send(shop, counter, counter, code=code, amount="1")
    assert answer.status_code == 409
    assert "<strong>兑换码</strong>：这个码的有效时间已经过了。" in answer.text
    assert "没有扣除任何积分" in answer.text
    assert "换一个新码" in answer.text
    assert 'value="1"' in answer.text, "the amount stays"
    fresh = await show_code(wang, world)
    assert fresh != code
    page = await send(wang, f"{home_of(world)}/code", f"{home_of(world)}/code")
    assert re.search(r"\d\d:\d\d:\d\d 前有效", page.text)
    fresh = await show_code(wang, world)
    answer = await send(shop, counter, counter, code=fresh, amount="1")
    assert answer.status_code == 303


@pytest.mark.parametrize("sent", [{}, {"act": "bogus"}, {"act": "Take"}])
async def test_an_unknown_button_neither_takes_nor_returns_points(
    wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World, sent: dict[str, str]
) -> None:
    counter = counter_of(world)
    held = await send(shop, counter, counter, code=await show_code(wang, world), amount="1")
    taking = held.headers["location"]
    answer = await send(shop, taking, taking, **sent)
    assert answer.status_code == 422
    assert "请从列表里选一项" in answer.text
    assert (await shop.get(taking)).status_code == 200, "still held, and nothing decided"
    assert (await send(shop, taking, taking, act="take")).status_code == 303


async def test_a_receipt_carries_a_number_and_is_found_by_it(
    wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World
) -> None:
    counter = counter_of(world)
    held = await send(shop, counter, counter, code=await show_code(wang, world), amount="1")
    taking = held.headers["location"]
    taken = await send(shop, taking, taking, act="take")
    receipt = await shop.get(taken.headers["location"])
    number = re.search(r'class="code">([0-9A-Z]{4}(?:-[0-9A-Z]{4}){2})<', receipt.text)
    assert number is not None
    assert not UUID_TEXT.search(receipt.text)
    assert re.findall(r'class="what">(预占|收取|退回)<', receipt.text) == ["预占", "收取"]
    found = await shop.get(f"{counter}/today", params={"number": f" {number[1].lower()} "})
    assert found.headers["location"] == taken.headers["location"]

    statement = await wang.get(f"{home_of(world)}/statement/SP")
    voucher = re.findall(r'href="([^"]+/vouchers/[^"]+)"', statement.text)[0]
    seen = await wang.get(voucher)
    assert number[1] in seen.text
    assert not UUID_TEXT.search(seen.text)


async def test_a_receipt_leads_to_its_vouchers_and_to_no_others(
    wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World
) -> None:
    counter = counter_of(world)
    receipts = []
    for _ in range(2):
        held = await send(shop, counter, counter, code=await show_code(wang, world), amount="1")
        taking = held.headers["location"]
        receipts.append((await send(shop, taking, taking, act="take")).headers["location"])
    links = [
        re.findall(rf'href="({receipt}/vouchers/[^"]+)"', (await shop.get(receipt)).text)
        for receipt in receipts
    ]
    assert [len(one) for one in links] == [2, 2]
    voucher = await shop.get(links[0][1])
    assert voucher.status_code == 200
    assert world.member.display_name not in voucher.text
    assert f">{world.member.display_name[0]}*<" in voucher.text
    assert "余额" not in voucher.text
    assert "/books/" not in voucher.text
    of_the_other = links[1][1].rpartition("/")[2]
    assert (await shop.get(f"{receipts[0]}/vouchers/{of_the_other}")).status_code == 404
    assert (await wang.get(links[0][1])).status_code == 404


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("12", "不是收据号"),
        ("", "今天还没有"),
        (short_number(UUID(int=7 << 76 | 1_700_000_000_000 << 80)), "本店没有"),
    ],
)
async def test_a_search_that_finds_nothing_says_so(
    shop: httpx.AsyncClient, world: World, typed: str, words: str
) -> None:
    answer = await shop.get(f"{counter_of(world)}/today", params={"number": typed})
    assert words in answer.text
    assert "<form" in answer.text


async def test_who_only_reads_takings_is_offered_nothing_else(
    app: Edge, shop: httpx.AsyncClient, world: World
) -> None:
    async with signed_in(app, await admit(world, "auditor")) as auditor:
        page = await auditor.get(f"{counter_of(world)}/today")
    assert page.status_code == 200
    assert f'href="{counter_of(world)}"' not in page.text
    assert "收码" not in page.text
    assert hidden(page)["form_token"]


async def test_a_form_that_is_changed_and_sent_again_is_refused_plainly(
    wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World
) -> None:
    """As after going back in the browser: the form still carries its first key."""
    counter = counter_of(world)
    fields = {**hidden(await shop.get(counter)), "code": await show_code(wang, world)}
    first = await shop.post(counter, data={**fields, "amount": "1"})
    assert first.status_code == 303
    second = await shop.post(counter, data={**fields, "amount": "2"})
    assert second.status_code == 409
    assert "这张表已经交过一次" in second.text
    assert "幂等" not in second.text


async def held_sale(
    wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World, amount: str = "1"
) -> str:
    """The page that asks before points are taken."""
    counter = counter_of(world)
    code = await show_code(wang, world)
    held = await send(shop, counter, counter, code=code, amount=amount)
    return held.headers["location"]


async def test_points_that_are_only_held_are_not_shown_as_spent(
    wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World
) -> None:
    taking = await held_sale(wang, shop, world)
    pages = (home_of(world), f"{home_of(world)}/statement/SP")
    assert all(["待商户确认" in (await wang.get(page)).text for page in pages])
    await send(shop, taking, taking, act="take")
    assert not any(["待商户确认" in (await wang.get(page)).text for page in pages])


async def test_a_member_finds_a_purchase_by_the_name_of_its_merchant_on_page_and_in_files(
    wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World
) -> None:
    taking = await held_sale(wang, shop, world)
    await send(shop, taking, taking, act="take")
    name, statement = world.merchant.name, f"{home_of(world)}/statement/SP"
    everything = (await wang.get(statement)).text
    assert everything.count("/vouchers/") == 2, "points that came in, and the purchase"
    assert f"· {name}</span>" in everything
    for words in (name, name[:2], "商户、服务或摘要里没有"):
        shown = (await wang.get(statement, params={"words": words})).text
        found = 1 if words in name else 0
        assert shown.count("/vouchers/") == found, words
        assert "商户、服务或摘要里的字" in shown
    shown = (await wang.get(statement, params={"words": name})).text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)" download', shown)]
    rows = list(csv.reader((await wang.get(links[0])).text.splitlines()))
    assert rows[-1][0] == "合计 1"
    (row,) = [one for one in rows if one[:1] and one[0].startswith(f"{today().year}-")]
    assert row[7] == name, "what it was for, as her page says it"
    account = await wang.get(links[0].replace("/statement.csv", ""))
    assert f'<span class="note">{name}</span>' in account.text


async def test_words_find_no_names_where_the_reader_sees_none(
    app: Edge, wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World
) -> None:
    taking = await held_sale(wang, shop, world)
    await send(shop, taking, taking, act="take")
    account = await world.account("SP", "2101", world.member.member_id)
    path = f"/programmes/{world.programme.public_id}/books/accounts/{account}"
    async with signed_in(app, await admit(world, "auditor")) as auditor:
        assert "/entries/" in (await auditor.get(path)).text.split("<main", 1)[1]
        page = await auditor.get(path, params={"words": world.merchant.name})
        assert "/entries/" not in page.text.split("<main", 1)[1]
        assert "商户、服务或摘要里的字" not in page.text


async def test_a_second_tab_never_says_that_taken_points_were_not_taken(
    wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World
) -> None:
    taking = await held_sale(wang, shop, world)
    tabs = [hidden(await shop.get(taking)) for _ in range(3)]
    assert (await shop.post(taking, data={**tabs[0], "act": "take"})).status_code == 303
    for tab, act in zip(tabs[1:], ("take", "cancel"), strict=True):
        answer = await shop.post(taking, data={**tab, "act": act})
        assert answer.status_code == 409
        assert "没有扣除任何积分" not in answer.text
        assert "这一次没有再扣，也没有再退" in answer.text
        assert f'href="{taking.replace("/take/", "/receipts/")}">看这一笔' in answer.text


async def test_a_refused_return_says_that_nothing_was_returned(
    wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World
) -> None:
    taking = await held_sale(wang, shop, world)
    await send(shop, taking, taking, act="take")
    undoing = taking.replace("/take/", "/undo/")
    tabs = [hidden(await shop.get(undoing)) for _ in range(2)]
    first = await shop.post(undoing, data=tabs[0])
    assert first.status_code == 303
    again = await shop.post(undoing, data=tabs[1])
    assert again.status_code == 409
    assert "已经退过" in again.text
    assert "没有扣除" not in again.text
    assert "看这一笔" in again.text


@pytest.mark.parametrize("step", ["hold", "take", "return"])
async def test_an_unknown_outcome_is_called_unknown(
    wang: httpx.AsyncClient,
    shop: httpx.AsyncClient,
    world: World,
    app: Edge,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    counter = counter_of(world)
    page, fields = counter, {"code": await show_code(wang, world), "amount": "1"}
    if step != "hold":
        page, fields = await held_sale(wang, shop, world), {"act": "take"}
    if step == "return":
        await send(shop, page, page, act="take")
        page, fields = page.replace("/take/", "/undo/"), {}

    async def break_off(*_: object) -> None:
        raise OutcomeUnknown

    form = hidden(await shop.get(page))
    with monkeypatch.context() as broken:
        broken.setattr(type(app.app.state.service.lanes), "submit", break_off)
        answer = await shop.post(page, data={**form, **fields})
    assert answer.status_code == 503
    assert "没有扣除" not in answer.text
    assert "没有退回" not in answer.text
    assert "还不知道刚才提交的有没有记下" in answer.text
    assert (await shop.post(page, data={**form, **fields})).status_code == 303


async def test_a_wrong_code_is_refused_at_its_field_and_the_amount_stays(
    wang: httpx.AsyncClient, shop: httpx.AsyncClient, world: World
) -> None:
    counter = counter_of(world)
    answer = await send(shop, counter, counter, code="１２３４５６７８", amount="2.5")
    assert '<a href="#code"><span><strong>兑换码</strong>：输入的数字和会员手机上的' in answer.text
    assert "没有扣除任何积分" in answer.text
    assert 'value="2.5"' in answer.text
    typed = {**hidden(answer), "amount": "2.5", "code": await show_code(wang, world)}
    assert (await shop.post(counter, data=typed)).status_code == 303, "sent from the same page"
