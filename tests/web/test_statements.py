"""The statement of an account: what may be seen, filters, sums, files that say the same."""

import csv
import io
import json
import re
import resource
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID
from zipfile import ZipFile

import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from api.web.numbers import short_number
from api.web.statement_files import MOST_LINES, Sheet
from api.web.statement_pdf import PdfFontMissing, check_value, pdf, pdf_content, pdf_font
from ledger.clock import now, today
from ledger.database import write_transaction
from ledger.foundation.events import post_event
from ledger.identifiers import uuid7
from ledger.journeys.account_statement import FoundLine
from ledger.sheets.cells import never_formula
from tests.api.world import SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.visitors import home_of, send

FORMULA = "=HYPERLINK(1)"
#: The same behind a mark that shows nothing.
COMMAND = "\u200d=cmd|1"
#: Of memory that the longest PDF may take while it is made; measured: 420.
MOST_MEGABYTES = 800


async def address_of(world: World) -> str:
    """The first member's time, where she got five hours."""
    account = await world.account("TB", "2101", world.member.member_id)
    return f"/programmes/{world.programme.public_id}/books/accounts/{account}"


async def give(world: World, minutes: int, *, memo: str | None = None) -> None:
    async def act(conn: AsyncConnection) -> None:
        await post_event(
            conn,
            "TB07",
            tenant_id=world.programme.tenant_id,
            key=uuid7(),
            caller_id=SYSTEM,
            occurred_at=now(),
            amounts={"granted": minutes},
            owners={"member": world.member.member_id},
            memo=memo,
        )

    await write_transaction(world.engine, act, tenant_id=world.programme.tenant_id)


def rows_of(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf"), "what Excel knows UTF-8 by"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_nobody_downloads_the_account_of_others(app: Edge, world: World) -> None:
    path = await address_of(world)
    async with signed_in(app, await admit(world, "volunteer")) as other:
        for ending in ("", "/statement.csv", "/statement.xlsx", "/statement.pdf"):
            assert (await other.get(path + ending)).status_code == 404


async def test_words_that_are_filtered_by_stand_in_no_address(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    path = await address_of(world)
    await give(world, 45, memo="王小明扫雪")
    await give(world, 90, memo="别的")
    page = await wang.get(path)
    form = page.text.split('class="filters"', 1)[1].split(">", 1)[0]
    assert 'method="post" action="/filters"' in form
    sent = await send(wang, path, "/filters", here=path, words="王小明", side="in", least="")
    assert sent.status_code == 303
    address = sent.headers["location"]
    assert address.startswith(f"{path}?side=in&sealed=")
    assert "王" not in unquote(address)
    shown = (await wang.get(address)).text
    assert 'value="王小明"' in shown, "what was typed stays"
    assert "王小明扫雪" in shown
    assert "别的" not in shown.split("<main", 1)[1]
    (file,) = re.findall(r'href="([^"]*statement\.csv[^"]*)"', shown)
    assert "王" not in unquote(file)
    assert rows_of(await wang.get(unescape(file)))[-1][:6] == ["合计 1", "", "", "", "45", "0"]
    async with signed_in(app, await admit(world, "auditor")) as other:
        assert 'value="王小明"' not in (await other.get(address)).text
    assert (await wang.post("/filters", data={"here": path, "words": "王"})).status_code == 403
    for here in ("//evil.test", "https://evil.test", "/\\evil.test", ""):
        sent = await send(wang, path, "/filters", here=here)
        assert sent.headers["location"] == "/", here
    long = await send(wang, path, "/filters", here=path, words="长" * 3_000)
    assert len(long.headers["location"]) < 1_500
    assert "最多 200 个字" in (await wang.get(long.headers["location"])).text
    for broken in ("AA", "%E7%8E%8B", "%20", address.rpartition("=")[2][:-4]):
        assert (await wang.get(f"{path}?sealed={broken}")).status_code == 200


async def test_the_sums_of_page_and_files_are_the_same_under_a_filter(
    wang: httpx.AsyncClient, world: World
) -> None:
    path = await address_of(world)
    await give(world, 45, memo="扫雪")
    await give(world, 90, memo=FORMULA)
    query = "?words=" + "扫雪"
    page = (await wang.get(path + query)).text
    assert page.count("扫雪") >= 2
    assert "45<small>分钟" in page
    assert "90<small>" not in page.split("<main", 1)[1].split("记账后余额", 1)[0]
    sent = await wang.get(f"{path}/statement.csv{query}")
    assert sent.headers["content-type"] == "text/csv; charset=utf-8"
    period = f"{today() - timedelta(days=365)}-{today()}"
    assert f'filename="shijian-{period}.csv"' in sent.headers["content-disposition"]
    rows = rows_of(sent)
    assert rows[-1][:6] == ["合计 1", "", "", "", "45", "0"]
    assert any("摘要里的字: 扫雪" in row[0] for row in rows if row)
    book = await wang.get(f"{path}/statement.xlsx{query}")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0)
    *_, only, last = sheet.to_python()
    assert [type(cell) for cell in only[:5]] == [date, datetime, str, str, float], only
    assert (last[0], Decimal(str(last[4])), Decimal(str(last[5]))) == ("合计 1", 45, 0)


async def test_no_text_of_others_becomes_a_formula(wang: httpx.AsyncClient, world: World) -> None:
    await give(world, 30, memo=FORMULA)
    rows = rows_of(await wang.get(f"{await address_of(world)}/statement.csv"))
    assert all(cell[:1] not in ("=", "+", "-", "@") for row in rows for cell in row)
    await give(world, 30, memo=COMMAND)
    sent = await wang.get(f"{await address_of(world)}/statement.csv")
    unmarked = COMMAND.removeprefix("\u200d")
    assert f"'{unmarked}" in [cell for row in rows_of(sent) for cell in row]
    book = await wang.get(f"{await address_of(world)}/statement.xlsx")
    with ZipFile(io.BytesIO(book.content)) as parts:
        assert "<f>" not in parts.read("xl/worksheets/sheet1.xml").decode()
        assert 'quotePrefix="1"' in parts.read("xl/styles.xml").decode()
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0)
    assert {FORMULA, unmarked} <= {cell for row in sheet.to_python() for cell in row}
    assert never_formula(FORMULA) == f"'{FORMULA}"
    assert never_formula(COMMAND) == f"'{COMMAND}"
    assert never_formula("\t=1") == "'\t=1"
    assert never_formula("＝1") == "'＝1"


