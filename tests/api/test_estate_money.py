"""Money of an estate trust that is told in other ways: codes, deposits, contracts, lists."""

from typing import Any
from uuid import uuid4

import pytest

from api.edge import Edge
from tests.api.actors import Actor
from tests.api.test_estate_story import WHEN, new_account
from tests.api.world import World, client_of, new_key
from tests.reconciliation.bank_files import ACCOUNT

BOOKED = {"occurred_at": WHEN, "booked_on": "2025-03-05"}


async def new_unit(actor: Actor, room: str = "501") -> str:
    unit = {"building": "3", "room": room, "area_dm2": 10000, "billed_from": "2025-01-01"}
    return str((await actor.do("/units", unit))["unit_id"])


async def bill(actor: Actor, *months: str) -> None:
    rate = {"valid_from": "2025-01-01", "fen_per_m2": 200, "document_no": "业委会1号"}
    await actor.do("/fee-rates", rate)
    for month in months:
        await actor.do("/fee-bills", BOOKED | {"month": month})


async def balance(actor: Actor, unit_id: str) -> dict[str, int]:
    unit = await actor.see(f"/units/{unit_id}")
    return {name: value for name, value in unit.items() if name.endswith("_fen") and value}


async def test_fees_by_code_are_settled_net_of_the_providers_fee(trustee: Actor) -> None:
    bank, unit = await new_account(trustee), await new_unit(trustee)
    await bill(trustee, "2025-03-01")
    party = await trustee.do("/counterparties", {"kind": "psp", "name": "微信支付"})
    provider = {"provider_id": party["counterparty_id"]}
    paid = BOOKED | provider | {"unit_id": unit, "amount": 25000, "order_no": "42"}
    await trustee.do("/receipts/by-code", paid)
    assert await balance(trustee, unit) == {"prepaid_fen": 5000}
    settled = BOOKED | provider | {"bank_account_id": bank, "amount": 24850, "fee": 150}
    await trustee.do("/provider-settlements", settled)
    trial = await trustee.see("/books/TR/trial-balance")
    found = {line["code"]: line["balance"] for line in trial["lines"]}
    assert (found["1002"], found["1003"], found["5402"]) == (24850, 0, 150)


async def test_money_that_nobody_recognised_finds_its_unit_once(trustee: Actor) -> None:
    bank, unit = await new_account(trustee), await new_unit(trustee)
    await bill(trustee, "2025-03-01")
    arrived = BOOKED | {"bank_account_id": bank, "event": "unidentified", "amount": 20000}
    await trustee.do("/bank-events", arrived)
    assert await balance(trustee, unit) == {"receivable_fen": 20000}
    found = BOOKED | {"unit_id": unit, "amount": 20000}
    await trustee.do("/receipts/identified", found)
    assert await balance(trustee, unit) == {}
    assert await trustee.refused("/receipts/identified", found) == (409, "insufficient_balance")


async def test_a_deposit_is_held_apart_and_given_back_with_two_signatures(
    trustee: Actor,
    committee: Actor,
) -> None:
    bank, unit = await new_account(trustee), await new_unit(trustee)
    money = {"bank_account_id": bank, "amount": 200000}
    await trustee.do("/deposits", BOOKED | money | {"unit_id": unit})
    assert await balance(trustee, unit) == {"deposit_fen": 200000}
    asked = money | {"event": "TR37", "payee_id": unit, "purpose": "装修押金退还"}
    payment = await trustee.do("/payments", asked)
    path = f"/payments/{payment['payment_id']}"
    await committee.do(f"{path}/decision", BOOKED | {"decision": "approved"}, status=200)
    assert await balance(trustee, unit) == {}
    signed = await committee.see(path)
    assert signed["requested_by"]["name"]
    assert signed["requested_by"]["person_id"] != signed["decided_by"]["person_id"]
    assert (signed["status"], bool(signed["entry_id"])) == ("approved", True)


