"""An owner reads her estate's month to the voucher, and nothing of any single home."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import uuid4

import pytest

from api.edge import Edge
from ledger.books.book_months import list_book_months
from ledger.clock import month_of
from ledger.database import read_transaction
from tests.api.world import World
from tests.web.bank_desk import Desk, open_desk
from tests.web.people import admit, signed_in
from tests.web.visitors import look_for, sign_in, visitor

FEE = "对公账户年服务费"


@pytest.fixture
async def desk(app: Edge, world: World) -> AsyncIterator[Desk]:
    """An estate with two fees of single homes in March, before its owner."""
    async with visitor(app) as client:
        await sign_in(client)
        yield await open_desk(client, world, "owner")


async def test_single_homes_are_summed_and_their_vouchers_are_not_there(desk: Desk) -> None:
    home = f"/estates/{desk.tenant.public_id}"
    fee = await desk.books.receive(date(2025, 3, 6), 60_00, "1栋3单元402 王小明 补交")
    page = await desk.client.get(f"{home}/months/2025-03")
    assert page.status_code == 200
    main = page.text.split("<main", 1)[1]
    assert "¥430.00" in main, "180, 190 and 60 yuan of three homes"
    for secret in ("王小明", "张晓梅", "402", "204", "¥180.00", "¥60.00", str(fee)):
        assert secret not in main
    assert (await desk.client.get(f"{home}/vouchers/{fee}")).status_code == 404


async def test_no_month_is_shown_before_the_books_first_one(desk: Desk, world: World) -> None:
    months = f"/estates/{desk.tenant.public_id}/months"
    async with read_transaction(world.engine, tenant_id=desk.tenant.tenant_id) as conn:
        known = await list_book_months(
            conn, tenant_id=desk.tenant.tenant_id, first=date(2025, 3, 1), last=date(2025, 3, 1)
        )
    first = next(one.first_period for one in known if one.book_code == "TR")
    page = await desk.client.get(f"{months}/{first:%Y-%m}")
    assert page.status_code == 200
    assert 'rel="prev"' not in page.text
    for other in (month_of(first - timedelta(days=1)), date(1990, 1, 1), date(2990, 1, 1)):
        assert (await desk.client.get(f"{months}/{other:%Y-%m}")).status_code == 404, other


async def test_from_a_months_figure_to_the_line_and_its_voucher(
    app: Edge, desk: Desk, world: World
) -> None:
    home = f"/estates/{desk.tenant.public_id}"
    paid = await desk.books.pay(date(2025, 3, 20), 35_00, FEE)
    start = (await desk.client.get(home)).text
    assert start.count(f'href="{home}/months/2025-03"') == 3, "the month, and both its figures"
    month = (await desk.client.get(f"{home}/months/2025-03")).text
    assert FEE in month
    assert f'href="{home}/vouchers/{paid}"' in month
    voucher = await desk.client.get(f"{home}/vouchers/{paid}")
    assert voucher.status_code == 200
    for words in (FEE, "¥35.00", "TR21", "凭证号", "封存", f'href="{home}/months/2025-03"'):
        assert words in voucher.text
    (number,) = re.findall(r"TR 2025年3月 记-\d+", voucher.text)
    async with signed_in(app, await admit(world, "auditor", desk.tenant)) as auditor:
        found = await look_for(auditor, number, desk.tenant.public_id)
    for words in (f"/books/entries/{paid}", "¥35.00", f" · {number} · {FEE}"):
        assert words in found, words
    other = f"/estates/{world.estate.public_id}/vouchers/{paid}"
    assert (await desk.client.get(other)).status_code == 404


async def test_each_account_of_the_trial_balance_leads_to_its_month(desk: Desk) -> None:
    home = f"/estates/{desk.tenant.public_id}"
    await desk.books.receive_for_bills(date(2025, 3, 6), 60_00, 5_00, "1栋3单元402 王小明 补交")
    paid = await desk.books.pay(date(2025, 3, 20), 35_00, FEE)
    balance = (await desk.client.get(f"{home}/books/trial-balance?as_of=2025-03-31")).text
    rows = re.findall(r'<span class="code">(\d{4})</span> (<a href="[^"]+">)?', balance)
    assert len(rows) >= 4
    assert ">0.00<" not in balance, "what is none is blank, in turnover as in balances"
    for code, link in rows:
        asked = "" if code == "1002" else f"?account={code}"
        assert link == f'<a href="{home}/months/2025-03{asked}">', code
        month = await desk.client.get(f"{home}/months/2025-03{asked}")
        assert month.status_code == 200
        for secret in ("王小明", "单元402"):
            assert secret not in month.text.split("<main", 1)[1]
    charged = (await desk.client.get(f"{home}/months/2025-03?account=5402")).text
    assert f'href="{home}/vouchers/{paid}"' in charged
    assert 'data-label="借方">' in charged
    before = charged.split('rel="prev" href="', 1)[1].split('"', 1)[0]
    assert before == f"{home}/months/2025-02?account=5402"
    assert (await desk.client.get(before)).status_code == 200
    for typed in ("9999", "x", "2101"):
        answer = await desk.client.get(f"{home}/months/2025-03?account={typed}")
        assert answer.status_code == 404, typed


async def test_a_month_that_is_none_is_missing_and_an_empty_one_says_so(desk: Desk) -> None:
    home = f"/estates/{desk.tenant.public_id}"
    for typed in ("2025-13", "2025", "x", "2025-03-01", "2024-01", "2099-01"):
        assert (await desk.client.get(f"{home}/months/{typed}")).status_code == 404, typed
    assert "这个月没有收支" in (await desk.client.get(f"{home}/months/2025-05")).text
    assert (await desk.client.get(f"{home}/vouchers/{uuid4()}")).status_code == 404


def figures(html: str, marker: str, count: int) -> list[str]:
    """The first amounts that stand after a text, without their marks."""
    plain = re.sub(
        r"<small>.*?</small>|<[^>]+>", " ", html.split("<main", 1)[1].split(marker, 1)[1]
    )
    return re.findall(r"(−?¥[0-9,.]+)", plain)[:count]


async def test_a_reversal_counts_below_zero_on_the_side_of_what_it_reverses(desk: Desk) -> None:
    home = f"/estates/{desk.tenant.public_id}"
    paid = await desk.books.pay(date(2025, 3, 20), 1_600_00, FEE)
    kept = await desk.books.pay(date(2025, 3, 21), 5_00, "手续费")
    mirror = await desk.books.reverse(paid, date(2025, 3, 22), "重复记账")
    month = (await desk.client.get(f"{home}/months/2025-03")).text
    assert figures(month, "收入", 2) == ["¥370.00", "¥5.00"], (
        "two fees, and one payment that stands"
    )
    row = month.split(f'href="{home}/vouchers/{mirror}"', 1)[1].split("</tr>", 1)[0]
    assert '<span class="stamp">红冲</span>' in row
    assert f'href="{home}/vouchers/{paid}"' in row, "to what it reverses"
    assert figures(f"<main{row}", "红冲", 1) == ["−¥1,600.00"]
    assert 'data-label="收入"></td>' in row, "a payment taken back is no income"
    await desk.books.reverse(kept, date(2025, 4, 2), "下月红冲")
    interest = await desk.books.earn_interest(date(2025, 3, 23), 7_00)
    await desk.books.reverse(interest, date(2025, 4, 3), "利息记错")
    april = (await desk.client.get(f"{home}/months/2025-04")).text
    assert figures(april, "收入", 2) == ["−¥7.00", "−¥5.00"]
    start = (await desk.client.get(home)).text.split("<caption", 1)[1]
    assert figures(f"<main{start}", "2025年4月", 2) == ["−¥7.00", "−¥5.00"]
    assert figures(f"<main{start}", "2025年3月", 2) == ["¥377.00", "¥5.00"]


async def test_a_long_month_is_read_page_by_page_under_the_sums_of_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.estate_month.LINES", 2)
    home = f"/estates/{desk.tenant.public_id}"
    paid = [await desk.books.pay(date(2025, 3, day), 5_00, FEE) for day in (10, 12, 12, 12, 20)]
    address, seen, pages = f"{home}/months/2025-03", list[str](), 0
    while True:
        page = (await desk.client.get(address)).text
        assert figures(page, "收入", 2) == ["¥370.00", "¥25.00"]
        found = re.findall(rf'<th scope="row"><a href="{home}/vouchers/([^"]+)"', page)
        assert 1 <= len(found) <= 2
        seen, pages = seen + found, pages + 1
        older = re.search(r'rel="next" href="([^"]+after=[^"]+)"', page)
        if older is None:
            break
        address = older[1].replace("&amp;", "&")
    assert pages == 3
    assert sorted(seen) == sorted(map(str, paid)), "none twice, none left out"
    assert f'href="{home}/months/2025-03"' in page, "back to the newest"
    for typed in ("x", "2025-03-12", "2025-03-12_x", "_", "99999-01-01_" + str(paid[0])):
        answer = await desk.client.get(f"{home}/months/2025-03", params={"after": typed})
        assert answer.status_code == 200, typed
        assert str(paid[-1]) in answer.text, "from the start"


async def test_a_reversed_fee_of_a_home_is_summed_apart(desk: Desk) -> None:
    home = f"/estates/{desk.tenant.public_id}"
    fee = await desk.books.receive(date(2025, 3, 6), 60_00, "1栋3单元402 王小明 补交")
    await desk.books.reverse(fee, date(2025, 3, 7), "记错了")
    month = (await desk.client.get(f"{home}/months/2025-03")).text
    assert figures(month, "收入", 2) == ["¥370.00", "¥0.00"]
    row = month.split('<span class="stamp">红冲</span>', 1)[1].split("</tr>", 1)[0]
    assert "−¥60.00" in re.sub(r"<[^>]+>", "", row)
    assert str(fee) not in month


async def test_the_statement_of_the_account_says_the_same(app: Edge, world: World) -> None:
    async with visitor(app) as client:
        await sign_in(client)
        desk = await open_desk(client, world, "auditor")
        paid = await desk.books.pay(date(2025, 3, 20), 1_600_00, FEE)
        await desk.books.reverse(paid, date(2025, 3, 22), "重复记账")
        start = (await client.get(f"/estates/{desk.tenant.public_id}")).text
        link = re.search(r'href="([^"]+from=2025-03-01[^"]*)"', start)
        assert link is not None, "from the month's figure to the lines"
        address = link[1].replace("&amp;", "&")
        page = (await client.get(address)).text
        assert figures(page, "<dt>收入", 2) == ["¥370.00", "¥0.00"]
        assert page.count('<span class="stamp">红冲</span>') == 1
        out = (await client.get(f"{address}&side=out")).text
        assert "重复记账" in out, "on the side of the payment"
        path, query = address.split("?")
        rows = (await client.get(f"{path}/statement.csv?{query}")).text.splitlines()
        (line,) = [row for row in rows if "重复记账" in row]
        assert ",,-1600.00," in line
        assert "红冲" in line
        assert rows[-1].startswith("合计 4,,,,370.00,0.00,")
