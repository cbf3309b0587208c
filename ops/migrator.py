"""Bring a database to the state this program needs, while a service may be working on it.

One transaction: roles, migrations, guards. It waits for a lock only for a moment, because whoever
comes after it waits as well; then it lets everything go and tries again. Running it twice changes
nothing.

Source: docs/decisions/0031-migrations.md, docs/decisions/0052-operation.md
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog
from alembic import command
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import create_engine, execute, fetch_all, fetch_value, sqlstate
from ledger.foundation.roles import store_roles
from ops.guards import (
    BACKUP_ROLE,
    DROP_STALE_ROUTINES,
    OWNER_ROLE,
    SERVICE_ROLE,
    guard_statements,
    guards_checksum,
)
from ops.refused_connections import ServerUnsuitable
from ops.schema_state import (
    SchemaState,
    alembic_config,
    connection_of,
    head_revision,
    read_state,
)

logger = structlog.get_logger(__name__)

# Waiting for a lock makes every later query on that table wait behind us.
LOCK_TIMEOUT = "500ms"
STATEMENT_TIMEOUT = "30min"
#: Pauses between attempts; about two minutes in all, longer than any request may take.
PAUSES_SECONDS = (1, 2, 5, 10, 15, 15, 15, 30, 30)
_LOCK_NOT_AVAILABLE = frozenset({"55P03", "40P01"})
OLDEST_SERVER = 150000

CREATE_GUARDS_TABLE = """\
CREATE TABLE IF NOT EXISTS deployment.guards (
    number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)"""
# Empty while services of the version before may still be running.
ADD_FINISHED_AT = """\
ALTER TABLE deployment.guards ADD COLUMN IF NOT EXISTS finished_at timestamptz"""
HAS_FINISHED_AT = """\
SELECT EXISTS (
    SELECT FROM pg_attribute
    WHERE attrelid = to_regclass('deployment.guards') AND attname = 'finished_at'
)"""
FINISH_GUARDS = """\
UPDATE deployment.guards SET finished_at = now()
WHERE finished_at IS NULL AND number = (SELECT max(number) FROM deployment.guards)"""
LONGEST_TRANSACTIONS = """\
SELECT pid, application_name, state, round(extract(epoch FROM now() - xact_start)) AS seconds
FROM pg_stat_activity
WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
ORDER BY xact_start
LIMIT 3"""


class DatabaseBusy(Exception):
    """Other transactions kept the locks that a migration needs; nothing was changed."""

    def __init__(self, others: list[str]) -> None:
        who = "; ".join(others) or "none is to be seen now"
        super().__init__(
            "The database was too busy to be migrated, and nothing was changed. The longest "
            f"transactions: {who}. Wait until they are done, or end one with "
            "SELECT pg_terminate_backend(its number), and run gongzhang migrate again."
        )


@dataclass(frozen=True)
class Migration:
    """What `migrate` did."""

    before: str | None
    after: str
    guards_applied: bool
    #: The version before is no longer served.
    finished: bool

    @property
    def changed(self) -> bool:
        """False when the database already was as it should be."""
        return self.before != self.after or self.guards_applied


async def migrate(
    admin_url: str,
    *,
    service_login: str | None = None,
    finish: bool = False,
    always_guard: bool = False,
) -> Migration:
    """Create roles, tables and guards where they are missing or old.

    The login of `admin_url` may be a superuser, or the database's owner with CREATEROLE.
    `service_login`, if given, is made a member of the service's role. `finish` ends the upgrade:
    what only the version before needed is dropped, and it is refused from now on. `always_guard`
    applies the guards even if they are said to be there, as after a restore.

    Raises:
        DatabaseBusy: the locks were not to be had; nothing was changed.
        DatabaseTooNew: the database has revisions this program does not know.
        ServerUnsuitable: PostgreSQL before 15, or missing rights.
    """
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        for pause in (*PAUSES_SECONDS, None):
            try:
                return await _attempt(engine, service_login, finish, always_guard)
            except (DBAPIError, asyncpg.PostgresError) as error:
                if _state_of(error) not in _LOCK_NOT_AVAILABLE:
                    raise
                if pause is None:
                    raise DatabaseBusy(await _longest_transactions(engine)) from error
                logger.warning("migration_waits_for_locks", seconds=pause)
                await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")
    finally:
        await engine.dispose()


async def prepare_roles(admin_url: str) -> None:
    """Create the roles that own, serve and back up, where they are missing.

    Raises:
        ServerUnsuitable: PostgreSQL before 15, or missing rights.
    """
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with connection_of(engine) as conn, conn.begin():
            await _check_server(conn)
            await _ensure_roles(conn)
    finally:
        await engine.dispose()


async def _attempt(
    engine: AsyncEngine, service_login: str | None, finish: bool, always_guard: bool
) -> Migration:
    """All of it in one transaction."""
    async with connection_of(engine) as conn, conn.begin():
        await execute(conn, f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        await execute(conn, f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
        await _check_server(conn)
        before = await read_state(conn)
        before.refuse_newer()
        applies = always_guard or not before.is_current()
        if applies:
            await _ensure_roles(conn)
        await _admit_service_login(conn, service_login)
        is_new = before.revision is None
        if applies or (finish and before.is_upgrading):
            await execute(conn, f"SET LOCAL ROLE {OWNER_ROLE}")
        if applies:
            await _apply(conn, before)
        if is_new or (finish and (applies or before.is_upgrading)):
            await execute(conn, DROP_STALE_ROUTINES)
            await execute(conn, FINISH_GUARDS)
        is_finished = is_new or finish or not (applies or before.is_upgrading)
        return Migration(before.revision, head_revision(), applies, is_finished)


async def _apply(conn: AsyncConnection, before: SchemaState) -> None:
    """Tables, then everything that follows from them, as the owner of all."""
    await execute(conn, DROP_STALE_ROUTINES)  # of the upgrade before this one
    await execute(conn, "CREATE SCHEMA IF NOT EXISTS deployment")
    await execute(conn, CREATE_GUARDS_TABLE)
    if not await fetch_value(conn, HAS_FINISHED_AT):
        await execute(conn, ADD_FINISHED_AT)
    await conn.run_sync(_upgrade_to_head)
    raw: Any = (await conn.get_raw_connection()).driver_connection
    for statement in guard_statements():
        await raw.execute(statement)  # a file may hold several statements
    checksum = guards_checksum()
    if before.checksums[-1:] != (checksum,):
        await execute(conn, "INSERT INTO deployment.guards (checksum) VALUES ($1)", checksum)
    await store_roles(conn)


def _upgrade_to_head(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "head")


def _state_of(error: DBAPIError | asyncpg.PostgresError) -> str | None:
    """The SQLSTATE; guards are applied by the driver itself, whose errors nobody wraps."""
    return sqlstate(error) if isinstance(error, DBAPIError) else str(error.sqlstate)


async def _longest_transactions(engine: AsyncEngine) -> list[str]:
    async with connection_of(engine) as conn:
        rows = await fetch_all(conn, LONGEST_TRANSACTIONS)
    return [
        f"number {row.pid} ({row.application_name or 'nameless'}, {row.state}, {row.seconds} s)"
        for row in rows
    ]


async def _check_server(conn: AsyncConnection) -> None:
    number = int(await fetch_value(conn, "SELECT current_setting('server_version_num')"))
    if number < OLDEST_SERVER:
        raise ServerUnsuitable(
            f"PostgreSQL 15 or newer is needed; this server is version {number // 10000}."
        )


async def _ensure_roles(conn: AsyncConnection) -> None:
    """Create the roles, and let the admin's login act as the owner of everything."""
    roles = (OWNER_ROLE, SERVICE_ROLE, BACKUP_ROLE)
    for role in roles:
        if not await fetch_value(conn, f"SELECT to_regrole('{role}') IS NOT NULL"):
            await _with_right(conn, f"CREATE ROLE {role} NOLOGIN", "CREATEROLE")
    superuser = await fetch_value(
        conn, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    )
    if not superuser:
        for role in roles:
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
