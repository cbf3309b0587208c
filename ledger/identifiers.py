"""Public identifiers: uuid version 7, made by the application, ordered by time.

Source: RFC 9562 §5.7, with 12 bits of sub-millisecond clock in rand_a (method 3) so that ids of
one process keep their order within a millisecond.
"""

import os
import threading
import time
from uuid import UUID

from asyncpg.pgproto import pgproto

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62
_TICKS_PER_MILLISECOND = 4096
_RANDOM_BYTES = 8
_STORED_BYTES = 512 * _RANDOM_BYTES


class _Source:
    """A strictly rising count of 1/4096 milliseconds since the epoch, and randomness in store."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._random = b""
        self._used = 0

    def next(self) -> tuple[int, int]:
        """Ticks, larger than all before in this process, and 64 random bits."""
        with self._lock:
            now = time.time_ns() * _TICKS_PER_MILLISECOND // 1_000_000
            self._last = now if now > self._last else self._last + 1
            if self._used == len(self._random):
                self._random = os.urandom(_STORED_BYTES)
                self._used = 0
            start = self._used
            self._used += _RANDOM_BYTES
            return self._last, int.from_bytes(self._random[start : self._used], "big")

    def forget(self) -> None:
        """A child process must not repeat what its parent has in store."""
        self._lock = threading.Lock()  # its holder may not exist here
        self._used = len(self._random)


_source = _Source()
os.register_at_fork(after_in_child=_source.forget)


def uuid7() -> UUID:
    """A new identifier, larger than every earlier one of this process."""
    ticks, random_bits = _source.next()
    milliseconds, fraction = divmod(ticks, _TICKS_PER_MILLISECOND)
    return uuid_of(milliseconds << 80 | _VERSION_7 | fraction << 64 | _VARIANT | random_bits >> 2)


def uuid_of(number: int) -> UUID:
    """The uuid of 128 bits."""
    # the driver's kind is a uuid.UUID too, and is made and sent in a fifth of the time
    made: UUID = pgproto.UUID(number.to_bytes(16, "big"))
    return made
