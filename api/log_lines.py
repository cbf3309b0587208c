"""Lines on their way to the log: put down at once, written by a thread, dropped before they block.

A log that nobody reads, a full disk or a stopped terminal must not hold up a posting: what does not
fit into the bounded queue is dropped, oldest first, and counted.
"""

import atexit
import contextlib
import os
import threading
from collections import deque
from collections.abc import Iterator
from multiprocessing.util import Finalize
from time import monotonic

from ledger.measures import MEASURES

MOST_LINES = 20_000
WRITE_EVERY_SECONDS = 0.2
LAST_FLUSH_SECONDS = 1


class LogLines:
    """The queue before one file descriptor, and the thread that empties it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._wake = threading.Event()
        self._written = threading.Event()
        self._writing = False
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def put(self, line: str) -> None:
        """Take a line without its end; never waits."""
        if len(self._lines) == MOST_LINES:
            MEASURES.dropped_lines += 1
        self._lines.append(line)
        if self._thread is None:
            self._start()

    def put_soon(self, line: str) -> None:
        """The same for a line that somebody may be waiting for."""
        self.put(line)
        self._wake.set()

    def flush(self, seconds: float = LAST_FLUSH_SECONDS) -> None:
        """Wait until everything is written, but no longer than that."""
        deadline = monotonic() + seconds
        while self._thread is not None and (self._lines or self._writing):
            rest = deadline - monotonic()
            if rest <= 0:
                return
            self._written.clear()
            self._wake.set()
            self._written.wait(min(rest, WRITE_EVERY_SECONDS))

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="log", daemon=True)
                self._thread.start()
                atexit.register(self.flush)
                Finalize(self, self.flush, exitpriority=10)  # children of ours run no atexit

    def _write(self) -> None:
        while True:
            self._wake.wait(WRITE_EVERY_SECONDS)
            self._wake.clear()
            self._writing = True
            block = "".join(f"{line}\n" for line in self._taken())
            self._write_all(block.encode("utf-8", "backslashreplace"))
            self._writing = False
            self._written.set()

    def _taken(self) -> Iterator[str]:
        """Every line that waits; others may be added and dropped meanwhile."""
        with contextlib.suppress(IndexError):
            while True:
                yield self._lines.popleft()

    def _write_all(self, block: bytes) -> None:
        """Write what there is; a log that takes nothing any more takes nothing."""
        while block:
            try:
                block = block[os.write(self._descriptor, block) :]
            except BlockingIOError:
                self._wake.wait(WRITE_EVERY_SECONDS)
            except OSError:
                MEASURES.dropped_lines += block.count(b"\n")
                return
