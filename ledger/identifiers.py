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

_lock = threading.Lock()
_last_tick = 0


def _next_tick() -> int:
    """A strictly rising count of 1/4096 milliseconds since the epoch, over this process."""
    global _last_tick
    with _lock:
        tick = time.time_ns() * _TICKS_PER_MILLISECOND // 1_000_000
        _last_tick = tick if tick > _last_tick else _last_tick + 1
        return _last_tick


def uuid7() -> UUID:
    """A new identifier, larger than every earlier one of this process."""
    milliseconds, fraction = divmod(_next_tick(), _TICKS_PER_MILLISECOND)
    random_bits = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=milliseconds << 80 | _VERSION_7 | fraction << 64 | _VARIANT | random_bits)
