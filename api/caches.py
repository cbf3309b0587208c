"""Small caches of a process with a short life, and one fetch for many who wait for it."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TimedCache(Generic[K, V]):
    """Values for a few seconds; None is never kept, so that guessing fills nothing."""

    def __init__(
        self, load: Callable[[K], Awaitable[V | None]], *, seconds: float, capacity: int = 10_000
    ) -> None:
        self._load = load
        self._seconds = seconds
        self._capacity = capacity
        self._values: dict[K, tuple[float, V]] = {}
        self._loading: dict[K, asyncio.Future[V | None]] = {}
        #: Grows whenever values were dropped before their time; what was copied from here is stale.
        self.forgotten = 0

    def peek(self, key: K) -> V | None:
        """The value if it is here and fresh; never waits."""
        return self.peek_until(key)[0]

    def peek_until(self, key: K) -> tuple[V | None, float]:
        """The same with the moment (of the monotonic clock) at which it is stale."""
        kept = self._values.get(key)
        return (kept[1], kept[0]) if kept is not None and kept[0] > monotonic() else (None, 0.0)

    async def get(self, key: K) -> V | None:
        """The value, loaded when it is not here; callers at the same moment share one load."""
        value = self.peek(key)
        if value is not None:
            return value
        loading = self._loading.get(key)
        if loading is None:
            loading = asyncio.ensure_future(self._fetch(key))
            self._loading[key] = loading
        return await asyncio.shield(loading)

    async def _fetch(self, key: K) -> V | None:
        began = self.forgotten
        try:
            value = await self._load(key)
        finally:
            if self._loading.get(key) is asyncio.current_task():
                del self._loading[key]
        if value is not None and self.forgotten == began:
            self._make_room()
            self._values[key] = (monotonic() + self._seconds, value)
        return value

    def forget(self, key: K) -> None:
        """Drop a value before its time; one that is being loaded may be old and is not kept."""
        self.forgotten += 1
        self._loading.pop(key, None)
        self._values.pop(key, None)

    def forget_where(self, is_meant: Callable[[V], bool]) -> None:
        """The same with every value that is meant; looks at all of them, so for rare acts."""
        self.forgotten += 1
        self._loading.clear()
        self._values = {key: kept for key, kept in self._values.items() if not is_meant(kept[1])}

    def _make_room(self) -> None:
        """Drop what is stale, then the oldest, when the cache is full."""
        if len(self._values) < self._capacity:
            return
        moment = monotonic()
        self._values = {key: kept for key, kept in self._values.items() if kept[0] > moment}
        while len(self._values) >= self._capacity:
            self._values.pop(next(iter(self._values)))
