"""What is due now, and doing it: a piece of work is one tenant's day, or one job's round.

Work is cut so that a programme whose run is long holds up nobody else: its day is one piece, and
workers take several pieces at once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import execute, fetch_value, load_sql, read_transaction, write_transaction
from ledger.foundation.organisations import Tenant, list_tenants
from ledger.journeys.jobs.declaration import PLATFORM, SYSTEM_CALLER, Job
from ledger.journeys.jobs.refusals import (
    EarlierRunOpen,
    PeriodNotBegun,
    PredecessorNotFinished,
    WrongScope,
)
from ledger.journeys.jobs.registry import list_jobs
from ledger.journeys.jobs.running import RunResult, run_job
from ledger.journeys.jobs.state import JobState, States, read_clock, read_states

logger = structlog.get_logger(__name__)

_PACKAGE = "ledger.journeys.jobs"
_CLEAR_WANT = load_sql(_PACKAGE, "clear_want")
_ENQUEUE = load_sql(_PACKAGE, "enqueue_work")
#: What the worker's queue calls a piece of work.
ENTRYPOINT = "work"


class Due(msgspec.Struct, frozen=True):
    """A run that should begin now."""

    job: Job
    tenant_id: int
    as_of: datetime
    wanted_by: int | None
    #: The tenant by the id that travels; None: the platform.
    public_id: UUID | None = None

    @property
    def piece(self) -> str:
        """The piece of work that it belongs to."""
        return piece_of(self.job, self.tenant_id)


def piece_of(job: Job, tenant_id: int) -> str:
    """The name of the piece of work in which a job is done for a tenant."""
    return f"job:{job.code}" if job.is_swept else f"tenant:{tenant_id}"


def scopes_of(job: Job, tenants: Iterable[Tenant]) -> list[int]:
    """The tenants that a job is for."""
    if job.scope == "platform":
        return [PLATFORM]
    return [one.tenant_id for one in tenants if job.scope in ("tenant", one.form)]


def check_scope(job: Job, tenant: Tenant | None) -> int:
    """The number under which a job is done for a tenant; None: the platform.

    Raises:
        WrongScope: the job is not for it.
    """
    scopes = scopes_of(job, [] if tenant is None else [tenant])
    wanted = PLATFORM if tenant is None else tenant.tenant_id
    if wanted not in scopes:
        raise WrongScope(job=job.code, scope=job.scope)
    return wanted


def due_of(job: Job, tenant_id: int, state: JobState | None, moment: datetime) -> Due | None:
    """What a job has to do for a tenant at a moment; None: nothing yet."""
    latest = job.schedule.latest_due(moment)
    if state is None:
        return Due(job, tenant_id, latest, None)
    if state.wanted_by is not None:
        return Due(job, tenant_id, moment, state.wanted_by)
    waits = state.next_attempt_at is not None and state.next_attempt_at > moment
    if waits or state.parked_at is not None:
        return None
    last = state.finished_through
    if last is not None and last >= latest:
        return None
    if not job.cumulative and last is not None:
        latest = job.schedule.next_period(last)
    return Due(job, tenant_id, latest, None)


async def list_due(engine: AsyncEngine, *, piece: str | None = None) -> list[Due]:
    """What is due now, of one piece of work or all, in the order of the day."""
    kind, _, name = (piece or "").partition(":")
    scopes = [int(name)] if kind == "tenant" else None
    async with read_transaction(engine) as conn:
        moment = await read_clock(conn)
        tenants = await list_tenants(conn, tenant_ids=scopes)
        states = await read_states(conn, scopes=scopes)
    return [due for due in _due(tenants, states, moment) if piece in (None, due.piece)]


def _due(tenants: Sequence[Tenant], states: States, moment: datetime) -> Iterator[Due]:
    public_ids = {tenant.tenant_id: tenant.public_id for tenant in tenants}
    for job in list_jobs():
        for tenant_id in scopes_of(job, tenants):
            due = due_of(job, tenant_id, states.get((job.code, tenant_id)), moment)
            if due is not None:
                yield msgspec.structs.replace(due, public_id=public_ids.get(tenant_id))


async def enqueue_due(engine: AsyncEngine) -> int:
    """Queue a piece of work for everything that is due; returns how many were added."""
    pieces = list(dict.fromkeys(due.piece for due in await list_due(engine)))
    if not pieces:
        return 0
    added = await write_transaction(
        engine, lambda conn: fetch_value(conn, _ENQUEUE, ENTRYPOINT, pieces)
    )
    return int(added)


async def run_due(
    engine: AsyncEngine,
    *,
    piece: str | None = None,
    stopping: Callable[[], bool] = lambda: False,
    tell: Callable[[RunResult], None] = lambda _: None,
) -> list[RunResult]:
    """Run what is due now, of one piece of work or all; returns the runs that were tried.

    What waits for a predecessor is left for the next time.
    """
    results = []
    for due in await list_due(engine, piece=piece):
        if stopping():
            break
        result = await _run_one(engine, due, stopping)
        if result is not None:
            tell(result)
            results.append(result)
    return results


async def _run_one(engine: AsyncEngine, due: Due, stopping: Callable[[], bool]) -> RunResult | None:
    try:
        result = await run_job(
            engine,
            due.job,
            tenant_id=due.tenant_id,
            as_of=due.as_of,
            asked_by=due.wanted_by or SYSTEM_CALLER,
            by_hand=due.wanted_by is not None,
            stopping=stopping,
        )
    except (EarlierRunOpen, PeriodNotBegun, PredecessorNotFinished) as refusal:
        logger.debug("job_waits", job=due.job.code, reason=refusal.code)
        return None
    if result.outcome == "finished_before" and due.wanted_by is not None:
        await write_transaction(
            engine, lambda conn: execute(conn, _CLEAR_WANT, due.job.code, due.tenant_id)
        )
    return msgspec.structs.replace(result, public_id=due.public_id)
