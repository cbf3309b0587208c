"""Jobs: once a period, twice being once, halves being whole, and nothing hidden when one fails."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.web.job_words import reasons
from ledger.books.accounts import AccountStatus
from ledger.clock import SHANGHAI, now
from ledger.database import execute, fetch_all, fetch_value, read_transaction, write_transaction
from ledger.errors import LedgerError
from ledger.journeys.jobs import registry, running
from ledger.journeys.jobs.calendar import Schedule
from ledger.journeys.jobs.declaration import PLATFORM, Done, Job, Work
from ledger.journeys.jobs.due import due_of, enqueue_due, list_due, run_due
from ledger.journeys.jobs.history import get_run, list_failures, list_runs
from ledger.journeys.jobs.overview import list_overview, want_run
from ledger.journeys.jobs.planning import plan_job
from ledger.journeys.jobs.programme_jobs import PROGRAMME_JOBS
from ledger.journeys.jobs.progress import MOST_ATTEMPTS
from ledger.journeys.jobs.refusals import (
    ClockJumped,
    ClocksDiffer,
    EarlierRunOpen,
    PeriodNotBegun,
    PredecessorNotFinished,
)
from ledger.journeys.jobs.running import RunResult, run_job
from ledger.journeys.jobs.state import read_states
from ledger.programmes.service_records import release as service_release
from ops.cli.job_words import tally_words
from tests.community import Community, create_community, moment
from tests.database.test_service_records import record, verify

DAYS = Schedule("day", timedelta(minutes=30))
RELEASE = next(job for job in PROGRAMME_JOBS if job.code == "release_services")
EXPIRE = next(job for job in PROGRAMME_JOBS if job.code == "expire_units")
THE_DAY = moment("2025-11-07 12:00")


@pytest.fixture
async def community(engine: AsyncEngine) -> Community:
    """A programme whose volunteer has three verified services."""
    created = await create_community(engine)
    await created.enrol("volunteer")
    await created.enrol("resident")
    for start, end in (("08:00", "09:00"), ("10:00", "12:00"), ("14:00", "15:00")):
        await verify(created, await record(created, start, end))
    return created


def job_of(step: Any, **changes: Any) -> Job:
    """A job of the tests' own."""
    given: dict[str, Any] = {
        "code": "of_the_tests",
        "name_zh": "测试",
        "name_en": "test",
        "schedule": DAYS,
        "scope": "platform",
        "step": step,
    }
    return Job(**(given | changes))


async def nothing(_conn: AsyncConnection, _work: Work) -> Done:
    return Done(1)


async def run(engine: AsyncEngine, job: Job, **arguments: Any) -> RunResult:
    return await run_job(engine, job, **arguments)


async def test_a_run_posts_counts_and_a_second_one_posts_nothing(community: Community) -> None:
    engine, tenant_id = community.engine, community.tenant_id
    plan = await plan_job(engine, RELEASE, tenant_id=tenant_id, as_of=THE_DAY)
    assert await community.balance("TB-2101", "volunteer") == 0, "a plan posts nothing"
    first = await run(engine, RELEASE, tenant_id=tenant_id, as_of=THE_DAY)
    again = await run(engine, RELEASE, tenant_id=tenant_id, as_of=THE_DAY)
    assert (first.outcome, again.outcome) == ("finished", "finished_before")
    assert await community.balance("TB-2101", "volunteer") == 240
    assert (first.tally.handled, first.tally.entries, first.tally.totals["minute"]) == (3, 3, 240)
    assert plan.tally == first.tally
    async with read_transaction(engine) as conn:
        (told,) = await list_runs(conn, limit=10)
        assert told == await get_run(conn, run_id=told.run_id)
    assert told.result_hash == plan.tally.result_hash()
    assert (told.handled, told.entries, told.totals) == (3, 3, {"minute": 240})
    assert (await plan_job(engine, RELEASE, tenant_id=tenant_id, as_of=THE_DAY)).finished


