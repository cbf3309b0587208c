"""One reversal of an entry waits at a time, and the street signs nothing of an estate."""

import asyncio
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import execute, set_tenant, write_transaction
from ledger.foundation.approvals import PLATFORM, ApprovalWaitsAlready, get_approval
from ledger.foundation.grants import get_permissions
from ledger.foundation.notices import list_notices
from ledger.foundation.org_units import create_org_unit
from ledger.identifiers import uuid7
from ledger.journeys.approvals.notices import tell_of_request
from ledger.journeys.approvals.rights import permits
from ledger.journeys.enrolment import create_estate
from tests.approvals.people import SYSTEM, Office, create_office, person_with


async def test_an_entry_waits_for_one_reversal_at_a_time(office: Office) -> None:
    asks = await asyncio.gather(
        *(office.ask(object_id=office.entry_id) for _ in range(3)), return_exceptions=True
    )
    (first,) = [one for one in asks if not isinstance(one, BaseException)]
    refused = [one for one in asks if isinstance(one, ApprovalWaitsAlready)]
    assert [one.approval for one in refused] == [str(first.approval_id)] * 2
    await office.decline(first)
    second = await office.ask(object_id=office.entry_id)
    await office.approve(second)
    assert await office.minutes() == 0


async def test_what_waited_to_reverse_an_entry_ends_when_it_is_reversed(
    office: Office, admin_engine: AsyncEngine
) -> None:
    """Databases hold such requests from before the second one was refused."""
    asked = await office.ask(object_id=office.entry_id)
    copy = """
        INSERT INTO foundation.approval_request (tenant_id, approval_id, kind, object_id, asked,
            reason, requested_by, requested_person, requested_at, expires_at)
        SELECT tenant_id, $2, kind, object_id, asked, reason, $3, $4, requested_at, expires_at
        FROM foundation.approval_request WHERE approval_id = $1
    """
    others = [uuid7(), uuid7()]
    async with admin_engine.begin() as conn:
        for other, by in zip(others, (office.maker, office.checker), strict=True):
            await execute(conn, copy, asked.approval_id, other, by.caller_id, by.person_id)
    await office.approve(asked)
    async with office.engine.connect() as conn:
        await set_tenant(conn, office.tenant_id)
        ended = [
            await get_approval(conn, tenant_id=office.tenant_id, approval_id=one) for one in others
        ]
    assert [one.state for one in ended] == ["declined", "withdrawn"]
    assert await office.minutes() == 0


@pytest.mark.parametrize("through_unit", [True, False])
async def test_the_street_reads_an_estates_books_and_approves_nothing_there(
    engine: AsyncEngine, through_unit: bool
) -> None:
    async def found(conn: AsyncConnection) -> tuple[UUID, int]:
        begin = date(2020, 1, 1)
        street = await create_org_unit(conn, level="subdistrict", name="湖滨街道", valid_from=begin)
        estate = await create_estate(
            conn, name="春晖苑", created_by=SYSTEM, org_unit_id=street.org_unit_id
        )
        return street.org_unit_id, estate.tenant_id

    street, estate = await write_transaction(engine, found)
    office = await create_office(engine, org_unit_id=street)
    place = {"org_unit_id": street} if through_unit else {}
    clerk = await person_with(engine, "subdistrict_staff", **place)
    signer = await person_with(engine, "committee_member", estate)
    trustee = await person_with(engine, "trustee", estate)
    async with engine.connect() as conn:
        may = await get_permissions(conn, caller_id=clerk.caller_id)
    assert permits(may, "entries.read", estate)
    assert not permits(may, "entries.approve", estate)
    assert permits(may, "entries.approve", office.tenant_id)
    assert permits(may, "policies.approve", PLATFORM) != through_unit

    async def ask_them(conn: AsyncConnection) -> None:
        await tell_of_request(
            conn,
            tenant_id=estate,
            approval_id=uuid7(),
            kind="reversal",
            asked_by=trustee.caller_id,
        )

    await write_transaction(engine, ask_them, tenant_id=estate)
    async with engine.connect() as conn:
        told = [
            len(await list_notices(conn, person_id=one.person_id, limit=9))
            for one in (clerk, signer)
        ]
    assert told == [0, 1]
