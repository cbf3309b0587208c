"""Bring a database to the state this program needs, while a service may be working on it.

Migrations and guards are one transaction; before it, each table in use gets what protects it in a
transaction of its own. Each waits for a lock only for a moment, because whoever comes after it
waits as well; then it lets everything go and tries again. Running it twice changes nothing, nor
does running it twice at once.

Source: docs/decisions/0031-migrations.md, docs/decisions/0052-operation.md
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any, TypeVar

import asyncpg
import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import create_engine, execute, fetch_all, fetch_value, sqlstate
from ledger.foundation.roles import store_roles
from ledger.schema import metadata
from ops.database_roles import admit_service_login, admit_service_role, check_server, ensure_roles
from ops.guards import (
    DROP_STALE_ROUTINES,
    OWNER_ROLE,
    guard_statements,
    guards_checksum,
    protecting_statements,
    table_protections,
)
from ops.refusals import AdministratorMust
from ops.schema_state import (
    connection_of,
    head_revision,
    read_state,
    refuse_half_restored,
)

logger = structlog.get_logger(__name__)

T = TypeVar("T")

# Waiting for a lock makes every later query on that table wait behind us.
LOCK_TIMEOUT = "500ms"
STATEMENT_TIMEOUT = "30min"
#: Two migrations of one database go one after the other; the number says nothing.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7305811894326171)"
#: Pauses between attempts; about two minutes in all, longer than any request may take.
PAUSES_SECONDS = (1, 2, 5, 10, 15, 15, 15, 30, 30)
_LOCK_NOT_AVAILABLE = frozenset({"55P03", "40P01"})

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
TABLES_IN_USE = """\
SELECT n.nspname || '.' || c.relname AS name, EXISTS (
    SELECT FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
) AS has_tenant
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspowner = to_regrole('gongzhang_owner')"""
LONGEST_TRANSACTIONS = """\
SELECT pid, application_name, state, round(extract(epoch FROM now() - xact_start)) AS seconds
FROM pg_stat_activity
WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
ORDER BY xact_start
LIMIT 3"""


class DatabaseBusy(AdministratorMust):
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
    applies the guards even if they are said to be there, and takes what is half restored: it is
    the restore that asks for it.

    Raises:
        DatabaseBusy: the locks were not to be had; nothing was changed.
        DatabaseHalfRestored: a restore is at work there, or was interrupted.
        DatabaseTooNew: the database has revisions this program does not know.
        ServerUnsuitable: PostgreSQL before 15, or missing rights.
    """
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with connection_of(engine) as conn:
            await check_server(conn)
            if not always_guard:
                await refuse_half_restored(conn)
            before = await read_state(conn)
        before.refuse_newer()
        applies = always_guard or not before.is_current()
        if applies:
            await _patiently(engine, _prepare)
            for statement in await _protections_of_tables_in_use(engine):
                await _patiently(engine, partial(_as_owner, statement))
        return await _patiently(
            engine,
            partial(
                _migrate,
                service_login=service_login,
                finish=finish,
                applies=applies,
                always_guard=always_guard,
            ),
        )
    finally:
        await engine.dispose()


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration; it lives here and in no file."""
    config = Config()
    config.set_main_option("script_location", str(files("ledger") / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def _patiently(engine: AsyncEngine, step: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """One transaction, begun anew whenever a lock is not to be had at once."""
    for pause in (*PAUSES_SECONDS, None):
        try:
            async with connection_of(engine) as conn, conn.begin():
                await execute(conn, f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                await execute(conn, f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
                await execute(conn, ONE_AT_A_TIME)
                return await step(conn)
        except (DBAPIError, asyncpg.PostgresError) as error:
            if _state_of(error) not in _LOCK_NOT_AVAILABLE:
                raise
            if pause is None:
                raise DatabaseBusy(await _longest_transactions(engine)) from error
            logger.warning("migration_waits_for_locks", seconds=pause)
            await asyncio.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


async def _prepare(conn: AsyncConnection) -> None:
    """Roles, and what the guards need; the program before notices nothing of it."""
    await ensure_roles(conn)
    await execute(conn, f"SET LOCAL ROLE {OWNER_ROLE}")
    await execute(conn, "CREATE SCHEMA IF NOT EXISTS deployment")
    await execute(conn, CREATE_GUARDS_TABLE)
    if not await fetch_value(conn, HAS_FINISHED_AT):
        await execute(conn, ADD_FINISHED_AT)
    await _run(conn, protecting_statements())


async def _protections_of_tables_in_use(engine: AsyncEngine) -> list[str]:
    """What protects the tables that are there already, each to be run by itself.

    Together they would hold the locks of many tables, which services take in another order. A
    table that only the coming migration gives its tenant is left to it.
    """
    async with connection_of(engine) as conn:
        rows = await fetch_all(conn, TABLES_IN_USE)
    in_use = {row.name: row.has_tenant for row in rows}
    return [
        statement
        for name, statement in table_protections().items()
        if in_use.get(name) == ("tenant_id" in metadata.tables[name].columns)
    ]


async def _as_owner(statement: str, conn: AsyncConnection) -> None:
    await execute(conn, f"SET LOCAL ROLE {OWNER_ROLE}")
    await _run(conn, [statement])


async def _migrate(
    conn: AsyncConnection,
    *,
    service_login: str | None,
    finish: bool,
    applies: bool,
    always_guard: bool,
) -> Migration:
    """Tables, and everything that follows from them, in one transaction."""
    before = await read_state(conn)
    applies = always_guard or (applies and not before.is_current())  # another one was quicker
    await admit_service_role(conn)
    await admit_service_login(conn, service_login)
    is_new = before.revision is None
    ends = finish and (applies or before.is_upgrading)
    if applies or ends:
        await execute(conn, f"SET LOCAL ROLE {OWNER_ROLE}")
    if applies:
        await execute(conn, DROP_STALE_ROUTINES)  # of the upgrade before this one
        await conn.run_sync(_upgrade_to_head)
        await _run(conn, guard_statements())
        checksum = guards_checksum()
        if before.checksums[-1:] != (checksum,):
            await execute(conn, "INSERT INTO deployment.guards (checksum) VALUES ($1)", checksum)
        await store_roles(conn)
    if is_new or ends:
        await execute(conn, DROP_STALE_ROUTINES)
        await execute(conn, FINISH_GUARDS)
    is_finished = is_new or finish or not (applies or before.is_upgrading)
    return Migration(before.revision, head_revision(), applies, is_finished)


async def _run(conn: AsyncConnection, statements: list[str]) -> None:
    raw: Any = (await conn.get_raw_connection()).driver_connection
    for statement in statements:
        await raw.execute(statement)  # a file may hold several statements


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
