"""The one shape of approvals over the interface: ask, list, read, decide."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.edge import Edge
from ledger.clock import now, today
from ledger.database import write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import grant_role
from ledger.foundation.people import Person, create_person
from tests.api.actors import Actor
from tests.api.test_attachments import picture
from tests.api.world import KEYS, SYSTEM, World, client_of, entry, new_key

RULE = "service.objection_days"


async def administrator(app: Edge, world: World) -> tuple[Actor, Person]:
    """A platform administrator with a key."""

    async def make(conn: Any) -> tuple[str, Person]:
        person = await create_person(conn, display_name="陈静", keys=KEYS)
        await grant_role(conn, caller_id=person.caller_id, role="platform_admin", granted_by=SYSTEM)
        made = await create_api_key(
            conn, name="of Chen", created_by=SYSTEM, caller_id=person.caller_id
        )
        return made.secret, person

    secret, person = await write_transaction(world.engine, make)
    return Actor(client_of(app, secret), "/v1"), person


async def accountants(app: Edge, world: World) -> tuple[Actor, Actor]:
    secrets = [await world.key("programme_accountant") for _ in range(2)]
    maker, checker = [Actor(client_of(app, secret), world.base) for secret in secrets]
    return maker, checker


async def test_a_correction_waits_is_listed_and_posts_when_approved(
    app: Edge, world: World
) -> None:
    maker, checker = await accountants(app, world)
    expense = await world.account("TB", "5104")
    time = await world.account("TB", "2101", world.member.member_id)
    body = entry(expense, time, 45, event_code="TB31")
    assert await maker.refused("/entries", body) == (422, "event_needs_approval")
    body["transfers"][0]["expires_on"] = str(today() + timedelta(days=90))
    asked = await maker.do("/adjustments", {**body, "reason": "漏记一次"})
    assert (asked["status"], asked["kind"], asked["asked"]["event_code"]) == (
        "waiting", "adjustment", "TB31",
    )  # fmt: skip
    path = f"/approvals/{asked['approval_id']}"
    assert (await checker.see(path))["reason"] == "漏记一次"
    listed = await checker.pages("/approvals", status="waiting", kind="adjustment")
    assert [one["approval_id"] for one in listed] == [asked["approval_id"]]
    approved = {"decision": "approved"}
    assert await maker.refused(f"{path}/decision", approved) == (409, "second_person_needed")
    assert await checker.refused(f"{path}/decision", {"decision": "declined"}) == (
        400, "invalid_body",
    )  # fmt: skip
    done = await checker.do(f"{path}/decision", approved, status=200)
    posted = await checker.see(f"/entries/{done['result_id']}")
    assert (posted["event_code"], posted["transfers"][0]["amount"]) == ("TB31", 45)
    assert await checker.refused(f"{path}/decision", approved) == (409, "approval_decided")


async def test_what_does_not_concern_somebody_is_missing(app: Edge, world: World) -> None:
    maker, _ = await accountants(app, world)
    expense = await world.account("TB", "5104")
    time = await world.account("TB", "2101", world.member.member_id)
    body = entry(expense, time, 45, event_code="TB31")
    body["transfers"][0]["expires_on"] = str(today() + timedelta(days=90))
    asked = await maker.do("/adjustments", {**body, "reason": "漏记一次"})
    path = f"/approvals/{asked['approval_id']}"
    staff = Actor(client_of(app, await world.key("community_staff")), world.base)
    assert (await staff.see("/approvals"))["items"] == []  # may propose rules, nothing else
    missing = await staff.client.get(f"{world.base}{path}")
    assert (missing.status_code, missing.json()["kind"]) == (404, "approval")
    other = f"/v1/programmes/{world.other_programme.public_id}"
    stranger = Actor(
        client_of(app, await world.key("programme_accountant", world.other_programme)), other
    )
    assert await stranger.refused(f"{path}/decision", {"decision": "approved"}) == (
        404, "not_found",
    )  # fmt: skip
    withdrawn = await maker.do(f"{path}/decision", {"decision": "withdrawn"}, status=200)
    assert withdrawn["status"] == "withdrawn"


async def test_keys_are_read_anew_after_decisions_that_change_roles_and_no_others(
    app: Edge, world: World
) -> None:
    """Who decides on vouchers all day makes nobody's next request slower."""
    kept = app.app.state.service.identities.api_keys  # type: ignore[attr-defined]
    (first, _), (second, other) = [await administrator(app, world) for _ in range(2)]
    maker, checker = await accountants(app, world)
    expense = await world.account("TB", "5104")
    time = await world.account("TB", "2101", world.member.member_id)
    body = entry(expense, time, 45, event_code="TB31")
    body["transfers"][0]["expires_on"] = str(today() + timedelta(days=90))
    asked = await maker.do("/adjustments", {**body, "reason": "漏记一次"})
    before = kept.forgotten
    await checker.do(
        f"/approvals/{asked['approval_id']}/decision", {"decision": "approved"}, status=200
    )
    role = {
        "action": "give",
        "role": "auditor",
        "person_id": str(world.person.public_id),
        "reason": "年度审计",
    }
    for decision in ("declined", "approved"):
        waiting = await first.do("/role-changes", role)
        assert kept.forgotten == before, "nothing has changed so far"
        path = f"/approvals/{waiting['approval_id']}/decision"
        await second.do(path, {"decision": decision, "reason": "已核对"}, status=200)
    assert kept.forgotten == before + 1
    alone = {**role, "role": "branch_secretary", "person_id": str(other.public_id)}
    await Actor(first.client, world.base).do("/role-changes", alone)
    assert kept.forgotten == before + 2


