"""Files of people: each line is ready, skipped or wrong with a reason; what is ready is written."""

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import read_transaction, write_transaction
from ledger.foundation.households import list_household_members, list_households
from ledger.foundation.party_branches import list_branches
from ledger.foundation.people import PersonalDetails
from ledger.journeys.enrolment import enrol_member, know_person
from ledger.sheets.cells import NO_VALUE
from tests.api.world import KEYS, SYSTEM
from tests.imports.files import (
    PEOPLE,
    confirm,
    count_of,
    csv_file,
    id_number,
    lines_of,
    members_of,
    new_programme,
    preview,
    told,
)

FAMILY = (
    ("王小明", "13800138000", id_number(1), "", "东湖路 8 号", "3-201", "户主"),
    ("李芳", "１３８ ００１３ ８０００", "", "1991年5月2日", "", "3-201", "配偶"),
    ("王小华", "", id_number(2, "20150601"), "2015-06-01", "", "3-201", "子女"),
)


async def test_nothing_is_written_before_it_is_confirmed(engine: AsyncEngine) -> None:
    programme = await new_programme(engine)
    people = await count_of(engine, programme.tenant_id, "SELECT count(*) FROM foundation.person")
    file = await preview(engine, programme.tenant_id, csv_file(*FAMILY))
    assert (file.state, file.ready_count, file.error_count) == ("previewed", 3, 0)
    assert await members_of(engine, programme.tenant_id) == []
    after = await count_of(engine, programme.tenant_id, "SELECT count(*) FROM foundation.person")
    assert after == people
    stored = await count_of(
        engine,
        programme.tenant_id,
        "SELECT count(*) FROM foundation.import_line AS l "
        "WHERE position('王小明'::bytea IN cells_sealed) > 0",
    )
    assert stored == 0


async def test_what_is_confirmed_is_there_once_with_household_accounts_and_role(
    engine: AsyncEngine,
) -> None:
    programme = await new_programme(engine)
    file = await preview(engine, programme.tenant_id, csv_file(*FAMILY))
    done = await confirm(engine, programme.tenant_id, file)
    assert (done.state, done.done_count, done.data_key) == ("finished", 3, None)
    again = await confirm(engine, programme.tenant_id, file)
    assert again.finished_at == done.finished_at
    members = await members_of(engine, programme.tenant_id)
    assert sorted(one.display_name for one in members) == ["李芳", "王小华", "王小明"]
    async with read_transaction(engine, tenant_id=programme.tenant_id) as conn:
        (household,) = await list_households(conn, tenant_id=programme.tenant_id, limit=10)
        living = await list_household_members(
            conn, tenant_id=programme.tenant_id, household_id=household.household_id
        )
    head = next(one for one in members if one.display_name == "王小明")
    assert (household.number, household.head_member_id) == ("3-201", head.member_id)
    assert len(living) == 3
    accounts = "SELECT count(DISTINCT holder_id) FROM books.account WHERE holder_id IS NOT NULL"
    assert await count_of(engine, programme.tenant_id, accounts) == 3
    roles = "SELECT count(*) FROM foundation.role_grant WHERE role_code = 'volunteer'"
    assert await count_of(engine, programme.tenant_id, roles) == 3
    acts = "SELECT count(*) FROM foundation.audit_log WHERE action = 'member.enrol'"
    assert await count_of(engine, programme.tenant_id, acts) == 3
    second = await preview(engine, programme.tenant_id, csv_file(*FAMILY))
    assert (second.ready_count, second.skipped_count) == (0, 3)


