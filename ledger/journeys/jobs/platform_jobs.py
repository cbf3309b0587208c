"""Jobs of the whole platform."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import fetch_value, load_sql
from ledger.foundation.audit_seals import seal_audit_log
from ledger.journeys.jobs.calendar import Schedule
from ledger.journeys.jobs.declaration import Done, Job, Work

_SWEEP_QUEUE = load_sql("ledger.journeys.jobs", "sweep_queue_log")
_LINES = 10_000
_KEPT = timedelta(days=7)


async def _sweep_queue(conn: AsyncConnection, _work: Work) -> Done:
    """Old lines of the queue's own log; what jobs did is kept elsewhere, for good."""
    swept = await fetch_value(conn, _SWEEP_QUEUE, _KEPT, _LINES)
    return Done(swept, more=swept == _LINES)


async def _seal_audit_log(engine: AsyncEngine, _work: Work) -> Done:
    return Done(await seal_audit_log(engine))


PLATFORM_JOBS = (
    Job(
        code="seal_audit_log",
        name_zh="封存操作日志",
        name_en="The audit log is sealed",
        schedule=Schedule("minute"),
        scope="platform",
        act=_seal_audit_log,
        leaves_rows=False,
    ),
    Job(
        code="sweep_queue",
        name_zh="清理任务队列的旧记录",
        name_en="Old lines of the queue are swept",
        schedule=Schedule("day", timedelta(hours=3)),
        scope="platform",
        step=_sweep_queue,
    ),
)
