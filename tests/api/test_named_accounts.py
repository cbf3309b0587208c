"""What may be posted by naming accounts, and which of several reasons a refusal tells."""

import re
from datetime import timedelta
from itertools import combinations
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.clock import now
from ledger.database import write_transaction
from ledger.foundation.api_keys import find_api_key, key_hash
from ledger.foundation.event_catalogue import list_events
from ledger.foundation.grants import grant_role
from ledger.foundation.participation import set_standing
from tests.api.actors import Actor
from tests.api.test_estate_story import WHEN, new_account
from tests.api.world import SYSTEM, World, client_of, entry, new_key
from tests.database_server import Database
from tests.proofs import failed_proofs
from tests.tidy.sources import ROOT

DOCUMENT = (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8")
SECTION = DOCUMENT.split("## Accounts named over HTTP\n")[1].split("\n## ")[0]
RANKED = re.findall(r"^\d+\. `(\w+)`", SECTION, re.MULTILINE)
#: What an entry of an event that may be named does wrong, and events that may not.
EVENTS = {
    "unknown_event": "TB99",
    "event_belongs_to_programme": "TB03",
    "event_needs_approval": "TB30",
    "event_needs_hold": "TB34",
}


async def faulty_pairs(world: World) -> dict[str, tuple[Any, Any]]:
    """Accounts of a line for each fault that a line of TB13 can have."""
    available = await world.account("TB", "2101", world.member.member_id)
    held = await world.account("TB", "2102", world.member.member_id)
    return {
        "account_not_found": (available, uuid4()),
        "accounts_unlike_event": (available, await world.account("TB", "2201")),
        "held_account_misplaced": (held, await world.account("TB", "4101")),
    }


def faulty(codes: tuple[str, ...], pairs: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    """An entry with all these faults; the line of the gravest comes last."""
    event_code = next((EVENTS[code] for code in codes if code in EVENTS), "TB13")
    chosen = [pairs[code] for code in reversed(codes) if code in pairs]
    lines = [
        {"debit_account": str(debit), "credit_account": str(credit), "amount": 1}
        for debit, credit in chosen or [pairs["held_account_misplaced"]]
    ]
    return {"event_code": event_code, "occurred_at": now().isoformat(), "transfers": lines}


async def test_of_several_faults_the_first_in_the_list_is_told_on_every_route(
    poster: httpx.AsyncClient, world: World
) -> None:
    pairs = await faulty_pairs(world)
    await poster.get(f"{world.base}/accounts")
    cases = [
        codes
        for count in (1, 2, 3, 4)
        for codes in combinations(RANKED, count)
        if len(set(EVENTS) & set(codes)) <= 1
    ]
    assert len(cases) > 20
    bodies = [faulty(codes, pairs) for codes in cases]
    expected = [(422 if codes[0] != "account_not_found" else 404, codes[0]) for codes in cases]
    path = f"{world.base}/entries"
    for more in ({}, {"cookie": "a=b"}):  # the hot route, and the ordinary one
        told = [await poster.post(path, json=body, headers=new_key() | more) for body in bodies]
        assert [(answer.status_code, answer.json()["code"]) for answer in told] == expected
    for dry_run in (True, False):
        batch = {"entries": bodies, "dry_run": dry_run}
        answer = await poster.post(f"{path}/batch", json=batch, headers=new_key())
        problems = [one["problem"] for one in answer.json()["results"]]
        assert [(one["status"], one["code"]) for one in problems] == expected


async def test_a_refused_item_harms_no_neighbour(poster: httpx.AsyncClient, world: World) -> None:
    pairs = await faulty_pairs(world)
    issued = await world.account("PG", "5101")
    good = entry(issued, await world.account("PG", "2501"))
    wrong = [faulty((code,), pairs) for code in RANKED]
    batch = {"entries": [good, *wrong, good]}
    answer = await poster.post(f"{world.base}/entries/batch", json=batch, headers=new_key())
    results = [one["result"] for one in answer.json()["results"]]
    assert results == ["posted", *["refused"] * len(wrong), "posted"]


async def test_the_hot_route_tells_the_same_facts_in_the_same_words(
    poster: httpx.AsyncClient, world: World
) -> None:
    pairs = await faulty_pairs(world)
    await poster.get(f"{world.base}/accounts")
    path = f"{world.base}/entries"
    for code in RANKED:
        body = faulty((code,), pairs)
        quick = (await poster.post(path, json=body, headers=new_key())).json()
        plain = (await poster.post(path, json=body, headers=new_key() | {"cookie": "a=b"})).json()
        for name in ("request_id", "instance"):
            del quick[name], plain[name]
        assert quick == plain


async def test_the_refusal_names_event_line_and_codes(
    poster: httpx.AsyncClient, world: World
) -> None:
    pairs = await faulty_pairs(world)
    path, english = f"{world.base}/entries", {"accept-language": "en"}
    owned = faulty(("event_belongs_to_programme",), pairs)
    problem = (await poster.post(path, json=owned, headers=new_key() | english)).json()
    assert (problem["event"], problem["posted_by"]) == ("TB03", "service_records")
    assert "Event TB03 belongs to service records" in problem["detail"]
    chinese = (await poster.post(path, json=owned, headers=new_key())).json()
    assert "业务事件 TB03 由“服务记录”连同自己的记录一起记账。" in chinese["detail"]
    unlike = faulty(("accounts_unlike_event", "held_account_misplaced"), pairs)
    problem = (await poster.post(path, json=unlike, headers=new_key() | english)).json()
    names = ("line", "event", "debit_code", "credit_code")
    assert [problem[name] for name in names] == [2, "TB13", "TB-2101", "TB-2201"]


async def test_half_an_event_is_not_booked(poster: httpx.AsyncClient, world: World) -> None:
    merchant = world.merchant.merchant_id
    given_up = [await world.account("SP", code, merchant) for code in ("2301", "2302")]
    owed = await world.account("PG", "5101"), await world.account("PG", "2201", merchant)
    points, money = entry(*given_up, 9, event_code="SP07"), entry(*owed, 9, event_code="SP07")
    path = f"{world.base}/entries"
    for half, missing in ((money, ("SP-2301", "SP-2302")), (points, ("PG-5101", "PG-2201"))):
        for more in ({}, {"cookie": "a=b"}):  # the hot route, and the ordinary one
            answer = await poster.post(path, json=half, headers=new_key() | more)
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (422, "event_incomplete")
            assert (problem["debit_code"], problem["credit_code"]) == missing
    whole = points | {"transfers": [*points["transfers"], *money["transfers"]]}
    batch = {"entries": [money, whole]}
    answer = await poster.post(f"{path}/batch", json=batch, headers=new_key())
    codes = [(one["problem"] or {}).get("code") for one in answer.json()["results"]]
    assert codes == ["event_incomplete", None]


async def test_half_an_event_is_not_asked_for(app: Edge, world: World) -> None:
    goods = await world.account("PG", "1405"), await world.account("PG", "4103")
    member = await world.account("SP", "2103", world.member.member_id)
    points = await world.account("SP", "5103"), member
    async with client_of(app, await world.key("programme_accountant")) as client:
        maker = Actor(client, world.base)
        asked = entry(*goods, event_code="SP12") | {"reason": "捐来的米"}
        for half in (goods, points):
            body = asked | {"transfers": entry(*half)["transfers"]}
            assert await maker.refused("/adjustments", body) == (422, "event_incomplete")
        lines = [entry(*pair)["transfers"][0] for pair in (goods, points)]
        await maker.do("/adjustments", asked | {"transfers": lines})


async def test_a_refusal_uses_up_no_key(poster: httpx.AsyncClient, world: World) -> None:
    issued = await world.account("PG", "5101")
    available = await world.account("PG", "2501")
    actor, key = f"{world.base}/entries", new_key()
    wrong = entry(issued, available, event_code="TB03")
    assert (await poster.post(actor, json=wrong, headers=key)).status_code == 422
    assert (await poster.post(actor, json=entry(issued, available), headers=key)).status_code == 201


async def new_hold(world: World, system: Actor, amount: int = 60) -> dict[str, Any]:
    """The body of a hold on a member's minutes, which are there."""
    member = world.member.member_id
    available = await world.account("TB", "2101", member)
    await world.give(amount)
    return {
        "event_code": "TB01",
        "occurred_at": now().isoformat(),
        "account": str(available),
        "held_account": str(await world.account("TB", "2102", member)),
        "amount": amount,
        "expires_at": "2099-01-01T00:00:00+08:00",
    }


async def test_a_hold_goes_from_a_free_account_to_a_held_one_as_its_event_says(
    poster: httpx.AsyncClient, world: World
) -> None:
    system = Actor(poster, world.base)
    good = await new_hold(world, system)
    friend = str(await world.account("TB", "2101", world.second_member.member_id))
    friends_held = str(await world.account("TB", "2102", world.second_member.member_id))
    pool, nowhere = str(await world.account("TB", "2201")), str(uuid4())
    for changes, code in (
        ({"event_code": "TB99", "held_account": nowhere}, "unknown_event"),
        ({"event_code": "SP01", "held_account": nowhere}, "event_belongs_to_programme"),
        ({"event_code": "TB08", "held_account": nowhere}, "account_not_found"),
        ({"event_code": "ST10"}, "accounts_unlike_event"),
        ({"held_account": friend}, "accounts_unlike_event"),
        ({"event_code": "TB08", "held_account": friend}, "held_account_misplaced"),
        ({"event_code": "TB09", "held_account": pool}, "held_account_misplaced"),
        (
            {"event_code": "TB33", "account": good["held_account"], "held_account": friend},
            "held_account_misplaced",
        ),
        ({"held_account": friends_held}, "holders_differ"),
    ):
        assert (await system.refused("/holds", good | changes))[1] == code, changes
    await system.do("/holds", good)


@pytest.mark.parametrize("in_part", [False, True])
async def test_what_resolves_a_hold_moves_what_its_event_says(
    poster: httpx.AsyncClient, world: World, in_part: bool
) -> None:
    system = Actor(poster, world.base)
    when = {"occurred_at": now().isoformat()}
    placed = await system.do("/holds", await new_hold(world, system))
    path = f"/holds/{placed['entry_id']}"
    redeemed = str(await world.account("TB", "4101"))
    capture = when | {"event_code": "TB13", "capture_account": redeemed}
    if in_part:
        capture |= {"amount": 40}
    for changes, code in (
        ({"event_code": "TB99", "capture_account": str(uuid4())}, "unknown_event"),
        ({"event_code": "TB02", "capture_account": str(uuid4())}, "event_belongs_to_programme"),
        ({"part_event_code": "TB02"}, "event_belongs_to_programme"),
        ({"capture_account": str(uuid4())}, "account_not_found"),
        ({"event_code": "TB33"}, "accounts_unlike_event"),
        ({"capture_account": str(await world.account("TB", "4104"))}, "accounts_unlike_event"),
    ):
        assert (await system.refused(f"{path}/capture", capture | changes))[1] == code, changes
    if in_part:
        other = capture | {"part_event_code": "TB15a"}
        assert (await system.refused(f"{path}/capture", other))[1] == "accounts_unlike_event"
    for event_code, code in (
        ("SP04", "event_belongs_to_programme"),
        ("TB01", "accounts_unlike_event"),
    ):
        body = when | {"event_code": event_code}
        assert (await system.refused(f"{path}/void", body))[1] == code
    await system.do(f"{path}/capture", capture)
    refund = when | {"event_code": "TB34", "amount": 10}
    for event_code, code in (
        ("SP05", "event_belongs_to_programme"),
        ("TB33", "accounts_unlike_event"),
    ):
        body = refund | {"event_code": event_code}
        assert (await system.refused(f"{path}/refund", body))[1] == code
    await system.do(f"{path}/refund", refund)


async def test_a_hold_that_is_not_there_is_refused_for_that(
    poster: httpx.AsyncClient, world: World
) -> None:
    system = Actor(poster, world.base)
    body = {"event_code": "TB33", "occurred_at": now().isoformat()}
    assert await system.refused(f"/holds/{uuid4()}/void", body) == (404, "hold_not_found")
    placed = await system.do("/holds", await new_hold(world, system))
    refund = body | {"amount": 1}
    path = f"/holds/{placed['entry_id']}"
    assert (await system.refused(f"{path}/refund", refund))[1] == "hold_not_captured"
    await system.do(f"{path}/void", body)


async def test_a_service_that_was_credited_is_not_reversed_by_its_entry(
    app: Edge, poster: httpx.AsyncClient, world: World
) -> None:
    began = (now() - timedelta(days=1)).replace(hour=4, minute=0, second=0, microsecond=0)
    service = {
        "provider_id": str(world.member.member_id),
        "started_at": began.isoformat(),
        "ended_at": (began + timedelta(hours=2)).isoformat(),
        "category": "emotional_comfort",
        "activity": "陪伴独居老人",
        "place": "3号楼",
    }
    system = Actor(poster, world.base)
    record = await system.do("/service-records", service)
    staff = Actor(client_of(app, await world.key("community_staff")), world.base)
    decision = f"/service-records/{record['record_id']}/decision"
    credited = await staff.do(decision, {"decision": "verified"}, status=200)
    reason = {"occurred_at": now().isoformat(), "memo": "记错了"}
    books = Actor(client_of(app, await world.key("programme_accountant")), world.base)
    refused = await books.refused(f"/entries/{credited['credit_entry_id']}/reversal", reason)
    assert refused == (422, "event_belongs_to_programme")
    assert (await books.refused(f"/entries/{uuid4()}/reversal", reason))[1] == "entry_not_found"


async def test_an_entry_of_an_estate_is_reversed_by_hand(trustee: Actor, committee: Actor) -> None:
    money = {
        "occurred_at": WHEN,
        "booked_on": "2025-03-05",
        "bank_account_id": await new_account(trustee),
        "event": "interest",
        "amount": 5000,
    }
    made = await trustee.do("/bank-events", money)
    reason = {"occurred_at": WHEN, "booked_on": "2025-03-06", "memo": "记错了"}
    asked = await trustee.do(f"/entries/{made['entry_id']}/reversal", reason)
    path = f"/approvals/{asked['approval_id']}/decision"
    done = await committee.do(path, {"decision": "approved"}, status=200)
    assert (await committee.see(f"/entries/{done['result_id']}"))["reverses"] == made["entry_id"]


@pytest.mark.parametrize("event_code", ["TB16", "TB17", "TB21", "TB22", "SP35", "SP36", "SP37"])
async def test_what_is_set_aside_or_given_from_the_pool_takes_two_people(
    poster: httpx.AsyncClient, world: World, event_code: str
) -> None:
    book = event_code[:2]
    pool = await world.account(book, "2201")
    member = await world.account(book, "2101", world.member.member_id)
    body = entry(pool, member, 7, event_code=event_code)
    refused = await Actor(poster, world.base).refused("/entries", body)
    assert refused[1] == "event_needs_approval"


async def test_one_role_of_an_event_is_one_holder(app: Edge, world: World) -> None:
    first, second = world.member.member_id, world.second_member.member_id
    await world.give(500)
    makers = [await world.key("programme_accountant") for _ in range(2)]
    mine, hers = [await world.account("TB", "2101", one) for one in (first, second)]
    aside = [await world.account("TB", "2202", one) for one in (first, second)]
    async with client_of(app, makers[0]) as client, client_of(app, makers[1]) as other:
        maker, checker = Actor(client, world.base), Actor(other, world.base)

        def asked(debit: UUID, credit: UUID) -> dict[str, Any]:
            move = {"debit_account": str(debit), "credit_account": str(credit), "amount": 60}
            at = {"occurred_at": now().isoformat(), "reason": "半年没有来"}
            return at | {"event_code": "TB21", "transfers": [move]}

        assert await maker.refused("/adjustments", asked(mine, aside[1])) == (
            422,
            "holders_differ",
        )
        request = await maker.do("/adjustments", asked(mine, aside[0]))
        decide = f"/approvals/{request['approval_id']}/decision"
        await checker.do(decide, {"decision": "approved"}, status=200)
        given = entry(mine, hers, 5, event_code="TB08")
        await maker.do("/entries", given)  # a giver and a receiver are two


async def test_nobody_posts_on_accounts_of_her_own(app: Edge, world: World) -> None:
    await world.give(500)
    key = await world.key("programme_accountant")
    own, others = [
        await world.account("TB", "2101", one.member_id)
        for one in (world.member, world.second_member)
    ]
    held = await world.account("TB", "2102", world.member.member_id)

    async def join(conn: AsyncConnection) -> None:
        found = await find_api_key(conn, hashed=key_hash(key), at=now())
        assert found is not None
        await grant_role(
            conn,
            caller_id=found.caller_id,
            role="volunteer",
            tenant_id=world.programme.tenant_id,
            object_id=world.member.member_id,
            granted_by=SYSTEM,
        )

    await write_transaction(world.engine, join)
    async with client_of(app, key) as client:
        maker = Actor(client, world.base)
        for _ in range(2):  # the second goes the hot way
            for debit, credit in ((others, own), (own, others)):
                gift = entry(debit, credit, 5, event_code="TB08")
                refused = (409, "entry_for_oneself")
                assert await maker.refused("/entries", gift) == refused
                batch = await maker.do("/entries/batch", {"entries": [gift]}, status=200)
                assert batch["results"][0]["problem"]["code"] == "entry_for_oneself"
        hold = {
            "event_code": "TB01",
            "occurred_at": now().isoformat(),
            "account": str(own),
            "held_account": str(held),
            "amount": 60,
            "expires_at": "2099-01-01T00:00:00+08:00",
        }
        assert (await maker.refused("/holds", hold))[1] == "entry_for_oneself"


async def test_one_entry_takes_no_more_than_anybody_means(
    poster: httpx.AsyncClient, world: World
) -> None:
    member = await world.account("TB", "2101", world.member.member_id)
    friend = await world.account("TB", "2101", world.second_member.member_id)
    for amount, code in ((10**11 + 1, "invalid_body"), (10**11, "insufficient_balance")):
        body = entry(member, friend, amount, event_code="TB08")
        assert (await Actor(poster, world.base).refused("/entries", body))[1] == code


async def accounts_by_position(auditor: Actor) -> dict[str, list[str]]:
    """Every account, by book and code."""
    found: dict[str, list[str]] = {}
    page = await auditor.see("/accounts", limit=200)
    while True:
        for one in page["items"]:
            found.setdefault(f"{one['book']}-{one['code']}", []).append(one["id"])
        if page["next_cursor"] is None:
            return found
        page = await auditor.see("/accounts", limit=200, cursor=page["next_cursor"])


def every_entry(accounts: dict[str, list[str]]) -> list[dict[str, Any]]:
    """One entry for each move of each event that the accounts allow: of one holder, and of two.

    Then the whole of each event, optional transfers left out.
    """
    singles = [
        entry(accounts[debit][0], credited, 7, event_code=event.event_code)
        for event in list_events()
        for transfer in event.transfers
        for debit_code in event.accounts_of(transfer.debit)
        for credit_code in event.accounts_of(transfer.credit)
        for debit in [f"{transfer.book_code}-{debit_code}"]
        for credit in [f"{transfer.book_code}-{credit_code}"]
        if debit in accounts and credit in accounts
        for credited in sorted({accounts[credit][0], accounts[credit][-1]})
        if accounts[debit][0] != credited
    ]
    wholes = []
    for event in list_events():
        of_event = [one for one in event.transfers if not one.optional]
        codes = [
            [f"{one.book_code}-{event.accounts_of(side)[0]}" for side in (one.debit, one.credit)]
            for one in of_event
        ]
        if len(codes) > 1 and all(code in accounts for pair in codes for code in pair):
            lines = [entry(*(accounts[code][0] for code in pair), 7) for pair in codes]
            transfers = [line["transfers"][0] for line in lines]
            wholes.append(lines[0] | {"event_code": event.event_code, "transfers": transfers})
    assert wholes
    return singles + wholes


async def test_whatever_a_connected_system_may_post_the_proofs_hold(
    app: Edge, database: Database, world: World, poster: httpx.AsyncClient, auditor: Any
) -> None:
    system = Actor(poster, world.base)
    placed = [await system.do("/holds", await new_hold(world, system)) for _ in range(4)]
    for book in ("TB", "SP"):
        await world.give(10_000, book)
        await world.give(10_000, book, pool=True)
    entries = every_entry(await accounts_by_position(Actor(auditor, world.base)))
    posted, told = [], set()
    for _ in range(2):  # the second time what the first brought is there
        batch = {"entries": entries}
        answer = await system.do("/entries/batch", batch, status=200)
        posted += [one["entry_id"] for one in answer["results"] if one["entry_id"]]
        told |= {one["problem"]["code"] for one in answer["results"] if one["problem"]}
    assert len(posted) > 50
    assert told == {
        "event_belongs_to_programme", "event_needs_approval", "event_needs_hold",
        "event_incomplete", "held_account_misplaced", "insufficient_balance",
    }  # fmt: skip
    when = {"occurred_at": now().isoformat()}
    first, second, third, _ = (f"/holds/{one['entry_id']}" for one in placed)
    redeemed = when | {
        "event_code": "TB13", "capture_account": str(await world.account("TB", "4101"))
    }  # fmt: skip
    await system.do(f"{first}/capture", redeemed)
    await system.do(f"{second}/capture", redeemed | {"amount": 5})
    await system.do(f"{second}/refund", when | {"event_code": "TB34", "amount": 5})
    await system.do(f"{third}/void", when | {"event_code": "TB33"})
    maker, checker = [
        Actor(client_of(app, await world.key("programme_accountant")), world.base) for _ in range(2)
    ]
    reversed_entries = 0
    for entry_id in posted[::7]:  # what was spent meanwhile cannot be asked back
        path, body = f"{world.base}/entries/{entry_id}/reversal", when | {"memo": "核对"}
        answer = await maker.client.post(path, json=body, headers=new_key())
        if answer.status_code == 201:
            path = f"{world.base}/approvals/{answer.json()['approval_id']}/decision"
            body = {"decision": "approved"}
            answer = await checker.client.post(path, json=body, headers=new_key())
            reversed_entries += answer.status_code == 200
        assert answer.status_code == 200 or answer.json()["code"] == "insufficient_balance"
    assert reversed_entries > 5
    assert await failed_proofs(database.admin_url) == []


async def test_nothing_leaves_a_member_who_does_not_take_part(
    poster: httpx.AsyncClient, world: World
) -> None:
    """Neither by an entry, alone or in a batch, nor by a hold; what is held goes back to her."""
    await world.give(300)
    system, wanted = Actor(poster, world.base), await new_hold(world, Actor(poster, world.base))
    hold = await system.do("/holds", wanted)
    giver, receiver = [
        await world.account("TB", "2101", one.member_id)
        for one in (world.member, world.second_member)
    ]
    gift = {**entry(giver, receiver, 60), "event_code": "TB08"}
    path = f"{world.base}/entries"
    first = new_key()
    assert (await poster.post(path, json=gift, headers=first)).status_code == 201

    async def stand(status: Any) -> None:
        await write_transaction(
            world.engine,
            lambda conn: set_standing(
                conn,
                tenant_id=world.programme.tenant_id,
                kind="member",
                subject_id=world.member.member_id,
                status=status,
                reason="纪律核查",
                caller_id=SYSTEM,
            ),
            tenant_id=world.programme.tenant_id,
        )

    await stand("suspended")
    for more in ({}, {"cookie": "a=b"}):  # the hot route, and the ordinary one
        answer = await poster.post(path, json=gift, headers=new_key() | more)
        assert (answer.status_code, answer.json()["code"]) == (409, "member_not_active")
    again = await poster.post(path, json=gift, headers=first)
    assert (again.status_code, again.json()["replayed"]) == (201, True)
    back = {**entry(receiver, giver, 60), "event_code": "TB08"}
    batch = {"entries": [back, gift, back]}
    many = (await poster.post(f"{path}/batch", json=batch, headers=new_key())).json()
    told = [(one["problem"] or {}).get("code") for one in many["results"]]
    assert told == [None, "member_not_active", "insufficient_balance"]
    assert await system.refused("/holds", wanted) == (409, "member_not_active")
    resolved = f"/holds/{hold['entry_id']}"
    taken = {"occurred_at": now().isoformat()}
    capture = {
        **taken,
        "event_code": "TB13",
        "capture_account": str(await world.account("TB", "4101")),
    }
    assert await system.refused(f"{resolved}/capture", capture) == (409, "member_not_active")
    await system.do(f"{resolved}/void", {**taken, "event_code": "TB33"})
    await stand("active")
    assert (await poster.post(path, json=gift, headers=new_key())).status_code == 201
