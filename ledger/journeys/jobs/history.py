"""What runs did and what failed, the latest first."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, fetch_optional, load_sql
from ledger.errors import NotFound

_PACKAGE = "ledger.journeys.jobs"
_LIST_RUNS = load_sql(_PACKAGE, "list_runs")
_FIND_RUN = load_sql(_PACKAGE, "find_run")
_LIST_FAILURES = load_sql(_PACKAGE, "list_failures")
LARGEST_PAGE = 200


class FinishedRun(msgspec.Struct, frozen=True):
    """A run as it ended; totals in smallest units, by unit."""

    run_id: UUID
    job: str
    scope_tenant_id: int
    period: datetime
    policy_version: int
    begun_at: datetime
    finished_at: datetime
    steps: int
    handled: int
    refused: int
    entries: int
    totals: dict[str, int]
    facts: dict[str, int | str]
    result_hash: bytes
    asked_by: int

    @property
    def milliseconds(self) -> int:
        """How long it took, waiting between attempts included."""
        return (self.finished_at - self.begun_at) // timedelta(milliseconds=1)


class Failure(msgspec.Struct, frozen=True):
    """An attempt that failed."""

    failure_id: UUID
    job: str
    scope_tenant_id: int
    period: datetime
    failed_at: datetime
    attempt: int
    error: str
    detail: str
    asked_by: int


async def list_runs(
    conn: AsyncConnection,
    *,
    limit: int,
    job: str | None = None,
    tenant_id: int | None = None,
    before: UUID | None = None,
) -> list[FinishedRun]:
    """A page of finished runs, of one job or all, beginning below the run ``before``."""
    rows = await fetch_all(conn, _LIST_RUNS, job, tenant_id, before, limit)
    return [_run(row) for row in rows]


async def get_run(conn: AsyncConnection, *, run_id: UUID) -> FinishedRun:
    """One finished run.

    Raises:
        NotFound: no such run.
    """
    row = await fetch_optional(conn, _FIND_RUN, run_id)
    if row is None:
        raise NotFound(kind="run", id=str(run_id))
    return _run(row)


async def list_failures(
    conn: AsyncConnection,
    *,
    limit: int,
    job: str | None = None,
    tenant_id: int | None = None,
    before: UUID | None = None,
) -> list[Failure]:
    """A page of failed attempts, of one job or all, beginning below the failure ``before``."""
    rows = await fetch_all(conn, _LIST_FAILURES, job, tenant_id, before, limit)
    return [Failure(*tuple(row)) for row in rows]


def _run(row: Any) -> FinishedRun:
    return FinishedRun(**(row._asdict() | {"result_hash": bytes(row.result_hash)}))
