"""Parent, web worker and embedded server: who answers for whom, and who dies with whom."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from ops.web_server import PortInUse, check_port_free
from tests.faults.process_tree import descendants
from tests.faults.slow_service import LATE_MODULE

PATIENCE_SECONDS = 30


@dataclass
class Service:
    """A running service: its parent process, and the id of the embedded server."""

    process: subprocess.Popen[str]
    postgres_pid: int
    url: str

    def get(self, path: str) -> str:
        return httpx.get(f"{self.url}{path}", timeout=PATIENCE_SECONDS).raise_for_status().text

    def get_patiently(self, path: str) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.get(path)
            except httpx.HTTPError:
                assert time.monotonic() < deadline, f"{path} never answered"
                time.sleep(0.05)


def folder_with_misleading_modules(tmp_path: Path) -> Path:
    """Where somebody keeps scripts of their own: none of them is to be taken for ours."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    for name in ("api", "ledger", "ops", LATE_MODULE):
        (folder / f"{name}.py").write_text("raise RuntimeError('not ours')\n")
    return folder


@pytest.fixture
def service(data_dir: Path, tmp_path: Path) -> Iterator[Service]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-P", "-m", "tests.faults.slow_service", str(data_dir), str(port)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=folder_with_misleading_modules(tmp_path),
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    try:
        with process.stdout:
            running = Service(process, int(process.stdout.readline()), f"http://127.0.0.1:{port}")
        running.get_patiently("/")
        yield running
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        assert_gone(running.postgres_pid)


def assert_gone(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.05)
        pytest.fail(f"process {pid} is still there")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_in_flight_is_answered_before_the_service_stops(
    service: Service, number: int
) -> None:
    worker_pid = int(service.get("/worker"))
    with ThreadPoolExecutor(max_workers=1) as executor:
        answer = executor.submit(service.get, "/slow")
        time.sleep(0.3)
        os.killpg(service.process.pid, number)  # as the terminal does with Ctrl-C
        assert answer.result() == str(worker_pid)
    assert service.process.wait(PATIENCE_SECONDS) == 0
    assert_gone(worker_pid)
    assert_gone(service.postgres_pid)


def test_nothing_outlives_a_killed_parent(service: Service) -> None:
    children = descendants(service.process.pid)
    assert {int(service.get("/worker")), service.postgres_pid} <= set(children)
    service.process.kill()
    service.process.wait()
    for pid in children:
        assert_gone(pid)


def test_a_child_that_begins_after_its_parent_died_is_told_and_then_ended() -> None:
    command = [sys.executable, "-m", "tests.faults.late_child", "0.2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        output, _ = parent.communicate(timeout=PATIENCE_SECONDS)  # the child has it open as well
    pid, *said = output.split()
    assert said == ["asked"]
    assert_gone(int(pid))


def test_a_killed_worker_is_replaced(service: Service) -> None:
    worker_pid = int(service.get("/worker"))
    os.kill(worker_pid, signal.SIGKILL)
    assert int(service.get_patiently("/worker")) != worker_pid


def test_a_killed_database_is_started_again(service: Service) -> None:
    service.get("/database")
    os.kill(service.postgres_pid, signal.SIGKILL)
    assert_gone(service.postgres_pid)
    service.get_patiently("/database")


def test_a_port_in_use_is_said_plainly(service: Service) -> None:
    port = int(service.url.rpartition(":")[2])
    with pytest.raises(PortInUse, match=f"Port {port} on 127.0.0.1 is in use"):
        check_port_free("127.0.0.1", port)
