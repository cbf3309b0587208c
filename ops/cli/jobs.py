"""`gongzhang jobs`: where jobs stand, what a run would do, run one, what runs did."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time
from typing import Any, TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from api.web.job_words import reasons
from ledger.clock import SHANGHAI
from ledger.database import create_engine, read_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.organisations import Tenant, list_tenants
from ledger.journeys.jobs.declaration import PLATFORM, Job
from ledger.journeys.jobs.due import check_scope, list_due, run_due, scopes_of
from ledger.journeys.jobs.history import LARGEST_PAGE, list_failures, list_runs
from ledger.journeys.jobs.overview import list_overview
from ledger.journeys.jobs.planning import plan_job
from ledger.journeys.jobs.platform_jobs import keep_webhooks_for
from ledger.journeys.jobs.registry import get_job, period_name
from ledger.journeys.jobs.running import RunResult, run_job
from ledger.settings import read_settings
from ops.cli.database import open_database
from ops.cli.frame import (
    CommandFailed,
    Subparsers,
    answer,
    moment_words,
    new_parser,
    read_count,
    table,
)
from ops.cli.job_words import (
    error_codes,
    found_words,
    has_found,
    job_facts,
    result_words,
    tally_words,
)
from ops.cli.progress import Pieces
from ops.cli.tenants import get_tenant
from ops.logging import configure_logging
from reconciliation.jobs import register_jobs

T = TypeVar("T")
_LAST_MINUTE = time(23, 59)


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "jobs",
        summary="Where jobs stand, what a run would post, run one now, what runs did.",
        example=(
            "gongzhang jobs list\ngongzhang jobs plan expire_units --programme ID\n"
            "gongzhang jobs run"
        ),
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new_parser(
        actions,
        "list",
        summary="Every job: when it ran last and what came of it, and when it is due next.",
        example="gongzhang jobs list --json",
    )
    plan = new_parser(
        actions,
        "plan",
        summary="What a run would post now, with the hash of it; nothing stays of it.",
        example="gongzhang jobs plan expire_units --programme ID --as-of 2026-11-22",
    )
    plan.add_argument("job", help="code of the job, as `jobs list` shows it")
    run_now = new_parser(
        actions,
        "run",
        summary="Run a job now, or everything that is due; a finished period is left alone, but "
        "what only looks does so anew. Exits 1 when a run failed or found something wrong.",
        example="gongzhang jobs run\ngongzhang jobs run prove_books --programme ID",
    )
    run_now.add_argument("job", nargs="?", help="code of the job; absent: everything that is due")
    for one in (plan, run_now):
        one.add_argument("--programme", "--estate", dest="tenant", help="only this one, by its id")
        one.add_argument("--as-of", type=read_day, help="for the period of this day: 2026-11-22")
    runs = new_parser(
        actions,
        "runs",
        summary="What runs did, the latest first; or what failed.",
        example="gongzhang jobs runs --failed",
    )
    runs.add_argument("job", nargs="?", help="code of the job; absent: all")
    runs.add_argument("--failed", action="store_true", help="the attempts that failed")
    runs.add_argument("--limit", type=read_count, default=20, help=f"at most {LARGEST_PAGE}")


def read_day(text: str) -> date:
    """A day from the command line.

    Raises:
        ArgumentTypeError: none that there is.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day like 2026-11-22") from error


def run(args: argparse.Namespace) -> int:
    """Do what was asked for; 1 when a run failed or found something wrong."""
    register_jobs()
    settings = read_settings()
    configure_logging(settings.log_level)
    keep_webhooks_for(settings.webhook_kept_days)
    action = {"list": _list, "plan": _plan, "run": _run, "runs": _runs}[args.action]
    with open_database(settings) as database:
        return asyncio.run(_with_engine(database.service_url, lambda engine: action(args, engine)))