async def test_months_stand_apart_with_their_sums_and_pages_neither_skip_nor_repeat(
    wang: httpx.AsyncClient, world: World
) -> None:
    for number in range(70):
        await give(world, 1 + number)
    path = await address_of(world)
    first = (await wang.get(path)).text
    assert first.count('class="group"') == 1
    assert "71" in first.split("笔数", 1)[1][:80]
    following = first.split('rel="next" href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    second = (await wang.get(following)).text
    vouchers = [
        part.split('"', 1)[0] for page in (first, second) for part in page.split("/vouchers/")[1:]
    ]
    assert len(vouchers) == len(set(vouchers)) == 71


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("from=2026-13-01", "不是日期"),
        ("from=2026-05-02&to=2026-05-01", "结束日期"),
        ("least=9&most=1", "不小于"),
        ("least=x", "不能用"),
        ("side=up", "请从列表里选"),
        ("event=XX99", "请从列表里选"),
        ("after=nonsense", "志愿者"),
        ("from=0001-01-01", "不是日期"),
    ],
)
async def test_a_wrong_filter_is_told_beside_its_field_and_kept(
    wang: httpx.AsyncClient, world: World, query: str, complaint: str
) -> None:
    path = await address_of(world)
    page = await wang.get(f"{path}?{query}")
    assert page.status_code == 200
    assert complaint in page.text
    assert ("/vouchers/" in page.text) == ("after" in query), "lines of another filter"
    if "after" not in query:
        assert (await wang.get(f"{path}/statement.csv?{query}")).status_code == 400


async def test_a_pdf_holds_its_font_and_says_who_made_it(
    wang: httpx.AsyncClient, world: World, tmp_path: Path
) -> None:
    try:
        family = pdf_font(tmp_path)
    except PdfFontMissing:
        pytest.skip("no font with Chinese characters on this machine")
    answer = await wang.get(f"{await address_of(world)}/statement.pdf")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert b"/FontFile" in answer.content
    assert family.split(" ", maxsplit=1)[0].encode() in answer.content


def line(number: int, *, amount: int = 1234) -> FoundLine:
    """A movement as the books give it."""
    memo = "1栋1单元301 物业费2个月"
    entry = UUID(int=number)
    return FoundLine(number, entry, today(), now(), "TR02", amount, amount * number, memo, None)


SHEET = Sheet("1002", "春晖苑", ["2026年"], "王*", "fen", 1, 1, 0, "zh-CN")


def test_a_check_value_changes_with_every_figure_and_with_nothing_else() -> None:
    lines = [line(number) for number in range(1, 4)]
    value = check_value(SHEET, lines)
    assert len(value.replace(" ", "")) == 16
    assert check_value(SHEET._replace(made="somebody else, later"), list(lines)) == value
    others = (
        check_value(SHEET, lines[:-1]),
        check_value(SHEET, [*lines[:-1], line(3, amount=1235)]),
        check_value(SHEET, list(reversed(lines))),
        check_value(SHEET._replace(filters=["2025年"]), lines),
    )
    assert value not in others


