"""A synchronous standby that says nothing: nobody is told that something is posted, twice neither.

A commit that waits for the standby and is interrupted stays in the books of this server. A retry
finds it there, but it must not be told so: after a failover the entry would be gone.
"""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import create_engine, execute, fetch_all
from ops.embedded_postgres import EmbeddedPostgres
from ops.migrator import migrate
from tests.proofs import failed_proofs
from tests.small_books import create_small_books, entry

PATIENCE_SECONDS = 20

_WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


async def require_standby(admin: AsyncEngine, name: str) -> None:
    """Let commits wait for a standby of that name; empty: for none."""
    async with admin.connect() as conn:
        raw = await conn.execution_options(isolation_level="AUTOCOMMIT")
        await execute(raw, f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
        await execute(raw, "SELECT pg_reload_conf()")


async def waiting_for_standby(admin: AsyncEngine) -> int:
    """Process id of the server process whose commit waits."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            async with admin.connect() as conn:
                rows = await fetch_all(conn, _WAITING)
            if rows:
                return int(rows[0].pid)
            await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_a_retry_waits_for_the_standby_as_the_first_attempt_did(
    own_server: EmbeddedPostgres,
) -> None:
    await migrate(own_server.admin_url, service_login="gongzhang_app")
    admin = create_engine(own_server.admin_url, role=None, pool_size=1)
    service = create_engine(own_server.service_url, pool_size=2)
    books = await create_small_books(service)
    request = entry(await books.line("I", "V1", 10))
    await require_standby(admin, "nobody")

    first = asyncio.create_task(books.post(request))
    pid = await waiting_for_standby(admin)
    async with admin.connect() as conn:
        await execute(conn, "SELECT pg_terminate_backend($1::int)", pid)
    with pytest.raises(DBAPIError):
        await first
    assert await books.balance("V1") == 10  # visible here, and on no standby

    again = asyncio.create_task(books.post(request))
    await waiting_for_standby(admin)
    await asyncio.sleep(0.5)
    assert not again.done(), "acknowledged what no standby has"

    await require_standby(admin, "")
    (outcome,) = await again
    assert (outcome.refusal, outcome.replayed) == (None, True)
    await service.dispose()
    await admin.dispose()
    assert await failed_proofs(own_server.admin_url) == []
