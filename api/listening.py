"""How long a request is listened to, by turns of the event loop and not by the clock alone.

A process that stood still (too much to do, a machine that was paused) heard nothing meanwhile,
whatever its clients sent: what they are given is time in which it could have heard them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_STEP_SECONDS = 1


@asynccontextmanager
async def listening(seconds: int) -> AsyncIterator[None]:
    """Listen for so many seconds; a standstill, however long, counts as one of them.

    Raises:
        TimeoutError: they are over.
    """
    loop = asyncio.get_running_loop()
    counting: asyncio.TimerHandle
    async with asyncio.timeout(None) as patience:

        def count(left: int) -> None:
            nonlocal counting
            if left > 0:
                counting = loop.call_later(_STEP_SECONDS, count, left - _STEP_SECONDS)
            else:
                patience.reschedule(loop.time())

        count(seconds)
        try:
            yield
        finally:
            counting.cancel()
