"""The pages about people: found by what one knows of them, changed act by act, on record."""

import re

import httpx
import pytest

from api.edge import Edge
from ledger.clock import today
from ledger.database import read_transaction
from ledger.foundation.member_search import Wanted, read_search
from ledger.foundation.organisations import find_member
from ledger.identifiers import uuid7
from tests.api.world import World
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden, look_for, send

PHONE = "13800138000"


def home_of(world: World) -> str:
    return f"/programmes/{world.programme.public_id}/staff/people"


async def enrol(client: httpx.AsyncClient, home: str, **values: str) -> httpx.Response:
    return await send(client, f"{home}/new", f"{home}/new", branch="none", **values)


async def act(client: httpx.AsyncClient, page: str, name: str, **values: str) -> httpx.Response:
    return await send(client, f"{page}/{name}", f"{page}/{name}", **values)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("王小", Wanted(name="王小")),
        (" WXM ", Wanted(letters="wxm")),
        ("wang xiao", Wanted(letters="wangxiao")),
        ("138 0013 8000", Wanted(phone="13800138000")),
        ("v0123456789", Wanted(volunteer_no="V0123456789")),
        ("１３８００１３８０００", Wanted(phone="13800138000")),
        ("+86 138 0013 8000", Wanted(phone="13800138000")),
        ("王 小", Wanted(name="王小")),
        ("%", Wanted(name="%")),
        ("-1", Wanted(name="-1")),
        ("", Wanted()),
    ],
)
def test_a_search_is_read_as_what_was_typed(typed: str, read: Wanted) -> None:
    assert read_search(typed, by_name=True) == read
    told = read.volunteer_no or read.phone or not typed
    assert read_search(typed, by_name=False) == (read if told else None)


async def test_people_are_found_by_what_one_knows_of_them(app: Edge, world: World) -> None:
    home = home_of(world)
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        made = await enrol(staff, home, display_name="欧阳春花", phone=PHONE)
        assert made.status_code == 303, made.text
        page = await staff.get(made.headers["location"])
        assert "已登记。" in page.text
        assert "欧阳春花" not in page.text
        number = re.findall(r"V\d{10}", page.text)[0]
        for typed in ("欧阳", "oych", "ouyangchun", PHONE, "138 0013 8000", number):
            found = await send(staff, home, f"{home}/found", q=typed)
            assert number in found.text, typed
        for typed in ("%", "_", "13800138001", "1380013800", "春王", "V0000000000"):
            found = await send(staff, home, f"{home}/found", q=typed)
            assert "没有找到" in found.text, typed
        everybody = await staff.get(home)
        assert world.member.volunteer_no in everybody.text
        assert world.member.volunteer_no not in (await staff.get(f"{home}?status=left")).text


@pytest.mark.parametrize("role", ["auditor", "programme_accountant", "platform_admin"])
async def test_no_name_behind_its_mask_is_found_out_by_looking_for_it(
    app: Edge, world: World, role: str
) -> None:
    home, number = home_of(world), world.member.volunteer_no
    hers = f'<span class="code">{number}</span>'
    async with signed_in(app, await admit(world, role)) as reader:
        assert hers in (await reader.get(home)).text, "she is listed, masked"
        for typed in ("王小明", "小", "wxm", "wang", "x"):
            found = await send(reader, home, f"{home}/found", q=typed)
            assert found.status_code == 422, typed
            assert "不能按姓名查" in found.text
            assert "还没有成员" not in found.text, "nobody was looked for"
            looked = await look_for(reader, typed)
            for page in (found.text, looked):
                assert number not in page.split("<main", 1)[1], typed
        by_number = await send(reader, home, f"{home}/found", q=number)
        assert hers in by_number.text
        assert number in await look_for(reader, number)
        if role == "platform_admin":
            page = f"{home}/{world.second_member.member_id}"
            guardian = {"kind": "minor", "evidence": "出生证明", "begins_on": today().isoformat()}
            for typed in ("王小明", "没有这个人"):
                answer = await act(reader, page, "guardian", guardian=typed, **guardian)
                assert answer.status_code == 422
                assert "不能按姓名查" in answer.text, "the same for a name and for nobody's"


