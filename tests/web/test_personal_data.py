"""Personal data on pages: one's own, and what staff may see, change and erase of a member's."""

import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.database import fetch_all, read_transaction, write_transaction
from ledger.foundation.consents import list_consenting_members, list_consents, record_consent
from ledger.foundation.corrections import make_correction
from ledger.foundation.details import read_details
from ledger.foundation.notices import list_notices
from ledger.foundation.people import create_person, find_people_by_phone
from tests.api.world import KEYS, SYSTEM, World, client_of
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden, send

PHONE, ADDRESS = "13800138999", "东湖路 8 号 3 单元 501"
OWN = "/account/privacy"


def data_page(world: World) -> str:
    return f"/programmes/{world.programme.public_id}/staff/personal-data/{world.member.member_id}"


@pytest.fixture
async def known(world: World) -> World:
    """The first member with a telephone and an address."""

    async def write(conn: AsyncConnection) -> None:
        for field, value in (("phone", PHONE), ("address", ADDRESS)):
            await make_correction(
                conn,
                person_id=world.person.person_id,
                field=field,
                value=value,
                reason="登记时补录",
                made_by=SYSTEM,
                keys=KEYS,
            )

    await write_transaction(world.engine, write)
    return world


@pytest.fixture
async def staff(app: Edge, known: World) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(app, await admit(known, "community_staff")) as client:
        yield client


async def test_staff_see_nothing_in_full_before_they_say_why_and_she_reads_it(
    app: Edge, staff: httpx.AsyncClient, wang: httpx.AsyncClient, known: World
) -> None:
    page = data_page(known)
    masked = await staff.get(page)
    assert masked.status_code == 200
    for secret in (PHONE, ADDRESS, "王小明"):
        assert secret not in masked.text
    asked = {"see_phone": "yes", "purpose": "identify"}
    for wrong in ({"words": "柜台核对身份"}, asked, {**asked, "words": "柜台核对 13911112222"}):
        assert (await send(staff, page, f"{page}/looks", **wrong)).status_code == 422
    reason = {"see_phone": "yes", "purpose": "identify", "words": "柜台核对身份，办理兑换"}
    sent = await send(staff, page, f"{page}/looks", **reason)
    assert sent.status_code == 303
    shown = await staff.get(sent.headers["location"])
    assert PHONE in shown.text
    assert ADDRESS not in shown.text
    assert shown.headers["cache-control"] == "no-store"
    own = (await wang.get(OWN)).text
    assert reason["words"] in own
    assert "核对身份" in own
    assert (await wang.get(sent.headers["location"])).status_code == 403
    assert "核对身份" in (await wang.get("/account/acts")).text
    async with signed_in(app, await admit(known, "auditor")) as auditor:
        log = (await auditor.get(f"/programmes/{known.programme.public_id}/staff/audit-log")).text
    assert ("原因：核对身份" in log, "identify" in log) == (True, False)


async def test_a_look_is_for_its_viewer_alone_and_needs_consent_for_calls(
    app: Edge, staff: httpx.AsyncClient, known: World
) -> None:
    page = data_page(known)
    call_her = {"see_phone": "yes", "purpose": "contact", "words": "通知明天的活动"}
    refused = await send(staff, page, f"{page}/looks", **call_her)
    assert refused.status_code == 409
    assert 'id="purpose-problem"' in refused.text
    assert f">{call_her['words']}</textarea>" in refused.text, "what was typed stays"
    given = {"consent": "contact_by_phone", "given": "yes", "paper_no": "同意书 2026-18"}
    no_paper = await send(staff, page, f"{page}/consents", **{**given, "paper_no": " "})
    assert no_paper.status_code == 422
    assert (await send(staff, page, f"{page}/consents", **given)).status_code == 303
    sent = await send(staff, page, f"{page}/looks", **call_her)
    assert sent.status_code == 303
    async with signed_in(app, await admit(known, "community_staff", known.other_programme)) as them:
        assert (await them.get(sent.headers["location"])).status_code == 404


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("phone", "不知道", "请写 7 到 15 位的电话号码"),
        ("phone", "- - - - -", "请写 7 到 15 位的电话号码"),
        ("id_number", "110105194912310", "请写全 18 位"),
        ("id_number", "110105194912310021", "校验码不对"),
        ("birthday", "1949年12月31日", "日期请写成 1990-03-07"),
        ("birthday", "2999-01-01", "今天以前"),
        ("name", "王" * 61, "1 到 60 个字"),
    ],
)
async def test_a_correction_that_cannot_be_says_how_it_is_written(
    staff: httpx.AsyncClient,
    wang: httpx.AsyncClient,
    known: World,
    field: str,
    typed: str,
    words: str,
) -> None:
    asked = {"field": field, "value": typed, "reason": "登记时写错了"}
    for client, page in ((wang, OWN), (staff, data_page(known))):
        answer = await send(client, page, f"{page}/corrections", **asked)
        assert answer.status_code == 422
        (problem,) = re.findall(r'id="value-problem">([^<]+)', answer.text)
        assert words in problem
        assert f'value="{typed}"' in answer.text


