"""The staff's pages about households, teams, merchants and partners; the administrator's units."""

import re
from datetime import date, timedelta

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.clock import today
from ledger.database import write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import grant_role
from ledger.foundation.org_units import create_org_unit
from ledger.foundation.people import create_person
from ledger.foundation.sign_in import set_password
from tests.api.world import KEYS, PASSWORD, SYSTEM, World, client_of, new_key
from tests.web.people import admit, signed_in
from tests.web.visitors import send

PHONE = "13900139000"


def home_of(world: World) -> str:
    return f"/programmes/{world.programme.public_id}/staff"


async def act(client: httpx.AsyncClient, page: str, name: str, /, **values: str) -> httpx.Response:
    return await send(client, f"{page}/{name}", f"{page}/{name}", **values)


def path_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, re.findall(r'problem">([^<]+)', answer.text)
    return answer.headers["location"].split("?")[0]


async def test_a_household_changes_its_people_and_its_head(app: Edge, world: World) -> None:
    home, day = home_of(world), today().isoformat()
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        person = f"{home}/people/{world.member.member_id}"
        page = path_of(
            await act(staff, person, "household", number="9", unit="none", begins_on=day)
        )
        other = world.second_member.volunteer_no
        path_of(await act(staff, page, "move-in", member=other, begins_on=day))
        twice = await act(staff, page, "move-in", member=other, begins_on=day)
        assert "已登记在某一户" in twice.text
        leaving = await act(staff, page, "leave-home", member="王小明", ends_on=day)
        assert "先指定新的户主" in leaving.text
        path_of(await act(staff, page, "head", member="李四"))
        path_of(await act(staff, page, "leave-home", member="王小明", ends_on=day))
        shown = await staff.get(page)
        assert shown.text.count("至今") == 1
        assert "9" in (await staff.get(f"{home}/households")).text


async def test_a_team_is_founded_led_and_ended(app: Edge, world: World) -> None:
    home, day = home_of(world), today().isoformat()
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        made = await act(
            staff, f"{home}/groups", "new", name="巡河队", leader="王小明", begins_on=day
        )
        page = path_of(made)
        nobody = await act(staff, page, "join", member="无此人", begins_on=day)
        assert "本项目没有这个人" in nobody.text
        path_of(await act(staff, page, "join", member="李四", begins_on=day))
        path_of(await act(staff, page, "leader", member="李四"))
        assert "巡河队" in (await staff.get(f"{home}/groups")).text
        path_of(await act(staff, page, "end-group", ends_on=day))
        assert "/join" not in (await staff.get(page)).text


async def test_a_merchant_is_enrolled_with_its_operator_and_its_tills(
    app: Edge, world: World
) -> None:
    home = f"{home_of(world)}/merchants"
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        shop = {"shop": "好味面馆", "display_name": "冯大勇", "phone": PHONE}
        page = path_of(await act(staff, home, "new", **shop))
        assert (await act(staff, home, "new", **shop)).status_code == 422
        assert "冯*" in (await staff.get(page)).text
        assert "冯大勇" not in (await staff.get(page)).text
        path_of(await act(staff, page, "till", number="T1", name="前台"))
        assert (await act(staff, page, "till", number="T1", name="后台")).status_code == 422
        shown = (await staff.get(page)).text
        till = re.findall(r"till-status\?tie=([0-9a-f-]+)", shown)[0]
        address = f"{page}/till-status?tie={till}"
        path_of(await send(staff, address, address, reason="机器丢失"))
        assert "已暂停" in (await staff.get(page)).text
        first = {"valid_from": today().isoformat(), "rate": "", "status": "active"}
        path_of(await act(staff, page, "contract", **first))
        following = (today() + timedelta(days=1)).isoformat()
        agreed = {"valid_from": following, "status": "active"}
        high = await act(staff, page, "contract", rate="80", **agreed)
        assert (high.status_code, "80 还是 0.80" in high.text) == (422, True)
        assert (await act(staff, page, "contract", rate="1.005", **agreed)).status_code == 422
        path_of(await act(staff, page, "contract", rate="0.80", **agreed))
        assert "0.80" in (await staff.get(page)).text
        suspended = {"status": "suspended", "effective_on": "2026-01-05", "reason": "停业检查"}
        path_of(await act(staff, page, "merchant-status", **suspended))
        operator = re.findall(r"operator-end\?tie=([0-9a-f-]+)", (await staff.get(page)).text)[0]
        address = f"{page}/operator-end?tie={operator}"
        path_of(await send(staff, address, address, reason="离职"))
        assert "operator-end" not in (await staff.get(page)).text
        other = f"{home}/{world.merchant.merchant_id}/operator-end?tie={operator}"
        assert (await send(staff, other, other, reason="x")).status_code == 422


