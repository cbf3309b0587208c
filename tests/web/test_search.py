"""The search: only what the reader may see, by indexes, with what was typed kept."""

import re
from urllib.parse import unquote

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.edge import Edge
from api.web.search_words import plain_words, read_amount, read_voucher
from ledger.clock import today
from ledger.database import load_sql, set_tenant, write_transaction
from ledger.identifiers import uuid7
from ledger.programmes.trust.counterparties import add_counterparty
from tests.api.world import SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.test_approval_pages import admin
from tests.web.visitors import look_for, send


@pytest.mark.parametrize(
    ("typed", "amount", "books"),
    [
        ("¥1,234.56", 123_456, ("PG", "TR")),
        ("90分钟", 90, ("TB",)),
        ("1.5 小时", 90, ("TB",)),
        ("2 hours", 120, ("TB",)),
        ("12.5", 1250, ("PG", "SP", "ST", "TR")),
    ],
)
def test_an_amount_is_read_in_its_unit(typed: str, amount: int, books: tuple[str, ...]) -> None:
    assert read_amount(typed) == (amount, books)


@pytest.mark.parametrize("typed", ["0", "1.234", "0.01小时", "-5", "abc", "1e9", ""])
def test_what_is_no_amount_is_none(typed: str) -> None:
    assert read_amount(typed) is None


def test_a_voucher_number_is_read_with_and_without_its_month() -> None:
    whole = read_voucher("TR 2026年11月 记-12")
    assert whole is not None
    assert (whole.book, whole.number, [str(one) for one in whole.months]) == (
        *("TR", 12),
        ["2026-11-01"],
    )
    short = read_voucher("记-7")
    assert short is not None
    assert (short.book, short.number, len(short.months)) == (None, 7, 24)
    assert read_voucher("TR 2026-13 记-1") is None


@pytest.mark.parametrize("typed", ["-1", "- 7", "－1", "2026-11", "0", "记", "TB", "1-1"])
def test_what_is_no_voucher_number_finds_no_voucher(typed: str) -> None:
    assert read_voucher(plain_words(typed)) is None


async def test_staff_find_people_masked_and_vouchers_by_amount(app: Edge, world: World) -> None:
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        page = await look_for(staff, "王小明")
        assert "王*" in page
        main = page.split("<main", 1)[1]
        assert "王小明" not in main.replace('value="王小明"', "")
        found = await look_for(staff, "5小时")
        assert "/books/entries/" in found
        voucher = found.split('href="', 1)[1]
        assert voucher
        entry = found.split("/books/entries/", 1)[1].split('"', 1)[0]
        listed = (await look_for(staff, entry)).split('<ul class="ledger">', 1)[1]
        assert entry in listed
        assert '<span class="amount">5 小时<' in listed, "what it moves, not the code of its rule"
        assert "没有找到" in await look_for(staff, "nobody-of-this-name")


async def test_what_is_looked_for_stands_in_no_address_and_opens_for_its_reader_alone(
    app: Edge, world: World
) -> None:
    first, second = await admit(world, "community_staff"), await admit(world, "auditor")
    async with signed_in(app, first) as staff:
        home = f"/programmes/{world.programme.public_id}/staff"
        head = (await staff.get(home)).text.split('class="head-search"', 1)[1].split(">", 1)[0]
        box = (await staff.get("/search")).text.split('class="filters"', 1)[1].split(">", 1)[0]
        assert 'method="post"' in head
        assert 'method="post"' in box
        sent = await send(staff, home, "/search", q="王小明", **{"in": world.programme.public_id})
        address = sent.headers["location"]
        assert "王" not in unquote(address)
        found = (await staff.get(address)).text
        assert "王*" in found
        assert 'value="王小明"' in found, "what was typed stays"
        assert 'value="王小明"' not in (await staff.get("/search?q=王小明")).text
        for broken in ("%E7%8E%8B", "AA", address.rpartition("=")[2][:-4]):
            assert (await staff.get(f"/search?sought={broken}")).status_code == 200
        assert (await staff.post("/search", data={"q": "王"})).status_code == 403
    async with signed_in(app, second) as other:
        assert "王小明" not in (await other.get(address)).text