async def test_a_run_says_why_it_refused_what_it_refused(community: Community) -> None:
    await community.set_status("TB-2101", "volunteer", AccountStatus.FROZEN)
    done = await run(community.engine, RELEASE, tenant_id=community.tenant_id, as_of=THE_DAY)
    assert (done.tally.handled, done.tally.refused) == (0, 3)
    assert done.tally.facts == {"overflow_minutes": 0, "refused_account_frozen": 3}
    async with read_transaction(community.engine) as conn:
        (told,) = await list_runs(conn, limit=10)
    assert told.facts == done.tally.facts
    assert reasons(told.facts, "en") == ["3: Account frozen"]
    assert tally_words(done.tally) == "0 done, 3 refused, 0 entries; 3: Account frozen"


async def test_a_run_in_pieces_and_in_several_hands_is_the_run_in_one(
    community: Community,
) -> None:
    """Each step takes one service; a stop, a crash and two workers change nothing of the sum."""
    engine, tenant_id = community.engine, community.tenant_id
    whole = await plan_job(engine, RELEASE, tenant_id=tenant_id, as_of=THE_DAY)

    async def one(conn: AsyncConnection, work: Work) -> Done:
        done = await service_release.release_services(
            conn, tenant_id=work.tenant_id, on=work.on, caller_id=1, limit=1
        )
        facts = {"overflow_minutes": done.overflow_minutes} if done.tried else {}
        return Done(done.effective, more=bool(done.tried), facts=facts)

    async def dies(conn: AsyncConnection, work: Work) -> Done:
        await one(conn, work)
        raise RuntimeError("killed before its commit")

    by_one = job_of(one, code=RELEASE.code, scope="programme", policy=RELEASE.policy)
    arguments = {"tenant_id": tenant_id, "as_of": THE_DAY}
    stopped = await run(engine, by_one, **arguments, stopping=lambda: True)
    assert (stopped.outcome, stopped.tally.handled) == ("stopped", 1)
    broken = job_of(dies, code=RELEASE.code, scope="programme", policy=RELEASE.policy)
    assert (await run(engine, broken, **arguments)).error == "RuntimeError"
    results = await asyncio.gather(*(run(engine, by_one, **arguments) for _ in range(3)))
    assert sorted(result.outcome for result in results).count("finished") == 1
    async with read_transaction(engine) as conn:
        (told,) = await list_runs(conn, limit=10)
    assert told.result_hash == whole.tally.result_hash()
    assert (told.handled, told.entries, told.totals) == (3, 3, dict(whole.tally.totals))
    assert await community.balance("TB-2101", "volunteer") == 240


async def test_finished_runs_and_failures_stay_as_they_are(
    community: Community, admin_engine: AsyncEngine
) -> None:
    await run(community.engine, RELEASE, tenant_id=community.tenant_id, as_of=THE_DAY)
    for statement in ("UPDATE jobs.job_run SET handled = 0", "DELETE FROM jobs.job_run"):
        for engine in (community.engine, admin_engine):
            with pytest.raises(DBAPIError):
                await write_transaction(engine, lambda conn, s=statement: execute(conn, s))


async def test_a_run_of_a_key_is_recorded_once_at_most(engine: AsyncEngine) -> None:
    await run(engine, job_of(nothing), by_hand=True)

    async def forget(conn: AsyncConnection) -> None:
        await execute(conn, "UPDATE jobs.job_state SET finished_through = NULL")

    await write_transaction(engine, forget)
    assert (await run(engine, job_of(nothing), by_hand=True)).error == "sqlstate_23505"


async def test_a_job_waits_for_those_before_it(community: Community) -> None:
    engine, tenant_id = community.engine, community.tenant_id
    with pytest.raises(PredecessorNotFinished) as refused:
        await run(engine, EXPIRE, tenant_id=tenant_id)
    assert refused.value.predecessor == "release_services"
    for code in ("release_services", "release_stars", "expire_purchases"):
        await run(engine, registry.get_job(code), tenant_id=tenant_id)
    assert (await run(engine, EXPIRE, tenant_id=tenant_id)).outcome == "finished"


