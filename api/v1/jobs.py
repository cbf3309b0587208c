"""Jobs: how they stand, what their runs did, what a run would do, and running one now."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.idempotency import once
from api.policies import may_on_platform
from api.v1.forms import Command
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.foundation.organisations import find_tenant, list_tenants
from ledger.journeys.jobs.declaration import PLATFORM, Job
from ledger.journeys.jobs.due import check_scope
from ledger.journeys.jobs.history import (
    LARGEST_PAGE,
    Failure,
    FinishedRun,
    get_run,
    list_failures,
    list_runs,
)
from ledger.journeys.jobs.overview import JobOverview, list_overview, want_run
from ledger.journeys.jobs.planning import plan_job
from ledger.journeys.jobs.registry import get_job, period_name

Code = Annotated[str, Meta(description="Code of a job.", examples=["expire_units"], max_length=60)]
Limit = Annotated[int, Meta(ge=1, le=LARGEST_PAGE)]


class JobView(msgspec.Struct, frozen=True):
    """A job, over all programmes and estates that it is for."""

    job: str
    name_zh: str
    name_en: str
    last_finished_at: datetime | None
    next_due_at: datetime
    due: Annotated[int, Meta(description="For how many it is due now.")]
    failing: Annotated[int, Meta(description="For how many the latest attempt failed.")]
    parked: Annotated[int, Meta(description="For how many it waits for a person.")]
    left_undone: Annotated[int, Meta(description="What the latest runs left undone.")]


class JobList(msgspec.Struct, frozen=True):
    """Every job in the order of the day."""

    items: list[JobView]


class JobRunView(msgspec.Struct, frozen=True):
    """What a finished run did; totals in smallest units, by unit."""

    id: UUID
    job: str
    tenant_id: Annotated[UUID | None, Meta(description="For whom; absent: the platform.")]
    period: str
    begun_at: datetime
    finished_at: datetime
    milliseconds: int
    handled: int
    refused: int
    entries: int
    totals: dict[str, int]
    facts: dict[str, int | str]
    hash: Annotated[str, Meta(description="SHA-256 over what was posted, hexadecimal.")]


class JobRunList(msgspec.Struct, frozen=True):
    """Finished runs, the latest first."""

    items: list[JobRunView]


class JobFailureView(msgspec.Struct, frozen=True):
    """An attempt that failed."""

    id: UUID
    job: str
    tenant_id: UUID | None
    period: str
    failed_at: datetime
    attempt: int
    error: str
    detail: str


class JobFailureList(msgspec.Struct, frozen=True):
    """Failed attempts, the latest first."""

    items: list[JobFailureView]


class JobScope(Command, frozen=True):
    """For whom a job is meant."""

    tenant_id: Annotated[
        UUID | None, Meta(description="A programme or estate; absent for a job of the platform.")
    ] = None


class JobPlanView(msgspec.Struct, frozen=True):
    """What a run would post now; nothing stays of it."""

    job: str
    period: str
    finished: Annotated[bool, Meta(description="The period is finished; nothing is left to do.")]
    complete: Annotated[bool, Meta(description="False: there would be more than was looked at.")]
    handled: int
    refused: int
    entries: int
    totals: dict[str, int]
    hash: str


class JobWanted(msgspec.Struct, frozen=True):
    """A worker takes it up within a minute."""

    job: str
    wanted: bool


@get("/v1/jobs", opt=may_on_platform("jobs.read"), summary="List jobs", tags=["jobs"])
async def list_all(call: Call) -> JobList:
    """How every job stands, in the order of the day."""
    return JobList([_job(one) for one in await list_overview(call.service.engine)])


def _job(one: JobOverview) -> JobView:
    return JobView(
        one.job.code,
        one.job.name_zh,
        one.job.name_en,
        one.last_finished_at,
        one.next_due_at,
        one.due,
        one.failing,
        one.parked,
        one.left_undone,
    )


@get("/v1/job-runs", opt=may_on_platform("jobs.read"), summary="List runs", tags=["jobs"])
async def list_finished(
    call: Call,
    job: FromQuery[Code | None] = None,
    before: FromQuery[UUID | None] = None,
    limit: FromQuery[Limit] = 50,
) -> JobRunList:
    """Finished runs, of one job or all; ``before`` is the id of the last one seen."""
    async with read_transaction(call.service.engine) as conn:
        runs = await list_runs(conn, job=job, before=before, limit=limit)
        names = await _tenants(conn)
    return JobRunList([_run(one, names) for one in runs])


@get(
    "/v1/job-runs/{run_id:uuid}",
    opt=may_on_platform("jobs.read"),
    summary="Read a run",
    tags=["jobs"],
)
async def read_run(call: Call, run_id: FromPath[UUID]) -> JobRunView:
    """One finished run."""
    async with read_transaction(call.service.engine) as conn:
        found = await get_run(conn, run_id=run_id)
        return _run(found, await _tenants(conn))


@get(
    "/v1/job-failures",
    opt=may_on_platform("jobs.read"),
    summary="List failed attempts",
    tags=["jobs"],
)
async def list_failed(
    call: Call,
    job: FromQuery[Code | None] = None,
    before: FromQuery[UUID | None] = None,
    limit: FromQuery[Limit] = 50,
) -> JobFailureList:
    """Attempts that failed, of one job or all; ``before`` is the id of the last one seen."""
    async with read_transaction(call.service.engine) as conn:
        failures = await list_failures(conn, job=job, before=before, limit=limit)
        names = await _tenants(conn)
    return JobFailureList([_failure(one, names) for one in failures])


@post(
    "/v1/jobs/{job_code:str}/plan",
    opt=may_on_platform("jobs.run", needs_key=False),
    summary="Try a job (试算)",
    tags=["jobs"],
    status_code=200,
)
async def plan(call: Call, job_code: FromPath[Code], data: JSONBody[JobScope]) -> JobPlanView:
    """What a run would post now, counted and hashed; it is rolled back."""
    job = get_job(job_code)
    async with read_transaction(call.service.engine) as conn:
        tenant_id = await _scope(conn, job, data.tenant_id)
    found = await plan_job(call.service.engine, job, tenant_id=tenant_id)
    tally = found.tally
    return JobPlanView(
        job.code,
        job.schedule.name_of(found.period),
        found.finished,
        found.complete,
        tally.handled,
        tally.refused,
        tally.entries,
        dict(tally.totals),
        tally.result_hash().hex(),
    )


@post(
    "/v1/jobs/{job_code:str}/run",
    opt=may_on_platform("jobs.run"),
    summary="Let a job run now",
    tags=["jobs"],
    status_code=200,
)
async def run_now(
    call: Call, job_code: FromPath[Code], data: JSONBody[JobScope]
) -> Response[JobWanted]:
    """A worker runs it for the present period, also when it is parked; a finished one is left."""
    job = get_job(job_code)

    async def want(conn: AsyncConnection) -> JobWanted:
        tenant_id = await _scope(conn, job, data.tenant_id)
        await want_run(conn, job, tenant_id=tenant_id, caller_id=call.caller_id)
        return JobWanted(job.code, wanted=True)

    return await once(call, data, want, status=200)


async def _scope(conn: AsyncConnection, job: Job, public_id: UUID | None) -> int:
    if public_id is None:
        return check_scope(job, None)
    tenant = await find_tenant(conn, public_id=public_id)
    if tenant is None:
        raise NotFound(kind="tenant", id=str(public_id))
    return check_scope(job, tenant)


async def _tenants(conn: AsyncConnection) -> dict[int, UUID | None]:
    known: dict[int, UUID | None] = {PLATFORM: None}
    return known | {one.tenant_id: one.public_id for one in await list_tenants(conn)}


def _run(one: FinishedRun, names: dict[int, UUID | None]) -> JobRunView:
    return JobRunView(
        one.run_id,
        one.job,
        names.get(one.scope_tenant_id),
        period_name(one.job, one.period),
        one.begun_at,
        one.finished_at,
        one.milliseconds,
        one.handled,
        one.refused,
        one.entries,
        one.totals,
        one.facts,
        one.result_hash.hex(),
    )


def _failure(one: Failure, names: dict[int, UUID | None]) -> JobFailureView:
    return JobFailureView(
        one.failure_id,
        one.job,
        names.get(one.scope_tenant_id),
        period_name(one.job, one.period),
        one.failed_at,
        one.attempt,
        one.error,
        one.detail,
    )


ROUTES = (list_all, list_finished, read_run, list_failed, plan, run_now)
