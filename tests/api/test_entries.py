"""Entries over HTTP: posted once, refused with a reason, read back whole."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import uuid4

import httpx
import pytest

from api.edge import Edge
from api.v1.posting import day_of_booking
from ledger.books.lanes import ServiceBusy
from ledger.clock import business_date, now, today
from tests.api.world import World, client_of, entry, new_key


async def pair(world: World) -> tuple:
    issued = await world.account("PG", "5101")
    provision = await world.account("PG", "2501")
    return issued, provision


async def donation(world: World, amount: int) -> dict:
    """Minutes that the member gives to the pool."""
    available = await world.account("TB", "2101", world.member.member_id)
    return entry(available, await world.account("TB", "2201"), amount, event_code="TB09")


async def test_an_entry_is_posted_and_read_back(
    poster: httpx.AsyncClient, auditor: httpx.AsyncClient, world: World
) -> None:
    issued, provision = await pair(world)
    body = entry(
        issued, provision, 120, memo="探访\u200b独居\u00ad老人\u2060", subject_id=str(uuid4())
    )
    made = await poster.post(f"{world.base}/entries", json=body, headers=new_key())
    assert made.status_code == 201, made.text
    answer = made.json()
    assert answer["replayed"] is False
    read = (await auditor.get(f"{world.base}/entries/{answer['entry_id']}")).json()
    assert read["memo"] == "探访独居老人"
    assert read["subject_id"] == body["subject_id"]
    assert read["booked_on"] == answer["booked_on"]
    (line,) = read["transfers"]
    assert (line["debit_account"], line["credit_account"]) == (str(issued), str(provision))
    assert (line["amount"], line["unit"], line["expires_on"]) == (120, "fen", None)


async def test_the_same_key_and_body_posts_once(poster: httpx.AsyncClient, world: World) -> None:
    issued, provision = await pair(world)
    body, key = entry(issued, provision), new_key()
    answers = await asyncio.gather(
        *(poster.post(f"{world.base}/entries", json=body, headers=key) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["entry_id"] for answer in answers}) == 1
    assert sorted(answer.json()["replayed"] for answer in answers) == [False] + [True] * 19


async def test_the_same_key_with_another_body_names_the_field(
    poster: httpx.AsyncClient, world: World
) -> None:
    issued, provision = await pair(world)
    body, key = entry(issued, provision), new_key()
    await poster.post(f"{world.base}/entries", json=body, headers=key)
    other = entry(issued, provision, 121, occurred_at=body["occurred_at"])
    answer = await poster.post(f"{world.base}/entries", json=other, headers=key)
    assert answer.status_code == 409
    assert answer.json()["code"] == "idempotency_conflict"
    assert answer.json()["field"] == "transfers"


async def test_a_write_without_a_key_is_told_what_to_do(
    poster: httpx.AsyncClient, world: World
) -> None:
    issued, provision = await pair(world)
    answer = await poster.post(f"{world.base}/entries", json=entry(issued, provision))
    assert answer.status_code == 400
    assert answer.json()["code"] == "idempotency_key_missing"


async def test_too_little_balance_is_a_problem_with_its_facts(
    poster: httpx.AsyncClient, world: World
) -> None:
    answer = await poster.post(
        f"{world.base}/entries",
        json=await donation(world, 125),
        headers=new_key() | {"accept-language": "en"},
    )
    problem = answer.json()
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == "insufficient_balance"
    assert (problem["available"], problem["needed"], problem["unit"]) == (0, 125, "minute")
    assert "2 h 5 min" in problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    chinese = await poster.post(
        f"{world.base}/entries", json=await donation(world, 125), headers=new_key()
    )
    assert "2 小时 5 分钟" in chinese.json()["detail"]


async def test_another_tenants_account_looks_like_a_missing_one(
    poster: httpx.AsyncClient, world: World
) -> None:
    _, provision = await pair(world)
    foreign = await world.account("PG", "5101", tenant=world.other_programme)
    answers = [
        await poster.post(
            f"{world.base}/entries", json=entry(account, provision), headers=new_key()
        )
        for account in (foreign, uuid4())
    ]
    facts = [
        {name: value for name, value in answer.json().items() if name in ("code", "line", "status")}
        for answer in answers
    ]
    assert facts[0] == facts[1]
    assert facts[0]["code"] == "account_not_found"


async def test_a_batch_gives_each_entry_its_result(poster: httpx.AsyncClient, world: World) -> None:
    issued, provision = await pair(world)
    good, bad = entry(issued, provision), await donation(world, 10**9)
    unknown = entry(issued, uuid4())
    entries = [good, bad, unknown, *[good] * 7]
    key = new_key()
    answer = await poster.post(
        f"{world.base}/entries/batch", json={"entries": entries}, headers=key
    )
    assert answer.status_code == 200, answer.text
    batch = answer.json()
    assert (batch["posted"], batch["refused"]) == (8, 2)
    assert batch["results"][1]["problem"]["code"] == "insufficient_balance"
    assert batch["results"][2]["problem"]["code"] == "account_not_found"
    again = await poster.post(f"{world.base}/entries/batch", json={"entries": entries}, headers=key)
    ids = [one["entry_id"] for one in batch["results"]]
    assert [one["entry_id"] for one in again.json()["results"]] == ids
    assert all(one["replayed"] for one in again.json()["results"] if one["entry_id"])


async def test_a_dry_run_says_the_same_and_writes_nothing(
    poster: httpx.AsyncClient, auditor: httpx.AsyncClient, world: World
) -> None:
    issued, provision = await pair(world)
    entries = [entry(issued, provision), await donation(world, 10**9)]
    dry = await poster.post(
        f"{world.base}/entries/batch",
        json={"entries": entries, "dry_run": True},
        headers=new_key(),
    )
    assert [one["result"] for one in dry.json()["results"]] == ["posted", "refused"]
    assert (await auditor.get(f"{world.base}/entries")).json()["items"] == []


async def test_a_reversal_mirrors_once(
    app: Edge, poster: httpx.AsyncClient, auditor: httpx.AsyncClient, world: World
) -> None:
    issued, provision = await pair(world)
    body = entry(issued, provision)
    made = await poster.post(f"{world.base}/entries", json=body, headers=new_key())
    path = f"{world.base}/entries/{made.json()['entry_id']}/reversal"
    reason = {"occurred_at": body["occurred_at"], "memo": "记错了人"}
    refused = await poster.post(path, json=reason, headers=new_key())
    assert refused.json()["code"] == "permission_missing"
    maker, checker = [client_of(app, await world.key("programme_accountant")) for _ in range(2)]
    before = {"booked_on": (today() - timedelta(days=1)).isoformat()}
    early = await maker.post(path, json=reason | before, headers=new_key())
    assert (early.status_code, early.json()["code"]) == (409, "reversal_before_entry")
    assert early.json()["booked_on"] == made.json()["booked_on"]
    asked = await maker.post(path, json=reason, headers=new_key())
    assert asked.status_code == 201, asked.text
    decision = f"{world.base}/approvals/{asked.json()['approval_id']}/decision"
    undone = await checker.post(decision, json={"decision": "approved"}, headers=new_key())
    assert undone.status_code == 200, undone.text
    again = await maker.post(path, json=reason, headers=new_key())
    assert again.json()["code"] == "entry_already_reversed"
    original = (await auditor.get(path.removesuffix("/reversal"))).json()
    assert original["reversed_by"] == undone.json()["result_id"]


async def test_lists_page_through_everything_once_while_entries_arrive(
    poster: httpx.AsyncClient, auditor: httpx.AsyncClient, world: World
) -> None:
    issued, provision = await pair(world)
    for _ in range(7):
        await poster.post(f"{world.base}/entries", json=entry(issued, provision), headers=new_key())
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {"event_code": "PG25"})
        page = (await auditor.get(f"{world.base}/entries", params=query)).json()
        seen += [one["id"] for one in page["items"]]
        await poster.post(f"{world.base}/entries", json=entry(issued, provision), headers=new_key())
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7


async def test_a_cursor_keeps_its_filters(auditor: httpx.AsyncClient, world: World) -> None:
    first = await auditor.get(f"{world.base}/accounts", params={"book": "TB", "limit": 5})
    cursor = first.json()["next_cursor"]
    second = await auditor.get(f"{world.base}/accounts", params={"cursor": cursor})
    assert {one["book"] for one in second.json()["items"]} == {"TB"}
    mixed = await auditor.get(f"{world.base}/accounts", params={"cursor": cursor, "book": "SP"})
    assert mixed.json()["code"] == "invalid_parameter"
    forged = await auditor.get(f"{world.base}/accounts", params={"cursor": "bm9uc2Vuc2U"})
    assert forged.status_code == 400


async def test_balances_and_statement_follow_the_entries(
    poster: httpx.AsyncClient, auditor: httpx.AsyncClient, world: World
) -> None:
    issued, provision = await pair(world)
    for amount in (100, 20, 3):
        await poster.post(
            f"{world.base}/entries", json=entry(issued, provision, amount), headers=new_key()
        )
    path = f"{world.base}/accounts/{provision}"
    assert (await auditor.get(path)).json()["balance"] == 123
    balance = (await auditor.get(f"{path}/balance")).json()
    assert (balance["balance"], balance["unit"], balance["as_of"]) == (123, "fen", "now")
    lines = (await auditor.get(f"{path}/statement", params={"limit": 2})).json()
    assert [line["amount"] for line in lines["lines"]] == [3, 20]
    assert (lines["opening"], lines["closing"]) == (100, 123)
    moment = lines["lines"][1]["posted_at"]
    past = (await auditor.get(f"{path}/balance", params={"posted_at": moment})).json()
    assert (past["balance"], past["as_of"]) == (120, "posting")
    two = await auditor.get(
        f"{path}/balance", params={"posted_at": moment, "booked_on": "2026-01-01"}
    )
    assert two.status_code == 400


async def test_a_hold_is_captured_in_part_refunded_and_read(
    poster: httpx.AsyncClient, world: World
) -> None:
    member = world.member.member_id
    available = await world.account("TB", "2101", member)
    held = await world.account("TB", "2102", member)
    used = await world.account("TB", "4101")
    when = now().isoformat()
    await world.give(5000)
    wanted = {
        "event_code": "TB01",
        "occurred_at": when,
        "account": str(available),
        "held_account": str(held),
        "amount": 4000,
        "expires_at": "2099-01-01T00:00:00+08:00",
    }
    over = await poster.post(
        f"{world.base}/holds", json=wanted | {"expires_at": when}, headers=new_key()
    )
    assert (over.status_code, over.json()["field"]) == (400, "expires_at")
    placed = await poster.post(f"{world.base}/holds", json=wanted, headers=new_key())
    assert placed.status_code == 201, placed.text
    path = f"{world.base}/holds/{placed.json()['entry_id']}"
    assert (await poster.get(path)).json()["status"] == "open"
    capture = {
        "event_code": "TB13",
        "part_event_code": "TB13",
        "occurred_at": when,
        "capture_account": str(used),
        "amount": 3000,
    }
    taken = await poster.post(f"{path}/capture", json=capture, headers=new_key())
    assert taken.status_code == 201, taken.text
    again = await poster.post(f"{path}/capture", json=capture, headers=new_key())
    assert again.json()["code"] == "hold_already_resolved"
    refund = {"event_code": "TB34", "occurred_at": when, "amount": 1000}
    unknown = refund | {"event_code": "TB90"}
    answer = await poster.post(f"{path}/refund", json=unknown, headers=new_key())
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_event")
    assert (await poster.post(f"{path}/refund", json=refund, headers=new_key())).status_code == 201
    hold = (await poster.get(path)).json()
    assert (hold["status"], hold["captured"], hold["refunded"]) == ("captured", 3000, 1000)


async def test_the_hot_route_and_the_ordinary_one_answer_alike(
    app: Edge, poster: httpx.AsyncClient, world: World
) -> None:
    issued, provision = await pair(world)
    path = f"{world.base}/entries"
    await poster.post(path, json=entry(issued, provision), headers=new_key())  # warms the caches
    bodies = [
        entry(issued, provision),
        entry(issued, provision, memo="一次"),
        entry(issued, provision, booked_on="1999-01-01"),
        await donation(world, 10**9),
        entry(issued, uuid4()),
        entry(issued, provision, 0),
        entry(issued, provision, 1.0),
        entry(issued, provision, surprise=1),
    ]
    for body in bodies:
        quick = await poster.post(path, json=body, headers=new_key())
        # a query string sends the request the ordinary way
        plain = await poster.post(f"{path}?", json=body, headers=new_key() | {"cookie": "a=b"})
        same = ("code", "detail", "status", "replayed", "booked_on", "field")
        assert quick.status_code == plain.status_code, (body, quick.text, plain.text)
        assert [quick.json().get(name) for name in same] == [
            plain.json().get(name) for name in same
        ]


async def test_a_key_without_the_permission_is_refused_on_the_hot_route_too(
    app: Edge, auditor: httpx.AsyncClient, world: World
) -> None:
    issued, provision = await pair(world)
    for _ in range(2):
        answer = await auditor.post(
            f"{world.base}/entries", json=entry(issued, provision), headers=new_key()
        )
        assert answer.json()["code"] == "permission_missing"
    async with client_of(app, await world.key("integration", world.estate)) as stranger:
        for _ in range(2):
            answer = await stranger.post(
                f"{world.base}/entries", json=entry(issued, provision), headers=new_key()
            )
            assert answer.json()["code"] == "not_found"


async def test_a_busy_service_says_when_to_come_again(
    app: Edge, poster: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued, provision = await pair(world)
    path = f"{world.base}/entries"
    await poster.post(path, json=entry(issued, provision), headers=new_key())

    def refuse(*_: object) -> None:
        raise ServiceBusy(retry_after_seconds=1)

    monkeypatch.setattr(app.app.state.service.lanes, "submit", refuse)
    for headers in ({}, {"cookie": "a=b"}):
        answer = await poster.post(path, json=entry(issued, provision), headers=new_key() | headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "service_busy")
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["x-request-id"] == answer.json()["request_id"]


async def test_a_body_in_many_pieces_is_one_entry(
    poster: httpx.AsyncClient, auditor: httpx.AsyncClient, world: World
) -> None:
    issued, provision = await pair(world)
    path = f"{world.base}/entries"
    await poster.post(path, json=entry(issued, provision), headers=new_key())
    whole = json.dumps(entry(issued, provision, 7)).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(whole), 10):
            yield whole[start : start + 10]

    headers = new_key() | {"content-type": "application/json", "content-length": str(len(whole))}
    answer = await poster.post(path, content=pieces(), headers=headers)
    assert answer.status_code == 201, answer.text
    entry_id = answer.json()["entry_id"]
    (line,) = (await auditor.get(f"{path}/{entry_id}")).json()["transfers"]
    assert line["amount"] == 7


async def test_an_event_that_the_catalogue_lacks_is_refused(
    poster: httpx.AsyncClient, world: World
) -> None:
    issued = await world.account("PG", "5101")
    available = await world.account("PG", "2501")
    good, bad = entry(issued, available), entry(issued, available, event_code="XX99")
    answer = await poster.post(f"{world.base}/entries", json=bad, headers=new_key())
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_event")
    assert answer.json()["event"] == "XX99"
    batch = {"entries": [good, bad]}
    answer = await poster.post(f"{world.base}/entries/batch", json=batch, headers=new_key())
    first, second = answer.json()["results"]
    assert first["result"] == "posted"
    assert (second["result"], second["problem"]["code"]) == ("refused", "unknown_event")


async def test_no_units_are_given_that_have_expired_already(
    poster: httpx.AsyncClient, world: World
) -> None:
    pool = await world.account("TB", "2201")
    available = await world.account("TB", "2101", world.member.member_id)

    def paid(expires_on: date, **more: str) -> dict:
        body = entry(pool, available, 1, event_code="TB06") | more
        body["transfers"][0]["expires_on"] = expires_on.isoformat()
        return body

    day = today()
    wrong = [
        paid(day - timedelta(days=1)),
        paid(date(1900, 1, 1)),
        paid(day - timedelta(days=1), booked_on=day.isoformat()),
        paid(day - timedelta(days=9), occurred_at=(now() - timedelta(days=9)).isoformat()),
    ]
    for body in wrong:
        answer = await poster.post(f"{world.base}/entries", json=body, headers=new_key())
        problem = answer.json()
        assert (answer.status_code, problem["field"]) == (422, "transfers[0].expires_on"), body
    batch = {"entries": [wrong[0], paid(day)]}
    told = await poster.post(f"{world.base}/entries/batch", json=batch, headers=new_key())
    codes = [one["problem"]["code"] for one in told.json()["results"]]
    assert codes == ["invalid_input", "insufficient_balance"], "neighbours are judged alone"
    lot = entry(available, pool, 1, event_code="TB09")
    lot["transfers"][0]["expires_on"] = (day - timedelta(days=1)).isoformat()
    later = (day, day + timedelta(days=365), date(9999, 12, 31))
    for body in (lot, *map(paid, later)):
        answer = await poster.post(f"{world.base}/entries", json=body, headers=new_key())
        assert answer.json()["code"] == "insufficient_balance", "the books judge it"


def test_what_is_sent_again_over_midnight_is_judged_by_the_same_day() -> None:
    at = now()
    assert day_of_booking(at - timedelta(hours=3)) == business_date(at - timedelta(hours=3))
    assert day_of_booking(at - timedelta(days=3)) == today()
    assert day_of_booking(at + timedelta(minutes=3)) in (today(), business_date(at))
