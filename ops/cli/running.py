"""Who serves from a data directory, so that a second one can say where the first is to be found.

The note is worth something only while its writer holds the lock on it: a killed process lets go.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from ops.refusals import AdministratorMust

_FILE = "serving"
_LONGEST = 1000


class RunningAlready(AdministratorMust):
    """Another process serves, or builds, from the same data directory."""

    def __init__(self, url: str, data_path: Path) -> None:
        super().__init__(
            f"It is running already at {url}\nTo stop it, press Ctrl-C where it was started. "
            f"To run a second one, give it a data directory of its own: "
            f"GONGZHANG_DATA_DIR={data_path.name}-2"
        )


@contextlib.contextmanager
def announced(data_path: Path, url: str) -> Iterator[None]:
    """Let others know the address while the block runs.

    Raises:
        RunningAlready: somebody else has announced theirs, and lives.
    """
    data_path.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data_path / _FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            url = os.pread(descriptor, _LONGEST, 0).decode()
            raise RunningAlready(url, data_path) from None
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, url.encode(), 0)
        yield
    finally:
        os.close(descriptor)