async def test_what_goes_one_after_the_other_leaves_no_gap(engine: AsyncEngine) -> None:
    job = job_of(nothing, cumulative=False)
    day = timedelta(days=1)
    start = now() - 5 * day
    await run(engine, job, as_of=start)
    with pytest.raises(EarlierRunOpen):
        await run(engine, job, as_of=start + 2 * day)
    assert (await run(engine, job, as_of=start + day)).outcome == "finished"
    states = await states_of(engine)
    due = due_of(job, PLATFORM, states[job.code, PLATFORM], now())
    assert due is not None
    assert job.schedule.period_of(due.as_of) == job.schedule.period_of(start + 2 * day)


async def states_of(engine: AsyncEngine) -> Any:
    async with read_transaction(engine) as conn:
        return await read_states(conn)


async def test_nothing_is_done_for_a_time_to_come(engine: AsyncEngine) -> None:
    with pytest.raises(PeriodNotBegun):
        await run(engine, job_of(nothing), as_of=now() + timedelta(days=1))


async def test_a_clock_that_jumped_stops_what_expires_until_a_person_looks(
    engine: AsyncEngine,
) -> None:
    job = job_of(nothing)
    await run(engine, job, as_of=now() - timedelta(days=100))
    assert (await run(engine, job)).error == ClockJumped.code
    assert due_of(job, PLATFORM, (await states_of(engine))[job.code, PLATFORM], now()) is None
    assert (await run(engine, job, by_hand=True)).outcome == "finished"