async def test_a_line_with_another_party_branch_lets_a_member_go_over_and_changes_nothing_else(
    engine: AsyncEngine,
) -> None:
    tenant_id = (await new_programme(engine)).tenant_id
    await confirm(engine, tenant_id, await preview(engine, tenant_id, csv_file(*FAMILY)))
    header = ("姓名", "手机号", "住址", "党支部")
    for branch in ("老兵党支部", "第二党支部"):
        lines = (
            ("王小明", "13800138000", "西湖路 1 号", branch),
            ("李芳", "13800138000", "", ""),
            ("陈静", "13900139000", "", branch),
        )
        file = await preview(engine, tenant_id, csv_file(*lines, header=header))
        judged = await lines_of(engine, tenant_id, file)
        assert told(judged)[2] == ("ready",)
        assert [str(one) for one in judged[0].warnings] == [
            "branch:branch_new",
            "branch:branch_moves",
        ]
        assert told(judged)[3] == ("skipped", "name:already_member")
        done = await confirm(engine, tenant_id, file, checked=True)
        assert (done.state, done.ready_count) == ("finished", 0)
        spaced = [(*line[:3], line[3].replace("党", " 党")) for line in lines]
        again = await preview(engine, tenant_id, csv_file(*spaced, header=header))
        assert (again.ready_count, again.skipped_count) == (0, 3)
    members = await members_of(engine, tenant_id)
    assert sorted(one.display_name for one in members) == ["李芳", "王小华", "王小明", "陈静"]
    async with read_transaction(engine, tenant_id=tenant_id) as conn:
        branches = {
            one.branch_id: one.name for one in await list_branches(conn, tenant_id=tenant_id)
        }
    held = {one.display_name: branches.get(one.branch_id) for one in members}  # type: ignore[arg-type]
    assert held == {"李芳": None, "王小华": None, "王小明": "第二党支部", "陈静": "第二党支部"}
    roles = "SELECT count(*) FROM foundation.role_grant WHERE role_code = 'party_member'"
    assert await count_of(engine, tenant_id, roles) == 2


async def test_wrong_lines_name_column_and_reason(engine: AsyncEngine) -> None:
    programme = await new_programme(engine)
    right = id_number(1)
    wrong_digit = right[:-1] + ("0" if right[-1] != "0" else "1")
    file = await preview(
        engine,
        programme.tenant_id,
        csv_file(
            ("", "13800138000", "", "", "", "", ""),
            ("赵一", "1380", "", "", "", "", ""),
            ("赵二", "", wrong_digit, "", "", "", ""),
            ("赵三", "", "1.10101E+17", "", "", "", ""),
            ("赵四", "", "", "2999-01-01", "", "", ""),
            ("赵五", "", right, "1990-03-08", "", "", ""),
            ("赵六", "", "", "昨天", "", "", ""),
            ("赵七", "", "", "", "", "9", "配偶"),
            ("赵八", "", "", "", "", "8", "户主"),
            ("赵九", "", "", "", "", "8", "户主"),
            ("钱一", "", "", "", "", "", "户主"),
            ("钱二", "", "", "", "", "", "邻居"),
            ("钱\u202e三", "", "", "", "", "", ""),
            ("钱四", "#REF!", "", "", "", "", ""),
            ("钱五", "'=1+1", "", "", "", "", ""),
            ("名" * 61, "", "", "", "", "", ""),
            ("孙一", "13", "", "", "", "7", "户主"),
            ("孙二", "", "", "", "", "7", "子女"),
            ("周一", "", "", "32939", "", "", ""),
            ("周二", "", "", "32939.5", "", "", ""),
            ("周三", "", "", "1990", "", "", ""),
            ("周四", NO_VALUE, "", "", "", "", ""),
            ("王\ufe00五", "", "", "", "", "", ""),
            ("王\u0301五", "", "", "", "", "", ""),
        ),
    )
    assert told(await lines_of(engine, programme.tenant_id, file)) == {
        2: ("error", "name:required"),
        3: ("error", "phone:phone"),
        4: ("error", "id_number:id_check_digit"),
        5: ("error", "id_number:lossy_number"),
        6: ("error", "birthday:future"),
        7: ("error", "birthday:birthday_differs"),
        8: ("error", "birthday:date"),
        9: ("error", "household:no_head"),
        10: ("error", "household:several_heads"),
        11: ("error", "household:two_heads:10"),
        12: ("error", "household:household_missing"),
        13: ("ready",),
        14: ("error", "name:unseen"),
        15: ("error", "phone:cell_error"),
        16: ("error", "phone:phone"),
        17: ("error", "name:too_long"),
        18: ("error", "phone:phone"),
        19: ("error", "household:head_not_ready:18"),
        20: ("error", "birthday:day_number"),
        21: ("error", "birthday:day_number"),
        22: ("error", "birthday:date"),
        23: ("error", "phone:formula_unsaved"),
        24: ("error", "name:unseen"),
        25: ("error", "name:marks"),
    }
    done = await confirm(engine, programme.tenant_id, file)
    assert (done.done_count, done.error_count) == (1, 23)
    (member,) = await members_of(engine, programme.tenant_id)
    assert member.display_name == "钱二", "an unknown relation is pointed out only"