async def test_a_member_of_another_programme_looks_missing(app: Edge, world: World) -> None:
    staff_name = await admit(world, "community_staff", world.other_programme)
    other = f"/programmes/{world.other_programme.public_id}/staff/people"
    async with signed_in(app, staff_name) as staff:
        found = await send(staff, other, f"{other}/found", q=world.member.volunteer_no)
        assert "没有找到" in found.text
        for path in ("", "/status", "/kin"):
            answer = await staff.get(f"{other}/{world.member.member_id}{path}")
            assert answer.status_code == 404, path


async def test_whoever_is_known_is_pointed_out_to_whom_may_know(app: Edge, world: World) -> None:
    home = home_of(world)
    other = f"/programmes/{world.other_programme.public_id}/staff/people"
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        first = await enrol(staff, home, display_name="赵大勇", phone=PHONE)
        number = re.findall(r"V\d{10}", (await staff.get(first.headers["location"])).text)[0]
        again = await enrol(staff, home, display_name="赵小勇", phone=PHONE)
        assert again.status_code == 422
        assert number in again.text
        assert "赵*" in again.text
        son = await enrol(staff, home, display_name="赵小勇", phone=PHONE, another="yes")
        assert son.status_code == 303, re.findall(r"problem\">([^<]+)", son.text)
        same = await enrol(staff, home, display_name="赵大勇", phone=PHONE, another="yes")
        assert same.status_code == 422
    async with signed_in(app, await admit(world, "community_staff", world.other_programme)) as far:
        stranger = await enrol(far, other, display_name="赵大勇", phone=PHONE)
        assert stranger.status_code == 303, "nothing is told of other programmes' members"
        shown = (await far.get(stranger.headers["location"])).text
        assert number in shown, "one person, one number"
        wrong = await enrol(far, other, display_name="赵大勇", volunteer_no="V0000000000")
        unlike = await enrol(far, other, display_name="赵大虎", volunteer_no=number)
        assert (wrong.status_code, unlike.status_code) == (422, 422)
        assert "编号与姓名不符" in unlike.text
        assert "编号与姓名不符" in wrong.text
    async with read_transaction(world.engine, tenant_id=world.other_programme.tenant_id) as conn:
        member = await find_member(
            conn, tenant_id=world.other_programme.tenant_id, volunteer_no=number
        )
    assert member is not None


async def test_everything_that_is_told_is_kept_sealed_and_shown_masked(
    app: Edge, world: World
) -> None:
    home, data = home_of(world), home_of(world).replace("/people", "/personal-data")
    told = {"id_number": "110105 1949 1231 002x", "phone": PHONE, "address": "一号楼"}
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        made = await enrol(staff, home, display_name="赵大勇", birthday="1949-12-31", **told)
        assert made.status_code == 303, re.findall(r"problem\">([^<]+)", made.text)
        member = made.headers["location"].split("?")[0].rpartition("/")[2]
        for page in (f"{home}/{member}", f"{data}/{member}"):
            shown = (await staff.get(page)).text
            for secret in ("赵大勇", PHONE, "110105", "1949", "一号楼"):
                assert secret not in shown, (page, secret)
        number = re.findall(r"V\d{10}", (await staff.get(f"{home}/{member}")).text)[0]
        unlike = await enrol(staff, home, display_name="赵小勇", id_number=told["id_number"])
        assert unlike.status_code == 422
        assert "这个身份证号已登记" in unlike.text
        assert number in unlike.text
        assert "赵*" in unlike.text
        again = await enrol(staff, home, display_name="赵大勇", volunteer_no=number)
        assert again.status_code == 422, "a member already"
    other = f"/programmes/{world.other_programme.public_id}/staff/people"
    async with signed_in(app, await admit(world, "community_staff", world.other_programme)) as far:
        stranger = await enrol(far, other, display_name="钱小勇", id_number=told["id_number"])
        assert stranger.status_code == 422
        assert "登记的是另一个姓名" in stranger.text
        assert number not in stranger.text, "who it is stays unsaid"
        same = await enrol(far, other, display_name="赵大勇", id_number=told["id_number"])
        assert same.status_code == 303


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("id_number", "11010519491231", "请写全 18 位"),
        ("id_number", "110105194912310021", "校验码不对"),
        ("id_number", "110105299901010" + "02X", "校验码不对"),
        ("birthday", "2999-01-01", "今天以前"),
        ("birthday", "1949-02-31", "日期"),
        ("phone", "12", "7 到 15 位"),
        ("address", "楼" * 201, "200"),
        ("display_name", "", "要填"),
    ],
)
async def test_what_cannot_be_right_is_said_beside_its_field(
    app: Edge, world: World, field: str, typed: str, words: str
) -> None:
    values = {
        "display_name": "赵大勇",
        "id_number": "",
        "birthday": "",
        "phone": "",
        field: typed,
    }
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        answer = await enrol(staff, home_of(world), **values)
    assert answer.status_code == 422
    (problem,) = re.findall(rf'id="{field}-problem">([^<]+)', answer.text)
    assert words in problem
    assert "还没有提交，你填的内容都在下面。" in answer.text
    if field != "display_name":
        assert 'value="赵大勇"' in answer.text


