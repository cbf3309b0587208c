"""Running a job for one tenant and period: in steps, each a transaction, each counted once.

The state's row is held by every step, so several workers, the command line and a crash in between
come to the same result: what a step posted and what the run counts commit together.

Source: docs/decisions/0051-jobs.md
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import fetch_one, load_sql, read_transaction, write_transaction
from ledger.errors import LedgerError
from ledger.foundation.policies import policy_value
from ledger.identifiers import uuid7
from ledger.journeys.jobs.calendar import business_day
from ledger.journeys.jobs.declaration import PLATFORM, SYSTEM_CALLER, Done, Job, Work
from ledger.journeys.jobs.effects import Tally, tally_step
from ledger.journeys.jobs.progress import (
    Begun,
    finish_run,
    keep_progress,
    limit_waiting,
    read_progress,
    record_failure,
)
from ledger.journeys.jobs.refusals import (
    ClockJumped,
    EarlierRunOpen,
    PeriodNotBegun,
    PredecessorNotFinished,
)
from ledger.journeys.jobs.registry import get_job
from ledger.journeys.jobs.state import read_clock, read_states

logger = structlog.get_logger(__name__)

_LOCK = load_sql("ledger.journeys.jobs", "lock_state")

#: A run for a time so much later than the one before needs a person who has looked at the clock.
FURTHEST_AHEAD = timedelta(days=75)

T = TypeVar("T")
#: A step waits no longer for a lock, and takes no longer in all.
LOCK_SECONDS = 10
STEP_SECONDS = 600

Outcome = Literal["finished", "finished_before", "stopped", "failed"]
#: Told after each step: so far.
Watch = Callable[[Tally], None]


class RunResult(msgspec.Struct, frozen=True):
    """How a run ended, and what it did in all."""

    job: str
    tenant_id: int
    period: datetime
    outcome: Outcome
    run_id: UUID | None = None
    tally: Tally = Tally()
    error: str | None = None
    #: The tenant by the id that travels, where whoever tells of it knows it.
    public_id: UUID | None = None


async def run_job(
    engine: AsyncEngine,
    job: Job,
    *,
    tenant_id: int = PLATFORM,
    as_of: datetime | None = None,
    asked_by: int = SYSTEM_CALLER,
    by_hand: bool = False,
    stopping: Callable[[], bool] = lambda: False,
    watch: Watch = lambda _: None,
) -> RunResult:
    """Run a job for the period in which ``as_of`` lies (default: now, by the database's clock).

    ``by_hand``: a person asked for it, who answers for the clock, and a row tells of it always.
    A period that is finished is left alone, but a job that only looks does so anew, for the moment
    at which it is asked. A failure is recorded and told, never raised: it is
    tried again later, at most five times.

    Raises:
        PeriodNotBegun, PredecessorNotFinished, EarlierRunOpen: not to be run now; nothing is
            recorded, for nothing went wrong.
        ClocksDiffer: one of the two clocks is wrong.
    """
    async with read_transaction(engine) as conn:
        moment = await read_clock(conn)
    period = job.schedule.period_of(as_of or moment)
    if period > moment:
        raise PeriodNotBegun(job=job.code, period=job.schedule.name_of(period))
    if by_hand and job.only_looks and period == job.schedule.period_of(moment):
        period = moment
    work = Work(tenant_id, business_day(period), period)
    run = _Run(engine, job, work, asked_by, by_hand=by_hand)
    try:
        return await (run.act() if job.act else run.steps(stopping, watch))
    except (PeriodNotBegun, PredecessorNotFinished, EarlierRunOpen):
        raise
    except Exception as error:
        # a refusal is told by its code; its words may hold a name
        trace = None if isinstance(error, LedgerError) else error
        logger.warning("job_failed", job=job.code, error=type(error).__name__, exc_info=trace)
        return await run.failed(error)


class _Run:
    """One attempt at a run."""

    def __init__(
        self, engine: AsyncEngine, job: Job, work: Work, asked_by: int, *, by_hand: bool
    ) -> None:
        self._engine = engine
        self._job = job
        self._work = work
        self._asked_by = asked_by
        self._by_hand = by_hand

    @property
    def _key(self) -> tuple[str, int]:
        return self._job.code, self._work.tenant_id

    async def steps(self, stopping: Callable[[], bool], watch: Watch) -> RunResult:
        """Step by step until there is nothing more, or until told to stop."""
        while True:
            result = await self._transaction(self._step)
            watch(result.tally)
            if result.outcome != "stopped" or stopping():
                return result
            await asyncio.sleep(0)

    async def act(self) -> RunResult:
        """The whole of a job that has transactions of its own."""
        assert self._job.act is not None
        begun = await self._transaction(self._begin)
        if begun is None:
            return self._result("finished_before")
        done = await self._job.act(self._engine, self._work)

        async def finish(conn: AsyncConnection) -> RunResult:
            state = await fetch_one(conn, _LOCK, *self._key)
            if state.run_id != begun.run_id:
                return self._result("finished_before")
            return await self._advance(conn, read_progress(state, self._work.period), done)

        return await self._transaction(finish)

    async def failed(self, error: Exception) -> RunResult:
        """Record that the attempt failed; the run keeps what its earlier steps did."""

        async def record(conn: AsyncConnection) -> str:
            return await record_failure(
                conn, *self._key, period=self._work.period, error=error, asked_by=self._asked_by
            )

        return self._result("failed", error=await write_transaction(self._engine, record))

    async def _transaction(self, operation: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """One transaction that gives up rather than let others wait for it."""

        async def limited(conn: AsyncConnection) -> T:
            await limit_waiting(conn, lock_seconds=LOCK_SECONDS, statement_seconds=STEP_SECONDS)
            return await operation(conn)

        tenant_id = self._work.tenant_id
        return await write_transaction(
            self._engine, limited, tenant_id=None if tenant_id == PLATFORM else tenant_id
        )

    async def _step(self, conn: AsyncConnection) -> RunResult:
        """One step and its count; ``stopped`` means that there is more."""
        assert self._job.step is not None
        begun = await self._begin(conn)
        if begun is None:
            return self._result("finished_before")
        done = await self._job.step(conn, self._work)
        return await self._advance(conn, begun, done)

    async def _begin(self, conn: AsyncConnection) -> Begun | None:
        """Hold the state and take up the run; None: the period is finished."""
        state = await fetch_one(conn, _LOCK, *self._key)
        period = self._work.period
        if state.finished_through is not None and state.finished_through >= period:
            return None
        if state.run_id is None or not self._job.cumulative:
            await self._check_order(conn, state)
        if state.run_id is not None:
            return read_progress(state, period)
        begun = Begun(uuid7(), period, await self._policy_version(conn), now(), 0, Tally())
        if self._job.act is not None:
            await keep_progress(conn, *self._key, begun)
        return begun

    def _quietly(self, begun: Begun) -> bool:
        """Whether the run leaves no row: frequent, by itself, and without effect."""
        if self._by_hand or begun.tally.refused:
            return False
        did = begun.tally.handled or begun.tally.entries
        return not self._job.leaves_rows or (self._job.is_frequent and not did)

    async def _check_order(self, conn: AsyncConnection, state: Any) -> None:
        """Refuse what would come before its time."""
        job, period = self._job, self._work.period
        name = job.schedule.name_of
        last = state.finished_through
        far = last is not None and period - last > FURTHEST_AHEAD
        if far and not self._by_hand:
            raise ClockJumped(job=job.code, last=name(last), period=name(period))
        open_period = state.period or (last and job.schedule.next_period(last))
        if not job.cumulative and open_period is not None and open_period < period:
            raise EarlierRunOpen(job=job.code, open_period=name(open_period), period=name(period))
        due = job.schedule.due_at(period)
        for code in job.after:
            before = get_job(code)
            scope = PLATFORM if before.scope == "platform" else self._work.tenant_id
            known = (await read_states(conn, job=code, scopes=[scope])).get((code, scope))
            needed = before.schedule.latest_due(min(due, now()) - timedelta(minutes=1))
            if known is None or known.finished_through is None or known.finished_through < needed:
                raise PredecessorNotFinished(job=job.code, predecessor=code)

    async def _policy_version(self, conn: AsyncConnection) -> int:
        if self._job.policy is None:
            return 0
        policy = await policy_value(
            conn, key=self._job.policy, on=self._work.on, tenant_id=self._work.tenant_id
        )
        return int(policy.version or 0)

    async def _advance(self, conn: AsyncConnection, begun: Begun, done: Done) -> RunResult:
        """Count a step; finish the run when it was the last one."""
        step = await tally_step(conn, tenant_id=self._work.tenant_id, done=done)
        begun = msgspec.structs.replace(begun, steps=begun.steps + 1, tally=begun.tally.plus(step))
        if done.more:
            await keep_progress(conn, *self._key, begun)
            return self._result("stopped", begun)
        await finish_run(
            conn, *self._key, begun, asked_by=self._asked_by, quietly=self._quietly(begun)
        )
        return self._result("finished", begun)

    def _result(
        self, outcome: Outcome, begun: Begun | None = None, *, error: str | None = None
    ) -> RunResult:
        run_id, tally = (None, Tally()) if begun is None else (begun.run_id, begun.tally)
        return RunResult(*self._key, self._work.period, outcome, run_id, tally, error)
