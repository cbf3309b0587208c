"""How long a request is listened to, by turns of the event loop and not by the clock alone.

A process that stood still (too much to do, a machine that was paused) heard nothing meanwhile,
whatever its clients sent: what they are given is time in which it could have heard them.
"""

import asyncio
from types import TracebackType
from typing import Self
from weakref import WeakKeyDictionary

_STEP_SECONDS = 1


class listening:  # noqa: N801  reads as what it is for: ``async with listening(30)``
    """Listen for so many seconds, or one more; a standstill, however long, counts as one of them.

    The server hands over no body without a turn of the event loop, also when it has it already:
    all who listen share a timer, which costs a request half of what one of its own does.

    Raises:
        TimeoutError: they are over.
    """

    __slots__ = ("_clock", "_left", "_patience")

    def __init__(self, seconds: int) -> None:
        self._left = seconds
        self._patience = asyncio.timeout(None)

    async def __aenter__(self) -> Self:
        await self._patience.__aenter__()
        loop = asyncio.get_running_loop()
        clock = _clocks.get(loop)
        if clock is None:
            clock = _clocks[loop] = _Clock()
        self._clock = clock
        clock.add(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clock.listeners.discard(self)
        await self._patience.__aexit__(kind, error, trace)

    def count(self, now: float) -> None:
        """A step is over."""
        self._left -= _STEP_SECONDS
        if self._left < 0:
            self._clock.listeners.discard(self)
            self._patience.reschedule(now)


class _Clock:
    """Counts the steps of all listeners of an event loop with one timer, while there are any."""

    def __init__(self) -> None:
        self._runs = False
        self.listeners: set[listening] = set()

    def add(self, one: listening) -> None:
        """Count for another listener."""
        self.listeners.add(one)
        if not self._runs:
            self._go_on(asyncio.get_running_loop())

    def _go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        self._runs = bool(self.listeners)
        if self._runs:
            loop.call_later(_STEP_SECONDS, self._step)

    def _step(self) -> None:
        loop = asyncio.get_running_loop()
        for one in tuple(self.listeners):
            one.count(loop.time())
        self._go_on(loop)


_clocks: WeakKeyDictionary[asyncio.AbstractEventLoop, _Clock] = WeakKeyDictionary()
