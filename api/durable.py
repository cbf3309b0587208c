"""Writes that are tried again when the database did not answer; safe because they carry keys."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.problems import RETRY_SECONDS, is_unavailable
from ledger.books.lanes import OutcomeUnknown, ServiceBusy

DEADLINE_SECONDS = 10
_PAUSE_SECONDS = 0.2

T = TypeVar("T")


async def write_surely(write: Callable[[], Awaitable[T]]) -> T:
    """Run a write whose keys make it act once, again and again until its commit is known.

    Raises:
        OutcomeUnknown: the database gave no answer in time.
        ServiceBusy: there was no connection free; nothing was written.
    """
    deadline = monotonic() + DEADLINE_SECONDS
    doubtful = False
    while True:
        try:
            return await write()
        except Exception as error:
            if not is_unavailable(error):
                raise
            doubtful = doubtful or not isinstance(error, PoolTimeout)
            if monotonic() > deadline:
                raise (
                    OutcomeUnknown() if doubtful else ServiceBusy(retry_after_seconds=RETRY_SECONDS)
                ) from error
        await asyncio.sleep(_PAUSE_SECONDS)
