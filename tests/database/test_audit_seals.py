"""The audit log is chained: what is edited, removed or cut off later is found and named."""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import execute, fetch_value, read_transaction, write_transaction
from ledger.foundation.audit_log import record_action
from ledger.foundation.audit_reading import AuditSearch, list_audit_lines
from ledger.foundation.audit_seals import AuditFault, check_audit_log, seal_audit_log
from ledger.journeys.jobs.history import list_runs
from ledger.journeys.jobs.registry import get_job
from ledger.journeys.jobs.running import run_job

SYSTEM = 1


async def act(engine: AsyncEngine, *names: str) -> None:
    async def record(conn: AsyncConnection) -> None:
        for name in names:
            await record_action(conn, caller_id=SYSTEM, action=name, reason="因为")

    await write_transaction(engine, record)


async def tamper(admin: AsyncEngine, table: str, statement: str, *args: object) -> None:
    """What the owner of the database can do, after taking the guard away."""
    async with admin.begin() as conn:
        await execute(conn, f"ALTER TABLE foundation.{table} DISABLE TRIGGER ALL")
        await execute(conn, statement, *args)
        await execute(conn, f"ALTER TABLE foundation.{table} ENABLE TRIGGER ALL")


async def first_id(engine: AsyncEngine) -> int:
    async with read_transaction(engine) as conn:
        return int(await fetch_value(conn, "SELECT min(audit_id) FROM foundation.audit_log"))


async def test_an_untouched_log_holds_and_its_head_is_found_again(engine: AsyncEngine) -> None:
    assert (await check_audit_log(engine)).head is None
    await act(engine, "a.one", "a.two")
    assert (await check_audit_log(engine)).unsealed == 2
    assert await seal_audit_log(engine) == 2
    early = (await check_audit_log(engine)).head
    await act(engine, "a.three")
    assert await seal_audit_log(engine) == 1
    assert await seal_audit_log(engine) == 0
    found = await check_audit_log(engine, known_head=early)
    assert (found.lines, found.seals, found.unsealed, found.faults) == (3, 2, 0, ())


async def test_edited_and_removed_lines_are_named(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await act(engine, *(f"a.n{number}" for number in range(5)))
    await seal_audit_log(engine)
    first = await first_id(engine)
    edit = "UPDATE foundation.audit_log SET reason = 'x' WHERE audit_id = $1::bigint"
    await tamper(admin_engine, "audit_log", edit, first + 1)
    remove = "DELETE FROM foundation.audit_log WHERE audit_id = $1::bigint"
    await tamper(admin_engine, "audit_log", remove, first + 3)
    assert (await check_audit_log(engine)).faults == (
        AuditFault("line_edited", 1, first + 1),
        AuditFault("line_removed", 1, first + 3),
    )
    # who reads the line sees it, and the nightly job says so
    async with read_transaction(engine) as conn:
        shown = await list_audit_lines(conn, search=AuditSearch(), limit=10)
    altered = [line.audit_id for line in shown if line.seal != "sealed"]
    assert (len(shown), altered) == (4, [first + 1])
    job = get_job("check_audit_log")
    assert (await run_job(engine, job)).tally.refused == 2
    assert (await run_job(engine, job)).outcome == "finished_before"
    for _ in range(2):  # by hand it looks anew, and each look is on record
        found = await run_job(engine, job, by_hand=True)
        assert (found.outcome, found.tally.handled, found.tally.refused) == ("finished", 5, 2)
        assert found.tally.facts["fault"] == f"line_edited {first + 1}"
    assert (await run_job(engine, job)).outcome == "finished_before"
    async with read_transaction(engine) as conn:
        assert len(await list_runs(conn, job=job.code, limit=10)) == 3


async def test_a_chain_that_is_cut_or_mended_is_found(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    for name in ("a.one", "a.two", "a.three"):
        await act(engine, name)
        await seal_audit_log(engine)
    head = (await check_audit_log(engine)).head
    first = await first_id(engine)
    # a line goes together with its link: the seal still knows how many it covered
    await tamper(
        admin_engine,
        "audit_link",
        "DELETE FROM foundation.audit_link WHERE audit_id = $1::bigint",
        first + 1,
    )
    faults = (await check_audit_log(engine)).faults
    assert faults == (AuditFault("lines_differ", 2),)
    # the whole end of the chain goes: only who noted the head can tell
    for table, condition in (("audit_link", "seal_no >= 2"), ("audit_seal", "seal_no >= 2")):
        await tamper(admin_engine, table, f"DELETE FROM foundation.{table} WHERE {condition}")
    assert (await check_audit_log(engine)).faults == ()
    assert (await check_audit_log(engine, known_head=head)).faults == (
        AuditFault("head_missing", 1),
    )


async def test_a_seal_written_anew_breaks_the_chain(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    for name in ("a.one", "a.two"):
        await act(engine, name)
        await seal_audit_log(engine)
    forge = "UPDATE foundation.audit_seal SET chain_hash = sha256('x') WHERE seal_no = 1"
    await tamper(admin_engine, "audit_seal", forge)
    kinds = [(one.kind, one.seal_no) for one in (await check_audit_log(engine)).faults]
    assert kinds == [("chain_broken", 1), ("chain_broken", 2)]


async def test_a_line_that_commits_late_is_sealed_too(engine: AsyncEngine) -> None:
    """Its number is smaller than those sealed before it; the chain goes by sealing, not by it."""
    async with engine.begin() as late:
        await record_action(late, caller_id=SYSTEM, action="a.late")
        await act(engine, "a.early")
        assert await seal_audit_log(engine) == 1
    assert await seal_audit_log(engine) == 1
    found = await check_audit_log(engine)
    assert (found.lines, found.unsealed, found.faults) == (2, 0, ())


async def test_two_sealers_at_once_seal_each_line_once(engine: AsyncEngine) -> None:
    await act(engine, *(f"a.n{number}" for number in range(50)))
    counts = await asyncio.gather(*(seal_audit_log(engine) for _ in range(4)))
    assert sum(counts) == 50
    assert (await check_audit_log(engine)).faults == ()


@pytest.mark.parametrize("table", ["audit_log", "audit_seal", "audit_link"])
async def test_the_service_can_change_nothing_of_it(engine: AsyncEngine, table: str) -> None:
    await act(engine, "a.one")
    await seal_audit_log(engine)
    for statement in (
        f"DELETE FROM foundation.{table}",
        f"TRUNCATE foundation.{table}",
        f"UPDATE foundation.{table} SET "
        + ("reason = 'x'" if table == "audit_log" else "seal_no = 9"),
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with engine.begin() as conn:
                await execute(conn, statement)
