"""What a database says about itself, and whether this program may work on it.

Source: docs/decisions/0031-migrations.md, docs/decisions/0052-operation.md
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import fetch_all, fetch_optional, fetch_value, sqlstate
from ledger.settings import read_settings
from ops.guards import SERVICE_ROLE, guards_checksum
from ops.refusals import AdministratorMust
from ops.refused_connections import UNREADABLE, ServerUnsuitable, why_refused

# The role is missing (22023), or the login is not a member of it (42501).
NO_SUCH_ROLE = {"22023", "42501"}

#: The comment that a database bears while a backup is brought back into it.
HALF_RESTORED = "gongzhang: half a restore"
IS_HALF_RESTORED = """\
SELECT coalesce(shobj_description(oid, 'pg_database') = $1, false)
FROM pg_database WHERE datname = current_database()"""


class SchemaMismatch(AdministratorMust):
    """The database does not fit this program; the message names the command that mends it."""


class DatabaseNotSetUp(SchemaMismatch):
    """The database is empty, or has not been migrated for this login."""

    def __init__(self) -> None:
        super().__init__(
            "The database has not been set up yet for this login. Run: gongzhang migrate "
            "(with GONGZHANG_ADMIN_DATABASE_URL if the service's own login may not create tables)"
        )


class DatabaseHalfRestored(SchemaMismatch):
    """A backup is being brought back into the database, or that was interrupted."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The database {name} is half a restore, which was interrupted or is still at work. "
            f"When none is at work, remove it (DROP DATABASE {name}; the embedded one: move its "
            "GONGZHANG_DATA_DIR away) and run gongzhang restore again."
        )


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


@dataclass(frozen=True)
class SchemaState:
    """What a database holds: its revision, and the checksums of its guards, oldest first.

    `is_upgrading`: the newest guards were applied beside a running service of the version before,
    which is still welcome.
    """

    revision: str | None
    checksums: tuple[str, ...]
    is_upgrading: bool = False

    def is_current(self) -> bool:
        """It is what this program makes of it."""
        return self.revision == head_revision() and self.checksums[-1:] == (guards_checksum(),)

    def still_serves_us(self) -> bool:
        """A newer program is taking over, and ours may go on until that is done."""
        return self.is_upgrading and self.checksums[-2:-1] == (guards_checksum(),)

    def refuse_newer(self) -> None:
        """Refuse what only a newer program understands.

        Raises:
            DatabaseTooNew: revisions or guards came after those of this program.
        """
        if self.revision is not None and self.revision not in known_revisions():
            raise DatabaseTooNew
        if guards_checksum() in self.checksums[:-1]:
            raise DatabaseTooNew


async def check_schema(engine: AsyncEngine) -> None:
    """Refuse to work on a database that this program's version does not fit.

    Raises:
        DatabaseNotSetUp: `gongzhang migrate` sets it up.
        DatabaseHalfRestored: a restore is at work, or was interrupted.
        DatabaseTooOld: `gongzhang migrate` mends it.
        DatabaseTooNew: a newer program is needed.
        ServerUnsuitable: no connection.
    """
    async with connection_of(engine) as conn:
        await refuse_half_restored(conn)
        state = await read_state(conn)
    if state.revision is None:
        raise DatabaseNotSetUp
    if state.still_serves_us():
        return
    state.refuse_newer()
    if not state.is_current():
        raise DatabaseTooOld


async def refuse_half_restored(conn: AsyncConnection) -> None:
    """Refuse a database that a restore has not finished.

    Raises:
        DatabaseHalfRestored: it bears the mark.
    """
    if await fetch_value(conn, IS_HALF_RESTORED, HALF_RESTORED):
        raise DatabaseHalfRestored(await fetch_value(conn, "SELECT current_database()"))


@asynccontextmanager
async def connection_of(
    engine: AsyncEngine,
    *,
    without_role: type[AdministratorMust] = DatabaseNotSetUp,
    variable: str | None = None,
) -> AsyncIterator[AsyncConnection]:
    """A connection; what keeps us from it is said with the remedy.

    `without_role` is what to say when the engine's role is missing or not for this login;
    `variable` holds the address, where the engine's role does not tell.

    Raises:
        DatabaseNotSetUp: the service's role is missing.
        ServerUnsuitable: no connection.
    """
    try:
        conn = await engine.connect()
    except (DBAPIError, OSError, *UNREADABLE) as error:
        if isinstance(error, DBAPIError) and sqlstate(error) in NO_SUCH_ROLE:
            raise without_role from error
        raise ServerUnsuitable(why_refused(error, variable or _variable_of(engine))) from error
    try:
        yield conn
    finally:
        await conn.close()


def _variable_of(engine: AsyncEngine) -> str:
    """The variable that holds the address of an engine of ours."""
    serves = engine.sync_engine.get_execution_options().get("role") == SERVICE_ROLE
    if serves or not read_settings().admin_database_url:
        return "GONGZHANG_DATABASE_URL"
    return "GONGZHANG_ADMIN_DATABASE_URL"


async def read_state(conn: AsyncConnection) -> SchemaState:
    """Return what the database says about itself; nothing of it need exist."""
    exists = await fetch_value(conn, "SELECT to_regclass('deployment.alembic_version') IS NOT NULL")
    if not exists:
        return SchemaState(revision=None, checksums=())
    row = await fetch_optional(conn, "SELECT version_num FROM deployment.alembic_version")
    rows = await fetch_all(
        conn,  # the first releases had no finished_at
        "SELECT checksum, to_jsonb(g) -> 'finished_at' = 'null' AS is_open"
        " FROM deployment.guards g ORDER BY number",
    )
    return SchemaState(
        revision=None if row is None else row.version_num,
        checksums=tuple(row.checksum for row in rows),
        is_upgrading=bool(rows and rows[-1].is_open),
    )


def head_revision() -> str:
    """The newest revision this program knows."""
    return max(known_revisions())


def known_revisions() -> set[str]:
    """Every revision this program knows: the number that each file of migrations begins with.

    Alembic would say the same, after 0.1 s of every start.
    """
    names = [entry.name for entry in (files("ledger") / "migrations" / "versions").iterdir()]
    return {number for name in names if (number := name.partition("_")[0]).isdigit()}