async def test_lines_about_the_list_enrol_nobody(engine: AsyncEngine) -> None:
    programme = await new_programme(engine)
    about = (
        ("合计", "", "", "", "25人", "", ""),
        ("合 计：25 人", "", "", "", "", "", ""),
        ("小计 3", "", "", "", "", "", ""),
        ("", "", "", "", "总计", "", ""),
        ("共25人", "", "", "", "", "", ""),
        ("制表人：张三", "13800138000", "", "", "", "", ""),
        ("填表日期", "", "", "2026-11-01", "", "", ""),
        ("备注：以上均为本小区居民", "", "", "", "", "", ""),
        ("注: 名单截至十月", "", "", "", "", "", ""),
        PEOPLE,
        ("Total 3", "", "", "", "", "", "", "25"),
    )
    people = (("何计", "", "", "", "", "", ""), ("共青", "", "", "", "", "", ""))
    file = await preview(engine, programme.tenant_id, csv_file(*people, *about))
    shown = told(await lines_of(engine, programme.tenant_id, file))
    assert shown == {
        2: ("ready",),
        3: ("ready",),
        **dict.fromkeys(range(4, 4 + len(about)), ("skipped", "name:nobody")),
    }
    merchants = csv_file(("老张豆浆",), ("合计 1 家",), header=("商户名称",))
    file = await preview(engine, programme.tenant_id, merchants, "merchants")
    assert (file.ready_count, file.skipped_count) == (1, 1)


async def test_what_can_only_be_meant_one_way_is_taken_and_the_rest_of_a_line_as_well(
    engine: AsyncEngine,
) -> None:
    programme = await new_programme(engine)
    file = await preview(
        engine,
        programme.tenant_id,
        csv_file(
            ("王小明", "13800138000", "", "1990-03-07 00:00:00", "", "1", "户主"),
            ("王大明", "13800138001", "", "1950年3月7号", "", "1", "爷爷"),
            ("李静", "13800138002", "", "1990/3/7", "", "1", "表妹"),
            ("Anna Smith", "13800138003", "E12345678", "", "", "", ""),
            ("周一", "13800138004", "", "1990-03-07 08:30:00", "", "", ""),
        ),
    )
    lines = await lines_of(engine, programme.tenant_id, file)
    assert [one.state for one in lines] == ["ready"] * 4 + ["error"]
    warnings = {one.line: [str(w) for w in one.warnings] for one in lines if one.warnings}
    assert warnings == {4: ["relation:choice_unknown"], 5: ["id_number:other_document"]}
    done = await confirm(engine, programme.tenant_id, file)
    assert done.done_count == 4


async def test_cells_behind_the_last_heading_refuse_their_line(engine: AsyncEngine) -> None:
    programme = await new_programme(engine)
    source = csv_file(
        ("王小明", "13800138000", "", "", "东湖路", "8 号", "户主", "3-201", "配偶"),
        ("李芳", "", "", "", "", "", "", "", " - ", "　"),
        ("赵一", "", "", "", "", "", "", "", "x"),
        ("", "1380", "", "", "", "", "", "y"),
    )
    file = await preview(engine, programme.tenant_id, source)
    lines = await lines_of(engine, programme.tenant_id, file)
    assert told(lines) == {
        2: ("error", "H:no_heading"),
        3: ("ready",),
        4: ("error", "I:no_heading"),
        5: ("error", "H:no_heading", "name:required", "phone:phone"),
    }
    assert lines[0].values is not None
    assert (lines[0].values["H"], lines[0].values["I"]) == ("3-201", "配偶"), "kept for mending"
    done = await confirm(engine, programme.tenant_id, file)
    assert (done.done_count, done.error_count) == (1, 3)


