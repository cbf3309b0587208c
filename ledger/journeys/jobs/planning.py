"""What a run would do, found out by doing it in a transaction that is rolled back."""

from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import read_transaction, set_tenant
from ledger.journeys.jobs.calendar import business_day
from ledger.journeys.jobs.declaration import PLATFORM, Done, Job, Work
from ledger.journeys.jobs.effects import Tally, tally_step
from ledger.journeys.jobs.progress import limit_waiting
from ledger.journeys.jobs.refusals import JobNotPlannable
from ledger.journeys.jobs.state import read_clock, read_states

#: A plan holds the accounts it touches until it is rolled back, so it stays short.
MOST_STEPS = 20


class Plan(msgspec.Struct, frozen=True):
    """What a run would post, as things stand now."""

    job: str
    tenant_id: int
    period: datetime
    #: The period is finished: there is nothing left to plan.
    finished: bool
    #: False: there would be more than the plan looked at.
    complete: bool
    tally: Tally


async def plan_job(
    engine: AsyncEngine, job: Job, *, tenant_id: int = PLATFORM, as_of: datetime | None = None
) -> Plan:
    """Try a job for the period in which ``as_of`` lies (default: now); nothing stays of it.

    Raises:
        JobNotPlannable: it reaches outside the books.
    """
    if job.step is None:
        raise JobNotPlannable(job=job.code)
    async with read_transaction(engine) as conn:
        moment = await read_clock(conn)
        states = await read_states(conn, job=job.code, scopes=[tenant_id])
    period = job.schedule.period_of(as_of or moment)
    state = states.get((job.code, tenant_id))
    if state is not None and state.finished_through and state.finished_through >= period:
        return Plan(job.code, tenant_id, period, finished=True, complete=True, tally=Tally())
    work = Work(tenant_id, business_day(period), period)
    done = Done(0, more=True)
    whole = Tally()
    async with engine.connect() as conn, conn.begin() as transaction:
        if tenant_id != PLATFORM:
            await set_tenant(conn, tenant_id)
        await limit_waiting(conn, lock_seconds=1, statement_seconds=30)
        for _ in range(MOST_STEPS):
            done = await job.step(conn, work)
            whole = whole.plus(Tally(done.handled, done.refused, facts=done.facts))
            if not done.more:
                break
        posted = await tally_step(conn, tenant_id=tenant_id, done=Done(0))
        await transaction.rollback()
    tally = whole.plus(posted)
    return Plan(job.code, tenant_id, period, False, not done.more, tally)
