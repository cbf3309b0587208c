"""Jobs on pages: how each stands, for whom it failed and why, what its runs did, run it now."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may_on_platform
from api.web.callers import list_caller_names
from api.web.formatting import Language, format_time
from api.web.frame import Page, PageRequest, language_of_page, read_form, read_uuid, see, show
from api.web.job_words import error_words, is_reason, reasons
from api.web.places import admin_place
from api.web.texts import text
from api.web.todo import TodoItem
from ledger.database import read_transaction, write_transaction
from ledger.errors import NotFound
from ledger.foundation.grants import Permissions
from ledger.foundation.organisations import Tenant, list_tenants
from ledger.journeys.jobs.calendar import Schedule
from ledger.journeys.jobs.declaration import PLATFORM, Job
from ledger.journeys.jobs.due import check_scope
from ledger.journeys.jobs.history import FinishedRun, get_run, list_failures, list_runs
from ledger.journeys.jobs.overview import JobOverview, list_overview, want_run
from ledger.journeys.jobs.registry import get_job
from ledger.journeys.jobs.state import JobState, read_states

HOME = "/admin/jobs"
LISTED = 30
_FAILURES = 20


class ScopeView(NamedTuple):
    """A job for one programme or estate; ``value`` names it in the form."""

    name: str
    value: str
    state: JobState
    status: str
    tone: str
    error: str


class RunView(NamedTuple):
    """A finished run in a list."""

    run: FinishedRun
    name: str
    period: str
    #: Why something was left undone.
    why: list[str]


def job_name(job: Job, language: Language) -> str:
    """What a job is called."""
    return job.name_en if language == "en" else job.name_zh


def schedule_words(schedule: Schedule, language: Language) -> str:
    """When it runs, in words."""
    first = schedule.due_at(schedule.period_of(datetime.now().astimezone()))
    if schedule.every == "month":
        return text(language, "jobs.every_month", day=first.day, time=format_time(first))
    if schedule.every == "day":
        return text(language, "jobs.every_day", time=format_time(first))
    if schedule.every == "hour":
        return text(language, "jobs.every_hour", minute=first.minute)
    return text(language, "jobs.every_minute")


def overview_status(one: JobOverview) -> tuple[str, str]:
    """How a job stands over all tenants, and the tone of that."""
    if one.parked:
        return "parked", "bad"
    if one.failing:
        return "failing", "bad"
    if one.left_undone:
        return "left", "wait"
    if one.last_finished_at is None:
        return "never", "wait"
    return ("due", "wait") if one.due else ("good", "good")


@get(HOME, opt=may_on_platform("jobs.read"))
async def jobs_page(request: PageRequest, call: Call) -> Page:
    """Every job in the order of the day."""
    language = language_of_page(request)
    rows = [
        (
            one,
            job_name(one.job, language),
            schedule_words(one.job.schedule, language),
            *overview_status(one),
        )
        for one in await list_overview(call.service.engine)
    ]
    return show(request, "admin/jobs.html", admin_place(call.who.permissions), rows=rows)


@get(f"{HOME}/{{job_code:str}}", opt=may_on_platform("jobs.read"))
async def job_page(request: PageRequest, call: Call, job_code: FromPath[str]) -> Page:
    """One job: for whom it failed, its latest runs, a button to run it now."""
    job, language = get_job(job_code), language_of_page(request)
    before = read_uuid(request.query_params.get("before"))
    async with read_transaction(call.service.engine) as conn:
        tenants = {one.tenant_id: one for one in await list_tenants(conn)}
        states = await read_states(conn, job=job.code)
        runs = await list_runs(conn, job=job.code, limit=LISTED + 1, before=before)
        failures = await list_failures(conn, job=job.code, limit=_FAILURES)
    names = {PLATFORM: text(language, "jobs.platform")}
    names |= {key: one.name for key, one in tenants.items()}
    scopes = [
        _scope(state, tenants.get(key), names.get(key, ""), language)
        for (_, key), state in states.items()
    ]
    name_of = job.schedule.name_of
    return show(
        request,
        "admin/job.html",
        admin_place(call.who.permissions),
        job=job,
        name=job_name(job, language),
        schedule=schedule_words(job.schedule, language),
        scopes=sorted(scopes, key=lambda one: (one.tone != "bad", one.tone != "wait", one.name)),
        runs=[
            RunView(
                one,
                names.get(one.scope_tenant_id, ""),
                name_of(one.period),
                reasons(one.facts, language),
            )
            for one in runs[:LISTED]
        ],
        failures=[
            (
                one,
                names.get(one.scope_tenant_id, ""),
                name_of(one.period),
                error_words(one.error, language),
            )
            for one in failures
        ],
        next_before=runs[LISTED - 1].run_id if len(runs) > LISTED else None,
        may_run=call.who.permissions.permits_on_platform("jobs.run"),
        asked="asked" in request.query_params,
    )


def _scope(state: JobState, tenant: Tenant | None, name: str, language: Language) -> ScopeView:
    if state.parked_at is not None:
        status, tone = "parked", "bad"
    elif state.attempts:
        status, tone = "failing", "bad"
    elif state.wanted_by is not None:
        status, tone = "wanted", "wait"
    elif state.run_id is not None:
        status, tone = "running", "wait"
    elif state.last_refused:
        status, tone = "left", "wait"
    else:
        status, tone = "good", "good"
    error = error_words(state.last_error, language) if state.last_error else ""
    value = "" if tenant is None else str(tenant.public_id)
    return ScopeView(name, value, state, status, tone, error)


@post(f"{HOME}/{{job_code:str}}", opt=may_on_platform("jobs.run"))
async def run_job_now(request: PageRequest, call: Call, job_code: FromPath[str]) -> Page:
    """Let a worker run it now; sending the form twice asks once."""
    job, form = get_job(job_code), await read_form(request)
    chosen = read_uuid(form.values.get("tenant"))

    async def want(conn: AsyncConnection) -> None:
        tenant = await _find(conn, chosen)
        tenant_id = check_scope(job, tenant)
        await want_run(conn, job, tenant_id=tenant_id, caller_id=call.caller_id)

    await write_transaction(call.service.engine, want)
    return see(f"{HOME}/{job.code}?asked=yes")


async def _find(conn: AsyncConnection, public_id: UUID | None) -> Tenant | None:
    if public_id is None:
        return None
    found = [one for one in await list_tenants(conn) if one.public_id == public_id]
    if not found:
        raise NotFound(kind="tenant", id=str(public_id))
    return found[0]


@get("/admin/job-runs/{run_id:uuid}", opt=may_on_platform("jobs.read"))
async def run_page(request: PageRequest, call: Call, run_id: FromPath[UUID]) -> Page:
    """What one run did."""
    language = language_of_page(request)
    async with read_transaction(call.service.engine) as conn:
        run = await get_run(conn, run_id=run_id)
        tenants: Sequence[Tenant] = await list_tenants(conn, tenant_ids=[run.scope_tenant_id])
        asked_by = await list_caller_names(conn, callers=[run.asked_by], language=language)
    job = get_job(run.job)
    return show(
        request,
        "admin/job_run.html",
        admin_place(call.who.permissions),
        run=run,
        why=reasons(run.facts, language),
        facts={key: value for key, value in run.facts.items() if not is_reason(key)},
        job=job,
        name=job_name(job, language),
        tenant=next((one.name for one in tenants), text(language, "jobs.platform")),
        period=job.schedule.name_of(run.period),
        asked_by=asked_by.get(run.asked_by, ""),
    )


async def jobs_to_look_at(conn: AsyncConnection, _permissions: Permissions) -> list[TodoItem]:
    """Jobs that wait for a person, for somebody's list of things to do."""
    states = (await read_states(conn)).values()
    parked = [one for one in states if one.parked_at is not None]
    return [TodoItem(kind="jobs_parked", href=HOME, count=len(parked))] if parked else []


ROUTES = [jobs_page, job_page, run_job_now, run_page]