async def test_a_telephone_of_somebody_else_is_asked_about_and_she_is_told(
    staff: httpx.AsyncClient, known: World
) -> None:
    async def share(conn: AsyncConnection) -> None:
        await make_correction(
            conn,
            person_id=known.second_member.person_id,
            field="phone",
            value="13911112222",
            reason="登记时补录",
            made_by=SYSTEM,
            keys=KEYS,
        )

    await write_transaction(known.engine, share)
    page = data_page(known)
    asked = {"field": "phone", "value": "13911112222", "reason": "换了手机号"}
    short = await send(
        staff, page, f"{page}/corrections", **{**asked, "reason": "x", "another": "yes"}
    )
    assert (short.status_code, "至少 4 个字" in short.text) == (422, True)
    shared = await send(staff, page, f"{page}/corrections", **asked)
    assert (shared.status_code, "同用" in shared.text) == (422, True)
    made = await send(staff, page, f"{page}/corrections", another="yes", **asked)
    assert made.status_code == 303
    async with read_transaction(known.engine) as conn:
        told = await list_notices(conn, person_id=known.person.person_id, limit=9)
    assert "data_corrected" in {one.kind for one in told}


async def test_an_identity_number_of_somebody_else_is_said_beside_its_field(
    staff: httpx.AsyncClient, known: World
) -> None:
    taken = "11010519491231002X"

    async def write(conn: AsyncConnection) -> None:
        await create_person(
            conn, display_name="赵大勇", keys=KEYS, details=read_details(id_number=taken)
        )

    await write_transaction(known.engine, write)
    page = data_page(known)
    wrong = {"field": "id_number", "value": taken, "reason": "登记时写错了"}
    answer = await send(staff, page, f"{page}/corrections", **wrong)
    assert answer.status_code == 422
    assert "登记的是另一个人" in re.findall(r'id="value-problem">([^<]+)', answer.text)[0]


async def test_she_corrects_agrees_and_leaves_with_the_help_of_another(
    app: Edge, staff: httpx.AsyncClient, wang: httpx.AsyncClient, known: World
) -> None:
    new_phone = "13911112222"
    asked = {"field": "phone", "value": new_phone, "reason": "换了手机号"}
    bad = await send(wang, OWN, f"{OWN}/corrections", **{**asked, "value": "不知道"})
    assert bad.status_code == 422
    assert "不知道" in bad.text
    assert (await send(wang, OWN, f"{OWN}/corrections", **asked)).status_code == 303
    page = data_page(known)
    waiting = (await staff.get(page)).text
    assert (new_phone in waiting, "138****8999 → <strong>139****2222" in waiting) == (False, True)
    look = {"see_phone": "yes", "purpose": "identify", "words": "核对更正的材料"}
    looked = await send(staff, page, f"{page}/looks", **look)
    both = (await staff.get(looked.headers["location"])).text
    assert (PHONE in both, new_phone in both) == (True, True), "on record, and what she wishes"
    assert look["words"] in (await wang.get(OWN)).text
    number = waiting.split(f"{page}/corrections/")[1][:36]
    made = await send(staff, page, f"{page}/corrections/{number}", act="make")
    assert made.status_code == 303
    async with read_transaction(known.engine) as conn:
        (found,) = await find_people_by_phone(conn, phone=new_phone, keys=KEYS)
        assert not await find_people_by_phone(conn, phone=PHONE, keys=KEYS)
    assert found.volunteer_no == known.person.volunteer_no
    agreed = await send(wang, OWN, f"{OWN}/consents", purpose="publish_name", given="yes")
    assert agreed.status_code == 303
    unsure = await send(wang, OWN, f"{OWN}/erasure", act="ask", gives_up="yes")
    assert unsure.status_code == 422
    sure = {"act": "ask", "gives_up": "yes", "sure": "yes"}
    assert (await send(wang, OWN, f"{OWN}/erasure", **sure)).status_code == 303
    erased = await send(staff, page, f"{page}/erasures/decision", act="erase")
    assert erased.status_code == 303, erased.text
    gone = await staff.get(page)
    assert "已经销毁" in gone.text
    member = page.replace("/personal-data/", "/people/")
    assert "/status" not in (await staff.get(member)).text, "nobody takes her up again"
    refused = await staff.get(f"{member}/status")
    assert (refused.status_code, "此人已注销" in refused.text) == (409, True)
    async with read_transaction(known.engine) as conn:
        rows = await fetch_all(
            conn, "SELECT p::text AS row FROM foundation.person AS p WHERE erased_at NOTNULL"
        )
    assert len(rows) == 1
    assert "王小明" not in rows[0].row


