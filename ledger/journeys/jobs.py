"""Jobs that are due: each is idempotent, runs for one programme, and goes on where it left off."""

from collections.abc import Awaitable, Callable
from datetime import date

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import today
from ledger.database import read_transaction, write_transaction
from ledger.foundation.organisations import list_tenants
from ledger.journeys.expiry_notices import announce_expiring_units
from ledger.programmes.expiry import expire_units
from ledger.programmes.redemption.checkout import expire_purchases
from ledger.programmes.service_records.release import release_services
from ledger.programmes.star_points.release import release_stars

logger = structlog.get_logger(__name__)

SYSTEM_CALLER = 1
#: A job stops here and goes on at the next run, so that one programme never holds up the others.
MOST_STEPS = 1000

#: One step of a job: connection, tenant, business date → things dealt with; 0 ends the run.
Step = Callable[[AsyncConnection, int, date], Awaitable[int]]


class JobRun(msgspec.Struct, frozen=True):
    """What a job did for a programme."""

    job: str
    programme: str
    handled: int


async def run_due_jobs(engine: AsyncEngine, *, on: date | None = None) -> list[JobRun]:
    """Run every job for every programme; only those that did something are told.

    A job that fails for one programme is logged and does not keep the others from running.
    """
    async with read_transaction(engine) as conn:
        programmes = [tenant for tenant in await list_tenants(conn) if tenant.form == "programme"]
    runs = []
    for programme in programmes:
        for job, step in JOBS.items():
            try:
                handled = await _run(engine, programme.tenant_id, step, on or today())
            except Exception:
                logger.exception("job_failed", job=job, programme=str(programme.public_id))
                continue
            if handled:
                runs.append(JobRun(job, programme.name, handled))
    return runs


async def _run(engine: AsyncEngine, tenant_id: int, step: Step, on: date) -> int:
    """Repeat a step, each in its own transaction, until it finds nothing to settle."""
    handled = 0
    for _ in range(MOST_STEPS):
        done = await write_transaction(
            engine, lambda conn: step(conn, tenant_id, on), tenant_id=tenant_id
        )
        if not done:
            break
        handled += done
    return handled


async def _release_services(conn: AsyncConnection, tenant_id: int, on: date) -> int:
    run = await release_services(conn, tenant_id=tenant_id, on=on, caller_id=SYSTEM_CALLER)
    return run.tried


async def _expire_purchases(conn: AsyncConnection, tenant_id: int, _on: date) -> int:
    outcomes = await expire_purchases(conn, tenant_id=tenant_id, caller_id=SYSTEM_CALLER)
    return sum(outcome.refusal is None for outcome in outcomes)


async def _expire_units(conn: AsyncConnection, tenant_id: int, on: date) -> int:
    run = await expire_units(conn, tenant_id=tenant_id, on=on, caller_id=SYSTEM_CALLER)
    return run.expired


async def _release_stars(conn: AsyncConnection, tenant_id: int, on: date) -> int:
    run = await release_stars(conn, tenant_id=tenant_id, on=on, caller_id=SYSTEM_CALLER)
    return run.tried


#: In the order of the day: what takes effect first, then what runs out.
JOBS: dict[str, Step] = {
    "release_services": _release_services,
    "release_stars": _release_stars,
    "expire_purchases": _expire_purchases,
    "expire_units": _expire_units,
    "announce_expiring": announce_expiring_units,
}
