"""Run the due jobs once a minute while the service runs, in the process that minds the workers.

Several services on one database may all do so: every job is idempotent.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import structlog

from ledger.database import create_engine
from ledger.journeys.jobs import run_due_jobs

logger = structlog.get_logger(__name__)

INTERVAL_SECONDS = 60


@contextlib.contextmanager
def scheduled_jobs(database_url: str) -> Iterator[None]:
    """Jobs run in a thread of their own until the block ends."""
    done = threading.Event()
    thread = threading.Thread(
        target=lambda: asyncio.run(_run(database_url, done)), name="jobs", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


async def _run(database_url: str, done: threading.Event) -> None:
    engine = create_engine(database_url, pool_size=1)
    try:
        while not await asyncio.to_thread(done.wait, INTERVAL_SECONDS):
            try:
                runs = await run_due_jobs(engine)
            except Exception:
                logger.exception("jobs_failed")
                continue
            for item in runs:
                logger.info("job_ran", job=item.job, handled=item.handled)
    finally:
        await engine.dispose()