async def test_nobody_looks_into_a_programme_of_others(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    assert "/books/entries/" not in await look_for(wang, "5小时")
    assert "人员" not in (await look_for(wang, "王")).split("<main", 1)[1]
    name = await admit(world, "community_staff", world.other_programme)
    async with signed_in(app, name) as other:
        there = world.programme.public_id
        for words, place in (("5小时", None), ("5小时", there), ("王小明", None)):
            main = (await look_for(other, words, place)).split("<main", 1)[1]
            assert "/books/entries/" not in main
            assert "王*" not in main


async def test_payees_and_merchants_are_found_by_who_may_see_them(app: Edge, world: World) -> None:
    tenant_id, here = world.estate.tenant_id, world.estate.public_id

    async def register(conn: AsyncConnection) -> str:
        party = await add_counterparty(
            conn, tenant_id=tenant_id, kind="supplier", name="永安电梯公司", caller_id=SYSTEM
        )
        return str(party.counterparty_id)

    await write_transaction(world.engine, register, tenant_id=tenant_id)
    async with signed_in(app, await admit(world, "trustee", world.estate)) as trustee:
        found = (await look_for(trustee, "电梯", here)).split("<main", 1)[1]
        assert "永安电梯公司" in found
        assert "供应商" in found
        (account,) = re.findall(r'href="([^"]*/books/accounts/[^"]*)"', found)
        assert (await trustee.get(account)).status_code == 200
    name = await admit(world, "community_staff")
    async with signed_in(app, name) as staff:
        assert "永安电梯公司" not in await look_for(staff, "电梯", here)
        shop = await look_for(staff, "豆浆")
        (merchant,) = re.findall(r'href="([^"]*/staff/merchants/[^"]*)"', shop)
        assert (await staff.get(merchant)).status_code == 200
    async with signed_in(app, await admit(world, "subdistrict_staff")) as reader:
        shop = await look_for(reader, "豆浆")
        assert "老张豆浆" in shop.split("<main", 1)[1]
        assert "/staff/merchants/" not in shop.split("<main", 1)[1], "that page is not hers"
    await admin(world, "first")
    async with signed_in(app, "first") as administrator:
        nothing = await look_for(administrator, "电梯", here)
        assert f"在{world.estate.name}查过：凭证号" in nothing
        assert "永安电梯公司" not in nothing
        assert "收款方" not in nothing, "she reads no registers of a trust"


async def test_who_finds_nothing_reads_what_was_looked_for_and_what_was_not(
    app: Edge, world: World
) -> None:
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        nothing = await look_for(staff, "nobody-of-this-name")
        assert f"在{world.programme.name}查过：人员（姓名、拼音" in nothing
        assert "不查摘要和附件里的文字" in nothing
        assert "遮住的" not in nothing
    async with signed_in(app, await admit(world, "auditor")) as auditor:
        nothing = await look_for(auditor, "王小明")
        assert "人员（编号、完整的电话）" in nothing
        assert "没有按姓名查" in nothing


async def test_the_key_of_the_search_and_its_box_are_for_the_desk(
    app: Edge, world: World, wang: httpx.AsyncClient
) -> None:
    home = f"/programmes/{world.programme.public_id}/volunteer"
    assert 'id="head-search"' not in (await wang.get(home)).text
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        page = (await staff.get(f"/programmes/{world.programme.public_id}/staff")).text
        assert 'id="head-search"' in page
        assert f'name="in" value="{world.programme.public_id}"' in page


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("find_entries_by_id", (uuid7(), uuid7())),
        ("find_entries_by_voucher", (3, ["TB"], [today()])),
        ("find_entries_by_amount", (["TB"], 300, today(), today(), 20)),
        ("describe_entries", ([uuid7()], ["TB"])),
        ("find_merchants_by_name", ("张", 20)),
        ("find_payees_by_name", ("张", 20)),
    ],
)
async def test_no_search_reads_a_whole_table(
    admin_engine: AsyncEngine, world: World, name: str, arguments: tuple[object, ...]
) -> None:
    tenant_id = world.programme.tenant_id
    async with admin_engine.begin() as conn:
        await set_tenant(conn, tenant_id)
        plan = await explain(conn, load_sql("ledger.journeys", name), tenant_id, *arguments)
    assert "Seq Scan" not in plan, plan


async def explain(conn: AsyncConnection, statement: str, *arguments: object) -> str:
    await conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
    rows = await conn.exec_driver_sql(f"EXPLAIN {statement}", arguments)
    return "\n".join(row[0] for row in rows)
