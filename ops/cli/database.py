"""The database a command works on: the given server, else the embedded one."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.settings import Settings
from ops.embedded_postgres import EmbeddedPostgres


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
def open_database(settings: Settings, *, alone: bool = False) -> Iterator[OpenDatabase]:
    """Yield the database; an embedded server that we started is stopped at the end.

    `alone` refuses to be a guest: for a command that answers for the server's life.
    """
    if settings.database_url:
        yield OpenDatabase(settings.migration_url(), settings.database_url, server=None)
        return
    server = EmbeddedPostgres(settings.data_path())
    if not alone and server.join_running():
        yield OpenDatabase(server.admin_url, server.service_url, server=None)
        return
    with server:
        yield OpenDatabase(server.admin_url, server.service_url, server)
