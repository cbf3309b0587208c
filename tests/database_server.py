"""The test session's PostgreSQL server: template, clones, clean-up."""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from ops.embedded_postgres import EmbeddedPostgres
from ops.migrator import migrate
from tests.waiting import wait_for

# A throw-away server need not survive a power cut; it is several times faster without.
_ROOM_BYTES = 4 * 1024**3
THROW_AWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}

_embedded: dict[str, tuple[EmbeddedPostgres, contextlib.ExitStack]] = {}


@dataclass(frozen=True)
class Database:
    """One test's database: a superuser's address and the service's."""

    name: str
    admin_url: str
    service_url: str


@dataclass(frozen=True)
class DatabaseServer:
    """Addresses with the template as database; `service_login` exists for this session."""

    admin_url: str
    service_url: str
    template: str

    def to_json(self) -> str:
        """The form in which an xdist worker receives it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "DatabaseServer":
        """The server that the controlling process started."""
        return cls(**json.loads(text))


def start_server() -> DatabaseServer:
    """Start the embedded server or use the given one, and make the migrated template."""
    given = os.environ.get("GONGZHANG_TEST_DATABASE_URL")
    suffix = secrets.token_hex(4)
    if given:
        login, password = f"gongzhang_app_{suffix}", secrets.token_urlsafe(16)
        wait_for(run_statement(given, f"CREATE ROLE {login} LOGIN PASSWORD '{password}'"))
        admin_url, service_url = given, with_login(given, login, password)
    else:
        stack = contextlib.ExitStack()
        data_dir = stack.enter_context(new_data_dir())
        embedded = EmbeddedPostgres(data_dir, settings=THROW_AWAY_SETTINGS, durable_setup=False)
        embedded.start()
        admin_url, service_url = embedded.admin_url, embedded.service_url
        _embedded[admin_url] = embedded, stack
    template = f"gongzhang_template_{suffix}"
    wait_for(run_statement(admin_url, f"CREATE DATABASE {template}"))
    login_name = urlsplit(service_url).username
    wait_for(migrate(with_database(admin_url, template), service_login=login_name))
    return DatabaseServer(admin_url, service_url, template)


def stop_server(server: DatabaseServer) -> None:
    """Stop the embedded server, or leave the given one as it was found."""
    if server.admin_url in _embedded:
        embedded, stack = _embedded.pop(server.admin_url)
        embedded.stop()
        stack.close()
        return
    wait_for(run_statement(server.admin_url, f"DROP DATABASE {server.template}"))
    wait_for(run_statement(server.admin_url, f"DROP ROLE {urlsplit(server.service_url).username}"))


async def create_database(server: DatabaseServer, *, template: str | None = None) -> Database:
    """Clone the migrated template, or another one.

    Files are copied, not written block by block through the log: half the server's processor time,
    for the clone and for its end, where nothing is synced to a disk.
    """
    name = f"gongzhang_test_{secrets.token_hex(6)}"
    source = template or server.template
    statement = f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY"
    await run_statement(server.admin_url, statement)
    return Database(
        name, with_database(server.admin_url, name), with_database(server.service_url, name)
    )


async def drop_database(server: DatabaseServer, database: Database) -> None:
    """Remove a clone, whoever is still connected."""
    await run_statement(server.admin_url, f"DROP DATABASE {database.name} WITH (FORCE)")


def with_database(url: str, name: str) -> str:
    """The same address with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def with_login(url: str, login: str, password: str) -> str:
    """The same address with another login."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{login}:{password}@{host}"))


@contextlib.contextmanager
def new_data_dir() -> Iterator[Path]:
    """A directory that also the unprivileged server user can reach; removed afterwards."""
    path = Path(tempfile.mkdtemp(prefix="gongzhang-test-", dir=_memory()))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def _memory() -> Path | None:
    """A file system in memory with room to spare: a clone a test is hard on a disk."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > _ROOM_BYTES
    return memory if roomy and os.access(memory, os.W_OK) else None


async def run_statement(url: str, statement: str) -> None:
    """Run one statement on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        await asyncio.wait_for(connection.execute(statement), timeout=60)
    finally:
        await connection.close()
