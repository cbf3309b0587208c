"""The roles of a database: who owns, who serves, who backs up, and who may act as them.

Source: docs/decisions/0031-migrations.md
"""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import create_engine, execute, fetch_one, fetch_value, sqlstate
from ops.guards import BACKUP_ROLE, OWNER_ROLE, SERVICE_ROLE
from ops.refusals import AdministratorMust
from ops.refused_connections import ServerUnsuitable
from ops.schema_state import connection_of

OLDEST_SERVER = 150000
#: A role or a membership that another migration made on the same server at the same time: it is
#: one of a server, while migrations take turns in each database only.
_MADE_MEANWHILE = {"42710", "23505"}
_NO_RIGHT = "42501"


class ServiceLoginTooStrong(AdministratorMust):
    """The service was given the login of the database's owner, or of a superuser."""

    def __init__(self, login: str) -> None:
        super().__init__(
            f"The login {login} may change what is booked, and the service must not: give the "
            "service's own login (as gongzhang_app) in GONGZHANG_DATABASE_URL, and this one in "
            "GONGZHANG_ADMIN_DATABASE_URL to migrate and backup only."
        )


async def prepare_roles(admin_url: str) -> None:
    """Create the roles that own, serve and back up, where they are missing.

    Raises:
        ServerUnsuitable: PostgreSQL before 15, or missing rights.
    """
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with connection_of(engine) as conn, conn.begin():
            await check_server(conn)
            await ensure_roles(conn)
    finally:
        await engine.dispose()


async def check_server(conn: AsyncConnection) -> None:
    """Refuse a server that is too old.

    Raises:
        ServerUnsuitable: PostgreSQL before 15.
    """
    number = int(await fetch_value(conn, "SELECT current_setting('server_version_num')"))
    if number < OLDEST_SERVER:
        raise ServerUnsuitable(
            f"PostgreSQL 15 or newer is needed; this server is version {number // 10000}."
        )


async def ensure_roles(conn: AsyncConnection) -> None:
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


async def admit_service_role(conn: AsyncConnection) -> None:
    """Let the service's role into the database, where only some logins are let in.

    Its members come in by their own right; the size of a database is told to the role alone.
    """
    may = "SELECT has_database_privilege($1, current_database(), 'CONNECT')"
    if not await fetch_value(conn, may, SERVICE_ROLE):
        database = await fetch_value(conn, "SELECT quote_ident(current_database())")
        grant = f"GRANT CONNECT ON DATABASE {database} TO {SERVICE_ROLE}"
        await _with_right(conn, grant, "ownership of the database")


async def admit_service_login(conn: AsyncConnection, login: str | None) -> None:
    """Make the login, if there is one, a member of the service's role."""
    if login is None or not await fetch_value(
        conn, "SELECT to_regrole(quote_ident($1)) IS NOT NULL", login
    ):
        return
    if not await fetch_value(conn, "SELECT pg_has_role($1, $2, 'MEMBER')", login, SERVICE_ROLE):
        quoted = await fetch_value(conn, "SELECT quote_ident($1)", login)
        grant = f"GRANT {SERVICE_ROLE} TO {quoted}"
        await _with_right(conn, grant, f"the right to grant {SERVICE_ROLE} (ADMIN OPTION)")


async def check_service_login(engine: AsyncEngine) -> None:
    """Refuse to serve as a login that could change what is booked.

    Raises:
        ServiceLoginTooStrong: a superuser, or a member of the owner's role.
    """
    async with connection_of(engine) as conn:
        row = await fetch_one(
            conn,
            "SELECT session_user AS login, rolsuper OR pg_has_role(oid, $1::text, 'MEMBER') AS owns"
            " FROM pg_roles WHERE rolname = session_user",
            OWNER_ROLE,
        )
    if row.owns:
        raise ServiceLoginTooStrong(row.login)


async def _with_right(conn: AsyncConnection, statement: str, right: str) -> None:
    try:
        async with conn.begin_nested():
            await execute(conn, statement)
    except DBAPIError as error:
        if sqlstate(error) in _MADE_MEANWHILE:
            return
        if sqlstate(error) != _NO_RIGHT:
            raise
        raise ServerUnsuitable(
            f"The login for migrating lacks {right}. It was refused: {statement}."
        ) from error
