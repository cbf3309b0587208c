"""Workers share one database: each thing once, an orderly end, back after a lost connection."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import ops.worker
from ledger.database import execute, fetch_all, fetch_value
from ledger.journeys.jobs import registry
from ledger.journeys.jobs.declaration import Done, Work
from ledger.journeys.jobs.due import enqueue_due
from ops.worker import LostConnections, Worker, look_for_work
from tests.community import create_community
from tests.database.test_jobs import job_of
from tests.database_server import Database

MOST_SECONDS = 30


@asynccontextmanager
async def working(database: Database, count: int = 1) -> AsyncIterator[list[Worker]]:
    """Workers that run until the block ends, and then come to an orderly end."""
    workers = [Worker(database.service_url) for _ in range(count)]
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.stop()
        await asyncio.wait_for(asyncio.gather(*tasks), MOST_SECONDS)


async def until(engine: AsyncEngine, holds: Callable[[AsyncConnection], Awaitable[Any]]) -> None:
    """Look again until something holds in the database."""
    async with asyncio.timeout(MOST_SECONDS):
        while True:
            async with engine.connect() as conn:
                if await holds(conn):
                    return
            await asyncio.sleep(0.05)


async def queue_is_empty(conn: AsyncConnection) -> bool:
    return not await fetch_value(conn, "SELECT count(*) FROM jobs.pgqueuer")


async def test_three_workers_do_each_thing_once(
    engine: AsyncEngine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenants = [(await create_community(engine)).tenant_id for _ in range(4)]
    ran: list[int] = []

    async def step(_conn: AsyncConnection, work: Work) -> Done:
        ran.append(work.tenant_id)
        return Done(1)

    job = job_of(step, scope="programme")
    monkeypatch.setattr(registry, "_jobs", {job.code: job})
    monkeypatch.setattr(ops.worker, "EVERY_MINUTE", "0 0 1 1 *")
    await enqueue_due(engine)
    async with working(database, 3):
        await until(engine, queue_is_empty)
        await look_for_work(engine)
        await until(engine, queue_is_empty)
    assert sorted(ran) == tenants
    async with engine.connect() as conn:
        rows = await fetch_all(conn, "SELECT scope_tenant_id FROM jobs.job_run ORDER BY 1")
    assert [row.scope_tenant_id for row in rows] == tenants


async def test_a_stopped_worker_ends_its_step_and_the_next_one_goes_on(
    engine: AsyncEngine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    steps = 0

    async def step(_conn: AsyncConnection, _work: Work) -> Done:
        nonlocal steps
        steps += 1
        begun.set()
        await go_on.wait()
        return Done(1, more=steps < 3)

    job = job_of(step)
    monkeypatch.setattr(registry, "_jobs", {job.code: job})
    monkeypatch.setattr(ops.worker, "EVERY_MINUTE", "0 0 1 1 *")
    await enqueue_due(engine)
    async with working(database) as (worker,):
        await asyncio.wait_for(begun.wait(), MOST_SECONDS)
        worker.stop()
        go_on.set()
    assert steps == 1, "nothing new was begun"
    await enqueue_due(engine)
    async with working(database):
        await until(engine, lambda conn: fetch_value(conn, "SELECT sum(handled) FROM jobs.job_run"))
    async with engine.connect() as conn:
        (run,) = await fetch_all(conn, "SELECT handled, steps FROM jobs.job_run")
    assert (run.handled, run.steps, steps) == (3, 3, 3)


async def test_a_worker_comes_back_after_its_connections_were_cut(
    engine: AsyncEngine,
    admin_engine: AsyncEngine,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ran = asyncio.Event()

    async def step(_conn: AsyncConnection, _work: Work) -> Done:
        ran.set()
        return Done(1)

    job = job_of(step)
    monkeypatch.setattr(registry, "_jobs", {job.code: job})
    monkeypatch.setattr(ops.worker, "EVERY_MINUTE", "0 0 1 1 *")
    async with working(database):
        async with admin_engine.connect() as conn:
            connected = (
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE application_name = 'gongzhang-worker' AND datname = current_database()"
            )
            async with asyncio.timeout(MOST_SECONDS):
                while not await fetch_value(conn, connected):
                    await asyncio.sleep(0.05)
                    await conn.rollback()
        await enqueue_due(engine)
        await asyncio.wait_for(ran.wait(), MOST_SECONDS)
        await until(engine, queue_is_empty)
    told = [(one.levelname, one.getMessage()) for one in caplog.records if one.exc_info]
    assert not told, "what heals is one line each"
    assert not [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    ("error", "is_lost"),
    [
        (asyncpg.InterfaceError("connection is closed"), True),
        (asyncpg.ConnectionDoesNotExistError("connection was closed"), True),
        (ConnectionResetError(), True),
        (asyncpg.InterfaceError("another operation is in progress"), False),
        (asyncpg.UndefinedTableError("no such table"), False),
        (ValueError("a bug"), False),
    ],
)
def test_only_a_lost_connection_is_told_in_one_line(error: Exception, *, is_lost: bool) -> None:
    record = logging.LogRecord(
        "pgqueuer", logging.ERROR, "", 0, "Failed: %s", ("much",), (type(error), error, None)
    )
    assert LostConnections().filter(record)
    assert (record.levelname == "WARNING", record.exc_info is None) == (is_lost, is_lost)
    assert record.getMessage() == ("queue_lost_connection" if is_lost else "Failed: much")


async def test_the_queue_needs_no_more_than_the_services_rights(
    engine: AsyncEngine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library makes nothing of its own; its names do not come from the environment."""
    monkeypatch.setenv("CHANNEL", "elsewhere")
    monkeypatch.setenv("PGQUEUER_PREFIX", "other_")
    monkeypatch.setattr(registry, "_jobs", {})
    tables = "SELECT count(*) FROM pg_class WHERE relnamespace <> 'pg_toast'::regnamespace"
    async with engine.connect() as conn:
        before = await fetch_value(conn, tables)
    async with working(database):
        await until(
            engine, lambda conn: fetch_value(conn, "SELECT count(*) FROM jobs.pgqueuer_schedules")
        )
    async with engine.connect() as conn:
        assert await fetch_value(conn, tables) == before
        with pytest.raises(Exception, match="permission denied"):
            await execute(conn, "CREATE TABLE jobs.more (number int)")
