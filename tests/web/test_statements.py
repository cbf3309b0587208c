"""The statement of an account: what may be seen, filters, sums, files that say the same."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from api.web.statement_files import PdfFontMissing, pdf_font, plain
from ledger.clock import now
from ledger.database import write_transaction
from ledger.foundation.events import post_event
from ledger.identifiers import uuid7
from tests.api.world import SYSTEM, World
from tests.web.people import admit, signed_in

FORMULA = "=HYPERLINK(1)"


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
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_nobody_downloads_the_account_of_others(app: Edge, world: World) -> None:
    path = await address_of(world)
    async with signed_in(app, await admit(world, "volunteer")) as other:
        for ending in ("", "/statement.csv", "/statement.xlsx", "/statement.pdf"):
            assert (await other.get(path + ending)).status_code == 404


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
    rows = rows_of(await wang.get(f"{path}/statement.csv{query}"))
    assert rows[-1][:6] == ["合计 1", "", "", "", "45", "0"]
    assert any("摘要里的字: 扫雪" in row[0] for row in rows if row)
    book = await wang.get(f"{path}/statement.xlsx{query}")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0)
    last = sheet.to_python()[-1]
    assert (last[0], Decimal(str(last[4])), Decimal(str(last[5]))) == ("合计 1", 45, 0)


async def test_no_text_of_others_becomes_a_formula(wang: httpx.AsyncClient, world: World) -> None:
    await give(world, 30, memo=FORMULA)
    rows = rows_of(await wang.get(f"{await address_of(world)}/statement.csv"))
    assert all(cell[:1] not in ("=", "+", "-", "@") for row in rows for cell in row)
    assert plain(FORMULA) == f"'{FORMULA}"
    assert plain("\t=1") == "'\t=1"
    assert plain("＝1") == "'＝1"


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


async def test_without_a_font_the_page_says_what_to_install(
    wang: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.statement_files.CJK_FAMILIES", ())
    pdf_font.cache_clear()
    answer = await wang.get(f"{await address_of(world)}/statement.pdf")
    pdf_font.cache_clear()
    assert answer.status_code == 503
    assert "fonts-noto-cjk" in answer.text
