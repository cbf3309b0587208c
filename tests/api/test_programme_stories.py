"""What programmes do, told over HTTP: service, minutes, points, soy milk; stars of a month."""

from datetime import timedelta
from typing import Any

import httpx

from api.edge import Edge
from ledger.clock import now, today
from ledger.programmes.star_points.items import example_items
from tests.api.actors import Actor
from tests.api.world import World, client_of, new_key


async def act_as(app: Edge, world: World, role: str, object_id: Any = None) -> Actor:
    secret = await world.key(role, object_id=object_id)
    return Actor(client_of(app, secret), world.base)


async def code_for(staff: Actor, member_id: str) -> str:
    """A code that the staff asks for in a member's place."""
    asked = {"member_id": member_id, "ground": "来电请代办"}
    return str((await staff.do("/redemption-codes", asked))["digits"])


async def test_a_service_is_recorded_verified_and_credited(app: Edge, world: World) -> None:
    member = world.member.member_id
    volunteer = await act_as(app, world, "volunteer", member)
    staff = await act_as(app, world, "community_staff")
    ended = now() - timedelta(hours=1)
    noon = ended.replace(hour=4, minute=0, second=0, microsecond=0)
    if noon + timedelta(hours=2) > now():
        noon -= timedelta(days=1)
    service = {
        "provider_id": str(member),
        "started_at": noon.isoformat(),
        "ended_at": (noon + timedelta(hours=2)).isoformat(),
        "category": "emotional_comfort",
        "activity": "陪伴独居老人",
        "place": "3号楼",
    }
    record = await volunteer.do("/service-records", service)
    assert (record["minutes"], record["status"]) == (120, "recorded")
    path = f"/service-records/{record['record_id']}"
    own = await volunteer.client.post(
        f"{world.base}{path}/decision", json={"decision": "verified"}, headers=new_key()
    )
    assert own.json()["code"] == "permission_missing"
    decided = await staff.do(f"{path}/decision", {"decision": "verified"}, status=200)
    assert decided["status"] == "verified"
    assert (await volunteer.see(path))["credit_entry_id"] == decided["credit_entry_id"]
    listed = await volunteer.see("/service-records", provider_id=str(member))
    assert [one["record_id"] for one in listed["items"]] == [record["record_id"]]