async def _with_engine(url: str, work: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    engine = create_engine(url, pool_size=2)
    try:
        return await work(engine)
    finally:
        await engine.dispose()


async def _list(args: argparse.Namespace, engine: AsyncEngine) -> int:
    found = await list_overview(engine)
    rows = [("job", "last finished", "last result", "next", "what it does")]
    rows += [
        (
            one.job.code,
            moment_words(one.last_finished_at),
            result_words(one),
            "now" if one.due else moment_words(one.next_due_at),
            one.job.name_en,
        )
        for one in found
    ]
    facts = [
        {
            "job": one.job.code,
            "name_zh": one.job.name_zh,
            "name_en": one.job.name_en,
            "last_finished_at": one.last_finished_at,
            "next_due_at": one.next_due_at,
            "due": one.due,
            "errors": error_codes(one),
            "failing": one.failing,
            "parked": one.parked,
            "left_undone": one.left_undone,
        }
        for one in found
    ]
    answer(args, "\n".join(table(rows)), jobs=facts)
    return 0


async def _plan(args: argparse.Namespace, engine: AsyncEngine) -> int:
    job = _job_named(args.job)
    facts, lines = [], []
    for tenant_id, name in await _targets(args, engine, job):
        plan = await plan_job(engine, job, tenant_id=tenant_id, as_of=_as_of(args))
        found = job_facts(job, plan.period, plan.tally)
        facts.append({"for": name, **found, "complete": plan.complete, "finished": plan.finished})
        lines.append(
            f"{name}: {tally_words(plan.tally)}" + (" (finished)" if plan.finished else "")
        )
    answer(args, "\n".join(lines) or "there is nobody to run it for", plans=facts)
    return 0


async def _run(args: argparse.Namespace, engine: AsyncEngine) -> int:
    results: list[RunResult] = []
    names = await _names(engine)
    if args.job is None:
        if args.tenant is not None or args.as_of is not None:
            raise CommandFailed("--programme and --as-of go with a job; see: gongzhang jobs list")
        with Pieces(len(await list_due(engine)), "run") as shown:
            results = await run_due(engine, tell=lambda one: shown.finish(_title(one, names)))
    else:
        job = _job_named(args.job)
        targets = await _targets(args, engine, job)
        with Pieces(len(targets), "run") as shown:
            for tenant_id, _ in targets:
                results.append(
                    await run_job(
                        engine, job, tenant_id=tenant_id, as_of=_as_of(args), by_hand=True
                    )
                )
                shown.finish(_title(results[-1], names))
    lines, facts = [], []
    for one in results:
        job = get_job(one.job)
        outcome = one.outcome if one.error is None else f"{one.outcome}: {one.error}"
        lines.append(f"{_title(one, names)} {outcome}, {found_words(job, one.tally)}")
        facts.append(
            {"for": names[one.tenant_id], "outcome": one.outcome, "error": one.error,
             **job_facts(job, one.period, one.tally)}
        )  # fmt: skip
    answer(args, "\n".join(lines) or "nothing was due", runs=facts)
    found = any(has_found(get_job(one.job), one.tally) for one in results)
    return 1 if found or any(one.outcome == "failed" for one in results) else 0


def _title(one: RunResult, names: Mapping[int, str]) -> str:
    return f"{names[one.tenant_id]}: {one.job}"


async def _runs(args: argparse.Namespace, engine: AsyncEngine) -> int:
    names = await _names(engine)
    job = None if args.job is None else _job_named(args.job).code
    limit = min(args.limit, LARGEST_PAGE)
    rows: list[tuple[str, ...]]
    async with read_transaction(engine) as conn:
        if args.failed:
            failures = await list_failures(conn, job=job, limit=limit)
            rows = [("when", "job", "for", "period", "attempt", "error", "words")]
            rows += [
                (
                    moment_words(one.failed_at),
                    one.job,
                    names.get(one.scope_tenant_id, "?"),
                    period_name(one.job, one.period),
                    str(one.attempt),
                    one.error,
                    one.detail,
                )
                for one in failures
            ]
            text = "\n".join(table(rows)) if failures else "No attempt has failed."
            answer(args, text, failures=msgspec.to_builtins(failures))
            return 0
        runs = await list_runs(conn, job=job, limit=limit)
    rows = [
        ("finished", "job", "for", "period", "handled", "refused", "entries", "ms", "hash", "why")
    ]
    rows += [
        (
            moment_words(one.finished_at),
            one.job,
            names.get(one.scope_tenant_id, "?"),
            period_name(one.job, one.period),
            str(one.handled),
            str(one.refused),
            str(one.entries),
            str(one.milliseconds),
            one.result_hash.hex()[:12],
            "; ".join(reasons(one.facts, "en")),
        )
        for one in runs
    ]
    text = "\n".join(table(rows)) if runs else "No run is on record."
    answer(args, text, runs=[_run_facts(one) for one in runs])
    return 0


def _run_facts(one: Any) -> dict[str, Any]:
    return {**msgspec.structs.asdict(one), "result_hash": one.result_hash.hex()}


def _job_named(code: str) -> Job:
    try:
        return get_job(code)
    except NotFound as error:
        remedy = "See: gongzhang jobs list"
        raise InvalidInput(field="job", value=code, remedy=remedy) from error


async def _targets(
    args: argparse.Namespace, engine: AsyncEngine, job: Job
) -> list[tuple[int, str]]:
    """Number and name of whom the job is to be done for."""
    async with read_transaction(engine) as conn:
        if args.tenant is not None:
            tenant = await get_tenant(conn, args.tenant)
            return [(check_scope(job, tenant), tenant.name)]
        tenants = await list_tenants(conn)
    names = _with_platform(tenants)
    return [(tenant_id, names[tenant_id]) for tenant_id in scopes_of(job, tenants)]


async def _names(engine: AsyncEngine) -> dict[int, str]:
    async with read_transaction(engine) as conn:
        return _with_platform(await list_tenants(conn))


def _with_platform(tenants: list[Tenant]) -> dict[int, str]:
    return {PLATFORM: "平台 platform", **{one.tenant_id: one.name for one in tenants}}


def _as_of(args: argparse.Namespace) -> datetime | None:
    """The end of the day that was named; a day that is not over is taken as it is now."""
    if args.as_of is None or args.as_of >= datetime.now(SHANGHAI).date():
        return None if args.as_of is None else datetime.combine(args.as_of, time.min, SHANGHAI)
    return datetime.combine(args.as_of, _LAST_MINUTE, SHANGHAI)
