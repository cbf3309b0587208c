"""The database edge: engines, transactions, fixed SQL. Domain functions never commit; this does.

Source: docs/decisions/0002-database-access.md
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import Row
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

SERVICE_ROLE = "gongzhang_service"
_RETRIED_STATES = frozenset({"40001", "40P01"})  # serialization failure, deadlock detected
_ATTEMPTS = 4
_HEADER = re.compile(r"\A(?:\s*--[^\n]*\n)+")

T = TypeVar("T")


class Act(Protocol):
    """What the caller of this request does; its record goes into the transaction that does it."""

    def begin(self) -> None:
        """A transaction begins, perhaps once more."""

    async def finish(self, conn: AsyncConnection) -> None:
        """The operation is done and not yet committed."""

    def committed(self) -> None:
        """The transaction is committed."""


#: Set by the edge for a request that writes; None: nobody's act, as in jobs and tests.
current_act: ContextVar[Act | None] = ContextVar("current_act", default=None)


class Patience(NamedTuple):
    """How long whoever answers people waits, in seconds, before it says to come back later."""

    #: For a connection of the pool, and for the server to take a new one.
    connection: int
    #: For a lock that somebody else holds.
    lock: int
    #: For the answer to one statement; beyond it the wire is taken for dead.
    statement: int
    #: The server ends a transaction in which nothing was asked for so long.
    idle_transaction: int


def create_engine(
    url: str,
    *,
    role: str | None = SERVICE_ROLE,
    pool_size: int = 5,
    max_overflow: int = 10,
    patience: Patience | None = None,
) -> AsyncEngine:
    """An engine over asyncpg whose sessions run as ``role`` (None: as the login itself).

    ``url`` is a libpq-style ``postgresql://`` address, as in GONGZHANG_DATABASE_URL. Without
    ``patience``, as for jobs and commands, one waits as long as it takes.
    """
    settings = {"application_name": "gongzhang", "timezone": "UTC"}
    connecting: dict[str, Any] = {"dsn": url, "server_settings": settings}
    pooling: dict[str, Any] = {}
    if role is not None:
        settings["role"] = role
    if patience is not None:
        settings["lock_timeout"] = f"{patience.lock}s"
        settings["idle_in_transaction_session_timeout"] = f"{patience.idle_transaction}s"
        connecting |= {"timeout": patience.connection, "command_timeout": patience.statement}
        pooling["pool_timeout"] = patience.connection
    engine = create_async_engine(
        "postgresql+asyncpg://",
        connect_args=connecting,
        execution_options={"role": role},
        pool_size=pool_size,
        max_overflow=max_overflow,
        hide_parameters=True,  # an error message with amounts and names would reach the log
        **pooling,
    )
    listen(engine.sync_engine, "handle_error", _give_up_silent_connection)
    return engine


def _give_up_silent_connection(context: ExceptionContext) -> None:
    """A connection that owes an answer is not used again: it might give it to another question."""
    if isinstance(context.original_exception, TimeoutError):
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


@cache
def load_sql(package: str, name: str) -> str:
    """The statement in ``<package>/sql/<name>.sql`` without its header comment."""
    text = files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    return _HEADER.sub("", text).strip().removesuffix(";")


async def set_tenant(conn: AsyncConnection, tenant_id: int) -> None:
    """Let row-level security show this tenant's rows until the transaction ends."""
    await conn.exec_driver_sql(
        "SELECT set_config('gongzhang.tenant_id', $1, true)", (str(tenant_id),)
    )


async def write_transaction(
    engine: AsyncEngine,
    operation: Callable[[AsyncConnection], Awaitable[T]],
    *,
    tenant_id: int | None = None,
) -> T:
    """Run ``operation`` in one transaction and commit it.

    A serialization failure or deadlock is tried again, at most four times in all; that is safe
    because every posting carries its idempotency key. In a request that writes, the audit log gets
    a line in the same transaction.
    """

    async def attempt() -> T:
        async with engine.begin() as conn:
            if tenant_id is not None:
                await set_tenant(conn, tenant_id)
            if act is None:
                return await operation(conn)
            act.begin()
            result = await operation(conn)
            await act.finish(conn)
        act.committed()
        return result

    act = current_act.get()
    return await _rolled_back_again(attempt)


async def write_statement(
    engine: AsyncEngine, operation: Callable[[AsyncConnection], Awaitable[T]]
) -> T:
    """Run an ``operation`` of one statement, which is a transaction by itself and sets its tenant.

    Its locks are gone when the server is done; in a transaction of several statements they wait
    until this process has read the answer and sent the commit. Tried again as write_transaction.
    """

    async def attempt() -> T:
        async with engine.connect() as conn:
            await conn.execution_options(isolation_level="AUTOCOMMIT")
            return await operation(conn)

    return await _rolled_back_again(attempt)


async def _rolled_back_again(attempt: Callable[[], Awaitable[T]]) -> T:
    for _ in range(_ATTEMPTS - 1):
        try:
            return await attempt()
        except DBAPIError as error:
            if sqlstate(error) not in _RETRIED_STATES:
                raise
    return await attempt()


@asynccontextmanager
async def read_transaction(
    engine: AsyncEngine, *, tenant_id: int | None = None
) -> AsyncIterator[AsyncConnection]:
    """One consistent snapshot: REPEATABLE READ, READ ONLY, never committed."""
    async with engine.connect() as conn:
        await conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        if tenant_id is not None:
            await set_tenant(conn, tenant_id)
        yield conn


def sqlstate(error: DBAPIError) -> str | None:
    """The five-character SQLSTATE of a database error, when the server sent one."""
    return getattr(error.orig, "sqlstate", None)


async def fetch_all(conn: AsyncConnection, sql: str, *args: Any) -> Sequence[Row[Any]]:
    """Every row of a fixed statement with ``$1`` parameters."""
    return (await conn.exec_driver_sql(sql, args)).all()


async def fetch_optional(conn: AsyncConnection, sql: str, *args: Any) -> Row[Any] | None:
    """The only row of a fixed statement, or None; a second row is a bug."""
    return (await conn.exec_driver_sql(sql, args)).one_or_none()


async def fetch_one(conn: AsyncConnection, sql: str, *args: Any) -> Row[Any]:
    """The only row of a fixed statement; none or a second one is a bug."""
    return (await conn.exec_driver_sql(sql, args)).one()


async def fetch_value(conn: AsyncConnection, sql: str, *args: Any) -> Any:
    """The first column of the only row."""
    return (await conn.exec_driver_sql(sql, args)).scalar_one()


async def execute(conn: AsyncConnection, sql: str, *args: Any) -> int:
    """Run a fixed statement for its effect; returns the number of rows it touched."""
    return (await conn.exec_driver_sql(sql, args)).rowcount
