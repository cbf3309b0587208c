"""Who is told of what two people decide: other systems, and whoever asked for what expired."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import today
from ledger.database import execute, fetch_all, read_transaction, write_transaction
from ledger.foundation.approvals import PLATFORM, Approval
from ledger.foundation.notices import list_notices
from ledger.foundation.webhooks import create_endpoint
from ledger.journeys.approvals.matters import PolicyChange
from ledger.journeys.approvals.notices import tell_of_expired
from ledger.journeys.jobs.declaration import Done
from ledger.journeys.jobs.platform_jobs import PLATFORM_JOBS
from tests.approvals.people import KEYS, SYSTEM, Office, create_office, person_with

EVENTS = ("approval.requested", "approval.decided", "approval.expired")


async def listen(office: Office) -> None:
    """Another system is told of everything about approvals from now on."""
    await office.run(
        create_endpoint,
        url="https://erp.example.com/hooks",
        events=EVENTS,
        caller_id=SYSTEM,
        keys=KEYS,
    )


async def told(office: Office, approval: Approval) -> list[tuple[str, str]]:
    """Events about a request: kind and detail."""
    async with read_transaction(office.engine, tenant_id=office.tenant_id) as conn:
        rows = await fetch_all(
            conn,
            "SELECT kind, detail FROM foundation.webhook_event "
            "WHERE tenant_id = $1 AND subject_id = $2 ORDER BY occurred_at",
            office.tenant_id,
            approval.approval_id,
        )
    return [(row.kind, row.detail) for row in rows]


async def test_other_systems_are_told_of_requests_and_decisions(office: Office) -> None:
    before = await office.ask()
    await office.decline(before)
    await listen(office)
    other = await office.ask()
    await office.decline(other)
    asked = await office.ask()
    await office.approve(asked)
    assert await told(office, asked) == [
        ("approval.requested", "reversal"), ("approval.decided", "reversal approved"),
    ]  # fmt: skip
    assert (await told(office, other))[1] == ("approval.decided", "reversal declined")
    assert await told(office, before) == []


async def test_what_nobody_decided_is_told_once_to_whoever_asked(office: Office) -> None:
    await listen(office)
    late = await office.ask(lifetime=timedelta(microseconds=1))
    await office.decline(await office.ask())
    waits = await office.ask()
    assert await office.run(tell_of_expired) == 1
    assert await office.run(tell_of_expired) == 0
    assert (await told(office, late))[1:] == [("approval.expired", "reversal")]
    assert ("approval.expired", "reversal") not in await told(office, waits)

    async def notices(conn: AsyncConnection) -> list[tuple[str, str]]:
        found = await list_notices(conn, person_id=office.maker.person_id, limit=10)
        return [(one.kind, one.facts.about) for one in found if one.subject_id == late.approval_id]

    assert await write_transaction(office.engine, notices) == [("approval_expired", "reversal")]


async def test_nobody_is_told_that_something_expired_which_waits(office: Office) -> None:
    """The function of the database looks itself, whatever it is given."""
    await listen(office)
    waits = await office.ask()

    async def claim(conn: AsyncConnection) -> None:
        await fetch_all(
            conn,
            "SELECT foundation.announce_expired($1, $2)",
            office.tenant_id,
            [waits.approval_id],
        )

    await write_transaction(office.engine, claim, tenant_id=office.tenant_id)
    assert await told(office, waits) == [("approval.requested", "reversal")]


async def run_the_job(office: Office) -> Done:
    (job,) = [one for one in PLATFORM_JOBS if one.code == "tell_of_expired_approvals"]
    assert job.act is not None
    return await job.act(office.engine, None)  # type: ignore[arg-type]  # it asks nothing of it


async def test_the_job_looks_at_every_place(office: Office) -> None:
    soon = timedelta(microseconds=1)
    late = await office.ask(lifetime=soon)
    admin = await person_with(office.engine, "platform_admin")
    rule = PolicyChange(
        org_unit_id=None,
        key="service.objection_days",
        value=9,
        valid_from=today() + timedelta(days=1),
        document_no="民〔2026〕7号",
    )
    above = await office.ask(rule, tenant_id=PLATFORM, caller_id=admin.caller_id, lifetime=soon)
    assert (await run_the_job(office)).handled == 2
    async with office.engine.connect() as conn:
        for asked, who in ((late, office.maker), (above, admin)):
            found = await list_notices(conn, person_id=who.person_id, limit=10)
            assert asked.approval_id in {one.subject_id for one in found}


async def test_a_place_that_fails_holds_up_no_other_and_is_told_later(
    office: Office, admin_engine: AsyncEngine
) -> None:
    other = await create_office(office.engine)
    late = [await one.ask(lifetime=timedelta(microseconds=1)) for one in (office, other)]
    fault = f"CHECK (scope_tenant_id <> {office.tenant_id}) NOT VALID"
    async with admin_engine.begin() as conn:
        await execute(conn, f"ALTER TABLE foundation.notice ADD CONSTRAINT a_fault {fault}")
    # the first place fails, and so does the run: a person sees it, and it is tried again
    with pytest.raises(IntegrityError, match="a_fault"):
        await run_the_job(office)

    async def told_here(one: Office) -> set[UUID | None]:
        async with one.engine.connect() as conn:
            found = await list_notices(conn, person_id=one.maker.person_id, limit=10)
        return {notice.subject_id for notice in found if notice.kind == "approval_expired"}

    assert await told_here(office) == set()
    assert await told_here(other) == {late[1].approval_id}
    async with admin_engine.begin() as conn:
        await execute(conn, "ALTER TABLE foundation.notice DROP CONSTRAINT a_fault")
    assert (await run_the_job(office)).handled == 1
    assert await told_here(office) == {late[0].approval_id}
