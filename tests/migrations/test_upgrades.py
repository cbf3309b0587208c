"""E15: a database of every earlier release, with data, is upgraded while people use it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import create_engine, execute, fetch_all
from ops.database_roles import prepare_roles
from ops.migrator import migrate
from ops.schema_state import check_schema, head_revision
from tests.database_server import (
    Database,
    DatabaseServer,
    create_database,
    drop_database,
)
from tests.migrations.store import stored_posting, stored_revisions, stored_statements
from tests.proofs import failed_proofs
from tests.tidy.test_schema import read_catalogue

CLIENTS = 3
#: Several times what the migrator may wait for a lock; a client that waits longer fails the test.
CLIENT_LOCK_TIMEOUT = "4s"
PATIENCE_SECONDS = 60
USER_TABLES = """\
SELECT n.nspname || '.' || c.relname AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relowner = to_regrole('gongzhang_owner')"""


class Clients:
    """Services of the release before, which post without a pause until they are stopped."""

    def __init__(self, service_url: str, posting: str) -> None:
        self.posted = 0
        self._url = service_url
        self._posting = posting
        self._stopping = False

    async def run(self) -> None:
        """Post; the first refusal or error ends the test."""
        await asyncio.gather(*(self._post() for _ in range(CLIENTS)))

    def stop(self) -> None:
        """Let each finish what it has begun."""
        self._stopping = True

    async def expect_more(self, count: int) -> None:
        """Wait until so many more were posted."""
        target = self.posted + count
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.posted < target:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def _post(self) -> None:
        settings = {"role": "gongzhang_service", "lock_timeout": CLIENT_LOCK_TIMEOUT}
        connection = await asyncpg.connect(self._url, server_settings=settings)
        try:
            while not self._stopping:
                refusal = await connection.fetchval(self._posting, uuid4(), uuid4())
                assert refusal is None, refusal
                self.posted += 1
        finally:
            await connection.close()


@asynccontextmanager
async def posting(clients: Clients) -> AsyncIterator[None]:
    """The clients work while the block runs; what befell them is raised at its end."""
    work = asyncio.create_task(clients.run())
    try:
        yield
    finally:
        clients.stop()
        await work


@asynccontextmanager
async def database_of(server: DatabaseServer, revision: str) -> AsyncIterator[Database]:
    """A database as the release at that revision left it."""
    old = await create_database(server, template="template0")
    try:
        await prepare_roles(old.admin_url)
        connection = await asyncpg.connect(old.admin_url)
        await connection.execute("SET ROLE gongzhang_owner")
        await connection.execute(stored_statements(revision))
        await connection.close()
        yield old
    finally:
        await drop_database(server, old)


@asynccontextmanager
async def long_look_at_everything(url: str) -> AsyncIterator[None]:
    """A report that reads every table in one long transaction."""
    engine = create_engine(url, role=None, pool_size=1)
    async with engine.connect() as conn:
        for row in await fetch_all(conn, USER_TABLES):
            await execute(conn, f"LOCK TABLE {row.name} IN ACCESS SHARE MODE")
        yield
    await engine.dispose()


def login_of(database: Database) -> str:
    login = urlsplit(database.service_url).username
    assert login is not None
    return login


def test_a_data_set_of_an_earlier_release_is_kept() -> None:
    assert stored_revisions()[0] == "0002"


@pytest.mark.parametrize("revision", stored_revisions())
async def test_services_of_before_go_on_while_the_database_is_upgraded(
    database_server: DatabaseServer,
    database: Database,
    revision: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also when a long report keeps the migration from its locks: then it lets everybody pass."""
    monkeypatch.setattr("ops.migrator.PAUSES_SECONDS", (0.2,) * 25)
    async with database_of(database_server, revision) as old:
        clients = Clients(old.service_url, stored_posting(revision))
        upgrade = migrate(old.admin_url, service_login=login_of(old))
        async with posting(clients):
            await clients.expect_more(20)
            async with long_look_at_everything(old.admin_url):
                upgrading = asyncio.create_task(upgrade)
                await clients.expect_more(100)
            done = await upgrading
            await clients.expect_more(50)  # beside a service of the new release
        assert (done.before, done.after, done.finished) == (revision, head_revision(), False)
        assert (await migrate(old.admin_url, finish=True)).finished
        assert await failed_proofs(old.admin_url) == []
        assert await read_catalogue(old.admin_url) == await read_catalogue(database.admin_url)
        await expect_accepted(create_engine(old.service_url, pool_size=1))


async def expect_accepted(engine: AsyncEngine) -> None:
    """A service of this release takes the database for its own."""
    await check_schema(engine)
    await engine.dispose()
