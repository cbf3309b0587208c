"""The service under test: `gongzhang serve` as a user starts it, in a process of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.process_tree import descendants

_READY_TIMEOUT_SECONDS = 60


@contextmanager
def running_service(url: str, data_dir: Path, *command: str) -> Iterator["Service"]:
    """Start the command (default: serve), wait until it is ready, stop it at the end."""
    port = free_port()
    began = time.perf_counter()
    environment = {
        **os.environ,
        "GONGZHANG_DATA_DIR": str(data_dir),
        "GONGZHANG_PORT": str(port),
        **({"GONGZHANG_DATABASE_URL": url} if url else {}),  # none: the embedded one
    }
    # What is installed keeps its compiled modules; only the first start ever compiles them.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "ops.cli.main", *(command or ("serve",))],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        while not is_ready(port):
            assert process.poll() is None, "the service ended before it was ready"
            assert time.perf_counter() - began < _READY_TIMEOUT_SECONDS, "the service is not ready"
            time.sleep(0.02)
        yield Service(process.pid, port, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(timeout=60)


class Service:
    """A running service."""

    def __init__(self, pid: int, port: int, cold_start_seconds: float) -> None:
        self.pid = pid
        self.port = port
        self.cold_start_seconds = cold_start_seconds

    def worker_memory_mib(self) -> float:
        """Resident memory of the largest process that answers requests."""
        sizes = [_resident_mib(pid) for pid in descendants(self.pid)]
        return max(sizes)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_ready(port: int) -> bool:
    """Whether /health/ready answers 200."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def cpu_seconds(pid: int) -> float:
    """Processor time that a process and its descendants, ended ones included, have used."""
    return sum(_cpu_of(item) for item in (pid, *descendants(pid)))


def _cpu_of(pid: int) -> float:
    """Its own time and that of the children it has seen end; 0 when it has just ended itself."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _resident_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