async def client_problem(actor: Actor, path: str, body: dict[str, Any]) -> tuple[int, str, str]:
    """Status, code and field of a refused command."""
    answer = await actor.client.post(f"{actor.base}{path}", json=body, headers=new_key())
    problem = answer.json()
    return answer.status_code, problem["code"], problem.get("field", "")


async def test_rules_and_roles_of_the_platform_are_decided_there(app: Edge, world: World) -> None:
    (first, _), (second, _) = [await administrator(app, world) for _ in range(2)]
    rule = {
        "key": RULE,
        "value": 9,
        "valid_from": str(today() + timedelta(days=1)),
        "document_no": "民〔2026〕7号",
        "reason": "统一公示期",
    }
    nowhere = await client_problem(Actor(first.client, world.base), "/policy-changes", rule)
    assert nowhere == (422, "invalid_input", "org_unit_id")
    asked = await first.do("/policy-changes", rule)
    decision = f"/approvals/{asked['approval_id']}/decision"
    done = await second.do(decision, {"decision": "approved"}, status=200)
    assert done["status"] == "approved"
    late = {**rule, "valid_from": str(today())}
    assert (await first.refused("/policy-changes", late))[1] == "policy_retroactive"
    clerk = str(world.person.public_id)
    role = {"action": "give", "role": "auditor", "person_id": clerk, "reason": "年度审计"}
    waiting = await first.do("/role-changes", role)
    assert (waiting["status"], waiting["grant_id"]) == ("waiting", None)
    path = f"/approvals/{waiting['approval_id']}/decision"
    given = await second.do(path, {"decision": "approved"}, status=200)
    grants = await first.pages("/grants", person_id=clerk)
    (audit,) = [one for one in grants if one["role"] == "auditor"]
    assert (audit["grant_id"], audit["tenant_id"]) == (given["result_id"], None)
    ended = {
        "action": "end",
        "role": "auditor",
        "grant_id": audit["grant_id"],
        "reason": "审计完成",
    }
    ending = await first.do("/role-changes", ended)
    path = f"/approvals/{ending['approval_id']}/decision"
    await second.do(path, {"decision": "approved"}, status=200)
    assert not [one for one in await first.pages("/grants", person_id=clerk) if one == audit]


