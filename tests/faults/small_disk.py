"""A file system of fixed size, which can be filled to its last byte."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_FILLER = "filler"
_PIECE = b"\0" * 1024 * 1024


class SmallDisk:
    """Where it is mounted, and how to fill it and make room again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self) -> None:
        """Take every byte that is free at this moment."""
        with (
            contextlib.suppress(OSError),
            open(self.path / _FILLER, "ab", buffering=0) as filler,
        ):
            while filler.write(_PIECE):
                pass

    def make_room(self) -> None:
        """Give back what was taken."""
        (self.path / _FILLER).unlink()


@contextlib.contextmanager
def small_disk(mebibytes: int) -> Iterator[SmallDisk]:
    """A file system in memory; skips where we may not mount one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a file system of fixed size")
    with tempfile.TemporaryDirectory(prefix="gongzhang-disk-") as name:
        options = f"size={mebibytes}m,mode=755"
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "none", name],
            capture_output=True,
            text=True,
            check=False,
        )
        if mounted.returncode != 0:
            pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
        Path(name).chmod(0o755)
        try:
            yield SmallDisk(Path(name))
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)
