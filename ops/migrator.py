"""Bring a database to the state this program needs, and tell whether it is in that state.

One transaction: roles, migrations, guards. Running it again changes nothing.

Source: docs/decisions/0031-migrations.md
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import create_engine, execute, fetch_all, fetch_optional, fetch_value, sqlstate
from ledger.foundation.roles import store_roles
from ops.guards import OWNER_ROLE, SERVICE_ROLE, guard_statements, guards_checksum

# Waiting for a lock makes every later query on that table wait behind us.
LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "30min"
OLDEST_SERVER = 150000
# The role is missing (22023), or the login is not a member of it (42501).
NO_SERVICE_ROLE = {"22023", "42501"}

CREATE_GUARDS_TABLE = """\
CREATE TABLE IF NOT EXISTS deployment.guards (
    number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)"""


class SchemaMismatch(Exception):
    """The database does not fit this program; the message names the command that mends it."""


class DatabaseTooOld(SchemaMismatch):
    """The database lacks migrations or guards of this program."""

    def __init__(self) -> None:
        super().__init__(
            "The database is older than this program. Run: gongzhang migrate "
            "(with GONGZHANG_ADMIN_DATABASE_URL if the service's own login may not create tables)"
        )


class DatabaseTooNew(SchemaMismatch):
    """A newer program has migrated the database."""

    def __init__(self) -> None:
        super().__init__(
            "The database was migrated by a newer version of this program. Upgrade the program: "
            "git pull && make install"
        )


class ServerUnsuitable(Exception):
    """No connection, a server that is too old, or a login without a right that is needed."""


@dataclass(frozen=True)
class SchemaState:
    """What a database holds: its revision, and the checksums of its guards, oldest first."""

    revision: str | None
    checksums: tuple[str, ...]


@dataclass(frozen=True)
class Migration:
    """What `migrate` did."""

    before: str | None
    after: str
    guards_applied: bool

    @property
    def changed(self) -> bool:
        """False when the database already was as it should be."""
        return self.before != self.after or self.guards_applied


async def migrate(admin_url: str, *, service_login: str | None = None) -> Migration:
    """Create roles, tables and guards where they are missing or old.

    The login of `admin_url` may be a superuser, or the database's owner with CREATEROLE.
    `service_login`, if given, is made a member of the service's role.

    Raises:
        DatabaseTooNew: the database has revisions this program does not know.
        ServerUnsuitable: PostgreSQL before 15, or missing rights.
    """
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with _connect(engine) as conn, conn.begin():
            await execute(conn, f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            await execute(conn, f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
            await _check_server(conn)
            before = await read_state(conn)
            _refuse_newer(before)
            if _is_current(before):
                await _admit_service_login(conn, service_login)
                return Migration(before.revision, head_revision(), guards_applied=False)
            await _ensure_roles(conn)
            await _admit_service_login(conn, service_login)
            await execute(conn, f"SET LOCAL ROLE {OWNER_ROLE}")
            await execute(conn, "CREATE SCHEMA IF NOT EXISTS deployment")
            await execute(conn, CREATE_GUARDS_TABLE)
            await conn.run_sync(_upgrade_to_head)
            await _apply_guards(conn)
            await store_roles(conn)
            return Migration(before.revision, head_revision(), guards_applied=True)
    finally:
        await engine.dispose()


async def check_schema(engine: AsyncEngine) -> None:
    """Refuse to work on a database that this program's version does not fit.

    Raises:
        DatabaseTooOld: `gongzhang migrate` mends it.
        DatabaseTooNew: a newer program is needed.
        ServerUnsuitable: no connection.
    """
    async with _connect(engine) as conn:
        state = await read_state(conn)
    _refuse_newer(state)
    if guards_checksum() in state.checksums[:-1]:
        raise DatabaseTooNew
    if not _is_current(state):
        raise DatabaseTooOld


@asynccontextmanager
async def _connect(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    try:
        conn = await engine.connect()
    except (DBAPIError, OSError) as error:
        if isinstance(error, DBAPIError) and sqlstate(error) in NO_SERVICE_ROLE:
            raise DatabaseTooOld from error
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise ServerUnsuitable(f"No connection to the database: {reason}") from error
    try:
        yield conn
    finally:
        await conn.close()


async def read_state(conn: AsyncConnection) -> SchemaState:
    """Return what the database says about itself; nothing of it need exist."""
    exists = await fetch_value(conn, "SELECT to_regclass('deployment.alembic_version') IS NOT NULL")
    if not exists:
        return SchemaState(revision=None, checksums=())
    row = await fetch_optional(conn, "SELECT version_num FROM deployment.alembic_version")
    rows = await fetch_all(conn, "SELECT checksum FROM deployment.guards ORDER BY number")
    return SchemaState(
        revision=None if row is None else row.version_num,
        checksums=tuple(row.checksum for row in rows),
    )


def head_revision() -> str:
    """The newest revision this program knows."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert head is not None, "the program carries its migrations"
    return head


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration; it lives here and in no file."""
    config = Config()
    config.set_main_option("script_location", str(files("ledger") / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade_to_head(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "head")


def _refuse_newer(state: SchemaState) -> None:
    known = {
        script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()
    }
    if state.revision is not None and state.revision not in known:
        raise DatabaseTooNew


def _is_current(state: SchemaState) -> bool:
    return state.revision == head_revision() and state.checksums[-1:] == (guards_checksum(),)


async def _check_server(conn: AsyncConnection) -> None:
    number = int(await fetch_value(conn, "SELECT current_setting('server_version_num')"))
    if number < OLDEST_SERVER:
        raise ServerUnsuitable(
            f"PostgreSQL 15 or newer is needed; this server is version {number // 10000}."
        )


async def _ensure_roles(conn: AsyncConnection) -> None:
    """Create both roles, and let the admin's login act as the owner of everything."""
    for role in (OWNER_ROLE, SERVICE_ROLE):
        if not await fetch_value(conn, f"SELECT to_regrole('{role}') IS NOT NULL"):
            await _with_right(conn, f"CREATE ROLE {role} NOLOGIN", "CREATEROLE")
    superuser = await fetch_value(
        conn, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    )
    if not superuser:
        for role in (OWNER_ROLE, SERVICE_ROLE):
            grant = f"GRANT {role} TO CURRENT_USER"
            await _with_right(conn, grant, f"the right to grant {role} (ADMIN OPTION)")
    database = await fetch_value(conn, "SELECT quote_ident(current_database())")
    await _with_right(
        conn, f"GRANT CREATE ON DATABASE {database} TO {OWNER_ROLE}", "ownership of the database"
    )


async def _admit_service_login(conn: AsyncConnection, login: str | None) -> None:
    if login is None or not await fetch_value(
        conn, "SELECT to_regrole(quote_ident($1)) IS NOT NULL", login
    ):
        return
    if not await fetch_value(conn, "SELECT pg_has_role($1, $2, 'MEMBER')", login, SERVICE_ROLE):
        quoted = await fetch_value(conn, "SELECT quote_ident($1)", login)
        await execute(conn, f"GRANT {SERVICE_ROLE} TO {quoted}")


async def _with_right(conn: AsyncConnection, statement: str, right: str) -> None:
    try:
        await execute(conn, statement)
    except DBAPIError as error:
        raise ServerUnsuitable(
            f"The login for migrating lacks {right}. It was refused: {statement}."
        ) from error


async def _apply_guards(conn: AsyncConnection) -> None:
    raw: Any = (await conn.get_raw_connection()).driver_connection
    for statement in guard_statements():
        await raw.execute(statement)  # a file may hold several statements
    await execute(conn, "INSERT INTO deployment.guards (checksum) VALUES ($1)", guards_checksum())
