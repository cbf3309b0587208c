"""The worker as a child of the service: started with it, started again when it dies, ended with it.

The child is spawned, not forked, and dies with its parent, as the web workers do.
"""

import asyncio
import contextlib
import logging
import multiprocessing
from collections.abc import Iterator
from multiprocessing.process import BaseProcess

from ops.child_process import DRAIN_SECONDS, prepare_child

logger = logging.getLogger(__name__)

_GRACE_SECONDS = DRAIN_SECONDS + 5


def work_as_child() -> None:
    """What the child does: work until it is told to stop."""
    from ops.worker import run_worker  # noqa: PLC0415  slow to load, and not for the parent

    settings = prepare_child()
    asyncio.run(run_worker(settings, settings.database_url))


class WorkerProcess:
    """The child and its restarts."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._process: BaseProcess | None = None
        self._is_wanted = False

    def want(self) -> None:
        """Let the next look start the child."""
        self._is_wanted = True

    def look_after(self) -> bool:
        """Start the child once it is wanted, and again when it died; never the last look.

        One thread looks, so that there is never a second child.
        """
        if not self._is_wanted:
            return False
        if self._process is not None:
            if self._process.is_alive():
                return False
            logger.error("worker_died", extra={"exit_code": self._process.exitcode})
        self._process = self._context.Process(target=work_as_child, name="gongzhang-worker")
        self._process.start()
        return False

    def stop(self) -> None:
        """Let it finish its step, and end it in any case."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        process.join(_GRACE_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()


@contextlib.contextmanager
def worker_beside() -> Iterator[WorkerProcess]:
    """A worker that is started when it is wanted, and stopped at the end of the block."""
    worker = WorkerProcess()
    try:
        yield worker
    finally:
        worker.stop()