async def test_a_key_that_belongs_to_a_till_speaks_for_no_other(app: Edge, world: World) -> None:
    home = f"{home_of(world)}/merchants/{world.merchant.merchant_id}"

    async def make(conn: AsyncConnection) -> tuple[str, str]:
        made = await create_api_key(conn, name="till", created_by=SYSTEM)
        await grant_role(
            conn,
            caller_id=made.key.caller_id,
            role="merchant_operator",
            tenant_id=world.programme.tenant_id,
            object_id=world.merchant.merchant_id,
            granted_by=SYSTEM,
        )
        return made.secret, str(made.key.api_key_id)

    secret, key_id = await write_transaction(world.engine, make)
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        path_of(await act(staff, home, "till", number="T1", name="前台"))
        till = re.findall(r"till-key\?tie=([0-9a-f-]+)", (await staff.get(home)).text)[0]
        address = f"{home}/till-key?tie={till}"
        wrong = await send(staff, address, address, api_key="abc")
        assert "不是密钥编号" in wrong.text
        foreign = await send(staff, address, address, api_key=str(world.member.member_id))
        assert foreign.status_code == 422
        path_of(await send(staff, address, address, api_key=key_id))
    async with client_of(app, secret) as client:
        body = {
            "merchant_id": str(world.merchant.merchant_id),
            "code": "12345678",
            "amount": 100,
            "terminal": "T2",
        }
        answer = await client.post(f"{world.base}/redemptions", json=body, headers=new_key())
        assert answer.json()["code"] == "other_terminal"
        own = {**body, "terminal": "T1"}
        answer = await client.post(f"{world.base}/redemptions", json=own, headers=new_key())
        assert answer.json()["code"] == "merchant_without_contract"


async def test_a_partner_has_contacts_who_may_look(app: Edge, world: World) -> None:
    home = f"{home_of(world)}/partners"
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        page = path_of(await act(staff, home, "new", name="春风诊所", kind="unit"))
        path_of(await act(staff, page, "contact", display_name="沈医生", phone=PHONE))
        again = await act(staff, page, "contact", display_name="沈医生", phone=PHONE)
        assert "已是该合伙人的联系人" in again.text
        tie = re.findall(r"contact-end\?tie=([0-9a-f-]+)", (await staff.get(page)).text)[0]
        address = f"{page}/contact-end?tie={tie}"
        path_of(await send(staff, address, address, ends_on=today().isoformat(), reason="换人"))
        path_of(await act(staff, page, "end-partner", ends_on=today().isoformat(), reason="到期"))
        assert "/contact" not in (await staff.get(page)).text


