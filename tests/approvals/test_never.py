"""What must never happen with something that two people decide."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.posting import Outcome
from ledger.books.refusals import InsufficientBalance
from ledger.clock import now
from ledger.database import execute, fetch_value, set_tenant, write_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.approvals import (
    ApprovalDecided,
    ApprovalExpired,
    OnlyAskerWithdraws,
    PersonNeeded,
    SecondPersonNeeded,
    request_approval,
)
from ledger.foundation.events import post_event
from ledger.foundation.grants import PermissionMissing, end_grant, grant_role
from ledger.identifiers import uuid7
from ledger.journeys.approvals.deciding import decline, withdraw
from ledger.journeys.approvals.matters import Adjustment, Move, RoleChange
from ledger.journeys.approvals.rights import AskerLostRight
from ledger.journeys.approvals.role_changes import ask_or_change_role
from tests.approvals.people import SYSTEM, Office, create_office, person_with

MINUTES = 300


async def test_nobody_approves_or_declines_what_they_asked_for(office: Office) -> None:
    asked = await office.ask()
    for decide in (office.approve, office.decline):
        with pytest.raises(SecondPersonNeeded):
            await decide(asked, office.maker)
    assert (await office.see(asked)).state == "waiting"
    assert await office.minutes() == MINUTES


async def test_two_callers_of_one_person_are_one_person(
    office: Office, admin_engine: AsyncEngine
) -> None:
    """The request was made under a caller that the same person had before."""
    asked = await office.ask()
    async with admin_engine.begin() as conn:
        await execute(conn, "SET LOCAL session_replication_role = replica")
        await execute(
            conn,
            "UPDATE foundation.approval_request SET requested_person = $1 WHERE approval_id = $2",
            office.checker.person_id,
            asked.approval_id,
        )
    with pytest.raises(SecondPersonNeeded):
        await office.approve(asked)
    assert await office.minutes() == MINUTES


async def test_a_system_neither_asks_nor_approves(office: Office) -> None:
    async def make(conn: AsyncConnection) -> int:
        made = await create_api_key(conn, name="a system", created_by=SYSTEM)
        await grant_role(
            conn,
            caller_id=made.key.caller_id,
            role="programme_accountant",
            tenant_id=office.tenant_id,
            granted_by=SYSTEM,
        )
        return made.key.caller_id

    system = await write_transaction(office.engine, make)
    with pytest.raises(PermissionMissing):
        await office.ask(caller_id=system)
    with pytest.raises(PersonNeeded):  # also below the permissions
        await office.run(
            request_approval,
            approval_id=uuid7(),
            kind="reversal",
            asked={},
            reason="记错了人",
            caller_id=system,
        )
    asked = await office.ask()
    async with office.engine.connect() as conn:
        statement = "SELECT foundation.decide_approval($1, $2, 'approved', $3, NULL, $2)"
        code = await fetch_value(conn, statement, office.tenant_id, asked.approval_id, system)
    assert code == "person_needed"
    assert (await office.see(asked)).state == "waiting"


async def test_of_two_who_approve_at_once_one_does(office: Office) -> None:
    third = await person_with(office.engine, "programme_accountant", office.tenant_id)
    asked = await office.ask()
    results = await asyncio.gather(
        office.approve(asked),
        office.approve(asked, third),
        office.decline(asked, third),
        return_exceptions=True,
    )
    refused = [one for one in results if isinstance(one, ApprovalDecided)]
    assert len(refused) == 2, results
    stands = await office.see(asked)
    assert await office.minutes() == (0 if stands.state == "approved" else MINUTES)


async def test_nothing_is_approved_when_its_time_is_over(office: Office) -> None:
    asked = await office.ask(lifetime=timedelta(microseconds=1))
    with pytest.raises(ApprovalExpired):
        await office.approve(asked)
    with pytest.raises(ApprovalExpired):
        await office.withdraw(asked, office.maker)
    assert (await office.see(asked)).state == "expired"
    assert await office.minutes() == MINUTES


async def test_what_was_asked_is_not_changed_afterwards(
    office: Office, admin_engine: AsyncEngine
) -> None:
    asked = await office.ask()
    for table, column in (("approval_request", "asked"), ("approval_decision", "verdict")):
        for change in (
            f"UPDATE foundation.{table} SET {column} = 'x'",
            f"DELETE FROM foundation.{table}",
        ):
            async with office.engine.connect() as conn:
                await set_tenant(conn, office.tenant_id)
                with pytest.raises(DBAPIError, match="permission denied"):
                    await execute(conn, change)
            async with admin_engine.connect() as conn:
                with pytest.raises(DBAPIError, match="append-only"):
                    await execute(conn, change)
    assert (await office.see(asked)).asked == asked.asked


async def test_the_service_writes_decisions_through_the_function_only(office: Office) -> None:
    for table in ("approval_request", "approval_decision", "role_grant"):
        async with office.engine.connect() as conn:
            await set_tenant(conn, office.tenant_id)
            with pytest.raises(DBAPIError, match="permission denied"):
                await execute(conn, f"INSERT INTO foundation.{table} DEFAULT VALUES")


async def test_a_refused_effect_leaves_the_request_waiting(office: Office) -> None:
    asked = await office.ask()

    async def spend(conn: AsyncConnection) -> Outcome:
        return await post_event(
            conn,
            "TB09",
            tenant_id=office.tenant_id,
            key=uuid7(),
            caller_id=SYSTEM,
            occurred_at=now(),
            amounts={"donated": 200},
            owners={"member": office.member_id},
        )

    await write_transaction(office.engine, spend, tenant_id=office.tenant_id)
    with pytest.raises(InsufficientBalance):
        await office.approve(asked)
    assert (await office.see(asked)).state == "waiting"
    assert await office.minutes() == MINUTES - 200
    assert (await office.decline(asked)).state == "declined"


async def test_rights_are_looked_at_when_it_is_approved(office: Office) -> None:
    asked = await office.ask()
    stranger = await person_with(office.engine, "community_staff", office.tenant_id)
    with pytest.raises(PermissionMissing):
        await office.approve(asked, stranger)
    with pytest.raises(NotFound):
        await office.approve(asked, await person_with(office.engine, None))

    async def end_all(conn: AsyncConnection, caller_id: int) -> None:
        statement = "SELECT grant_id FROM foundation.role_grant WHERE caller_id = $1"
        grant_id = await fetch_value(conn, statement, caller_id)
        await end_grant(conn, grant_id=grant_id, ended_by=SYSTEM, reason="left")

    await write_transaction(office.engine, lambda conn: end_all(conn, office.maker.caller_id))
    with pytest.raises(AskerLostRight):
        await office.approve(asked)
    await write_transaction(office.engine, lambda conn: end_all(conn, office.checker.caller_id))
    with pytest.raises(NotFound):
        await office.approve(asked)
    assert await office.minutes() == MINUTES


async def test_only_who_asked_withdraws(office: Office) -> None:
    asked = await office.ask()
    with pytest.raises(OnlyAskerWithdraws):
        await office.withdraw(asked, office.checker)
    assert (await office.withdraw(asked, office.maker)).state == "withdrawn"
    with pytest.raises(ApprovalDecided):
        await office.approve(asked)


async def test_a_request_of_another_programme_is_missing(office: Office) -> None:
    asked = await office.ask()
    with pytest.raises(NotFound):
        await office.approve(asked, tenant_id=office.tenant_id + 1)
    async with office.engine.connect() as conn:
        statement = "SELECT foundation.decide_approval($1, $2, 'approved', $3, NULL, $2)"
        caller = office.checker.caller_id
        code = await fetch_value(conn, statement, 0, asked.approval_id, caller)
    assert code == "approval_missing"


async def test_reasons_hold_no_number_and_not_whose_role_it_is(engine: AsyncEngine) -> None:
    office = await create_office(engine)
    first, clerk = await person_with(engine, "platform_admin"), await person_with(engine, None)
    for role in ("programme_accountant", "branch_secretary"):
        give = RoleChange(action="give", role=role, person_id=clerk.public_id)
        for reason in (f"由{clerk.display_name}接替", "见手机 13955501234"):
            with pytest.raises(InvalidInput, match="reason"):
                await office.run(
                    ask_or_change_role, matter=give, reason=reason, caller_id=first.caller_id
                )
    given = {"matter": give, "reason": "接替岗位", "caller_id": first.caller_id}
    granted = (await office.run(ask_or_change_role, **given)).grant_id
    end = RoleChange(action="end", role=give.role, grant_id=granted)
    with pytest.raises(InvalidInput, match="reason"):
        await office.run(
            ask_or_change_role,
            matter=end,
            reason=f"{clerk.display_name}离任",
            caller_id=first.caller_id,
        )
    opening = Move(
        debit_account=await office.account_id("5103"),
        credit_account=await office.account_id("2101", office.member_id),
        amount=45,
    )
    correction = Adjustment(event_code="TB30", occurred_at=now(), transfers=(opening,))
    for about_her in (office.reversal(), correction):
        with pytest.raises(InvalidInput, match="reason"):
            await office.ask(about_her, reason="王小明的分钟记错了")
    asked = await office.ask()
    for decide, by in ((decline, office.checker), (withdraw, office.maker)):
        with pytest.raises(InvalidInput, match="reason"):
            await office.run(
                decide,
                approval_id=asked.approval_id,
                caller_id=by.caller_id,
                reason="见手机 13955501234",
            )
