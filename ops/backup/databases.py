"""The databases of a server that a restore makes, names and removes.

A new one is made under another name and gets its own when it is whole: a restore that was killed
leaves nothing under the name that was asked for.
"""

import asyncio
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy.exc import DBAPIError

from ledger.database import create_engine, execute, fetch_value, sqlstate
from ops.backup.errors import BackupFailed
from ops.guards import SERVICE_ROLE
from ops.schema_state import connection_of

_UNFINISHED = "_unfinished"
#: PostgreSQL cuts off what is longer.
LONGEST_NAME = 63 - len(_UNFINISHED)
_DUPLICATE_DATABASE = "42P04"
#: What follows the database's name in a statement about it.
_REST = {
    "CREATE DATABASE": " TEMPLATE template0 ENCODING 'UTF8'",
    "REVOKE CONNECT, TEMPORARY ON DATABASE": " FROM PUBLIC",
    "GRANT CONNECT ON DATABASE": f" TO {SERVICE_ROLE}",
}


def create_unfinished(admin_url: str, name: str) -> str:
    """Make an empty database that will have this name; returns the admin's address of it.

    PostgreSQL lets every login of the server into a new database; this one is closed at once.

    Raises:
        BackupFailed: the login may not, the name is taken, or half a restore is in the way.
        ServerUnsuitable: no connection.
    """
    if asyncio.run(_exists(admin_url, name)):
        raise _taken(name)
    unfinished = f"{name}{_UNFINISHED}"
    if asyncio.run(_exists(admin_url, unfinished)):
        raise BackupFailed(
            f"{unfinished} is half a restore into {name}, which was interrupted or is still at "
            f"work. When none is at work, remove it with DROP DATABASE {unfinished} and try again, "
            "or choose another name."
        )
    asyncio.run(_in_autocommit(admin_url, "CREATE DATABASE", unfinished))
    try:
        asyncio.run(_in_autocommit(admin_url, "REVOKE CONNECT, TEMPORARY ON DATABASE", unfinished))
    except BaseException:
        drop_unfinished(admin_url, name)
        raise
    return with_database(admin_url, unfinished)


def finish(admin_url: str, name: str) -> None:
    """Let the service's role, and nobody else but the owner, in; then give it its name."""
    unfinished = f"{name}{_UNFINISHED}"
    asyncio.run(_in_autocommit(admin_url, "GRANT CONNECT ON DATABASE", unfinished))
    asyncio.run(_in_autocommit(admin_url, "ALTER DATABASE", unfinished, f" RENAME TO {name}"))


def drop_unfinished(admin_url: str, name: str) -> None:
    """Remove what a failed restore has left half-made."""
    asyncio.run(_in_autocommit(admin_url, "DROP DATABASE", f"{name}{_UNFINISHED}"))


def with_database(url: str, name: str) -> str:
    """The same address with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _taken(name: str) -> BackupFailed:
    return BackupFailed(
        f"There is a database {name} already, and nothing is written into it. Choose "
        "another name, as one with today's date."
    )


async def _exists(admin_url: str, name: str) -> bool:
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with connection_of(engine) as conn:
            query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1::text)"
            return bool(await fetch_value(conn, query, name))
    finally:
        await engine.dispose()


async def _in_autocommit(admin_url: str, what: str, name: str, rest: str = "") -> None:
    """`name` and `rest` are of names that `read_database_name` has let pass."""
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with connection_of(engine) as conn:
            quoted = await fetch_value(conn, "SELECT quote_ident($1)", name)
            await conn.rollback()
            await conn.execution_options(isolation_level="AUTOCOMMIT")
            await execute(conn, f"{what} {quoted}{_REST.get(what, rest)}")
    except DBAPIError as error:
        if sqlstate(error) == _DUPLICATE_DATABASE:
            raise _taken(name) from error
        raise BackupFailed(
            f"{what} {name} was refused: {error.orig}. Give the login that migrates in "
            "GONGZHANG_ADMIN_DATABASE_URL (CREATEDB lets it make databases), or create an empty "
            "database by hand, and restore with its address there."
        ) from error
    finally:
        await engine.dispose()