async def test_a_volunteer_sees_and_writes_only_own_records(app: Edge, world: World) -> None:
    volunteer = await act_as(app, world, "volunteer", world.member.member_id)
    other = str(world.second_member.member_id)
    query = {"provider_id": other}
    answer = await volunteer.client.get(f"{world.base}/service-records", params=query)
    assert answer.status_code == 404
    assert (await volunteer.see("/service-records"))["items"] == []
    body = {
        "provider_id": other,
        "started_at": "2026-01-01T10:00:00+08:00",
        "ended_at": "2026-01-01T11:00:00+08:00",
        "category": "emotional_comfort",
        "activity": "x",
        "place": "y",
    }
    answer = await volunteer.client.post(
        f"{world.base}/service-records", json=body, headers=new_key()
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_minutes_become_points_once_for_a_key(
    app: Edge, world: World, poster: httpx.AsyncClient
) -> None:
    await world.give(300)
    volunteer = await act_as(app, world, "volunteer", world.member.member_id)
    body = {"member_id": str(world.member.member_id), "minutes": 120}
    key = new_key()
    first = await volunteer.client.post(f"{world.base}/conversions", json=body, headers=key)
    again = await volunteer.client.post(f"{world.base}/conversions", json=body, headers=key)
    assert first.status_code == again.status_code == 201, first.text
    assert first.json() == again.json()
    assert (first.json()["minutes"], first.json()["points"]) == (120, 2000)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    other = await volunteer.client.post(
        f"{world.base}/conversions", json={**body, "minutes": 121}, headers=key
    )
    assert (other.status_code, other.json()["field"]) == (409, "minutes")


async def test_a_refusal_by_state_stays_the_answer_of_its_key(
    app: Edge, world: World, poster: httpx.AsyncClient
) -> None:
    volunteer = await act_as(app, world, "volunteer", world.member.member_id)
    body = {"member_id": str(world.member.member_id), "minutes": 120}
    key = new_key()
    refused = await volunteer.client.post(f"{world.base}/conversions", json=body, headers=key)
    assert refused.json()["code"] == "insufficient_balance"
    await world.give(300)
    again = await volunteer.client.post(f"{world.base}/conversions", json=body, headers=key)
    assert again.json()["code"] == "insufficient_balance"
    assert again.headers["content-type"] == "application/problem+json"
    fresh = await volunteer.client.post(f"{world.base}/conversions", json=body, headers=new_key())
    assert fresh.status_code == 201


async def test_points_are_redeemed_at_a_merchant_by_code(
    app: Edge, world: World, poster: httpx.AsyncClient
) -> None:
    staff = await act_as(app, world, "community_staff")
    volunteer = await act_as(app, world, "volunteer", world.member.member_id)
    merchant_id = str(world.merchant.merchant_id)
    counter = await act_as(app, world, "merchant_operator", world.merchant.merchant_id)
    await staff.do(
        f"/merchants/{merchant_id}/contracts",
        {"valid_from": today().isoformat(), "fen_per_100_points": 1000},
    )
    # what was available before enters as an opening balance, with its own proof
    await world.give(10_000, "SP")
    code = await volunteer.do("/redemption-codes", {"member_id": str(world.member.member_id)})
    order = {"merchant_id": merchant_id, "amount": 5000, "code": code["digits"]}
    held = await counter.do("/redemptions", order | {"merchant_reference": "T7-0001"})
    path = f"/redemptions/{held['entry_id']}"
    assert (await counter.see(path))["status"] == "authorised"
    used = await counter.client.post(f"{world.base}/redemptions", json=order, headers=new_key())
    assert used.json()["code"] == "code_already_used"
    await counter.do(f"{path}/capture", {"merchant_id": merchant_id, "amount": 3000})
    await counter.do(f"{path}/refund", {"merchant_id": merchant_id, "amount": 1000})
    purchase = await volunteer.see(path)
    assert (purchase["status"], purchase["captured"], purchase["refunded"]) == (
        "captured",
        3000,
        1000,
    )
    assert purchase["member_name"] == "王*"
    assert purchase["value_fen"] == 200
    found = await counter.see("/redemptions", merchant_id=merchant_id, merchant_reference="T7-0001")
    assert [one["redemption_id"] for one in found["items"]] == [held["entry_id"]]


async def test_a_purchase_is_not_resolved_behind_its_back(
    app: Edge, world: World, poster: httpx.AsyncClient
) -> None:
    await world.give(5000, "SP")
    merchant_id = str(world.merchant.merchant_id)
    staff = await act_as(app, world, "community_staff")
    counter = await act_as(app, world, "merchant_operator", world.merchant.merchant_id)
    volunteer = await act_as(app, world, "volunteer", world.member.member_id)
    await staff.do(
        f"/merchants/{merchant_id}/contracts",
        {"valid_from": today().isoformat(), "fen_per_100_points": 1000},
    )
    code = await volunteer.do("/redemption-codes", {"member_id": str(world.member.member_id)})
    order = {"merchant_id": merchant_id, "code": code["digits"], "amount": 1500}
    held = await counter.do("/redemptions", order)
    accountant = await act_as(app, world, "programme_accountant")
    release = {"event_code": "SP04", "occurred_at": now().isoformat()}
    path = f"{world.base}/holds/{held['entry_id']}/void"
    answer = await accountant.client.post(path, json=release, headers=new_key())
    assert answer.json()["code"] == "hold_of_purchase"


async def test_a_till_learns_that_it_is_not_enough_and_not_how_much_there_is(
    app: Edge, world: World
) -> None:
    await world.give(1234, "SP")
    merchant_id = str(world.merchant.merchant_id)
    staff = await act_as(app, world, "community_staff")
    till = await act_as(app, world, "merchant_operator", world.merchant.merchant_id)
    agreed = {"valid_from": today().isoformat(), "fen_per_100_points": 1000}
    await staff.do(f"/merchants/{merchant_id}/contracts", agreed)
    code = await code_for(staff, str(world.member.member_id))
    order = {"merchant_id": merchant_id, "amount": 1235, "code": code}
    answer = await till.client.post(f"{world.base}/redemptions", json=order, headers=new_key())
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "insufficient_balance")
    assert (problem["needed"], problem["unit"]) == (1235, "point")
    account = str(await world.account("SP", "2101", world.member.member_id))
    assert not {"account", "available"} & set(problem)
    assert not any(known in answer.text for known in ("1234", "12.34", account))
    assert "账户可用的不够 12.35 分" in problem["detail"]


