"""A bank account's pages: what an import did, matches made and undone, one day on every page."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from io import BytesIO

import httpx
import msgspec
import pytest
from python_calamine import CalamineWorkbook

from api.edge import Edge
from ledger.clock import today
from tests.api.world import World
from tests.reconciliation.bank_files import OPENING, ccb_csv, in_order, movement
from tests.reconciliation.estate import march
from tests.web.bank_desk import MARCH, Desk, ids_of, march_file, open_desk
from tests.web.visitors import hidden, sign_in, visitor

#: A walk through the ways of pages ends some day.
MOST_PAGES = 60


@pytest.fixture
async def desk(wang: httpx.AsyncClient, world: World) -> Desk:
    """An auditor's desk."""
    return await open_desk(wang, world)


@pytest.fixture
async def english(app: Edge, world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The same person, reading English."""
    async with visitor(app) as client:
        await sign_in(client)
        client.cookies.set("language", "en")
        yield client


def facts(page: httpx.Response) -> dict[str, str]:
    """Names and values of a page's list of facts, without markup."""
    found = {}
    for part in page.text.split("<div><dt>")[1:]:
        name, value = part.split("</dt><dd>")
        found[name] = value.split("</dd>")[0].replace("<strong>", "").replace("</strong>", "")
    return found


async def test_an_import_says_new_known_matched_and_left_open(desk: Desk) -> None:
    page = await desk.upload(march_file())
    assert page.status_code == 200
    counts = facts(page)
    assert counts["文件共有"] == "4 行"
    assert (counts["新增"], counts["以前已有"]) == ("4 行", "0 行")
    assert (counts["已勾上"], counts["还剩未对上"]) == ("2 行", "2 行")


async def test_the_same_file_again_and_a_recoded_copy_are_nothing_new(desk: Desk) -> None:
    await desk.upload(march_file())
    again = await desk.upload(march_file(), "again.csv")
    copy = await desk.upload(march_file(encoding="utf-8-sig"), "utf8.csv")
    for page in (again, copy):
        assert "没有新增" in page.text
        assert facts(page)["新增"] == "0 行"
        assert facts(page)["以前已有"] == "4 行"
        assert (facts(page)["已勾上"], facts(page)["还剩未对上"]) == ("2 行", "2 行")
    listed = await desk.see("/import")
    assert listed.text.count("未新增") == 1
    assert "utf8.csv" in listed.text
    assert "again.csv" not in listed.text


async def test_a_refused_file_says_what_was_looked_for_what_differs_and_that_it_may_be_cut(
    desk: Desk,
) -> None:
    unknown = await desk.upload("姓名,年龄\r\n张三,70\r\n".encode())
    assert unknown.status_code == 422
    for word in ("工商银行", "建设银行", "招商银行", "camt.053", "借方发生额（支取）"):
        assert word in unknown.text
    assert "_csv" not in unknown.text
    whole = march_file()
    for cut in (whole[: whole.rfind(b"20250307") + 30], whole[: whole.rfind("合计".encode("gbk"))]):
        assert "文件可能被截断" in (await desk.upload(cut)).text
    await desk.upload(whole)
    ordered = in_order(MARCH)
    edited = [msgspec.structs.replace(ordered[0], amount=181_00), *ordered[1:]]
    differs = await desk.upload(ccb_csv(edited), "edited.csv")
    assert differs.status_code == 409
    assert "原来是 180.00 元（原文件第 6 行）" in differs.text
    assert "这份文件里是 181.00 元（第 6 行）" in differs.text


async def test_a_match_is_listed_with_both_sides_rule_who_and_when(desk: Desk) -> None:
    await desk.upload(march_file())
    page = await desk.see("/matches")
    for word in ("+¥180.00", "物业费", "房号或户名对得上", "王小明，今天", "截至 2025年3月31日"):
        assert word in page.text.replace('<span class="amount">', "").replace("</span>", ""), word
    assert len(ids_of(page, f"{desk.home}/matches/", "/undo")) == 2
    assert "王小明 2025年3月物业费" not in page.text


async def test_a_match_is_undone_with_a_reason_and_stays_on_record(desk: Desk) -> None:
    await desk.upload(march_file())
    match_id = ids_of(await desk.see("/matches"), f"{desk.home}/matches/", "/undo")[0]
    path = f"/matches/{match_id}/undo"
    nameless = await desk.send(path, reason=" ")
    assert nameless.status_code == 422
    done = await desk.send(path, reason="不是同一笔")
    assert done.status_code == 200
    assert "已经撤销" in done.text
    assert "不是同一笔" in done.text
    live = await desk.see("/matches")
    assert match_id not in ids_of(live, f"{desk.home}/matches/", "/undo")
    assert "第 1–4 项，共 4 项" in (await desk.see("/breaks")).text
    # The same form sent twice does it once; another reason afterwards is refused.
    assert (await desk.send(path, reason="不是同一笔")).status_code == 200
    assert (await desk.send(path, reason="又一个理由")).status_code == 409
    # A later import leaves apart what a person took apart.
    april = date(2025, 4, 1)
    interest = movement(1, 9_00, "", "结息", summary="结息")
    later = msgspec.structs.replace(interest, at=datetime.fromisoformat("2025-04-01T10:00"))
    brought = await desk.upload(
        ccb_csv([later], opening=OPENING + 442_00, first=april, last=april), "april.csv"
    )
    assert facts(brought)["新增"] == "1 行"
    assert match_id not in ids_of(await desk.see("/matches"), f"{desk.home}/matches/", "/undo")


async def test_lines_are_matched_by_hand_when_both_sides_come_to_the_same(desk: Desk) -> None:
    await desk.upload(march_file())
    entry = await desk.books.pay(march(10), 5_00, "记账手续费")
    wrong = await desk.books.pay(march(10), 6_00, "别的")
    breaks = await desk.see("/breaks")
    lines = ids_of(breaks, f"{desk.home}/breaks/")
    assert {entry, wrong} <= set(lines)
    path = f"/breaks/{entry}"
    offered = await desk.see(path)
    assert offered.status_code == 200
    bank_line = offered.text.split('name="with" value="')[1].split('"')[0]
    assert (await desk.send(path)).status_code == 422
    unequal = await desk.send(f"/breaks/{wrong}", **{"with": bank_line})
    assert unequal.status_code == 422
    assert "不相等" in unequal.text
    second_tab = {
        **hidden(await desk.see(path)),
        "with": bank_line,
    }  # the same line, in a second tab
    done = await desk.send(path, **{"with": bank_line})
    assert "已经勾对" in done.text
    assert "人工勾对" in done.text
    assert (await desk.see(path)).status_code == 404
    late = await desk.client.post(f"{desk.home}{path}", data=second_tab)
    assert late.status_code == 409
    assert "选中的行里有一行已经对上" in late.text


async def test_every_page_is_as_of_one_day_and_ages_are_to_it(desk: Desk) -> None:
    await desk.upload(march_file())
    await desk.books.receive(date(2025, 4, 10), 500_00, "1栋1单元101 李强 2025年4月物业费")
    day = "截至 2025年3月31日"
    for path in ("/import", "/matches", "/breaks", "/adjustment"):
        assert day in (await desk.see(path)).text, path
    accounts = (await desk.client.get("/audit")).text
    assert "2025年3月31日" in accounts
    assert "¥1,000,370.00" in accounts  # the books of that day, without what came in April
    ages = {path: (await desk.see(path)).text for path in ("/breaks", "/adjustment")}
    for path, text in [*ages.items(), ("/audit", accounts)]:
        assert "24 天" in text, path  # 7 March
    assert "李" not in ages["/breaks"]
    later = (await desk.see("/breaks", as_of="2025-04-30")).text
    assert "54 天" in later
    assert "李*" in later


@pytest.mark.parametrize("typed", ["31.3.2025", "2025-02-30", "9999-12-31"])
async def test_a_day_that_is_none_is_said_beside_the_day_that_is_shown(
    desk: Desk, typed: str
) -> None:
    await desk.upload(march_file())
    for path in ("/breaks", "/adjustment"):
        page = (await desk.see(path, as_of=typed)).text
        assert f"“{typed}”不是日期" in page, path
        assert "截至 2025年3月31日" in page, path
        assert "不是日期" not in (await desk.see(path, as_of="2025-03-30")).text, path
    book = f"/estates/{desk.tenant.public_id}/books/trial-balance"
    assert "不是日期" in (await desk.client.get(book, params={"as_of": typed})).text
    assert (await desk.see("/adjustment.xlsx", as_of=typed)).status_code == 400


async def test_figures_of_another_day_are_not_shown_for_one_that_is_none_or_ahead(
    desk: Desk,
) -> None:
    await desk.upload(march_file())
    book = f"/estates/{desk.tenant.public_id}/books/trial-balance"
    figures = {f"{desk.home}/breaks": "24 天", f"{desk.home}/adjustment": "调节后余额"}
    figures[book] = "借贷相等"
    tomorrow = str(today() + timedelta(days=1))
    for path, figure in figures.items():
        assert figure in (await desk.client.get(path)).text
        for typed, complaint in (("31.3.2025", "不是日期"), (tomorrow, "还没有到")):
            page = await desk.client.get(path, params={"as_of": typed})
            assert page.status_code == 422
            assert f"“{typed}”{complaint}" in page.text
            assert f'value="{typed}"' in page.text, "what was typed stays"
            assert figure not in page.text, path


async def test_what_is_matched_with_a_later_day_is_open_on_the_day_and_says_so(
    desk: Desk,
) -> None:
    await desk.upload(march_file())
    page = await desk.see("/breaks", as_of="2025-03-04")
    assert "记-1 王* 1栋3单元402 王* 2025年3月物业费" in page.text
    assert "这一天之后已经勾对" in page.text
    assert ids_of(page, f"{desk.home}/breaks/") == []
    assert "王*" not in (await desk.see("/breaks", as_of="2025-03-05")).text


async def test_balances_of_two_days_carry_their_days(desk: Desk) -> None:
    await desk.upload(march_file())
    page = (await desk.see("/adjustment", as_of="2025-04-30")).text
    assert "截至 2025年4月30日" in page
    assert page.index("截至 2025年4月30日</span>") < page.index("截至 2025年3月31日</span>")
    early = await desk.see("/adjustment", as_of="2025-01-31")
    assert "没有包含 2025年1月31日 的对账单" in early.text


async def test_the_workbook_says_what_the_page_says(desk: Desk) -> None:
    await desk.upload(march_file())
    page = (await desk.see("/adjustment")).text
    answer = await desk.see("/adjustment.xlsx")
    sheet = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0)
    rows = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    assert rows[2][1] == date(2025, 3, 31)
    start = next(number for number, row in enumerate(rows) if row[0] == "项目")
    for row in rows[start + 1 : start + 5]:
        for label, amount in ((row[0], row[2]), (row[3], row[5])):
            assert str(label) in page, label
            assert f"{amount:,.2f}</span>" in page, label
    first = next(number for number, row in enumerate(rows) if row[0] == "种类") + 1
    items = rows[first : first + 2]
    assert [row[1] for row in items] == [date(2025, 3, 7), date(2025, 3, 9)]
    assert [row[2] for row in items] == [77.0, 5.0]
    assert items[0][3] == "赵*"
    assert items[0][4] == "网银转账 赵* 往来款"
    assert "赵* 网银转账 赵* 往来款" in page
    assert "赵敏" not in page + str(rows)


