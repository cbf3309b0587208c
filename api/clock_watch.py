"""Whether the service's clock and the database's agree; while they do not, nothing is written.

An entry gets its moment and its accounting date from the database, and an account's moments never
go back: one entry of next year would draw all later ones there.

Source: docs/decisions/0055-faults.md
"""

import asyncio
import contextlib

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api.problems import is_unavailable
from ledger.journeys.jobs.refusals import ClocksDiffer
from ledger.journeys.jobs.state import read_clock

logger = structlog.get_logger(__name__)

WATCH_EVERY_SECONDS = 2


class ClockWatch:
    """Compares the two every other second."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        #: None before the first comparison.
        self.seconds_apart: int | None = None
        self._is_over = asyncio.Event()

    @property
    def agree(self) -> bool:
        """Whether they did when they were last compared."""
        return not self.seconds_apart

    def require(self) -> None:
        """Refuse to write while one of the clocks is wrong.

        Raises:
            ClocksDiffer: they are more than five minutes apart.
        """
        if self.seconds_apart:
            raise ClocksDiffer(seconds=self.seconds_apart)

    async def watch(self) -> None:
        """Go on comparing until it is over; a database that is away changes nothing."""
        while not self._is_over.is_set():
            try:
                await self.compare()
            except Exception as error:
                if not is_unavailable(error):  # whatever it is, the next comparison may go well
                    logger.exception("clocks_not_compared")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_over.wait(), WATCH_EVERY_SECONDS)

    def end(self) -> None:
        """Let the watch return after its comparison, so that no connection is left half used."""
        self._is_over.set()

    async def compare(self) -> None:
        """Ask the database for its moment."""
        try:
            async with self._engine.connect() as conn:
                await read_clock(conn)
        except ClocksDiffer as refusal:
            if self.agree:
                logger.error("clocks_differ", seconds=refusal.seconds)
            self.seconds_apart = refusal.seconds
        else:
            self.seconds_apart = 0