async def test_a_key_approves_within_its_scopes_only(app: Edge, world: World) -> None:
    maker, _ = await accountants(app, world)
    expense = await world.account("TB", "5104")
    time = await world.account("TB", "2101", world.member.member_id)
    body = entry(expense, time, 45, event_code="TB31")
    body["transfers"][0]["expires_on"] = str(today() + timedelta(days=90))
    asked = await maker.do("/adjustments", {**body, "reason": "漏记一次"})
    narrow = await world.key("programme_accountant", scopes=["entries.adjust"])
    key = Actor(client_of(app, narrow), world.base)
    path = f"/approvals/{asked['approval_id']}/decision"
    for decision in ({"decision": "approved"}, {"decision": "declined", "reason": "不"}):
        assert await key.refused(path, decision) == (403, "permission_missing")


@pytest.mark.parametrize("role", ["auditor", "integration", "volunteer"])
async def test_others_neither_ask_nor_look(app: Edge, world: World, role: str) -> None:
    object_id = world.member.member_id if role == "volunteer" else None
    actor = Actor(client_of(app, await world.key(role, object_id=object_id)), world.base)
    answer = await actor.client.get(f"{world.base}/approvals")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
    reason = {"occurred_at": now().isoformat(), "memo": "记错了"}
    path = f"/entries/{world.member.member_id}/reversal"
    assert (await actor.refused(path, reason))[0] == 403


async def test_an_estates_payment_is_an_approval_like_any_other(
    app: Edge, world: World, estate: Any, trustee: Actor, committee: Actor
) -> None:
    bank = {"bank": "工商银行", "account_name": "春晖苑", "account_no": "6222020200001234567"}
    account = await trustee.do("/bank-accounts", bank)
    supplier = await trustee.do("/counterparties", {"kind": "supplier", "name": "电梯公司"})
    wanted = {
        "event": "TR12",
        "payee_id": supplier["counterparty_id"],
        "bank_account_id": account["bank_account_id"],
        "amount": 100,
        "purpose": "维保",
    }
    assert await trustee.refused("/payments", wanted) == (409, "insufficient_balance")
    owed = {"supplier_id": wanted["payee_id"], "expense_account": "5103", "amount": 100}
    await trustee.do("/expenses", owed | {"occurred_at": now().isoformat()})
    arrived = {"bank_account_id": account["bank_account_id"], "event": "interest", "amount": 100}
    await trustee.do("/bank-events", arrived | {"occurred_at": now().isoformat()})
    payment = await trustee.do("/payments", wanted)
    assert await trustee.refused("/payments", wanted) == (409, "payment_waits_already")
    (waiting,) = await committee.pages("/approvals", status="waiting")
    assert (waiting["approval_id"], waiting["kind"], waiting["asked"]["amount_fen"]) == (
        payment["payment_id"], "payout", 100,
    )  # fmt: skip
    assert (await attach(trustee, "approval", payment["payment_id"])).status_code == 404
    assert (await attach(trustee, "payment", payment["payment_id"])).status_code == 201
    decision = f"/approvals/{waiting['approval_id']}/decision"
    await trustee.do(decision, {"decision": "withdrawn"}, status=200)
    stands = await trustee.see(f"/payments/{payment['payment_id']}")
    assert stands["status"] == "withdrawn"
    late = {"occurred_at": now().isoformat(), "decision": "approved"}
    assert (await committee.refused(f"/payments/{payment['payment_id']}/decision", late))[0] == 409
    anew = (await trustee.do("/payments", wanted))["payment_id"]
    for kind in ("JPEG", "PNG", "JPEG"):  # the first is taken away and comes back, the other not
        sent = await attach(trustee, "payment", anew, kind)
        taken = f"/attachments/{sent.json()['attachment_id']}/detaching"
        await trustee.do(taken, {}, status=200)
    stays = (await attach(trustee, "payment", anew)).json()["file_id"]
    paid = await committee.do(f"/payments/{anew}/decision", late, status=200)
    proof = await committee.see("/attachments", object_kind="entry", object_id=paid["entry_id"])
    assert [one["file_id"] for one in proof["items"]] == [stays], (
        "what was taken away proves nothing"
    )


async def attach(actor: Actor, kind: str, object_id: str, form: str = "JPEG") -> httpx.Response:
    """Send a picture as evidence."""
    return await actor.client.post(
        f"{actor.base}/attachments?object_kind={kind}&object_id={object_id}",
        content=picture(form),
        headers=new_key() | {"content-type": f"image/{form.lower()}"},
    )
