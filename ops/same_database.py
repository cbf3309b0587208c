"""Which database an address reaches, and whether the two of an installation reach the same one.

A backup of another database than the one that is served is found out when it is needed.
"""

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import create_engine, fetch_one, fetch_value
from ledger.settings import UnknownSetting
from ops.refusals import AdministratorMust
from ops.refused_connections import UNREADABLE
from ops.schema_state import connection_of

_FOUND = """\
SELECT datname AS name, oid AS number,
    has_function_privilege('pg_control_system()', 'EXECUTE') AS may_ask
FROM pg_database WHERE datname = current_database()"""
_SYSTEM = "SELECT system_identifier FROM pg_control_system()"


class Place(NamedTuple):
    """A database: its name, its number on its server, and the server's; None where not told."""

    name: str
    number: int
    system: int | None


async def check_same_database(admin_url: str, service_url: str) -> str:
    """The name of the database that both addresses reach.

    Where the service's login is not let in (yet), the names in the addresses are compared.

    Raises:
        ServerUnsuitable: the admin's address leads nowhere.
        UnknownSetting: they reach two databases.
    """
    ours = await _look(admin_url)
    if admin_url == service_url:
        return ours.name
    try:
        served = await _look(service_url, variable="GONGZHANG_DATABASE_URL")
    except AdministratorMust as refused:  # also a login that the database does not let in
        if isinstance(refused.__cause__, UNREADABLE):
            raise
        served = ours._replace(name=unquote(urlsplit(service_url).path[1:]) or ours.name)
    if served == ours or (None in (served.system, ours.system) and served[:2] == ours[:2]):
        return ours.name
    where = "" if served.name != ours.name else ", on two servers"
    raise UnknownSetting(
        f"GONGZHANG_DATABASE_URL reaches the database {served.name} and "
        f"GONGZHANG_ADMIN_DATABASE_URL reaches {ours.name}{where}: nothing was done. Correct the "
        "one that is wrong, so that both name the database that is served."
    )


async def _look(url: str, *, variable: str | None = None) -> Place:
    engine = create_engine(url, role=None, pool_size=1)
    try:
        async with connection_of(engine, variable=variable) as conn:
            return await _place(conn)
    finally:
        await engine.dispose()


async def _place(conn: AsyncConnection) -> Place:
    row = await fetch_one(conn, _FOUND)
    system = await fetch_value(conn, _SYSTEM) if row.may_ask else None
    return Place(row.name, row.number, system)
