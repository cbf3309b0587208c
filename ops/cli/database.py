"""The database a command works on: the given server, else the embedded one."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.database import create_engine
from ledger.settings import Settings
from ops.embedded_postgres import EmbeddedPostgres
from ops.migrator import check_schema


@dataclass(frozen=True)
class OpenDatabase:
    """Addresses that work now.

    `server` is None on a given server, and when another process of ours (`gongzhang serve`,
    `make demo`) has the embedded one running and we are its guest.
    """

    admin_url: str
    service_url: str
    server: EmbeddedPostgres | None


@contextlib.contextmanager
def open_database(
    settings: Settings, *, alone: bool = False, migrated: bool = True
) -> Iterator[OpenDatabase]:
    """Yield the database; an embedded server that we started is stopped at the end.

    `alone` refuses to be a guest: for a command that answers for the server's life. `migrated`
    refuses a database that does not fit this program. Call it where no event loop is running.

    Raises:
        EmbeddedPostgresError: the embedded server cannot be used.
        SchemaMismatch: the database does not fit; the message says what mends it.
        ServerUnsuitable: no connection.
    """
    with _addresses(settings, alone=alone) as database:
        if migrated:
            asyncio.run(_check(database.service_url))
        yield database


@contextlib.contextmanager
def _addresses(settings: Settings, *, alone: bool) -> Iterator[OpenDatabase]:
    if settings.database_url:
        yield OpenDatabase(settings.migration_url(), settings.database_url, server=None)
        return
    server = EmbeddedPostgres(settings.data_path())
    if not alone and server.join_running():
        yield OpenDatabase(server.admin_url, server.service_url, server=None)
        return
    with server:
        yield OpenDatabase(server.admin_url, server.service_url, server)


async def _check(service_url: str) -> None:
    engine = create_engine(service_url, pool_size=1)
    try:
        await check_schema(engine)
    finally:
        await engine.dispose()
