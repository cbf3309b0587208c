"""The whole service as a process of its own, on a database of the test."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx

PATIENCE_SECONDS = 90
_PROGRAM = """\
from ledger.settings import read_settings
from ops.web_server import serve_web

if __name__ == "__main__":
    serve_web(read_settings())
"""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def live_service(service_url: str, secret_key: str) -> Iterator[str]:
    """Its address while it runs; ended by SIGTERM."""
    port = free_port()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("GONGZHANG_")
    } | {
        "GONGZHANG_DATABASE_URL": service_url,
        "GONGZHANG_SECRET_KEY": secret_key,
        "GONGZHANG_PORT": str(port),
        "GONGZHANG_LOG_LEVEL": "warning",
        "GONGZHANG_RATE_LIMIT_PERCENT": "0",
    }
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM], env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(process, address)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the service ended at once"
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/health/ready").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the service did not become ready")
