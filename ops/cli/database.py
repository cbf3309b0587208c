"""The database a command works on: the given server, else the embedded one."""

import asyncio
import contextlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from ledger.database import create_engine
from ledger.settings import Settings, UnknownSetting
from ops.database_roles import check_service_login
from ops.embedded_postgres import EmbeddedPostgres
from ops.refusals import AdministratorMust
from ops.schema_state import check_schema
from ops.secret_check import check_secret, expect_no_secret_yet
from ops.secret_file import is_to_be_made, with_secret_key

_LOGIN = re.compile(r"postgres(?:ql)?://([^:@/?]+)(?::[^@]*)?@")


class NoDatabase(AdministratorMust):
    """No address is given, and the embedded database was never begun in the data directory."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            "No GONGZHANG_DATABASE_URL is set, and there is no embedded database in "
            f"{settings.data_path()}. Set the address, or GONGZHANG_DATA_DIR to where the database "
            "lies; run gongzhang migrate to begin a new one there."
        )


@dataclass(frozen=True)
class OpenDatabase:
    """Addresses that work now.

    `server` is None on a given server, and when another process of ours (`gongzhang serve`,
    `make demo`) has the embedded one running and we are its guest.
    """

    admin_url: str
    service_url: str
    server: EmbeddedPostgres | None


def login_in(url: str) -> str | None:
    """The login that an address names, if it names one; the address may be a wrong one."""
    found = _LOGIN.match(url)
    return unquote(found[1]) if found else None


@contextlib.contextmanager
def open_database(
    settings: Settings,
    *,
    alone: bool = False,
    migrated: bool = True,
    any_secret: bool = False,
    serving: bool = False,
    begin: bool = False,
) -> Iterator[OpenDatabase]:
    """Yield the database; an embedded server that we started is stopped at the end.

    `alone` refuses to be a guest: for a command that answers for the server's life. `migrated`
    refuses a database that does not fit this program, and, where the settings have a secret, one
    whose personal data is under another; `any_secret` lets that pass. `serving` also refuses the
    login of a given server's owner. `begin` makes the embedded database where there is none yet.
    Call it where no event loop is running.

    Raises:
        EmbeddedPostgresError: the embedded server cannot be used.
        NoDatabase: there is neither an address nor an embedded database.
        SchemaMismatch: the database does not fit; the message says what mends it.
        ServerUnsuitable: no connection.
        ServiceLoginTooStrong: the owner's login, or a superuser's, is to serve.
        UnknownSetting: the secret is that of another installation.
    """
    with _addresses(settings, alone=alone, begin=begin) as database:
        if migrated:
            secret = None if any_secret or not settings.secret_key else settings
            on_given_server = serving and bool(settings.database_url)
            asyncio.run(_check(database.service_url, secret, serving=on_given_server))
        yield database


def settings_with_secret(settings: Settings) -> Settings:
    """The settings with the secret; one is made only for a database without personal data.

    Raises:
        NoSecretHere: the secret of an installation in use is missing; none is made in its place.
        Whatever `open_database` and `with_secret_key` raise.
    """
    if is_to_be_made(settings):
        with open_database(settings, any_secret=True) as database:
            asyncio.run(_expect_no_secret_yet(database.service_url, settings))
    return with_secret_key(settings)


def tell_if_elsewhere(database: OpenDatabase, settings: Settings) -> None:
    """Say where the embedded server keeps its data when it is not where one would look."""
    server = database.server
    if server is None or server.home.root.parent == settings.data_path():
        return
    assert server.home.owner is not None, "only what runs as root moves"
    user = server.home.owner.pw_name
    print(
        f"数据库放在 {server.home.root}：以 root 运行时数据库归用户 {user} 所有，"
        f"而 {user} 进不了 {settings.data_path()}。\n"
        f"The database lies in {server.home.root}: PostgreSQL runs as {user} here, who may not "
        f"enter {settings.data_path()}.",
        file=sys.stderr,
        flush=True,
    )


@contextlib.contextmanager
def _addresses(settings: Settings, *, alone: bool, begin: bool) -> Iterator[OpenDatabase]:
    if settings.database_url:
        yield OpenDatabase(settings.migration_url(), settings.database_url, server=None)
        return
    if settings.admin_database_url:
        raise UnknownSetting(
            "GONGZHANG_ADMIN_DATABASE_URL is set without GONGZHANG_DATABASE_URL: give the address "
            "of the service's login too, or neither for the embedded database"
        )
    server = EmbeddedPostgres(settings.data_path())
    if not alone and server.join_running():
        yield OpenDatabase(server.admin_url, server.service_url, server=None)
        return
    if not begin and not server.is_there():
        raise NoDatabase(settings)
    with server:
        yield OpenDatabase(server.admin_url, server.service_url, server)


async def _expect_no_secret_yet(service_url: str, settings: Settings) -> None:
    engine = create_engine(service_url, pool_size=1)
    try:
        await expect_no_secret_yet(engine, settings)
    finally:
        await engine.dispose()


async def _check(service_url: str, with_secret: Settings | None, *, serving: bool) -> None:
    engine = create_engine(service_url, pool_size=1)
    try:
        await check_schema(engine)
        if serving:
            await check_service_login(engine)
        if with_secret is not None:
            await check_secret(engine, with_secret)
    finally:
        await engine.dispose()