async def test_a_till_learns_that_it_is_too_much_for_a_day_and_not_what_was_spent(
    app: Edge, world: World
) -> None:
    await world.give(90_000, "SP")
    merchant_id = str(world.merchant.merchant_id)
    staff = await act_as(app, world, "community_staff")
    till = await act_as(app, world, "merchant_operator", world.merchant.merchant_id)
    agreed = {"valid_from": today().isoformat(), "fen_per_100_points": 1000}
    await staff.do(f"/merchants/{merchant_id}/contracts", agreed)
    for amount, code in ((4321, None), (49_999, "daily_cap_exceeded")):
        shown = await code_for(staff, str(world.member.member_id))
        order = {"merchant_id": merchant_id, "amount": amount, "code": shown}
        answer = await till.client.post(f"{world.base}/redemptions", json=order, headers=new_key())
        assert answer.json().get("code") == code, answer.text
    problem = answer.json()
    assert (problem["cap"], problem["needed"]) == (50_000, 49_999)
    assert "spent" not in problem
    assert "4321" not in answer.text
    assert "每日限额 50000" in problem["detail"]


async def test_an_operator_reaches_the_own_merchant_only(app: Edge, world: World) -> None:
    staff = await act_as(app, world, "community_staff")
    other = await staff.do("/merchants", {"name": "隔壁超市"})
    counter = await act_as(app, world, "merchant_operator", world.merchant.merchant_id)
    body = {"merchant_id": other["merchant_id"], "amount": 100, "code": "12345678"}
    answer = await counter.client.post(f"{world.base}/redemptions", json=body, headers=new_key())
    assert answer.json()["code"] == "not_found"


async def test_a_till_takes_points_by_code_alone_and_for_its_own_merchant(
    app: Edge, world: World, poster: httpx.AsyncClient
) -> None:
    await world.give(5000, "SP")
    merchant_id = str(world.merchant.merchant_id)
    member_id = str(world.member.member_id)
    staff = await act_as(app, world, "community_staff")
    till = await act_as(app, world, "merchant_operator", world.merchant.merchant_id)
    everywhere = Actor(poster, world.base)
    agreed = {"valid_from": today().isoformat(), "fen_per_100_points": 1000}
    await staff.do(f"/merchants/{merchant_id}/contracts", agreed)
    order = {"merchant_id": merchant_id, "amount": 1500}
    for one in (till, staff):
        named = await one.refused("/redemptions", order | {"member_id": member_id})
        assert named == (400, "invalid_body")
    for path in ("/redemptions", "/redemption-codes"):
        assert await everywhere.refused(path, order) == (403, "permission_missing")
        assert await till.refused("/redemption-codes", order) == (403, "permission_missing")
    # staff ask for a code in her place, on record; what it holds only the merchant can take
    order["code"] = await code_for(staff, member_id)
    held = await till.do("/redemptions", order)
    path = f"/redemptions/{held['entry_id']}"
    assert await staff.refused(f"{path}/capture", order) == (403, "permission_missing")
    await till.do(f"{path}/capture", {"merchant_id": merchant_id})