async def test_spellings_of_one_name_and_telephone_are_one_person_of_a_list(
    engine: AsyncEngine,
) -> None:
    here = await new_programme(engine)
    first = csv_file(
        ("阿依古丽·买买提", "13922220001", "", "", "", "", ""),
        ("阿依古丽•买买提", "+86 139 2222 0001", "", "", "", "", ""),
        ("阿依古丽．买买提", "8613922220001", "", "", "", "", ""),
        ("Li Ming", "13922220002", "", "", "", "", ""),
        ("Ｌｉ Ｍｉｎｇ", "0086-13922220002", "", "", "", "", ""),
        ("张 三", "", "", "", "一号楼", "", ""),
        ("张三", "", "", "", "一号楼", "", ""),
        ("张三", "", "", "", "二号楼", "", ""),
        ("买买提", "13922220001", "", "", "", "", ""),
        ("买买提", "", "", "", "", "", ""),
        ("张三", "13922220003", "", "", "", "", ""),
        ("Li Ming", "13922220004", "", "", "", "", ""),
    )
    file = await preview(engine, here.tenant_id, first)
    lines = await lines_of(engine, here.tenant_id, file)
    assert {number: words for number, words in told(lines).items() if len(words) > 1} == {
        3: ("skipped", "phone:twin:2"),
        4: ("skipped", "phone:twin:2"),
        6: ("skipped", "phone:twin:5"),
    }
    warnings = {one.line: [str(w) for w in one.warnings] for one in lines if one.warnings}
    assert warnings == {
        8: ["name:name_twice:7"],
        10: ["phone:phone_twice:2"],
        11: ["name:name_twice:10"],
        12: ["name:name_twice:7"],
    }
    await confirm(engine, here.tenant_id, file, checked=True)
    names = sorted(one.display_name for one in await members_of(engine, here.tenant_id))
    assert names == ["Li Ming"] * 2 + ["买买提"] * 2 + ["张三"] * 4 + ["阿依古丽·买买提"]
    again = csv_file(
        ("阿依古丽 ‧ 买买提", "0086 139 2222 0001", "", "", "", "", ""),
        ("ＬＩ ＭＩＮＧ", "", "", "", "", "", ""),
        ("张　三", "", "", "", "", "", ""),
    )
    lines = await lines_of(engine, here.tenant_id, await preview(engine, here.tenant_id, again))
    assert told(lines)[2] == ("skipped", "name:already_member")
    assert [str(w) for one in lines for w in one.warnings] == ["name:name_known"] * 2


async def test_who_is_known_is_skipped_pointed_out_or_becomes_the_same_person(
    engine: AsyncEngine,
) -> None:
    here, elsewhere = await new_programme(engine), await new_programme(engine, "西园社区")

    async def enrol(tenant_id: int, name: str, details: PersonalDetails) -> str:
        async def act(conn):  # type: ignore[no-untyped-def]
            person = await know_person(
                conn, display_name=name, keys=KEYS, details=details, known_by=SYSTEM
            )
            member = await enrol_member(
                conn, tenant_id=tenant_id, person=person, enrolled_by=SYSTEM
            )
            return member.volunteer_no

        return str(await write_transaction(engine, act))

    await enrol(here.tenant_id, "王小明", PersonalDetails(phone="13800138000"))
    number = await enrol(
        elsewhere.tenant_id, "陈静", PersonalDetails(id_number=id_number(5), phone="13900139000")
    )
    file = await preview(
        engine,
        here.tenant_id,
        csv_file(
            ("王小明", "138-0013-8000", "", "", "", "", ""),
            ("王大明", "13800138000", "", "", "", "", ""),
            ("陈静", "", id_number(5), "", "", "", ""),
            ("陈静静", "", id_number(5), "", "", "", ""),
            ("陈静", "", id_number(5), "", "", "", ""),
            ("王小明", "", "", "", "", "", ""),
        ),
    )
    lines = await lines_of(engine, here.tenant_id, file)
    assert told(lines) == {
        2: ("skipped", "name:already_member"),
        3: ("ready",),
        4: ("ready",),
        5: ("error", "id_number:id_of_other"),
        6: ("skipped", "id_number:twin:4"),
        7: ("ready",),
    }
    warnings = {one.line: [str(w) for w in one.warnings] for one in lines if one.warnings}
    assert warnings == {3: ["phone:phone_shared"], 7: ["name:name_known"]}
    await confirm(engine, here.tenant_id, file, checked=True)
    members = await members_of(engine, here.tenant_id)
    assert len(members) == 4
    assert number in {one.volunteer_no for one in members}, "the same human being, one number"