async def test_revenue_is_billed_under_a_contract_and_never_received_twice(
    trustee: Actor,
) -> None:
    bank = await new_account(trustee)
    contract = await trustee.do("/counterparties", {"kind": "contract", "name": "电梯广告"})
    owed = {"contract_id": contract["counterparty_id"], "amount": 60000}
    await trustee.do("/revenue-bills", BOOKED | owed | {"revenue_account": "4201"})
    wrong = BOOKED | owed | {"revenue_account": "4301"}
    assert await trustee.refused("/revenue-bills", wrong) == (422, "event_account_not_allowed")
    arrived = BOOKED | owed | {"bank_account_id": bank, "counterparty": "某某传媒"}
    await trustee.do("/revenue-receipts", arrived)
    assert await trustee.refused("/revenue-receipts", arrived) == (409, "insufficient_balance")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/receipts/by-code", {"unit_id": 1, "provider_id": 1, "amount": 1}),
        ("/receipts/identified", {"unit_id": 1, "amount": 1}),
        ("/deposits", {"unit_id": 1, "bank_account_id": 1, "amount": 1}),
        ("/revenue-bills", {"contract_id": 1, "revenue_account": "4201", "amount": 1}),
        ("/revenue-receipts", {"contract_id": 1, "bank_account_id": 1, "amount": 1}),
        ("/provider-settlements", {"provider_id": 1, "bank_account_id": 1, "amount": 1, "fee": 0}),
    ],
)
async def test_a_booking_refuses_strangers_roles_without_it_and_a_missing_key(
    trustee: Actor,
    committee: Actor,
    path: str,
    body: dict[str, Any],
) -> None:
    sent = BOOKED | {name: str(uuid4()) if value == 1 and name.endswith("_id") else value
                     for name, value in body.items()}  # fmt: skip
    status, code = await trustee.refused(path, sent)
    assert (status, code) in ((404, "not_found"), (404, "account_not_found"))
    assert await committee.refused(path, sent) == (403, "permission_missing")
    without = await trustee.client.post(f"{trustee.base}{path}", json=sent)
    assert without.json()["code"] == "idempotency_key_missing"
    nothing = sent | {"amount": 0}
    assert await trustee.refused(path, nothing) == (400, "invalid_body")


