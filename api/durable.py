"""Writes that are tried again when the database did not answer; safe because they carry keys."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from api.problems import is_unavailable
from ledger.books.lanes import OutcomeUnknown

DEADLINE_SECONDS = 10
_PAUSE_SECONDS = 0.2

T = TypeVar("T")


async def write_surely(write: Callable[[], Awaitable[T]]) -> T:
    """Run a write whose keys make it act once, again and again until its commit is known.

    Raises:
        OutcomeUnknown: the database gave no answer in time.
    """
    deadline = monotonic() + DEADLINE_SECONDS
    while True:
        try:
            return await write()
        except Exception as error:
            if not is_unavailable(error):
                raise
            if monotonic() > deadline:
                raise OutcomeUnknown from error
        await asyncio.sleep(_PAUSE_SECONDS)