async def test_an_administrator_keeps_the_tree_of_units(app: Edge, world: World) -> None:
    home, later = "/admin/org-units", (today() + timedelta(days=30)).isoformat()

    async def make(conn: AsyncConnection) -> dict[str, str]:
        person = await create_person(conn, display_name="管理员", keys=KEYS)
        await set_password(
            conn, person=person, sign_in_name="root", password=PASSWORD, set_by=SYSTEM
        )
        await grant_role(conn, caller_id=person.caller_id, role="platform_admin", granted_by=SYSTEM)
        units = {}
        above = await create_org_unit(
            conn, level="subdistrict", name="湖滨街道", valid_from=date(2025, 1, 1)
        )
        for name in ("甲社区", "乙社区"):
            unit = await create_org_unit(
                conn,
                level="community",
                name=name,
                valid_from=date(2025, 1, 1),
                parent_id=above.org_unit_id,
            )
            units[name] = str(unit.org_unit_id)
        return units

    units = await write_transaction(world.engine, make)
    async with signed_in(app, "root") as admin:
        made = {
            "name": "城东街道",
            "level": "subdistrict",
            "parent": "none",
            "valid_from": "2025-01-01",
        }
        assert "<h1>导入区划</h1>" in (await admin.get("/admin/imports")).text
        street = path_of(await act(admin, home, "new", **made))
        assert (await act(admin, home, "new", **made)).status_code == 422
        wrong = await admin.get(f"{home}?on=2026-02-30")
        assert wrong.status_code == 422
        assert 'value="2026-02-30"' in wrong.text
        assert "甲社区" not in wrong.text, "no tree of another day"
        first = f"{home}/{units['甲社区']}"
        sure = {"reason": "区划调整", "step": "confirm"}
        moved = {"name": "甲社区", "parent": street.rsplit("/", 1)[1]}
        at_top = {**moved, "parent": "none"}
        assert (await act(admin, first, "move", valid_from=later, **at_top)).status_code == 422
        past = await act(admin, first, "move", valid_from=today().isoformat(), **moved, **sure)
        assert past.status_code == 422
        assert "以后的日期" in past.text
        far = {"name": "城东区", "level": "district", "valid_from": "2025-01-01"}
        lost = await act(admin, home, "new", parent=moved["parent"], **far)
        assert lost.status_code == 422
        assert re.search(r'id="parent-problem"[^>]*>[^<]*区县没有上级', lost.text)
        empty = await act(admin, first, "dissolve", valid_from="", **sure)
        assert empty.status_code == 422
        merged = {"other": units["乙社区"], "name": "甲乙社区", "valid_from": later}
        look = await act(admin, first, "merge", **merged, reason="区划调整")
        assert (look.status_code, "请核对" in look.text) == (200, True)
        assert "没有人因此得到或失去" in look.text
        again = await act(admin, first, "merge", **merged, reason="区划调整", step="change")
        assert (again.status_code, 'value="甲乙社区"' in again.text) == (200, True)
        new = path_of(await act(admin, first, "merge", **merged, **sure))
        shown = (await admin.get(first)).text
        assert "甲乙社区" in shown
        assert "计划中，尚未生效" in shown
        assert f'{first}/move"' in shown
        assert f'{first}/split"' not in shown
        origin = (await admin.get(new)).text
        assert ("由来" in origin, "主要部分" in origin, "其中一部分" in origin) == (
            True,
            False,
            False,
        )
        ended = await act(admin, first, "split", valid_from=later, main="一", others="二", **sure)
        assert "已合并、拆分或撤销" in ended.text
        assert "甲乙社区" not in (await admin.get(home)).text
        assert "甲社区" not in (await admin.get(f"{home}?on={later}")).text.replace("甲乙社区", "")
        parts = {"main": "甲一社区", "others": "甲二社区，甲三社区"}
        again = await act(admin, new, "split", valid_from=later, **parts, **sure)
        assert "已有变更" in again.text
        much_later = (today() + timedelta(days=60)).isoformat()
        path_of(await act(admin, new, "split", valid_from=much_later, **parts, **sure))
        assert (await admin.get(new)).text.count("主要部分") == 1
        tree = (await admin.get(f"{home}?on={much_later}")).text
        assert all(name in tree for name in ("甲一社区", "甲二社区", "甲三社区"))
        assert (await admin.get(f"{first}/nothing")).status_code == 404
        await act(admin, new, "withdraw", **sure)
        assert "甲一社区" not in (await admin.get(f"{home}?on={much_later}")).text
        missing = await act(admin, new, "withdraw", **sure)
        assert "没有尚未生效的变更" in missing.text