async def test_who_asks_for_a_member_does_not_decide_it_on_the_page(
    staff: httpx.AsyncClient, known: World
) -> None:
    page = data_page(known)
    asked = await send(
        staff, page, f"{page}/erasures", through="heir", proof_no="死亡证明 7", gives_up="yes"
    )
    assert asked.status_code == 303
    assert "另一名工作人员" in (await staff.get(page)).text
    decided = await send(staff, page, f"{page}/erasures/decision", act="erase")
    assert decided.status_code == 409
    found = await send(
        staff, page.rsplit("/", 1)[0], page.rsplit("/", 1)[0], who=known.person.volunteer_no
    )
    assert found.headers["location"] == page
    nobody = await send(staff, page.rsplit("/", 1)[0], page.rsplit("/", 1)[0], who="V000000000")
    assert nobody.status_code == 422


async def test_who_saw_my_data_and_what_was_put_down_for_me_is_told_without_noise(
    wang: httpx.AsyncClient, staff: httpx.AsyncClient, known: World
) -> None:
    """One notice a day however often one looks; one for each consent by others, none for my own."""
    page = data_page(known)
    look = {"see_phone": "yes", "purpose": "identify", "words": "柜台核对身份"}
    for _ in range(2):
        assert (await send(staff, page, f"{page}/looks", **look)).status_code == 303

    async def told() -> list[str]:
        async with read_transaction(known.engine) as conn:
            found = await list_notices(conn, person_id=known.person.person_id, limit=10)
        return sorted(one.kind for one in found)

    assert await told() == ["data_seen"]
    paper = {"consent": "contact_by_phone", "paper_no": "同意书 2026-18"}
    for given in ("yes", "no"):
        sent = await send(staff, page, f"{page}/consents", **paper, given=given)
        assert sent.status_code == 303
    by_others = ["consent_given", "consent_withdrawn", "data_seen"]
    assert await told() == by_others
    sent = await send(wang, OWN, f"{OWN}/consents", purpose="publish_name", given="yes")
    assert sent.status_code == 303
    assert await told() == by_others, "nobody is told of her own act"
    shown = await wang.get("/account/notices")
    for words in ("有人看过你的完整信息", "记下了同意：“社区可以打电话联系我”", "撤回了同意"):
        assert words in shown.text
    (latest, *_) = re.findall(r'action="(/account/notices/[^"]+)"', shown.text)
    opened = await wang.post(latest, data=hidden(shown))
    assert opened.headers["location"].startswith("/account/privacy#")
    assert "The community may call me" in (await wang.get("/account/notices?lang=en")).text


