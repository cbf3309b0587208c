"""Lists of people and organisations on pages: seen first, confirmed once, nobody else's."""

import re
from html import unescape
from io import BytesIO

import httpx
import pytest
from python_calamine import CalamineWorkbook

from api.edge import Edge
from api.web import import_lines
from ledger.database import fetch_value, read_transaction
from tests.api.world import World
from tests.imports.files import csv_file, id_number, lines_of, members_of, preview, told
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden, send

ROWS = (
    ("王建国", "13900139000", id_number(1), "", "", "3-201", "户主"),
    ("赵一", "1380", "", "", "", "", ""),
    ("=cmd()", "13900139001", "", "昨天", "", "", ""),
)

LINE = re.compile(r'<th scope="row">第 (\d+) 行')


def home_of(world: World) -> str:
    return f"/programmes/{world.programme.public_id}/staff/imports"


async def upload(client: httpx.AsyncClient, home: str, content: bytes) -> httpx.Response:
    """Send a file through the form."""
    fields = {**hidden(await client.get(home)), "kind": "people"}
    return await client.post(home, data=fields, files={"file": ("名单.csv", content)})


async def test_a_list_is_previewed_confirmed_and_its_wrong_lines_are_mended(
    app: Edge, world: World
) -> None:
    home = home_of(world)
    async with signed_in(app, await admit(world, "community_staff")) as client:
        sent = await upload(client, home, csv_file(*ROWS).read())
        assert sent.status_code == 303, sent.text
        one = sent.headers["location"]
        page = await client.get(one)
        assert "还没有登记" in page.text
        assert "确认登记 1 行" in page.text
        assert "“1380”：不是电话号码" in page.text
        mine = re.findall(r"<tr>(.*第 2 行.*)</tr>", page.text)[0]
        for words in ("王*", "139****9000", "确认后登记为成员，户号 3-201"):
            assert words in mine, words
        assert "王建国" not in page.text
        assert "不登记，改好后再上传" in page.text
        assert len(await members_of(world.engine, world.programme.tenant_id)) == 2
        for form in ("csv", "xlsx"):
            wrong = await client.get(f"{one}/files/lines.{form}")
            assert wrong.status_code == 200
            again = await upload(client, home, wrong.content)
            assert again.status_code == 303, "what was fetched can be sent as it is"
        assert b"'=cmd()" in (await client.get(f"{one}/files/lines.csv")).content
        assert await taken_along(world) == 3, "each time it is on record"
        done = await send(client, one, f"{one}/confirm")
        assert done.status_code == 303, done.text
        assert (await send(client, one, f"{one}/confirm")).status_code in (303, 403)
        page = await client.get(f"{one}?show=done")
        assert "已登记 1 行" in page.text
        assert "有误 2 行" in page.text
        (person,) = re.findall(r'<td[^>]*><a href="([^"]+)">王\* V\d+</a>', page.text)
        assert (await client.get(person)).status_code == 200
    async with signed_in(app, await admit(world, "auditor")) as auditor:
        log = f"/programmes/{world.programme.public_id}/staff/audit-log"
        for page in (await auditor.get(log), await auditor.get(f"{log}.csv")):
            assert re.search("居民名单 [0-9a-f]{16}：可登记 0、已登记 1、跳过 0、有误 2", page.text)
            assert "由名单导入" in page.text
        assert ",名单," in page.text, "the kind of object in words"
        assert not re.search("ready|,import,", page.text)
    assert len(await members_of(world.engine, world.programme.tenant_id)) == 3


async def test_a_list_that_was_confirmed_before_wants_a_tick(app: Edge, world: World) -> None:
    home, content = home_of(world), csv_file(("赵一", "", "", "", "", "", "")).read()
    async with signed_in(app, await admit(world, "community_staff")) as client:
        for is_again in (False, True):
            one = (await upload(client, home, content)).headers["location"]
            page = (await client.get(one)).text
            assert ("可能重复登记" in page) == is_again
            assert ("在今天" in page or "已在" in page) == is_again
            done = await send(client, one, f"{one}/confirm")
            page = (await client.get(done.headers["location"])).text
            assert ("还没有登记：请先核对" in page) == is_again
        assert len(await members_of(world.engine, world.programme.tenant_id)) == 3
        await send(client, one, f"{one}/confirm", checked="yes")
    assert len(await members_of(world.engine, world.programme.tenant_id)) == 4


async def test_wrong_lines_come_first_on_every_page(
    app: Edge, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_lines, "LISTED_LINES", 2)
    wrong = {3, 5, 6, 9}
    rows = [
        (f"王{line}", "1" if line in wrong else f"1390013900{line}", "", "", "", "", "")
        for line in range(2, 11)
    ]
    async with signed_in(app, await admit(world, "community_staff")) as client:
        sent = await upload(client, home_of(world), csv_file(*rows).read())
        address: str | None = sent.headers["location"]
        shown: list[int] = []
        while address:
            page = (await client.get(address)).text
            shown += map(int, LINE.findall(page))
            following = re.search(r'rel="next" href="([^"]+)"', page)
            address = unescape(following[1]) if following else None
        assert shown == [3, 5, 6, 9, 2, 4, 7, 8, 10]
        one = sent.headers["location"]
        assert LINE.findall((await client.get(f"{one}?show=ready&after=4")).text) == ["7", "8"]
        for odd in ("w", "wx", "-1", "9" * 30, "w99999999999"):
            assert (await client.get(f"{one}?after={odd}")).status_code == 200


