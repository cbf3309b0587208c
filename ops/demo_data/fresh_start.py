"""Whether a database has its demo, can take one, or holds what must not be touched."""

from enum import Enum, auto
from urllib.parse import unquote, urlsplit

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import create_engine, execute, fetch_value, read_transaction, sqlstate
from ledger.foundation.organisations import list_tenants
from ops.demo_data.record import DemoRecord, identify_database
from ops.guards import schema_names
from ops.migrator import migrate
from ops.refused_connections import ServerUnsuitable

#: The schema in which the migrator keeps its own; it is not in the metadata.
_DEPLOYMENT = "deployment"
_NOT_PERMITTED = "42501"
_HAS_PEOPLE = "SELECT EXISTS (SELECT FROM foundation.person)"


class Found(Enum):
    """What a database holds, from the demo's point of view."""

    NOTHING = auto()
    FINISHED = auto()
    #: The finished demo, and what visitors have added to it.
    FINISHED_AND_MORE = auto()
    INTERRUPTED = auto()
    #: Programmes, estates or people that no demo has made.
    OTHERS = auto()


async def migrate_database(admin_url: str, service_url: str) -> None:
    """Bring the database to what this program needs."""
    login = unquote(urlsplit(service_url).username or "") or None
    await migrate(admin_url, service_login=login)


async def look_around(engine: AsyncEngine, record: DemoRecord | None) -> tuple[Found, str]:
    """What is there, and the identity of the database."""
    async with read_transaction(engine) as conn:
        identity = await identify_database(conn)
        tenants = {tenant.public_id for tenant in await list_tenants(conn)}
        has_people = await fetch_value(conn, _HAS_PEOPLE)
    if record is not None and record.database == identity:
        if not record.finished:
            return Found.INTERRUPTED, identity
        if tenants >= set(record.tenants):
            more = len(tenants) > len(record.tenants)
            return (Found.FINISHED_AND_MORE if more else Found.FINISHED), identity
    return (Found.OTHERS if tenants or has_people else Found.NOTHING), identity


async def empty_database(admin_url: str, service_url: str) -> None:
    """Drop what migrating made, and make it anew. Only for a database that holds a demo.

    Raises:
        ServerUnsuitable: the login of `admin_url` owns nothing there.
    """
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with engine.begin() as conn:
            for schema in (*schema_names(), _DEPLOYMENT):  # nothing else is ever dropped
                await execute(conn, f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    except DBAPIError as error:
        if sqlstate(error) != _NOT_PERMITTED:
            raise
        raise ServerUnsuitable(
            "This login may not drop the demo. Give the owner's address: "
            "GONGZHANG_ADMIN_DATABASE_URL=postgresql://owner:…@host/database"
        ) from error
    finally:
        await engine.dispose()
    await migrate_database(admin_url, service_url)