async def test_two_clocks_that_disagree_make_nothing_due(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.journeys.jobs.state.now", lambda: now() + timedelta(days=400))
    with pytest.raises(ClocksDiffer):
        await list_due(engine)


class Poison:
    """A step that fails until it is mended."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error

    async def step(self, _conn: AsyncConnection, _work: Work) -> Done:
        if self.error is not None:
            raise self.error
        return Done(1)


class Secretive(LedgerError):
    """Its message would tell a name."""

    template = "{name} is not known."


async def test_what_fails_is_tried_again_later_then_parked_and_told_without_data(
    engine: AsyncEngine,
) -> None:
    poison = Poison(Secretive(name="王小明"))
    job = job_of(poison.step)
    key = (job.code, PLATFORM)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert (await run(engine, job)).error == "secretive"
        state = (await states_of(engine))[key]
        assert state.attempts == attempt
        assert due_of(job, PLATFORM, state, now()) is None, "not at once"
        if attempt < MOST_ATTEMPTS:
            later = state.next_attempt_at + timedelta(seconds=1)
            assert due_of(job, PLATFORM, state, later) is not None
    assert state.parked_at is not None
    async with read_transaction(engine) as conn:
        told = await list_failures(conn, limit=10)
    assert [one.attempt for one in told] == [5, 4, 3, 2, 1]
    assert "王" not in "".join(one.detail for one in told)
    poison.error = None
    await write_transaction(engine, lambda conn: want_run(conn, job, tenant_id=0, caller_id=1))
    wanted = due_of(job, PLATFORM, (await states_of(engine))[key], now())
    assert wanted is not None
    assert wanted.wanted_by == 1
    result = await run(engine, job, asked_by=1, by_hand=True)
    assert result.outcome == "finished"
    state = (await states_of(engine))[key]
    assert (state.attempts, state.parked_at, state.wanted_by, state.last_error) == (
        0,
        None,
        None,
        None,
    )
    assert (state.runs, state.failures) == (1, MOST_ATTEMPTS)


async def test_one_programme_that_fails_keeps_no_other_from_running(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await create_community(engine), await create_community(engine)

    async def step(_conn: AsyncConnection, work: Work) -> Done:
        if work.tenant_id == first.tenant_id:
            raise RuntimeError
        return Done(1)

    job = job_of(step, scope="programme")
    monkeypatch.setattr(registry, "_jobs", {job.code: job})
    results = await run_due(engine)
    assert {one.tenant_id: one.outcome for one in results} == {
        first.tenant_id: "failed",
        second.tenant_id: "finished",
    }
    (overview,) = await list_overview(engine)
    assert (overview.scopes, overview.failing, overview.due) == (2, 1, 0)


async def test_everything_due_runs_in_the_order_of_the_day_and_is_queued_once(
    community: Community,
) -> None:
    engine = community.engine
    assert await enqueue_due(engine) > 0
    assert await enqueue_due(engine) == 0, "what waits already is not queued again"
    due = await list_due(engine)
    assert {one.piece for one in due} == {
        f"tenant:{community.tenant_id}",
        "job:check_audit_log",
        "job:expire_purchases",
        "job:deliver_webhooks",
        "job:seal_audit_log",
        "job:write_imports",
        "job:sweep_queue",
        "job:sweep_sign_ins",
        "job:sweep_webhooks",
        "job:tell_of_expired_approvals",
    }
    results = await run_due(engine)
    assert {one.outcome for one in results} == {"finished"}
    ran = [one.job for one in results]
    order = [job.code for job in registry.list_jobs()]
    assert ran == sorted(ran, key=order.index)
    assert {"release_services", "expire_units", "prove_books"} <= set(ran)
    assert await list_due(engine) == []
    async with engine.connect() as conn:
        told = await fetch_all(conn, "SELECT job, facts FROM jobs.job_run WHERE refused > 0")
        rows = await fetch_value(conn, "SELECT count(*) FROM jobs.job_run")
    assert told == [] or {row.job for row in told} == {"remind_of_programme_months"}
    assert rows < len(ran), "what is frequent and did nothing leaves no row"


@pytest.mark.parametrize(
    ("schedule", "at", "period", "latest", "following"),
    [
        (Schedule("day", timedelta(minutes=30)), "2025-11-03 00:10",
         "2025-11-03", "2025-11-02", "2025-11-03 00:30"),
        (Schedule("hour", timedelta(minutes=10)), "2025-11-03 12:10",
         "2025-11-03T12", "2025-11-03T12", "2025-11-03 13:10"),
        (Schedule("month", timedelta(days=5, hours=3)), "2025-12-31 23:59",
         "2025-12", "2025-12", "2026-01-06 03:00"),
        (Schedule("month", timedelta(days=5)), "2026-03-02 08:00",
         "2026-03", "2026-02", "2026-03-06 00:00"),
        (Schedule("minute"), "2025-11-03 00:00",
         "2025-11-03T00:00", "2025-11-03T00:00", "2025-11-03 00:01"),
    ],
)  # fmt: skip
def test_periods_go_by_the_calendar_of_shanghai(
    schedule: Schedule, at: str, period: str, latest: str, following: str
) -> None:
    for zone in (SHANGHAI, None):
        given = moment(at) if zone else datetime.fromtimestamp(moment(at).timestamp()).astimezone()
        assert schedule.name_of(schedule.period_of(given)) == period
        assert schedule.name_of(schedule.latest_due(given)) == latest
        assert schedule.next_due(given) == moment(following)


def test_the_day_of_a_period_is_that_of_shanghai() -> None:
    async def never(_conn: AsyncConnection, _work: Work) -> Done:
        raise AssertionError

    job = job_of(never)
    period = job.schedule.period_of(moment("2025-11-03 00:05"))
    assert running.business_day(period) == date(2025, 11, 3)


def test_every_job_comes_after_those_it_waits_for() -> None:
    seen: set[str] = set()
    jobs: Sequence[Job] = registry.list_jobs()
    for job in jobs:
        assert set(job.after) <= seen, job.code
        assert (job.step is None) != (job.act is None), job.code
        seen.add(job.code)
    assert len(seen) == len(jobs)
