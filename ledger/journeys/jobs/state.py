"""Where each job stands in each tenant, as whoever looks for work reads it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import fetch_all, fetch_value, load_sql
from ledger.journeys.jobs.refusals import ClocksDiffer

_PACKAGE = "ledger.journeys.jobs"
_LIST = load_sql(_PACKAGE, "list_states")
_CLOCK = load_sql(_PACKAGE, "read_clock")
_CLOCKS_AGREE_WITHIN = timedelta(minutes=5)


class JobState(msgspec.Struct, frozen=True):
    """Where a job stands in one tenant (0: the platform)."""

    job: str
    scope_tenant_id: int
    finished_through: datetime | None
    period: datetime | None
    run_id: UUID | None
    begun_at: datetime | None
    steps: int
    handled: int
    attempts: int
    next_attempt_at: datetime | None
    parked_at: datetime | None
    wanted_by: int | None
    last_error: str | None
    last_finished_at: datetime | None
    last_milliseconds: int
    last_refused: int
    runs: int
    failures: int


States = Mapping[tuple[str, int], JobState]


async def read_states(
    conn: AsyncConnection, *, job: str | None = None, scopes: Sequence[int] | None = None
) -> States:
    """The states of a job, or of all, in some tenants, or in all; by job and tenant."""
    rows: Sequence[Any] = await fetch_all(
        conn, _LIST, job, None if scopes is None else list(scopes)
    )
    states = [JobState(*tuple(row)) for row in rows]
    return {(state.job, state.scope_tenant_id): state for state in states}


async def read_clock(conn: AsyncConnection) -> datetime:
    """The present moment by the database's clock.

    Raises:
        ClocksDiffer: ours says something else, so one of the two is wrong.
    """
    moment = await fetch_value(conn, _CLOCK)
    assert isinstance(moment, datetime)
    distance = abs(now() - moment)
    if distance > _CLOCKS_AGREE_WITHIN:
        raise ClocksDiffer(seconds=distance // timedelta(seconds=1))
    return moment