async def test_cells_without_a_heading_come_back_with_the_wrong_lines(
    app: Edge, world: World
) -> None:
    home = home_of(world)
    moved = csv_file(("王小明", "13800138000", "", "", "东湖路", "8 号", "户主", "3-201"))
    async with signed_in(app, await admit(world, "community_staff")) as client:
        sent = await upload(client, home, moved.read())
        one = sent.headers["location"]
        assert "H 列“3-201”：这一格在最后一个表头后面" in (await client.get(one)).text
        for form in ("csv", "xlsx"):
            wrong = await client.get(f"{one}/files/lines.{form}")
            again = await upload(client, home, wrong.content)
            page = (await client.get(again.headers["location"])).text
            assert "列“3-201”：这一格在最后一个表头后面" in page, "not ready because it was fetched"


async def test_a_list_says_who_sent_it_and_who_confirmed_it(app: Edge, world: World) -> None:
    home = home_of(world)
    file = await preview(world.engine, world.programme.tenant_id, csv_file(*ROWS))
    one = f"{home}/{file.import_id}"
    async with signed_in(app, await admit(world, "community_staff")) as client:
        await send(client, one, f"{one}/confirm")
        page = (await client.get(one)).text
        assert "系统 上传于" in page
        assert "陈静 确认于" in page
        assert "系统 上传于" in (await client.get(home)).text


async def test_a_file_that_is_none_is_refused_beside_its_field(app: Edge, world: World) -> None:
    home = home_of(world)
    async with signed_in(app, await admit(world, "community_staff")) as client:
        for content, words in (
            (b"", "列名下面没有行"),
            (b"%PDF-1.7 ...", "PDF"),
            (b"a,b\n1,2\n", "没有写着“姓名”的表头"),
            ("姓名,手机\n王小明,1\n".encode() + b"\x00", "不该有的字节"),
        ):
            answer = await upload(client, home, content)
            assert answer.status_code == 422
            assert words in answer.text
        template = await client.get(f"{home}/templates/people.xlsx")
        book = CalamineWorkbook.from_filelike(BytesIO(template.content))
        assert book.get_sheet_by_index(0).to_python()[0][0] == "姓名"
        assert (await client.get(f"{home}/templates/org_units.xlsx")).status_code == 404


async def test_while_lists_of_others_are_judged_one_is_asked_to_come_back(
    app: Edge, world: World
) -> None:
    home, turns = home_of(world), app.app.state.service.preview_turns
    async with signed_in(app, await admit(world, "community_staff")) as client:
        with turns.take("another"):
            sent = await upload(client, home, csv_file(*ROWS).read())
            assert sent.status_code == 303, "one other does not hold her up"
        with turns.take("another"), turns.take("a third"):
            answer = await upload(client, home, csv_file(*ROWS).read())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert "服务繁忙" in answer.text
        refused = await upload(client, home, b"a,b\n1,2\n")
        assert refused.status_code == 422
        sent = await upload(client, home, csv_file(*ROWS).read())
        assert sent.status_code == 303, "a refused list gives its turn back"


async def test_a_mark_that_turns_a_text_round_is_named_wherever_it_goes_out(
    app: Edge, world: World
) -> None:
    async with signed_in(app, await admit(world, "community_staff")) as client:
        sent = await upload(
            client, home_of(world), csv_file(("王\u202e小明", "13900139000")).read()
        )
        one = sent.headers["location"]
        page, fetched = [
            (await client.get(address)).content.decode()
            for address in (one, f"{one}/files/lines.csv")
        ]
        assert "王⟨U+202E⟩" in fetched
        assert "\u202e" not in page
        again = await upload(
            client, home_of(world), (await client.get(f"{one}/files/lines.csv")).content
        )
        assert "确认登记" not in (await client.get(again.headers["location"])).text


async def test_the_list_of_another_programme_is_a_404(app: Edge, world: World) -> None:
    file = await preview(world.engine, world.other_programme.tenant_id, csv_file(*ROWS))
    one = f"{home_of(world)}/{file.import_id}"
    async with signed_in(app, await admit(world, "community_staff")) as client:
        for address in (one, f"{one}/files/lines.csv"):
            assert (await client.get(address)).status_code == 404
        for act in ("confirm", "cancel"):
            assert (await send(client, home_of(world), f"{one}/{act}")).status_code == 404
    assert len(told(await lines_of(world.engine, world.other_programme.tenant_id, file))) == 3


async def test_what_is_pressed_too_late_leads_to_the_list_and_a_long_name_is_shortened(
    app: Edge, world: World
) -> None:
    home, name = home_of(world), "东湖社区" * 20 + "名单.csv"
    async with signed_in(app, await admit(world, "community_staff")) as client:
        fields = {**hidden(await client.get(home)), "kind": "people"}
        files = {"file": (name, csv_file(*ROWS).read())}
        one = (await client.post(home, data=fields, files=files)).headers["location"]
        page = (await client.get(one)).text
        heading = re.findall(r'<h1 title="([^"]+)">([^<]+)</h1>', page)
        assert [(whole, len(short)) for whole, short in heading] == [(name, 33)]
        assert f'whole-name">{name}<' in page
        other_tab = hidden(await client.get(one))
        await send(client, one, f"{one}/confirm")
        late = await client.post(f"{one}/cancel", data=other_tab)
        assert (late.status_code, late.headers["location"]) == (303, f"{one}?late=1")
        shown = (await client.get(late.headers["location"])).text
        assert "刚才按的没有办" in shown
        assert "已登记" in shown
        assert "刚才按的没有办" not in (await client.get(one)).text


async def taken_along(world: World) -> int:
    """How often somebody took the wrong lines of a list along."""
    async with read_transaction(world.engine) as conn:
        written = "SELECT count(*) FROM foundation.audit_log WHERE action = 'import.take_lines'"
        return int(await fetch_value(conn, written))
