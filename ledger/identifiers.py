"""Public identifiers: uuid version 7, made by the application, ordered by time.

Source: RFC 9562 §5.7, with 12 bits of sub-millisecond clock in rand_a (method 3) so that ids of
one process keep their order within a millisecond.
"""

import os
import threading
import time
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62
_TICKS_PER_MILLISECOND = 4096


class _Clock:
    """A strictly rising count of 1/4096 milliseconds since the epoch, over this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def tick(self) -> int:
        with self._lock:
            now = time.time_ns() * _TICKS_PER_MILLISECOND // 1_000_000
            self._last = now if now > self._last else self._last + 1
            return self._last


_clock = _Clock()


def uuid7() -> UUID:
    """A new identifier, larger than every earlier one of this process."""
    milliseconds, fraction = divmod(_clock.tick(), _TICKS_PER_MILLISECOND)
    random_bits = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=milliseconds << 80 | _VERSION_7 | fraction << 64 | _VARIANT | random_bits)