async def test_everything_that_is_wrong_is_said_at_once(app: Edge, world: World) -> None:
    wrong = {
        "display_name": "",
        "id_number": "11010519491231",
        "birthday": "2999-01-01",
        "phone": "12",
        "address": "楼" * 201,
    }
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        answer = await enrol(staff, home_of(world), **wrong)
        assert answer.status_code == 422
        assert set(re.findall(r'id="(\w+)-problem"', answer.text)) == set(wrong)
        shops = f"/programmes/{world.programme.public_id}/staff/merchants"
        shop = {"shop": "", "display_name": "", "phone": "一二三"}
        answer = await send(staff, f"{shops}/new", f"{shops}/new", **shop)
        assert answer.status_code == 422
        assert set(re.findall(r'id="(\w+)-problem"', answer.text)) == set(shop)


async def test_a_child_without_a_guardian_is_pointed_out(app: Edge, world: World) -> None:
    home, words = home_of(world), "还没有登记监护人。"
    born = {"birthday": today().replace(year=today().year - 9, day=1).isoformat()}
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        made = await enrol(staff, home, display_name="王小宝", **born)
        page = made.headers["location"].split("?")[0]
        shown = (await staff.get(page)).text
        assert words in shown
        assert born["birthday"][:4] not in shown
        assert f"{home.removesuffix('/people')}/personal-data/" in shown
        guardian = {"guardian": "李四", "kind": "minor", "evidence": "出生证明"}
        done = await act(staff, page, "guardian", begins_on=today().isoformat(), **guardian)
        assert done.status_code == 303
        assert words not in (await staff.get(page)).text
        assert words not in (await staff.get(f"{home}/{world.member.member_id}")).text


async def test_sending_a_form_twice_enrols_once(app: Edge, world: World) -> None:
    home = home_of(world)
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        fields = hidden(await staff.get(f"{home}/new"))
        body = {**fields, "display_name": "孙一一", "phone": "", "branch": "none"}
        answers = [await staff.post(f"{home}/new", data=body) for _ in range(2)]
        assert answers[0].status_code == answers[1].status_code == 303
        assert answers[0].headers["location"] == answers[1].headers["location"]
        found = await send(staff, home, f"{home}/found", q="孙一一")
    assert found.text.count("孙*") == 1


