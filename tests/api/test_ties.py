"""Households, kin, guardians, teams, partners, tills, standings and units over the interface."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.clock import today
from ledger.database import fetch_all, fetch_value, read_transaction, write_transaction
from ledger.foundation.kinship import add_kinship
from ledger.foundation.org_units import create_org_unit
from ledger.foundation.organisations import LARGEST_PAGE
from ledger.identifiers import uuid7
from ledger.programmes.star_points.claims import propose_item
from tests.api.actors import Actor
from tests.api.world import KEYS, SYSTEM, World, client_of
from tests.web.people import admit, signed_in


@pytest.fixture
async def staff(app: Edge, world: World) -> Any:
    async with client_of(app, await world.key("community_staff")) as client:
        yield Actor(client, world.base)


async def test_ties_are_kept_over_the_interface(app: Edge, staff: Actor, world: World) -> None:
    first, second = str(world.member.member_id), str(world.second_member.member_id)
    home = await staff.do("/households", {"number": "3-201", "head_member_id": first})
    path = f"/households/{home['household_id']}"
    move = {"member_id": second, "act": "join"}
    joined = await staff.do(f"{path}/moves", move)
    assert [one["member_id"] for one in joined["members"]] == [first, second]
    assert await staff.refused(f"{path}/moves", move) == (409, "lives_elsewhere")
    leaving = {"member_id": first, "act": "leave"}
    assert await staff.refused(f"{path}/moves", leaving) == (409, "head_leaves")
    await staff.do(f"{path}/moves", {"member_id": second, "act": "head"})
    await staff.do(f"{path}/moves", leaving)
    assert (await staff.see(path))["head_member_id"] == second
    late = {"member_id": first, "act": "join", "on": "2999-01-01"}
    assert (await staff.refused(f"{path}/moves", late))[0] == 422

    kin = {"relation": "mother", "relative_member_id": second, "evidence": "户口簿"}
    tie = await staff.do(f"/members/{first}/kin", kin)
    assert await staff.refused(f"/members/{first}/kin", kin) == (409, "related_already")
    assert (await staff.refused(f"/members/{first}/kin", {**kin, "relative_name": "李四"}))[
        0
    ] == 400
    guardian = {"guardian_member_id": second, "kind": "minor", "evidence": "出生证明"}
    guardians = f"/members/{first}/guardians"
    assert (await staff.refused(guardians, guardian))[0] == 422, "no birthday tells a minor"
    told = {**guardian, "kind": "incapacity", "evidence": "身份证 110101196001017777"}
    assert (await staff.refused(guardians, told))[0] == 422
    guarded = await staff.do(guardians, {**guardian, "kind": "incapacity"})
    confirming = f"{guardians}/{guarded['tie_id']}/confirm"
    assert await staff.refused(confirming, {}) == (409, "second_person_needed")
    async with client_of(app, await world.key("community_staff")) as client:
        await Actor(client, world.base).do(confirming, {})
    ties = await staff.see(f"/members/{second}/ties")
    assert [one["relation"] for one in ties["kin"]] == ["child"]
    (shown,) = (await staff.see(f"/members/{first}/ties"))["guardians"]
    assert shown["is_confirmed"]
    ending = {"reason": "登记有误"}
    await staff.do(f"/members/{second}/kin/{tie['tie_id']}/end", ending)
    await staff.do(f"/members/{first}/guardians/{guarded['tie_id']}/end", ending)
    again = await staff.refused(f"/members/{first}/guardians/{guarded['tie_id']}/end", ending)
    assert again == (404, "not_found")


async def test_a_list_of_ties_that_is_cut_says_so(app: Edge, staff: Actor, world: World) -> None:
    first, tenant_id = world.member.member_id, world.programme.tenant_id
    ties = f"/members/{first}/ties"
    page = f"/programmes/{world.programme.public_id}/staff/people/{first}"

    async def relate(conn: AsyncConnection, names: range) -> None:
        for number in names:
            await add_kinship(
                conn,
                tenant_id=tenant_id,
                member_id=first,
                relation="grandparent",
                relative=f"王{number}",
                evidence="户口簿",
                caller_id=SYSTEM,
                keys=KEYS,
            )

    async with signed_in(app, await admit(world, "community_staff")) as clerk:
        await write_transaction(
            world.engine, lambda conn: relate(conn, range(LARGEST_PAGE)), tenant_id=tenant_id
        )
        assert (await staff.see(ties))["has_more"] is False
        assert "只列出 200 条" not in (await clerk.get(page)).text
        await write_transaction(
            world.engine, lambda conn: relate(conn, range(1000, 1001)), tenant_id=tenant_id
        )
        found = await staff.see(ties)
        assert (len(found["kin"]), found["has_more"]) == (LARGEST_PAGE, True)
        assert "只列出 200 条" in (await clerk.get(page)).text


async def test_teams_and_partners_are_kept_over_the_interface(staff: Actor, world: World) -> None:
    first, second = str(world.member.member_id), str(world.second_member.member_id)
    team = await staff.do("/groups", {"name": "巡河队", "leader_member_id": first})
    path = f"/groups/{team['group_id']}/moves"
    assert (await staff.do(path, {"act": "join", "member_id": second}))["members"] == 2
    assert await staff.refused(path, {"act": "leave", "member_id": first}) == (409, "leader_leaves")
    assert await staff.refused(path, {"act": "join"}) == (404, "not_found")
    await staff.do(path, {"act": "end"})
    assert (await staff.see("/groups"))["items"][0]["ends_on"] == today().isoformat()
    partner = await staff.do("/partners", {"name": "春风诊所", "kind": "unit"})
    path = f"/partners/{partner['partner_id']}"
    contact = await staff.do(f"{path}/contacts", {"member_id": first})
    await staff.do(f"{path}/contacts/{contact['contact_id']}/end", {"reason": "换人"})
    (spoke,) = (await staff.see(path))["contacts"]
    assert (spoke["contact_id"], spoke["ends_on"]) == (contact["contact_id"], today().isoformat())
    await staff.do(f"{path}/end", {"reason": "到期"})
    assert await staff.refused(f"{path}/contacts", {"member_id": first}) == (409, "partner_ended")
    names = [one["name"] for one in (await staff.see("/partners"))["items"]]
    assert names == ["春风诊所", "东湖小学"]


async def test_a_member_joins_changes_and_leaves_a_party_branch_and_her_items_follow_this_month(
    staff: Actor, scored: World
) -> None:
    member_id, tenant_id = scored.second_member.member_id, scored.programme.tenant_id
    path = f"/members/{member_id}/branch"

    async def held() -> tuple[list[str], int, list[UUID]]:
        async with read_transaction(scored.engine, tenant_id=tenant_id) as conn:
            roles = await fetch_all(
                conn,
                "SELECT role_code FROM foundation.role_grant"
                " WHERE object_id = $1 AND (valid_to IS NULL OR valid_to > now()) ORDER BY 1",
                member_id,
            )
            accounts = await fetch_value(
                conn,
                "SELECT count(*) FROM books.account WHERE holder_id = $1 AND book_code = 'ST'",
                member_id,
            )
            items = await fetch_all(
                conn,
                "SELECT branch_id FROM programmes.star_claim WHERE member_id = $1 ORDER BY month",
                member_id,
            )
        return [one.role_code for one in roles], accounts, [one.branch_id for one in items]

    assert await held() == (["volunteer"], 0, [])
    nowhere = {"branch_id": None}
    assert await staff.refused(path, nowhere) == (422, "invalid_input")
    assert await staff.refused(path, {"branch_id": str(uuid7())}) == (404, "not_found")
    first, second = [
        await staff.do("/branches", {"name": name}) for name in ("老兵党支部", "第二党支部")
    ]
    for typed in ("老兵党支部", "老兵 党支部", "　老兵\u3000党支部 "):
        assert await staff.do("/branches", {"name": typed}) == first
    await staff.do(path, {"branch_id": first["branch_id"]})
    assert await staff.refused(path, {"branch_id": first["branch_id"]}) == (422, "invalid_input")
    assert (await held())[0] == ["party_member", "volunteer"]
    assert (await held())[1] > 0, "she can be given star points"
    month = today().replace(day=1)

    async def propose(conn: AsyncConnection) -> None:
        for day in (month - timedelta(days=1), month):
            await propose_item(
                conn,
                tenant_id=tenant_id,
                member_id=member_id,
                item_code="J01",
                happened_on=day,
                evidence="签到表第3页",
                caller_id=SYSTEM,
            )

    await write_transaction(scored.engine, propose, tenant_id=tenant_id)
    await staff.do(path, {"branch_id": second["branch_id"]})
    both = [UUID(first["branch_id"]), UUID(second["branch_id"])]
    assert (await held())[2] == both, "what was earned before stays"
    await staff.do(path, nowhere)
    roles, accounts, items = await held()
    assert (roles, accounts > 0, items) == (["volunteer"], True, both)
    await staff.do(path, {"branch_id": first["branch_id"]})
    assert (await held())[0] == ["party_member", "volunteer"]


async def test_standings_are_kept_over_the_interface(staff: Actor, world: World) -> None:
    member, shop = f"/members/{world.member.member_id}", f"/merchants/{world.merchant.merchant_id}"
    stop = {"status": "suspended", "reason": "停业核查"}
    for path in (member, shop):
        await staff.do(f"{path}/standings", stop)
        assert await staff.refused(f"{path}/standings", stop) == (409, "standing_unchanged")
        assert [one["reason"] for one in (await staff.see(f"{path}/standings"))["items"]] == [
            "停业核查"
        ]
    till = await staff.do(f"{shop}/terminals", {"number": "T1", "name": "前台"})
    path = f"{shop}/terminals/{till['terminal_id']}"
    assert (await staff.do(f"{path}/standings", stop))["status"] == "suspended"
    foreign = f"/merchants/{uuid7()}/terminals/{till['terminal_id']}/standings"
    assert await staff.refused(foreign, stop) == (404, "not_found")
    assert (await staff.refused(f"{path}/key", {"api_key_id": str(uuid7())}))[0] == 404
    assert (await staff.do(f"{path}/key", {}))["api_key_id"] is None


async def test_one_human_being_is_enrolled_as_one_person(app: Edge, world: World) -> None:
    numbers = []
    body = {"display_name": "周同", "phone": "13700137000"}
    for tenant in (world.programme, world.other_programme):
        async with client_of(app, await world.key("community_staff", tenant)) as client:
            staff = Actor(client, f"/v1/programmes/{tenant.public_id}")
            numbers.append((await staff.do("/members", body))["volunteer_no"])
            assert await staff.refused("/members", body) == (409, "already_member")
            other = await staff.do("/members", {**body, "display_name": "周南", "another": True})
            assert other["volunteer_no"] not in numbers
    assert numbers[0] == numbers[1]


async def test_a_telephone_on_record_makes_no_second_person_without_a_word(
    app: Edge, staff: Actor, world: World
) -> None:
    first = await staff.do("/members", {"display_name": "周同", "phone": "13700137000"})
    other = {"display_name": "周小同", "phone": "13700137000"}
    assert await staff.refused("/members", other) == (409, "person_known")
    made = await staff.do("/members", {**other, "another": True})
    assert made["volunteer_no"] != first["volunteer_no"]
    elsewhere = world.other_programme
    async with client_of(app, await world.key("community_staff", elsewhere)) as client:
        there = Actor(client, f"/v1/programmes/{elsewhere.public_id}")
        numbered = {"display_name": "周同", "volunteer_no": first["volunteer_no"]}
        wrong = await there.refused("/members", {**numbered, "display_name": "周一"})
        assert wrong == (422, "invalid_input")
        again = await there.do("/members", numbered)
    assert again["volunteer_no"] == first["volunteer_no"]


async def test_every_list_of_the_interface_is_read_in_pages(staff: Actor, world: World) -> None:
    first, second = str(world.member.member_id), str(world.second_member.member_id)
    people = [first, second]
    made = [await staff.do("/members", {"display_name": name}) for name in ("孙一", "孙二", "孙三")]
    people += [one["member_id"] for one in made]
    for number, head in enumerate(people):
        await staff.do("/households", {"number": f"1-{number}", "head_member_id": head})
    homes = await staff.pages("/households")
    assert [one["number"] for one in homes] == [f"1-{number}" for number in range(5)]
    assert {one["living"] for one in homes} == {1}
    team = "/groups/{group_id}".format(
        **await staff.do("/groups", {"name": "甲队", "leader_member_id": first})
    )
    for one in people[1:]:
        await staff.do(f"{team}/moves", {"act": "join", "member_id": one})
    await staff.do(f"{team}/moves", {"act": "leave", "member_id": second})
    for name in ("丁队", "乙队", "丙队"):
        last = await staff.do("/groups", {"name": name, "leader_member_id": first})
    await staff.do(f"/groups/{last['group_id']}/moves", {"act": "end"})
    names = [one["name"] for one in await staff.pages("/groups")]
    assert names == ["丁队", "甲队", "乙队", "丙队"], "those that go on first"
    belonging = await staff.pages(f"{team}/members")
    assert [one["member_id"] for one in belonging][-1] == second, "who left comes last"
    assert sorted(one["member_id"] for one in belonging) == sorted(people)
    assert (await staff.see(team))["members"] == 4
    shop = f"/merchants/{world.merchant.merchant_id}"
    for number in range(5):
        await staff.do(f"{shop}/terminals", {"number": f"T{number}", "name": "前台"})
    tills = await staff.pages(f"{shop}/terminals")
    assert [one["number"] for one in tills] == [f"T{number}" for number in range(5)]
    known = await staff.see(f"{shop}/operators")
    admitted = []
    for number in range(4):
        body = {"display_name": f"店员{number}", "phone": f"1390000000{number}"}
        admitted.append((await staff.do(f"{shop}/operators", body))["grant_id"])
    ending = f"{shop}/operators/{admitted[0]}/end"
    await staff.do(ending, {"reason": "离职"})
    assert (await staff.refused(ending, {"reason": "离职"}))[0] == 404
    operators = await staff.pages(f"{shop}/operators")
    assert len(operators) == len({one["grant_id"] for one in operators}) == len(known["items"]) + 4
    assert [one["is_open"] for one in operators] == [True] * (len(operators) - 1) + [False]
    foreign = f"/merchants/{uuid7()}"
    for path in ("", "/terminals", "/operators", "/standings"):
        answer = await staff.client.get(f"{staff.base}{foreign}{path}")
        assert answer.status_code == 404, path


async def test_what_is_known_of_a_member_is_read_masked_only(staff: Actor, world: World) -> None:
    body = {
        "display_name": "周同",
        "phone": "13700137000",
        "id_number": "11010519491231002x",
        "address": "一号楼",
    }
    made = await staff.do("/members", body)
    seen = await staff.see(f"/members/{made['member_id']}")
    assert seen["phone"] == "137****7000"
    assert (seen["id_number"], seen["birthday"]) == ("****002X", "1949-**-**")
    assert seen["has_address"]
    assert "一号楼" not in str(seen)
    for wrong in ({"id_number": "110105194912310021"}, {"birthday": "1949-12-30"}):
        assert await staff.refused("/members", {**body, **wrong}) == (422, "invalid_input")
    unlike = await staff.refused("/members", {**body, "display_name": "周南", "phone": None})
    assert unlike == (409, "identity_number_known")
    nothing = await staff.see(f"/members/{world.member.member_id}")
    assert (nothing["id_number"], nothing["birthday"], nothing["has_address"]) == (
        None,
        None,
        False,
    )
    assert (await staff.see("/members", status="left"))["items"] == []
    missing = await staff.client.get(f"{staff.base}/members/{uuid7()}")
    assert missing.status_code == 404


STREETS = ("A街道", "B街道", "C街道", "D街道")


async def add_streets(conn: AsyncConnection, district: UUID) -> None:
    for name in reversed(STREETS):
        await create_org_unit(
            conn, level="subdistrict", name=name, valid_from=today(), parent_id=district
        )


async def test_units_are_read_as_of_a_day(app: Edge, world: World) -> None:
    unit = await write_transaction(
        world.engine,
        lambda conn: create_org_unit(
            conn, level="district", name="城东区", valid_from=today().replace(year=2025)
        ),
    )
    async with client_of(app, await world.key("auditor")) as client:
        reader = Actor(client, "/v1")
        found = await reader.see("/org-units")
        assert [one["name"] for one in found["items"]] == ["城东区"]
        assert (await reader.see("/org-units", as_of="2020-01-01"))["items"] == []
        history = await reader.see(f"/org-units/{unit.org_unit_id}")
        assert [one["name"] for one in history["placements"]] == ["城东区"]
        assert (await client.get(f"/v1/org-units/{uuid7()}")).status_code == 404
        await write_transaction(world.engine, lambda conn: add_streets(conn, unit.org_unit_id))
        shown, page = [], await reader.see("/org-units", as_of=str(today()), limit=2)
        while True:
            assert len(page["items"]) <= 2
            shown += [one["name"] for one in page["items"]]
            if page["next_cursor"] is None:
                break
            page = await reader.see("/org-units", cursor=page["next_cursor"], limit=2)
        assert shown == ["城东区", *sorted(STREETS)]
        inside = await reader.see("/org-units", parent_id=str(unit.org_unit_id), limit=1)
        more = await reader.see("/org-units", cursor=inside["next_cursor"])
        assert [one["name"] for one in inside["items"] + more["items"]] == sorted(STREETS)
    async with client_of(app) as stranger:
        assert (await stranger.get("/v1/org-units")).status_code == 401