async def test_she_takes_everything_along_and_it_is_on_record(
    wang: httpx.AsyncClient, known: World, staff: httpx.AsyncClient
) -> None:
    page = data_page(known)
    reason = {"see_phone": "yes", "purpose": "identify", "words": "=柜台核对身份"}
    assert (await send(staff, page, f"{page}/looks", **reason)).status_code == 303
    taken = await send(wang, "/account/data", "/account/data")
    assert taken.status_code == 200
    assert taken.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
        data = json.loads(archive.read("data.json"))
        workbook = CalamineWorkbook.from_object(io.BytesIO(archive.read("data.xlsx")))
    person = {row["field"]: row["value"] for row in data["person"]}
    assert (person["phone"], person["address"]) == (PHONE, ADDRESS)
    assert [row["amount"] for row in data["movements"]] == [300]
    assert data["looks"][0]["words"] == reason["words"]
    assert len(data["sessions"]) == 1
    assert workbook.sheet_names[:2] == ["本人", "参加的项目"]
    looks = workbook.get_sheet_by_name("谁看过").to_python()
    assert looks[1][-1] == reason["words"], "text, and no formula"
    async with read_transaction(known.engine) as conn:
        rows = await fetch_all(
            conn, "SELECT caller_id FROM foundation.audit_log WHERE action = 'personal_data.export'"
        )
    assert [row.caller_id for row in rows] == [known.person.caller_id]


async def test_names_are_masked_for_readers_of_books_and_whole_for_those_who_work_with_people(
    app: Edge, known: World
) -> None:
    for role, shown in (
        ("auditor", "王*"),
        ("programme_accountant", "王*"),
        ("subdistrict_staff", "王*"),
        ("community_staff", "王小明"),
        ("branch_secretary", "王小明"),
    ):
        async with client_of(app, await known.key(role)) as client:
            listed = (await client.get(f"{known.base}/members")).json()["items"]
        names = {one["volunteer_no"]: one["display_name"] for one in listed}
        assert names[known.person.volunteer_no] == shown, role


async def test_a_list_may_name_those_who_agreed_to_the_text_in_force(known: World) -> None:
    tenant_id, members = known.programme.tenant_id, [known.member.member_id]

    async def agreeing(conn: AsyncConnection) -> frozenset[UUID]:
        return await list_consenting_members(
            conn, tenant_id=tenant_id, member_ids=members, purpose="publish_name"
        )

    async def agree(conn: AsyncConnection, given: bool) -> frozenset[UUID]:
        await record_consent(
            conn,
            person_id=known.person.person_id,
            purpose="publish_name",
            given=given,
            through="self",
            recorded_by=known.person.caller_id,
            keys=KEYS,
        )
        return await agreeing(conn)

    async with read_transaction(known.engine, tenant_id=tenant_id) as conn:
        assert await agreeing(conn) == frozenset()
    for given in (True, False):
        found = await write_transaction(
            known.engine, lambda conn, yes=given: agree(conn, yes), tenant_id=tenant_id
        )
        assert found == (frozenset(members) if given else frozenset())


async def test_a_guardian_agrees_for_a_ward_and_nobody_else_does(
    app: Edge, wang: httpx.AsyncClient, known: World
) -> None:
    page = f"/programmes/{known.programme.public_id}/wards/{known.member.member_id}/privacy"
    async with signed_in(app, await admit(known, "guardian")) as guardian:
        agreed = await send(guardian, page, page, purpose="pictures", given="yes")
        assert agreed.status_code == 303
        assert "监护人" in (await guardian.get(page)).text
    assert (await send(wang, OWN, page, purpose="pictures", given="no")).status_code == 404
    async with read_transaction(known.engine) as conn:
        (consent,) = await list_consents(conn, person_id=known.person.person_id, keys=KEYS)
    assert (consent.given, consent.through) == (True, "guardian")


async def test_what_staff_put_down_of_a_member_twice_in_one_form_is_put_down_once(
    staff: httpx.AsyncClient, known: World
) -> None:
    page = data_page(known)
    consent = {"consent": "publish_name", "given": "yes", "paper_no": "2026-17"}
    correction = {"field": "address", "value": "东湖路 9 号", "reason": "搬家登记"}
    for act, said in (("consents", consent), ("corrections", correction)):
        form = {**hidden(await staff.get(page)), **said}
        answers = [await staff.post(f"{page}/{act}", data=form) for _ in range(2)]
        assert [one.status_code for one in answers] == [303, 303], act
        assert answers[0].headers["location"] == answers[1].headers["location"]
    async with read_transaction(known.engine, tenant_id=known.programme.tenant_id) as conn:
        consents = await fetch_all(conn, "SELECT 1 FROM foundation.consent")
        made = await fetch_all(
            conn,
            "SELECT 1 FROM foundation.correction WHERE field = 'address' AND person_id = $1",
            known.person.person_id,
        )
    assert (len(consents), len(made)) == (1, 2), "the address that was known, and the new one"
