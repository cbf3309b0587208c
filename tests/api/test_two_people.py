"""What two people must agree to: one person stays one, whatever they hold; a system is nobody."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import idempotency
from api.edge import Edge
from ledger.clock import now, today
from ledger.database import execute, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import SIGNED_BY_PERSONS, get_permissions, grant_role
from ledger.foundation.people import create_person
from ledger.foundation.roles import known_permissions
from ledger.foundation.sign_in import set_password, sign_in
from ledger.programmes.star_points.items import example_items
from tests.api.actors import Actor
from tests.api.test_auth import form_token
from tests.api.world import KEYS, PASSWORD, SYSTEM, World, client_of, new_key


@pytest.fixture(autouse=True)
async def roles_that_met(admin_engine: AsyncEngine) -> None:
    """Roles that exclude each other can meet when a unit moves; then persons are compared still."""
    async with admin_engine.begin() as conn:
        await execute(conn, "DELETE FROM foundation.role_exclusion")


async def twice_one_person(app: Edge, world: World, tenant: Any, *roles: str) -> tuple[Actor, ...]:
    """A person with several roles: by an API key, and by a session."""

    async def make(conn: AsyncConnection) -> str:
        person = await create_person(conn, display_name="赵六", keys=KEYS)
        await set_password(
            conn, person=person, sign_in_name="zhao", password=PASSWORD, set_by=SYSTEM
        )
        for role in roles:
            await grant_role(
                conn,
                caller_id=person.caller_id,
                role=role,
                tenant_id=tenant.tenant_id,
                granted_by=SYSTEM,
            )
        made = await create_api_key(
            conn, name="of Zhao", created_by=SYSTEM, caller_id=person.caller_id
        )
        return made.secret

    secret = await write_transaction(world.engine, make)
    opened = await sign_in(
        world.engine, sign_in_name="zhao", password=PASSWORD, address="192.0.2.1"
    )
    by_session = client_of(app)
    by_session.cookies.set("gongzhang", opened.token)
    by_session.headers["x-csrf-token"] = form_token(app, by_session)
    base = f"/v1/{tenant.form}s/{tenant.public_id}"
    return Actor(client_of(app, secret), base), Actor(by_session, base)


async def system(app: Edge, world: World, tenant: Any, role: str) -> Actor:
    """A connected system that somebody gave a role meant for people."""

    async def make(conn: AsyncConnection) -> str:
        made = await create_api_key(conn, name="a system", created_by=SYSTEM)
        await grant_role(
            conn,
            caller_id=made.key.caller_id,
            role=role,
            tenant_id=tenant.tenant_id,
            granted_by=SYSTEM,
        )
        return made.secret

    secret = await write_transaction(world.engine, make)
    return Actor(client_of(app, secret), f"/v1/{tenant.form}s/{tenant.public_id}")


async def payment_of(actor: Actor) -> dict[str, Any]:
    bank = {"bank": "工商银行", "account_name": "春晖苑", "account_no": "6222020200001234567"}
    account = await actor.do("/bank-accounts", bank)
    supplier = await actor.do("/counterparties", {"kind": "supplier", "name": "电梯公司"})
    return {
        "event": "TR12",
        "payee_id": supplier["counterparty_id"],
        "bank_account_id": account["bank_account_id"],
        "amount": 100,
        "purpose": "维保",
    }


async def test_a_payment_is_not_released_by_the_key_of_whoever_asked(
    app: Edge, world: World, estate: Any
) -> None:
    key, session = await twice_one_person(app, world, estate, "trustee", "committee_member")
    wanted = await payment_of(session)
    owed = {"supplier_id": wanted["payee_id"], "expense_account": "5103", "amount": 100}
    await session.do("/expenses", owed | {"occurred_at": now().isoformat()})
    arrived = {"bank_account_id": wanted["bank_account_id"], "event": "interest", "amount": 100}
    await session.do("/bank-events", arrived | {"occurred_at": now().isoformat()})
    payment = await session.do("/payments", wanted)
    path = f"/payments/{payment['payment_id']}/decision"
    for verdict in ({"decision": "approved"}, {"decision": "declined", "reason": "不付"}):
        body = {"occurred_at": now().isoformat(), **verdict}
        assert await key.refused(path, body) == (409, "second_signature_needed")
    silent = {"occurred_at": now().isoformat(), "decision": "declined", "reason": " "}
    assert await key.refused(path, silent) == (400, "invalid_body")


async def test_a_month_is_not_reopened_by_one_person_with_two_ways_in(
    app: Edge, world: World, estate: Any
) -> None:
    key, session = await twice_one_person(app, world, estate, "trustee", "committee_member")
    month = {"book": "TR", "month": "2025-01-01", "reason": "已核对"}
    await key.do("/periods/close", month, status=200)
    asked = await key.do("/periods/reopen", month, status=200)
    assert asked["status"] == "reopening_requested"
    for who in (key, session):
        assert await who.refused("/periods/reopen", month) == (409, "approval_waits_already")
    decision = f"/approvals/{asked['approval_id']}/decision"
    agreed = {"decision": "approved"}
    assert await session.refused(decision, agreed) == (409, "second_person_needed")


async def test_a_second_request_to_reopen_a_month_agrees_to_nothing(
    app: Edge, world: World, estate: Any
) -> None:
    """Whoever asks has not read the first one's reason: agreeing names the request."""
    first, second = [
        Actor(
            client_of(app, await world.key("committee_member", estate)),
            f"/v1/estates/{estate.public_id}",
        )
        for _ in range(2)
    ]
    trustee = Actor(
        client_of(app, await world.key("trustee", estate)), f"/v1/estates/{estate.public_id}"
    )
    month = {"book": "TR", "month": "2025-01-01", "reason": "已核对"}
    await trustee.do("/periods/close", month, status=200)
    asked = await first.do("/periods/reopen", {**month, "reason": "漏记一笔"}, status=200)
    answer = await second.client.post(
        f"{second.base}/periods/reopen", json={**month, "reason": "重分类"}, headers=new_key()
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "approval_waits_already")
    assert answer.json()["approval"] == asked["approval_id"]
    months = (await second.see("/books/TR/periods"))["items"]
    assert [one["status"] for one in months] == ["closed"]
    decision = f"/approvals/{asked['approval_id']}/decision"
    done = await second.do(decision, {"decision": "approved"}, status=200)
    assert (done["status"], done["reason"]) == ("approved", "漏记一笔")
    months = (await second.see("/books/TR/periods"))["items"]
    assert [one["status"] for one in months] == ["open"]


