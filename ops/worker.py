"""The worker: looks every minute for what is due, and does it, several pieces at once.

pgqueuer gives the minute's look to one worker and each piece of work to one worker, takes back what
a dead worker held, and ends in an orderly way. What is due, what was done and what went wrong is
in tables of our own (``ledger.journeys.jobs``), which are right without it.

Source: docs/decisions/0051-jobs.md
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from time import monotonic
from typing import Any

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.models import Job, Schedule
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import SERVICE_ROLE, create_engine
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.secrets import open_secrets
from ledger.journeys.jobs.due import ENTRYPOINT, enqueue_due, run_due
from ledger.journeys.jobs.import_jobs import import_with
from ledger.journeys.jobs.platform_jobs import deliver_webhooks_with, keep_webhooks_for
from ledger.journeys.jobs.refusals import ClocksDiffer
from ledger.journeys.jobs.running import RunResult
from ledger.settings import Settings
from ops.child_process import DRAIN_SECONDS
from reconciliation.jobs import register_jobs

logger = structlog.get_logger(__name__)

LOOK = "look_for_work"
EVERY_MINUTE = "* * * * *"
PIECES_AT_ONCE = 4
#: A piece is handed back after so long, so that a long one does not keep others waiting.
PIECE_SECONDS = 60
POLL = timedelta(seconds=2)
#: What a worker held that says nothing for so long is given to another.
SILENCE = timedelta(seconds=30)
FIRST_PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 30
CHANNEL = Channel("gongzhang_jobs")

#: Every name is given, because the library would else read it from PGQUEUER_… or even from plain
#: CHANNEL and FUNCTION in the environment.
NAMES = DBSettings(
    prefix="",
    db_schema="jobs",
    channel=CHANNEL,
    function="unused",
    trigger="unused",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    schedules_table="pgqueuer_schedules",
    durability=Durability.durable,
)

#: What a database that is gone, or stops, or starts, answers with.
_GONE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InternalClientError,  # the driver lost its place when the wire broke
)


class LostConnections(logging.Filter):
    """A lost database is waited for: what the queue says of it is one line, and no error."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass; one about a lost connection as a warning without its dump."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and _is_lost(error) and record.levelno > logging.WARNING:
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.msg, record.args = "queue_lost_connection", ()
            record.exc_info = record.exc_text = None
            record.error = type(error).__name__
        return True


def _is_lost(error: BaseException) -> bool:
    if isinstance(error, asyncpg.InterfaceError):
        return "closed" in str(error)
    return isinstance(error, _GONE)


_lost_connections = LostConnections()


class Worker:
    """One worker on one database; several of them share the work."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._engine = create_engine(database_url, pool_size=PIECES_AT_ONCE, max_overflow=2)
        self._stopping = asyncio.Event()
        self._queuer: PgQueuer | None = None

    def stop(self) -> None:
        """Take nothing new, let what is under way come to the end of its step, then end."""
        self._stopping.set()
        if self._queuer is not None:
            self._queuer.shutdown.set()

    async def stopped(self) -> None:
        """Wait until somebody says stop."""
        await self._stopping.wait()

    async def run(self) -> None:
        """Work until told to stop; a lost database is waited for."""
        for name in ("pgqueuer", "asyncio"):
            logging.getLogger(name).addFilter(_lost_connections)
        pause = FIRST_PAUSE_SECONDS
        try:
            while not self._stopping.is_set():
                try:
                    await self._work()
                    pause = FIRST_PAUSE_SECONDS
                except Exception as error:  # noqa: BLE001  whatever it is, work goes on after it
                    logger.warning("worker_lost_database", error=type(error).__name__)
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._stopping.wait(), pause)
                    pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        finally:
            await self._engine.dispose()

    async def _work(self) -> None:
        """Work on one connection's life."""
        async with _pool(self._url) as pool:
            queuer = self._declare(pool)
            self._queuer = queuer
            if self._stopping.is_set():
                return
            logger.info("worker_started")
            await queuer.run(
                dequeue_timeout=POLL,
                batch_size=PIECES_AT_ONCE // 2,
                max_concurrent_tasks=PIECES_AT_ONCE,
                heartbeat_timeout=SILENCE,
                log_aggregation_interval=timedelta(0),
            )

    def _declare(self, pool: asyncpg.Pool) -> PgQueuer:
        driver = AsyncpgPoolDriver(pool)
        queries = Queries(
            driver,
            QueryBuilderEnvironment(NAMES),
            QueryQueueBuilder(NAMES),
            QuerySchedulerBuilder(NAMES),
        )
        queuer = PgQueuer(driver, channel=CHANNEL, queries=queries)

        @queuer.schedule(LOOK, EVERY_MINUTE)
        async def look(_: Schedule) -> None:
            await look_for_work(self._engine)

        @queuer.entrypoint(ENTRYPOINT)
        async def work(item: Job) -> None:
            await self._do(item)

        return queuer

    async def _do(self, item: Job) -> None:
        """One piece of work; what it leaves is found again by the next look."""
        piece = (item.payload or b"").decode()
        until = monotonic() + PIECE_SECONDS
        with structlog.contextvars.bound_contextvars(queue_id=item.id):
            await run_due(
                self._engine,
                piece=piece,
                stopping=lambda: self._stopping.is_set() or monotonic() > until,
                tell=log_run,
            )


async def look_for_work(engine: AsyncEngine) -> None:
    """Queue what is due; with clocks that disagree, nothing is."""
    try:
        await enqueue_due(engine)
    except ClocksDiffer as refusal:
        logger.error("clocks_differ", seconds=refusal.seconds)


def log_run(result: RunResult) -> None:
    """One line about a run; at ``info`` when it did something or failed."""
    tally = result.tally
    facts: dict[str, Any] = {
        "job": result.job,
        "tenant": result.public_id and str(result.public_id),
        "run_id": str(result.run_id),
        "outcome": result.outcome,
        "handled": tally.handled,
        "refused": tally.refused,
        "entries": tally.entries,
    }
    if result.error is not None:
        facts["error"] = result.error
    if tally.handled or tally.refused or result.error is not None:
        logger.info("job_ran", **facts)
    else:
        logger.debug("job_ran", **facts)


@contextlib.asynccontextmanager
async def _pool(url: str) -> AsyncIterator[asyncpg.Pool]:
    """Connections of the queue itself: one listens, the others ask."""
    settings = {"application_name": "gongzhang-worker", "role": SERVICE_ROLE, "timezone": "UTC"}
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4, server_settings=settings)
    try:
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), DRAIN_SECONDS)
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            pool.terminate()


async def run_worker(settings: Settings, database_url: str) -> None:
    """Work until SIGTERM or SIGINT; what does not end in time is cut off and found again.

    ``settings.secret_key`` must be filled in.
    """
    register_jobs()
    keys = PersonalDataKeys(open_secrets(settings))
    import_with(keys)
    deliver_webhooks_with(keys, loopback=settings.webhooks_to_loopback)
    keep_webhooks_for(settings.webhook_kept_days)
    worker = Worker(database_url)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    task = asyncio.create_task(worker.run())
    stopped = asyncio.create_task(worker.stopped())
    await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
    try:
        await asyncio.wait_for(task, DRAIN_SECONDS)
    except TimeoutError:
        logger.warning("worker_cut_off")
    stopped.cancel()
    logger.info("worker_stopped")
