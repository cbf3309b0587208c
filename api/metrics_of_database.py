"""Figures that lie in the database: jobs, proofs, queues, webhooks, statements.

Whichever process is asked reads them, at most once in fifteen seconds.
"""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, TypeVar

import msgspec
import structlog
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import business_date, now
from ledger.database import fetch_one, load_sql, read_transaction, set_tenant
from ledger.foundation.organisations import Tenant, list_tenants
from ledger.journeys.jobs.overview import JobOverview, list_overview

logger = structlog.get_logger(__name__)

T = TypeVar("T")
_PLATFORM = load_sql("api", "platform_figures")
_TENANT = load_sql("api", "tenant_figures")
KEPT_SECONDS = 15
PROOFS = "prove_books"
_SECOND = timedelta(seconds=1)


class JobFigures(msgspec.Struct, frozen=True):
    """One job over all tenants it is for."""

    code: str
    runs: int
    failures: int
    failing: int
    parked: int
    left_undone: int
    #: Since the tenant that waits longest had its last good run; None: some never had one.
    success_age_seconds: int | None
    #: How long the run that is due longest has been due.
    late_seconds: int
    longest_milliseconds: int


class DatabaseFigures(msgspec.Struct, frozen=True):
    """Everything that is read from the database; None: it does not let us look."""

    jobs: tuple[JobFigures, ...]
    sign_in_failures: int | None = None
    work_waiting: int | None = None
    work_age_seconds: int | None = None
    database_bytes: int | None = None
    log_kept_bytes: int | None = None
    webhooks_waiting: int | None = None
    webhook_age_seconds: int | None = None
    webhooks_dead: int | None = None
    statement_lag_days: int | None = None


class DatabaseReader:
    """Reads the figures and keeps them for a moment."""

    def __init__(self) -> None:
        self._kept: DatabaseFigures | None = None
        self._until = monotonic()

    async def read(self, engine: AsyncEngine) -> DatabaseFigures:
        """The figures, not older than fifteen seconds."""
        if self._kept is None or monotonic() >= self._until:
            self._kept = await _read(engine)
            self._until = monotonic() + KEPT_SECONDS
        return self._kept


async def _read(engine: AsyncEngine) -> DatabaseFigures:
    moment = now()
    overview = await _unless_refused(list_overview(engine)) or ()
    platform = await _unless_refused(_of_platform(engine)) or {}
    tenants = await _unless_refused(_of_tenants(engine, moment)) or {}
    return DatabaseFigures(tuple(_job(one, moment) for one in overview), **platform, **tenants)


async def _unless_refused(look: Awaitable[T]) -> T | None:
    """What a look finds; None when the server refuses its statement: the others go on.

    A connection that is refused has no statement: then the database is away.
    """
    try:
        return await look
    except ProgrammingError as error:
        if error.statement is None:
            raise
        logger.warning("figures_incomplete", error=type(error).__name__)
        return None


async def _of_platform(engine: AsyncEngine) -> dict[str, Any]:
    async with read_transaction(engine) as conn:
        return dict((await fetch_one(conn, _PLATFORM))._asdict())


async def _of_tenants(engine: AsyncEngine, moment: datetime) -> dict[str, int]:
    waiting = age = dead = lag = 0
    async with read_transaction(engine) as conn:
        for tenant in await list_tenants(conn):
            found = await _tenant(conn, tenant, moment)
            waiting += found[0]
            age = max(age, found[1])
            dead += found[2]
            lag = max(lag, found[3])
    return {
        "webhooks_waiting": waiting,
        "webhook_age_seconds": age,
        "webhooks_dead": dead,
        "statement_lag_days": lag,
    }


async def _tenant(
    conn: AsyncConnection, tenant: Tenant, moment: datetime
) -> tuple[int, int, int, int]:
    await set_tenant(conn, tenant.tenant_id)
    row = await fetch_one(conn, _TENANT, tenant.tenant_id, business_date(moment))
    waiting, age, dead, lag = tuple(row)
    return waiting, age, dead, lag


def _job(one: JobOverview, moment: datetime) -> JobFigures:
    states = one.states.values()
    ends = [state.last_finished_at for state in states]
    known = [end for end in ends if end is not None]
    complete = len(known) == one.scopes > 0
    late = timedelta(0) if one.due_since is None else moment - one.due_since
    return JobFigures(
        code=one.job.code,
        runs=sum(state.runs for state in states),
        failures=sum(state.failures for state in states),
        failing=one.failing,
        parked=one.parked,
        left_undone=one.left_undone,
        success_age_seconds=(moment - min(known)) // _SECOND if complete else None,
        late_seconds=max(late, timedelta(0)) // _SECOND,
        longest_milliseconds=max((state.last_milliseconds for state in states), default=0),
    )