async def test_the_acts_on_a_member_are_shown_with_their_history(app: Edge, world: World) -> None:
    page = f"{home_of(world)}/{world.member.member_id}"
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        since = today().isoformat()
        wrong = await act(staff, page, "status", status="suspended", effective_on="2999-01-01")
        assert wrong.status_code == 422
        future = await act(
            staff, page, "status", status="suspended", effective_on="2999-01-01", reason="纪律核查"
        )
        assert future.status_code == 422
        assert "今天或更早" in future.text
        done = await act(
            staff, page, "status", status="suspended", effective_on=since, reason="纪律核查"
        )
        assert done.status_code == 303, done.text
        named = await act(staff, page, "name", display_name="王晓明", reason="登记有误")
        assert named.status_code == 303
        home = await act(staff, page, "household", number="1-101", unit="none", begins_on=since)
        assert "/households/" in home.headers["location"]
        kin = {
            "relation": "mother",
            "relative": world.second_member.volunteer_no,
            "relative_name": "",
            "evidence": "户口簿",
            "begins_on": since,
        }
        assert (await act(staff, page, "kin", **kin)).status_code == 303
        assert (await act(staff, page, "kin", **kin)).status_code == 422
        both = await act(staff, page, "kin", **{**kin, "relative_name": "王建国"})
        assert "填一项" in both.text
        outside = {**kin, "relation": "grandparent", "relative": "", "relative_name": "王建国"}
        assert (await act(staff, page, "kin", **outside)).status_code == 303
        guardian = await act(
            staff,
            page,
            "guardian",
            guardian="李四",
            kind="incapacity",
            evidence="判决书",
            begins_on=since,
        )
        assert guardian.status_code == 303
        shown = (await staff.get(page)).text
        for words in (
            "已暂停",
            "核查",
            "曾用登记姓名",
            "1-101",
            "母亲",
            "李*",
            "祖父母",
            "另一位工作人员",
        ):
            assert words in shown, words
        for secret in ("王小明", "王晓明", "李四", "王建国"):
            assert secret not in shown, secret
        tie = re.findall(r"guardian-end\?tie=([0-9a-f-]+)", shown)[0]
        for deed in ("guardian-confirm", "guardian-end"):
            facts = (await staff.get(f"{page}/{deed}?tie={tie}")).text
            ward, guardian_no = world.person.volunteer_no, world.second_member.volunteer_no
            for words in (ward, guardian_no, "判决书", "登记人", "陈静"):
                assert words in facts, (deed, words)
        for deed in ("guardian-confirm", "kin-end"):
            assert (await staff.get(f"{page}/{deed}?tie={uuid7()}")).status_code == 404
        named = f'<p class="whom">王* {ward}</p>'
        assert named in (await staff.get(f"{page}/status")).text, "for whom it is"
        kins = re.findall(r"kin-end\?tie=([0-9a-f-]+)", shown)
        facts = "".join([(await staff.get(f"{page}/kin-end?tie={one}")).text for one in kins])
        for words in ("王*", ward, guardian_no, "母亲", "祖父母", "户口簿", "陈静"):
            assert words in facts, words
        assert "王建国" not in facts
        ended = await send(
            staff,
            f"{page}/guardian-end?tie={tie}",
            f"{page}/guardian-end?tie={tie}",
            ends_on=since,
            reason="登记有误",
        )
        assert ended.status_code == 303
        assert "guardian-end" not in (await staff.get(page)).text
        gone = await act(
            staff, page, "status", status="left", effective_on=since, reason="迁往外地"
        )
        assert gone.status_code == 303
        shown = (await staff.get(page)).text
        assert not [one for one in ("kin", "household", "guardian") if f'{page}/{one}"' in shown]


async def test_who_only_reads_members_sees_no_ties(app: Edge, world: World) -> None:
    page = f"{home_of(world)}/{world.member.member_id}"
    async with signed_in(app, await admit(world, "branch_secretary")) as reader:
        shown = await reader.get(page)
        assert shown.status_code == 200
        assert "亲属" not in shown.text
        assert (await reader.get(f"{page}/status")).status_code == 403


async def test_staff_put_a_volunteer_into_a_party_branch_and_make_one_by_its_name(
    app: Edge, world: World
) -> None:
    home = f"/programmes/{world.programme.public_id}/staff/people/{world.second_member.member_id}"
    page = f"{home}/branch"
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        assert "不在党支部" in (await staff.get(home)).text
        for wrong in ({"branch_id": "new"}, {"branch_id": "none"}):
            assert (await send(staff, page, page, **wrong)).status_code == 422
        made = await send(staff, page, page, branch_id="new", branch_name="老兵党支部")
        assert made.status_code == 303, made.text
        shown = (await staff.get(home)).text
        assert ("老兵党支部" in shown, "不在党支部" in shown) == (True, False)
        left = await send(staff, page, page, branch_id="none")
        assert left.status_code == 303
        assert "不在党支部" in (await staff.get(home)).text
    async with signed_in(app, await admit(world, "branch_secretary")) as reader:
        assert (await reader.get(page)).status_code == 403