async def test_a_key_that_was_used_books_nothing_again(trustee: Actor) -> None:
    bank, unit = await new_account(trustee), await new_unit(trustee)
    sent = BOOKED | {"unit_id": unit, "bank_account_id": bank, "amount": 700}
    key = new_key()
    path = f"{trustee.base}/deposits"
    first = await trustee.client.post(path, json=sent, headers=key)
    again = await trustee.client.post(path, json=sent, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.json()["entry_id"] == again.json()["entry_id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert await balance(trustee, unit) == {"deposit_fen": 700}
    other = await trustee.client.post(path, json=sent | {"amount": 800}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


async def test_registers_rates_and_bills_are_listed_page_by_page(
    trustee: Actor,
    supervisor: Actor,
) -> None:
    units = [await new_unit(trustee, room) for room in ("101", "102", "201")]
    await bill(trustee, "2025-02-01", "2025-03-01")
    await trustee.do("/fee-rates", {"valid_from": "2025-06-01", "fen_per_m2": 210,
                                    "document_no": "业委会2号"})  # fmt: skip
    for name in ("甲", "乙", "丙"):
        await trustee.do("/counterparties", {"kind": "supplier", "name": name})
    await trustee.do("/counterparties", {"kind": "psp", "name": "丁"})
    assert [one["unit_id"] for one in await supervisor.pages("/units")] == units
    rates = (await supervisor.see("/fee-rates"))["items"]
    assert [(one["valid_from"], one["fen_per_m2"]) for one in rates] == [
        ("2025-06-01", 210),
        ("2025-01-01", 200),
    ]
    everything = await supervisor.pages("/fee-bills")
    assert [one["month"] for one in everything] == ["2025-03-01"] * 3 + ["2025-02-01"] * 3
    february = await supervisor.pages("/fee-bills", month="2025-02-14")
    assert sorted(one["unit_id"] for one in february) == sorted(units)
    bills = {(one["bill_no"], one["amount_fen"], one["reversed_fen"]) for one in february}
    assert bills == {(1, 20000, 0)}
    of_one = await supervisor.pages("/fee-bills", unit_id=units[0])
    assert [one["month"] for one in of_one] == ["2025-03-01", "2025-02-01"]
    suppliers = await supervisor.pages("/counterparties", kind="supplier")
    assert [one["name"] for one in suppliers] == ["甲", "乙", "丙"]
    assert len(await supervisor.pages("/counterparties")) == 4
    mixed = await supervisor.see("/counterparties", kind="supplier", limit=2)
    answer = await supervisor.client.get(
        f"{supervisor.base}/counterparties?kind=psp&cursor={mixed['next_cursor']}"
    )
    assert answer.json()["code"] == "invalid_parameter"


async def test_another_estates_objects_look_missing(
    app: Edge,
    world: World,
    trustee: Actor,
) -> None:
    bank, unit = await new_account(trustee), await new_unit(trustee)
    async with client_of(app, await world.key("trustee", world.estate)) as client:
        stranger = Actor(client, f"/v1/estates/{world.estate.public_id}")
        for path in (
            f"/units/{unit}",
            f"/bank-accounts/{bank}/statement-lines",
            f"/bank-accounts/{bank}/matches",
            f"/bank-accounts/{bank}/breaks",
            f"/bank-accounts/{bank}/adjustment-statement",
            f"/payments/{uuid4()}",
        ):
            answer = await stranger.client.get(f"{stranger.base}{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
        sent = BOOKED | {"unit_id": unit, "bank_account_id": bank, "amount": 1}
        assert await stranger.refused("/deposits", sent) == (404, "not_found")
        assert (await stranger.see("/bank-statements", bank_account_id=bank))["items"] == []
        # the number may be registered by both: neither learns of the other
        again = {"bank": "建设银行", "account_name": "别处", "account_no": ACCOUNT}
        made = await stranger.do("/bank-accounts", again)
        assert made["bank_account_id"] != bank


async def test_a_payment_to_nobody_is_refused_when_it_is_asked_for(trustee: Actor) -> None:
    bank = await new_account(trustee)
    asked = {"event": "TR12", "amount": 1, "bank_account_id": bank, "purpose": "x"}
    assert await trustee.refused("/payments", asked) == (422, "invalid_input")
    stranger = asked | {"payee_id": str(uuid4())}
    assert await trustee.refused("/payments", stranger) == (404, "not_found")
    elsewhere = {"event": "TR10", "amount": 1, "bank_account_id": str(uuid4()), "purpose": "x"}
    assert await trustee.refused("/payments", elsewhere) == (404, "not_found")
    assert (await trustee.see("/payments"))["items"] == []


async def test_money_that_left_without_two_signatures_is_a_finding(
    app: Edge,
    world: World,
    trustee: Actor,
    supervisor: Actor,
    estate: Any,
) -> None:
    bank = await new_account(trustee)
    await trustee.do("/bank-events", BOOKED | {"bank_account_id": bank, "event": "interest",
                                               "amount": 5000})  # fmt: skip
    await trustee.do("/bank-events", BOOKED | {"bank_account_id": bank, "event": "bank_fee",
                                               "amount": 10})  # fmt: skip
    period = {"booked_from": "2025-03-01", "booked_to": "2025-03-31"}
    assert (await supervisor.see("/unsigned-outflows", **period))["items"] == []
    money = await account_of(trustee, "1002", bank)
    unexplained = await account_of(trustee, "1901")
    entry = {
        "event_code": "TR60",
        "occurred_at": WHEN,
        "booked_on": "2025-03-06",
        "transfers": [{"debit_account": unexplained, "credit_account": money, "amount": 300}],
    }
    async with client_of(app, await world.key("integration", estate)) as system:
        posted = await system.post(f"{trustee.base}/entries", json=entry, headers=new_key())
    assert posted.status_code == 201, posted.text
    (found,) = (await supervisor.see("/unsigned-outflows", **period))["items"]
    assert (found["amount_fen"], found["entry_id"]) == (300, posted.json()["entry_id"])


async def account_of(actor: Actor, code: str, holder: str | None = None) -> str:
    query = {"book": "TR", "code": code} | ({} if holder is None else {"holder_id": holder})
    (account,) = (await actor.see("/accounts", **query))["items"]
    return str(account["id"])