async def test_the_list_begins_with_the_role_where_there_is_no_place(desk: Desk) -> None:
    page = await desk.client.get("/audit")
    line = page.text.split('<p class="place no-print">')[1].split("</p>")[0]
    assert line.startswith("<span>审计员</span>")


@pytest.mark.parametrize("role", ["owner", "committee_member", "owners_supervisor", "trustee"])
async def test_no_way_is_shown_that_would_be_refused(
    wang: httpx.AsyncClient, world: World, role: str
) -> None:
    desk = await open_desk(wang, world, role)
    books = f"/estates/{desk.tenant.public_id}/books"
    seen, waiting = set[str](), ["/audit", f"{desk.home}/adjustment"]
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        page = await desk.client.get(address)
        assert page.status_code == 200, address
        for part in page.text.split('href="')[1:]:
            found = part.split('"')[0].split("#")[0].replace("&amp;", "&")
            switches = "lang=" in found or "type=" in found
            if found.startswith((desk.home, books)) and not switches and len(seen) < MOST_PAGES:
                waiting.append(found)
    tabs = (await desk.see("/adjustment")).text.split('class="tabs"')[1].split("</nav>")[0]
    assert tabs.count("<a ") == (1 if role == "owner" else 4)
    if role in ("committee_member", "owners_supervisor"):
        assert 'type="file"' not in (await desk.see("/import")).text


async def test_english_pages_say_the_same(desk: Desk, english: httpx.AsyncClient) -> None:
    await desk.upload(march_file())
    desk.client = english
    assert "As of 31 March 2025" in (await desk.see("/breaks")).text
    assert "Undo" in (await desk.see("/matches")).text


async def test_the_trial_balance_keeps_its_day_from_book_to_book(desk: Desk) -> None:
    path = f"/estates/{desk.tenant.public_id}/books/trial-balance"
    page = await desk.client.get(path, params={"as_of": "2025-02-28"})
    assert "截至 2025年2月28日" in page.text
    assert "&amp;as_of=2025-02-28" in page.text
    now = await desk.client.get(path)
    assert f"截至 {today().year}年" in now.text


async def test_a_voucher_names_who_entered_it(desk: Desk) -> None:
    entry_id = await desk.books.receive(march(6), 5_00, "1栋1单元101 李强 3月物业费")
    page = await desk.client.get(f"/estates/{desk.tenant.public_id}/books/entries/{entry_id}")
    assert facts(page)["经办人"] == "系统"