async def test_a_claim_is_not_approved_by_whoever_proposed_it(app: Edge, scored: World) -> None:
    world = scored
    key, session = await twice_one_person(
        app, world, world.programme, "branch_secretary", "community_staff"
    )
    item = next(one for one in example_items() if one.kind == "basic")
    claim = await key.do(
        "/star-claims",
        {
            "member_id": str(world.member.member_id),
            "item_code": item.item_code,
            "happened_on": today().isoformat(),
            "evidence": "签到表第3页",
        },
    )
    path = f"/star-claims/{claim['claim_id']}/decision"
    assert await session.refused(path, {"decision": "approved"}) == (409, "approver_involved")


async def test_a_service_is_not_verified_by_whoever_recorded_it(app: Edge, world: World) -> None:
    key, session = await twice_one_person(app, world, world.programme, "community_staff")
    began = now() - timedelta(days=1)
    record = await key.do(
        "/service-records",
        {
            "provider_id": str(world.member.member_id),
            "started_at": began.replace(hour=4, minute=0).isoformat(),
            "ended_at": began.replace(hour=5, minute=0).isoformat(),
            "category": "emotional_comfort",
            "activity": "陪伴独居老人",
            "place": "3号楼",
        },
    )
    path = f"/service-records/{record['record_id']}/decision"
    assert await session.refused(path, {"decision": "verified"}) == (409, "verifier_involved")


async def test_a_system_signs_nothing(app: Edge, world: World, estate: Any) -> None:
    trustee = await system(app, world, estate, "trustee")
    assert await trustee.refused("/payments", await payment_of(trustee)) == (
        403,
        "permission_missing",
    )
    committee = await system(app, world, estate, "committee_member")
    month = {"book": "TR", "month": "2025-01-01", "reason": "已核对"}
    assert await committee.refused("/periods/reopen", month) == (403, "permission_missing")


async def test_what_persons_sign_is_there_to_be_signed(world: World) -> None:
    assert known_permissions() >= SIGNED_BY_PERSONS
    async with world.engine.connect() as conn:
        roles = (await get_permissions(conn, caller_id=world.person.caller_id)).roles
    assert roles


async def test_a_closing_whose_answer_was_lost_is_answered_again(
    app: Edge, world: World, estate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await world.key("trustee", estate)
    month = {"book": "TR", "month": "2025-01-01", "reason": "已核对"}
    path, key = f"/v1/estates/{estate.public_id}/periods/close", new_key()

    async def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the process ends here")

    async with client_of(app, secret) as client:
        with monkeypatch.context() as patch:
            patch.setattr(idempotency, "once", crash)
            assert (await client.post(path, json=month, headers=key)).status_code == 500
        again = await client.post(path, json=month, headers=key)
        assert (again.status_code, again.json()["status"]) == (200, "closed"), again.text
        assert (await client.post(path, json=month, headers=key)).json() == again.json()
        late = await client.post(path, json=month, headers=new_key())
        assert late.json()["code"] == "period_already_closed"
