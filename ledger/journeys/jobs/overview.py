"""Every job with how it stands, over all tenants."""

from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import execute, fetch_value, load_sql, read_transaction
from ledger.foundation.audit_log import record_action
from ledger.foundation.organisations import list_tenants
from ledger.journeys.jobs.declaration import PLATFORM, Job
from ledger.journeys.jobs.due import ENTRYPOINT, due_of, piece_of, scopes_of
from ledger.journeys.jobs.registry import list_jobs
from ledger.journeys.jobs.state import JobState, read_clock, read_states

_PACKAGE = "ledger.journeys.jobs"
_WANT = load_sql(_PACKAGE, "want_run")
_ENQUEUE = load_sql(_PACKAGE, "enqueue_work")


class JobOverview(msgspec.Struct, frozen=True):
    """A job and its states, one for each tenant that it is for."""

    job: Job
    #: By tenant number; tenants that were never looked at are missing.
    states: dict[int, JobState]
    scopes: int
    #: The latest end of a run anywhere; None: there was none.
    last_finished_at: datetime | None
    next_due_at: datetime
    #: Tenants for which it is due now.
    due: int
    #: Since when the run that waits longest has been due; None: nothing is due.
    due_since: datetime | None
    #: Tenants for which its latest attempt failed and is tried again.
    failing: int
    #: Tenants for which it waits for a person.
    parked: int
    #: What the latest runs left undone, or found wrong.
    left_undone: int


async def list_overview(engine: AsyncEngine) -> list[JobOverview]:
    """Every job in the order of the day."""
    async with read_transaction(engine) as conn:
        moment = await read_clock(conn)
        tenants = await list_tenants(conn)
        known = await read_states(conn)
    found = []
    for job in list_jobs():
        scopes = scopes_of(job, tenants)
        states = {key: known[job.code, key] for key in scopes if (job.code, key) in known}
        dues = [
            due.as_of
            for key in scopes
            if (due := due_of(job, key, states.get(key), moment)) is not None
        ]
        ends = [one.last_finished_at for one in states.values() if one.last_finished_at]
        found.append(
            JobOverview(
                job=job,
                states=states,
                scopes=len(scopes),
                last_finished_at=max(ends, default=None),
                next_due_at=job.schedule.next_due(moment),
                due=len(dues),
                due_since=min(map(job.schedule.due_at, dues), default=None),
                failing=sum(one.attempts > 0 and one.parked_at is None for one in states.values()),
                parked=sum(one.parked_at is not None for one in states.values()),
                left_undone=sum(one.last_refused for one in states.values()),
            )
        )
    return found


async def want_run(conn: AsyncConnection, job: Job, *, tenant_id: int, caller_id: int) -> None:
    """Let a worker run a job now, on record; also when it is parked. Twice is once."""
    await execute(conn, _WANT, job.code, tenant_id, caller_id)
    await fetch_value(conn, _ENQUEUE, ENTRYPOINT, [piece_of(job, tenant_id)])
    await record_action(
        conn,
        caller_id=caller_id,
        action="jobs.run",
        tenant_id=None if tenant_id == PLATFORM else tenant_id,
        object_kind="job",
        object_id=job.code,
    )
