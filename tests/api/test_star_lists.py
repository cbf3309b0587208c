"""Star points over HTTP: the county's items, the claims of a month with who signed, their pages."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.edge import Edge
from ledger.clock import today
from ledger.programmes.star_points.items import example_items
from tests.api.actors import Actor
from tests.api.test_programme_stories import act_as
from tests.api.world import World, client_of, new_key

ITEM = next(one for one in example_items() if one.kind == "basic")


async def claims(secretary: Actor, world: World, count: int) -> list[dict[str, Any]]:
    """So many items of today, proposed for the branch's one member."""
    body = {
        "member_id": str(world.member.member_id),
        "item_code": ITEM.item_code,
        "happened_on": today().isoformat(),
        "evidence": "签到表第3页",
    }
    return [await secretary.do("/star-claims", body) for _ in range(count)]


async def branch_of(actor: Actor) -> str:
    (branch,) = (await actor.see("/branches"))["items"]
    return str(branch["branch_id"])


async def test_items_are_listed_as_they_hold_on_a_day(app: Edge, scored: World) -> None:
    member = await act_as(app, scored, "party_member", scored.member.member_id)
    found = (await member.see("/star-items"))["items"]
    assert [one["item_code"] for one in found] == sorted(one.item_code for one in example_items())
    mine = next(one for one in found if one["item_code"] == ITEM.item_code)
    assert (mine["unit_score"], mine["kind"]) == (ITEM.unit_score, "basic")
    before = await member.see("/star-items", on=date(2001, 1, 1).isoformat())
    assert before == {"on": "2001-01-01", "items": []}


async def test_claims_are_paged_with_who_proposed_and_decided(
    app: Edge,
    scored: World,
) -> None:
    secretary = await act_as(app, scored, "branch_secretary")
    staff = await act_as(app, scored, "community_staff")
    made = await claims(secretary, scored, 5)
    path = f"/star-claims/{made[2]['claim_id']}/decision"
    await staff.do(path, {"decision": "declined"}, status=200)
    wanted = {"branch_id": await branch_of(staff), "month": today().isoformat()}
    listed = await staff.pages("/star-claims", **wanted)
    assert [one["claim_id"] for one in listed] == [one["claim_id"] for one in made]
    assert listed[0]["proposed_by"]["name"] == "赵六"
    assert [one["decided_by"] is not None for one in listed] == [False, False, True, False, False]
    declined = await staff.pages("/star-claims", **wanted, status="declined")
    assert [one["claim_id"] for one in declined] == [made[2]["claim_id"]]


async def test_a_decision_is_made_once_and_never_by_the_proposer(
    app: Edge,
    scored: World,
) -> None:
    secretary = await act_as(app, scored, "branch_secretary")
    staff = await act_as(app, scored, "community_staff")
    (claim,) = await claims(secretary, scored, 1)
    path = f"/star-claims/{claim['claim_id']}/decision"
    assert await secretary.refused(path, {"decision": "approved"}) == (403, "permission_missing")
    await staff.do(path, {"decision": "approved"}, status=200)
    assert await staff.refused(path, {"decision": "declined"}) == (409, "claim_already_decided")
    assert await staff.refused(path, {"decision": "maybe"}) == (400, "invalid_body")
    nobody = f"/star-claims/{uuid4()}/decision"
    assert await staff.refused(nobody, {"decision": "approved"}) == (404, "not_found")


async def test_items_that_cannot_be_scored_are_refused(app: Edge, scored: World) -> None:
    secretary = await act_as(app, scored, "branch_secretary")
    good = {
        "member_id": str(scored.member.member_id),
        "item_code": ITEM.item_code,
        "happened_on": today().isoformat(),
        "evidence": "照片",
    }
    tomorrow = (today() + timedelta(days=2)).isoformat()
    cases = {
        "claim_in_future": good | {"happened_on": tomorrow},
        "item_not_scored": good | {"item_code": "Z99"},
        "not_in_a_branch": good | {"member_id": str(scored.second_member.member_id)},
        "not_found": good | {"member_id": str(uuid4())},
        "invalid_body": good | {"times": 0},
    }
    for code, body in cases.items():
        status, refusal = await secretary.refused("/star-claims", body)
        assert (refusal, status < 500) == (code, True)
    without = await secretary.client.post(f"{secretary.base}/star-claims", json=good)
    assert without.json()["code"] == "idempotency_key_missing"


async def test_a_month_that_is_not_over_is_not_scored(app: Edge, scored: World) -> None:
    secretary = await act_as(app, scored, "branch_secretary")
    month = {"branch_id": await branch_of(secretary), "month": today().replace(day=1).isoformat()}
    status, code = await secretary.refused("/star-months", month)
    assert (status < 500, code) == (True, "month_not_over")
    within = month | {"month": today().replace(day=2).isoformat()}
    assert (await secretary.refused("/star-months", within))[1] == "invalid_input"
    stranger = month | {"branch_id": str(uuid4())}
    assert await secretary.refused("/star-months", stranger) == (404, "not_found")


async def test_a_party_member_sees_the_own_items_only(app: Edge, scored: World) -> None:
    secretary = await act_as(app, scored, "branch_secretary")
    made = await claims(secretary, scored, 2)
    wanted = {"branch_id": await branch_of(secretary), "month": today().isoformat()}
    member = await act_as(app, scored, "party_member", scored.member.member_id)
    seen = await member.pages("/star-claims", **wanted)
    assert [one["claim_id"] for one in seen] == [one["claim_id"] for one in made]
    other = await act_as(app, scored, "party_member", scored.second_member.member_id)
    assert await other.pages("/star-claims", **wanted) == []
    assert await other.pages("/star-results", **wanted) == []
    foreign = wanted | {"member_id": str(scored.member.member_id)}
    answer = await other.client.get(f"{other.base}/star-claims", params=foreign)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/star-claims", "/star-results"])
async def test_a_list_needs_its_branch_and_month(
    app: Edge,
    scored: World,
    path: str,
) -> None:
    staff = await act_as(app, scored, "community_staff")
    branch = await branch_of(staff)
    for query in ({}, {"branch_id": branch}, {"month": "2025-01-01"}):
        answer = await staff.client.get(f"{staff.base}{path}", params=query)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    unknown = {"branch_id": str(uuid4()), "month": "2025-01-01"}
    answer = await staff.client.get(f"{staff.base}{path}", params=unknown)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    foreign = f"/v1/programmes/{scored.other_programme.public_id}"
    async with client_of(app, await scored.key("community_staff", scored.other_programme)) as other:
        wanted = {"branch_id": branch, "month": "2025-01-01"}
        answer = await other.get(f"{foreign}{path}", params=wanted, headers=new_key())
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_desk_of_a_month_is_not_for_those_who_see_their_own_items_only(
    app: Edge, scored: World
) -> None:
    staff = await act_as(app, scored, "community_staff")
    member = await act_as(app, scored, "party_member", scored.member.member_id)
    month = f"{today():%Y-%m}"
    path = f"/programmes/{scored.programme.public_id}/staff/stars/{await branch_of(staff)}/{month}"
    assert (await staff.client.get(path)).status_code == 200
    assert (await member.client.get(path)).status_code == 404