async def test_an_accounting_date_is_chosen_by_staff_and_not_at_the_counter(
    app: Edge, world: World, poster: httpx.AsyncClient
) -> None:
    await world.give(5000, "SP")
    merchant_id = str(world.merchant.merchant_id)
    staff = await act_as(app, world, "community_staff")
    till = await act_as(app, world, "merchant_operator", world.merchant.merchant_id)
    agreed = {"valid_from": today().isoformat(), "fen_per_100_points": 1000}
    await staff.do(f"/merchants/{merchant_id}/contracts", agreed)
    order = {"amount": 500, "merchant_id": merchant_id}
    paths = []
    for _ in "ab":
        order["code"] = await code_for(staff, str(world.member.member_id))
        paths.append(f"/redemptions/{(await till.do('/redemptions', order))['entry_id']}")
    tomorrow = (today() + timedelta(days=1)).isoformat()
    own = {"merchant_id": merchant_id, "booked_on": tomorrow}
    assert await till.refused(f"{paths[0]}/void", own) == (400, "invalid_body")
    assert await till.refused(f"{paths[0]}/capture", own) == (400, "invalid_body")
    released = await staff.do(f"{paths[0]}/void", {"booked_on": tomorrow})
    assert released["booked_on"] == tomorrow
    await till.do(f"{paths[1]}/capture", {"merchant_id": merchant_id})
    assert await till.refused(f"{paths[1]}/refund", own) == (400, "invalid_body")
    accountant = await act_as(app, world, "programme_accountant")
    returned = await accountant.do(f"{paths[1]}/refund", own)
    assert returned["booked_on"] == tomorrow


async def test_star_points_of_a_month_are_proposed_approved_scored_and_listed(
    app: Edge, scored: World
) -> None:
    world = scored
    secretary = await act_as(app, world, "branch_secretary")
    staff = await act_as(app, world, "community_staff")
    last_month = today().replace(day=1) - timedelta(days=1)
    (branch,) = (await staff.see("/branches"))["items"]
    item = next(one for one in example_items() if one.kind == "basic")
    claim = await secretary.do(
        "/star-claims",
        {
            "member_id": str(world.member.member_id),
            "item_code": item.item_code,
            "happened_on": last_month.isoformat(),
            "evidence": "签到表第3页",
        },
    )
    decided = await staff.do(
        f"/star-claims/{claim['claim_id']}/decision", {"decision": "approved"}, status=200
    )
    assert decided["status"] == "approved"
    month = last_month.replace(day=1).isoformat()
    scoring = {"branch_id": branch["branch_id"], "month": month}
    answer = await secretary.client.post(
        f"{world.base}/star-months", json=scoring, headers=new_key()
    )
    assert answer.status_code == 201, answer.text
    results = await staff.see("/star-results", branch_id=branch["branch_id"], month=month)
    (mine,) = [one for one in results["items"] if one["member_id"] == str(world.member.member_id)]
    assert (mine["basic"], mine["status"]) == (item.unit_score, "published")
    released = await staff.do("/star-releases", {})
    assert released["effective"] == 0  # publicity has only begun


async def test_members_and_merchants_are_enrolled_and_paged(app: Edge, world: World) -> None:
    staff = await act_as(app, world, "community_staff")
    for n in range(4):
        await staff.do("/members", {"display_name": f"赵{n}", "phone": f"1380013800{n}"})
        await staff.do("/merchants", {"name": f"小店{n}"})
    for path, name, total in (("/members", "member_id", 6), ("/merchants", "merchant_id", 5)):
        seen, cursor = [], None
        while True:
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = await staff.see(path, **query)
            seen += [one[name] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == total


async def test_a_member_of_an_unknown_branch_is_refused(app: Edge, world: World) -> None:
    staff = await act_as(app, world, "community_staff")
    body = {"display_name": "赵钱孙", "branch_id": str(world.member.member_id)}
    assert await staff.refused("/members", body) == (404, "not_found")


async def test_enrolment_keeps_no_name_and_no_telephone_outside_the_person(
    app: Edge, world: World
) -> None:
    staff = await act_as(app, world, "community_staff")
    key = new_key()
    body = {"display_name": "赵钱孙", "phone": "13912345678"}
    answers = [
        await staff.client.post(f"{world.base}/members", json=body, headers=key) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    async with world.engine.connect() as conn:
        rows = await conn.exec_driver_sql(
            "SELECT set_config('gongzhang.tenant_id', $1, false)",
            (str(world.programme.tenant_id),),
        )
        rows = await conn.exec_driver_sql(
            "SELECT convert_from(sent, 'UTF8') || convert_from(response, 'UTF8')"
            " FROM foundation.api_command"
        )
        for (text,) in rows:
            assert "赵" not in text
            assert "139" not in text
