"""Jobs of programmes: what takes effect, and what runs out."""

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.journeys.expiry_notices import announce_expiring_units
from ledger.journeys.jobs.calendar import Schedule
from ledger.journeys.jobs.declaration import SYSTEM_CALLER, Done, Job, Work, count_refusals
from ledger.programmes import expiry
from ledger.programmes.expiry import expire_units
from ledger.programmes.redemption.checkout import expire_purchases
from ledger.programmes.service_records import release as service_release
from ledger.programmes.service_records.release import release_awards, release_services
from ledger.programmes.star_points import release as star_release
from ledger.programmes.star_points.release import release_stars

_PURCHASES = 1000


async def _release_services(conn: AsyncConnection, work: Work) -> Done:
    """Services, and beside the last of them what was given without one."""
    what: Any = {"tenant_id": work.tenant_id, "on": work.on, "caller_id": SYSTEM_CALLER}
    run = await release_services(conn, **what)
    more = run.tried == service_release.LARGEST_RUN
    awards = await release_awards(conn, **what)
    facts = {
        "overflow_minutes": run.overflow_minutes + awards.overflow_minutes,
        **count_refusals([*run.refused.values(), *awards.refused.values()]),
    }
    more |= awards.effective > 0 and awards.tried == service_release.LARGEST_RUN
    return Done(
        run.effective + awards.effective, len(run.refused) + len(awards.refused), more, facts
    )


async def _release_stars(conn: AsyncConnection, work: Work) -> Done:
    run = await release_stars(conn, tenant_id=work.tenant_id, on=work.on, caller_id=SYSTEM_CALLER)
    more = run.tried == star_release.LARGEST_RUN
    return Done(run.effective, len(run.refused), more, count_refusals(run.refused.values()))


async def _expire_purchases(conn: AsyncConnection, work: Work) -> Done:
    outcomes = await expire_purchases(
        conn, tenant_id=work.tenant_id, caller_id=SYSTEM_CALLER, limit=_PURCHASES
    )
    handled = sum(outcome.refusal is None for outcome in outcomes)
    more = handled > 0 and len(outcomes) == _PURCHASES
    facts = count_refusals(outcome.refusal for outcome in outcomes)
    return Done(handled, len(outcomes) - handled, more, facts)


async def _expire_units(conn: AsyncConnection, work: Work) -> Done:
    run = await expire_units(conn, tenant_id=work.tenant_id, on=work.on, caller_id=SYSTEM_CALLER)
    more = run.expired > 0 and run.tried == expiry.LARGEST_RUN
    return Done(run.expired, len(run.refused), more, count_refusals(run.refused))


async def _announce_expiring(conn: AsyncConnection, work: Work) -> Done:
    return Done(await announce_expiring_units(conn, work.tenant_id, work.on))


PROGRAMME_JOBS = (
    Job(
        code="release_services",
        name_zh="服务与奖励生效",
        name_en="Verified services and awards take effect",
        schedule=Schedule("day", timedelta(minutes=30)),
        scope="programme",
        step=_release_services,
        policy="time.storage_cap_min",
    ),
    Job(
        code="release_stars",
        name_zh="星级积分公示期满生效",
        name_en="Star points take effect after publicity",
        schedule=Schedule("day", timedelta(minutes=30)),
        scope="programme",
        step=_release_stars,
    ),
    Job(
        code="expire_purchases",
        name_zh="释放超时的预占",
        name_en="Purchases whose time is over are released",
        schedule=Schedule("minute"),
        scope="programme",
        step=_expire_purchases,
    ),
    Job(
        code="expire_units",
        name_zh="到期作废",
        name_en="Units expire",
        # hourly, so that what comes back from a hold under an old date goes soon after
        schedule=Schedule("hour", timedelta(minutes=10)),
        scope="programme",
        step=_expire_units,
        after=("release_services", "release_stars", "expire_purchases"),
    ),
    Job(
        code="announce_expiring",
        name_zh="提前通知即将到期",
        name_en="Members are told what expires soon",
        schedule=Schedule("day", timedelta(hours=8)),
        scope="programme",
        step=_announce_expiring,
    ),
)