@pytest.mark.slow
async def test_the_longest_pdf_has_all_its_lines_on_numbered_pages(tmp_path: Path) -> None:
    try:
        pdf_font(tmp_path)
    except PdfFontMissing:
        pytest.skip("no font with Chinese characters on this machine")
    most = MOST_LINES["pdf"]

    async def chunks() -> AsyncIterator[list[FoundLine]]:
        for start in range(0, most, 1000):
            yield [line(number) for number in range(start, start + 1000)]

    content = await pdf_content(SHEET._replace(lines=most), chunks(), tmp_path)
    assert len(json.loads(content)["lines"]) == most == 5_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    document = await pdf(content, tmp_path)
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert taken < MOST_MEGABYTES * 1024
    pages = len(re.findall(rb"/Type\s*/Page\b", document))
    assert most / 60 < pages < most / 20


async def test_without_a_font_the_page_says_what_to_install(
    wang: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.statement_pdf.CJK_FAMILIES", ())
    pdf_font.cache_clear()
    answer = await wang.get(f"{await address_of(world)}/statement.pdf")
    pdf_font.cache_clear()
    assert answer.status_code == 503
    assert "fonts-noto-cjk" in answer.text


async def test_a_member_narrows_her_own_statement_and_takes_away_the_same_lines(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    await give(world, 45, memo="扫雪")
    await give(world, 90)
    page = f"/programmes/{world.programme.public_id}/volunteer/statement/TB"
    shown = (await wang.get(page, params={"words": "扫雪"})).text
    assert shown.count("/vouchers/") == 1
    assert "用了 1 个条件" in shown
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)" download', shown)]
    assert [link.partition("?")[0].rpartition(".")[2] for link in links] == ["csv", "xlsx", "pdf"]
    assert rows_of(await wang.get(links[0]))[-1][:6] == ["合计 1", "", "", "", "45", "0"]
    everything = (await wang.get(page)).text
    assert everything.count("/vouchers/") == 3
    month = everything.split('class="month"', 1)[1].split("<ul", 1)[0]
    assert "收入" in month, "the sum of the month"
    assert "45<small>分钟" in everything
    async with signed_in(app, await admit(world, "volunteer")) as other:
        for link in links:
            assert (await other.get(link)).status_code == 404


@pytest.mark.parametrize(
    ("query", "complaint"),
    [("from=2026-13-01", "不是日期"), ("least=x", "不能用"), ("event=XX99", "请从列表里选")],
)
async def test_a_member_is_told_which_filter_is_wrong_and_sees_no_other_lines(
    wang: httpx.AsyncClient, world: World, query: str, complaint: str
) -> None:
    page = f"/programmes/{world.programme.public_id}/volunteer/statement/TB"
    answer = await wang.get(f"{page}?{query}")
    assert answer.status_code == 200
    assert complaint in answer.text
    assert "/vouchers/" not in answer.text
    assert " download" not in answer.text


async def test_the_events_to_choose_from_are_those_that_move_the_account(
    wang: httpx.AsyncClient, world: World
) -> None:
    page = f"/programmes/{world.programme.public_id}/volunteer/statement/TB"
    choices = re.findall(r'<option value="(\w*)"', (await wang.get(page)).text)
    assert {"TB07", "TB11", "TB12"} <= set(choices)
    assert not {"SP01", "TB03"} & set(choices), "of other accounts"
    assert "TB16" not in choices, "a legacy is nothing to choose for oneself"


async def test_a_members_own_file_has_the_words_and_numbers_of_her_page(
    app: Edge, wang: httpx.AsyncClient, world: World
) -> None:
    path = await address_of(world)
    await give(world, 45)
    page = (await wang.get(f"{home_of(world)}/statement/TB")).text
    entry_id = re.findall(r'/vouchers/([0-9a-f-]{36})"', page)[0]
    voucher = (await wang.get(f"{home_of(world)}/vouchers/{entry_id}")).text
    rows = rows_of(await wang.get(f"{path}/statement.csv"))
    (row,) = [one for one in rows if one and one[-1] == short_number(UUID(entry_id))]
    assert f'<span class="what">{row[3]}' in page
    assert row[-1] in voucher
    assert "</time> 至 <time" in page, "each day of the period on one line"
    assert rows[0][0].startswith("时间")
    async with signed_in(app, await admit(world, "programme_accountant")) as accountant:
        sent = await accountant.get(f"{path}/statement.csv")
        assert "statement-TB-2101-" in sent.headers["content-disposition"]
        assert entry_id in [one[-1] for one in rows_of(sent) if one]
