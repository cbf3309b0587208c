"""Files of units, merchants and partners."""

from collections.abc import Iterable
from io import BytesIO

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import today
from ledger.database import read_transaction
from ledger.foundation.org_units import list_org_units
from ledger.foundation.organisations import list_merchants
from ledger.foundation.partners import list_contacts, list_partners
from ledger.journeys.imports import units_written
from ledger.journeys.imports.lines import Line
from ledger.journeys.imports.unit_lines import UnitTree, load_tree
from tests.imports.files import confirm, count_of, csv_file, lines_of, new_programme, preview, told


def units(*rows: tuple[str, ...]) -> BytesIO:
    return csv_file(*rows, header=("层级", "名称", "上级", "启用日期"))


async def test_units_find_their_parents_in_any_order(engine: AsyncEngine) -> None:
    file = await preview(
        engine,
        0,
        units(
            ("小区", "幸福里", "东湖社区", ""),
            ("社区", "东湖社区", "滨海区 / 湖滨街道", ""),
            ("街道", "湖滨街道", "滨海区", ""),
            ("区县", "滨海区", "", ""),
            ("社区", "东湖社区", "湖滨街道", ""),
            ("社区", "甲", "乙", ""),
            ("社区", "乙", "甲", ""),
            ("社区", "孤儿", "没有", ""),
            ("村庄", "丙", "", ""),
            ("社区", "丁/戊", "", ""),
            ("小区", "己", "孤儿", ""),
            ("街道", "早街道", "滨海区", "2020-01-01"),
            ("小区", "远小区", "滨海区", ""),
            ("村", "王家村", "湖滨街道", ""),
            ("镇", "王家镇", "滨海区", ""),
            ("社区", "区属社区", "滨海区", ""),
            ("社区", "+1", "湖滨街道", ""),
        ),
        "org_units",
    )
    assert told(await lines_of(engine, 0, file)) == {
        2: ("ready",),
        3: ("ready",),
        4: ("ready",),
        5: ("ready",),
        6: ("skipped", "name:twin:3"),
        7: ("error", "parent:parent_not_wider"),
        8: ("error", "parent:parent_not_wider"),
        9: ("error", "parent:parent_missing"),
        10: ("error", "level:choice"),
        11: ("error", "name:name_has_slash"),
        12: ("error", "parent:parent_not_ready:9"),
        13: ("error", "valid_from:parent_begins_later:5"),
        14: ("error", "parent:parent_not_wider"),
        15: ("error", "level:choice"),
        16: ("error", "level:choice"),
        17: ("ready",),
        18: ("error", "name:formula"),
    }
    done = await confirm(engine, 0, file)
    assert done.done_count == 5
    async with read_transaction(engine) as conn:
        found = {one.name: one for one in await list_org_units(conn, on=today())}
    assert found["幸福里"].parent_id == found["东湖社区"].org_unit_id
    assert found["湖滨街道"].parent_id == found["滨海区"].org_unit_id
    again = await preview(engine, 0, units(("社区", "东湖社区", "湖滨街道", "")), "org_units")
    assert told(await lines_of(engine, 0, again)) == {2: ("skipped", "name:exists")}
    wide = [("小区", name, "东湖社区", "") for name in ("１号Ａ院", "1号A院")]
    same = await preview(engine, 0, units(*wide), "org_units")
    assert told(await lines_of(engine, 0, same)) == {2: ("ready",), 3: ("skipped", "name:twin:2")}
    await confirm(engine, 0, same)
    known = await preview(engine, 0, units(wide[1], ("小区", "甲", "东湖社区", "")), "org_units")
    assert told(await lines_of(engine, 0, known)) == {2: ("skipped", "name:exists"), 3: ("ready",)}


async def test_units_are_read_once_a_batch_and_lie_in_those_of_the_same_batch(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [("小区", f"小区{number}", f"社区{number % 20}", "") for number in range(100)]
    rows += [("社区", f"社区{number}", "街道", "") for number in range(20)]
    file = await preview(engine, 0, units(("街道", "街道", "", ""), *rows), "org_units")
    looks: list[object] = []

    async def count(conn: AsyncConnection, lines: Iterable[Line]) -> UnitTree:
        looks.append(lines)
        return await load_tree(conn, lines)

    monkeypatch.setattr(units_written, "load_tree", count)
    done = await confirm(engine, 0, file)
    assert (done.done_count, done.ready_count, len(looks)) == (121, 0, 1)
    async with read_transaction(engine) as conn:
        found = await list_org_units(conn, on=today())
    name_of = {one.org_unit_id: one.name for one in found}
    assert {(one.name, name_of[one.parent_id]) for one in found if one.level == "compound"} == {
        (f"小区{number}", f"社区{number % 20}") for number in range(100)
    }


async def test_merchants_and_partners_come_with_who_stands_for_them(engine: AsyncEngine) -> None:
    programme = await new_programme(engine)
    file = await preview(
        engine,
        programme.tenant_id,
        csv_file(
            ("老张豆浆", "张建国", "13800138001", "1.00"),
            ("老李面馆", "", "", ""),
            ("老张豆浆", "", "", ""),
            ("老王", "王一", "", ""),
            ("老赵", "", "13800138002", ""),
            ("老钱", "", "", "便宜"),
            ("老孙", "", "", "80"),
            ("老周", "", "", "50.00"),
            ("老吴", "", "", "0.80"),
            ("=HYPERLINK(1)", "", "", ""),
            ("－1 号店", "", "", ""),
            ("老郑", "@张", "13800138009", ""),
            ("Ａ店", "", "", ""),
            ("A店", "", "", ""),
            header=("商户名称", "操作员姓名", "操作员手机号", "每百分结算价"),
        ),
        "merchants",
    )
    lines = await lines_of(engine, programme.tenant_id, file)
    assert told(lines) == {
        2: ("ready",),
        3: ("ready",),
        4: ("skipped", "name:twin:2"),
        5: ("error", "contact_phone:contact_phone_missing"),
        6: ("error", "contact_name:contact_name_missing"),
        7: ("error", "rate:rate"),
        8: ("error", "rate:rate_high"),
        9: ("ready",),
        10: ("ready",),
        11: ("error", "name:formula"),
        12: ("error", "name:formula"),
        13: ("error", "contact_name:formula"),
        14: ("ready",),
        15: ("skipped", "name:twin:14"),
    }
    warned = {one.line: list(map(str, one.warnings)) for one in lines if one.warnings}
    assert warned == {2: ["rate:rate_low"], 10: ["rate:rate_low"]}
    await confirm(engine, programme.tenant_id, file)
    partners = csv_file(
        ("东湖小学", "单位", "陈静", "13800138003"), header=("名称", "类别", "联系人", "电话")
    )
    await confirm(
        engine,
        programme.tenant_id,
        await preview(engine, programme.tenant_id, partners, "partners"),
    )
    async with read_transaction(engine, tenant_id=programme.tenant_id) as conn:
        merchants = await list_merchants(conn, tenant_id=programme.tenant_id, limit=10)
        (partner,) = await list_partners(conn, tenant_id=programme.tenant_id, limit=10)
        contacts = await list_contacts(
            conn, tenant_id=programme.tenant_id, partner_id=partner.partner_id
        )
    assert {one.name for one in merchants} == {"老张豆浆", "老李面馆", "老周", "老吴", "Ａ店"}
    assert (partner.kind, [one.display_name for one in contacts]) == ("unit", ["陈静"])
    operators = "SELECT count(*) FROM foundation.role_grant WHERE role_code = 'merchant_operator'"
    assert await count_of(engine, programme.tenant_id, operators) == 1
