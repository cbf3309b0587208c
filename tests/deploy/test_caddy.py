"""Caddy before a service: what a visitor writes about her own address counts for nothing."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.api.live import free_port

CADDYFILE = Path(__file__).parents[2] / "ops" / "deploy" / "Caddyfile"
CADDY = shutil.which("caddy")
READY = "serving initial configuration"

pytestmark = pytest.mark.skipif(CADDY is None, reason="no caddy on this machine")


class Told(BaseHTTPRequestHandler):
    """Answers with what the proxy says of the visitor's address."""

    def do_GET(self) -> None:
        """Every X-Forwarded-For, a line each."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write("\n".join(self.headers.get_all("X-Forwarded-For", [])).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    """The address of something that answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Told)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def proxy(service: str, tmp_path: Path) -> Iterator[str]:
    """The address of caddy with our file, which fetches no certificate here."""
    address = f"http://127.0.0.1:{free_port()}"
    config = tmp_path / "Caddyfile"
    config.write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\nimport {CADDYFILE}\n")
    homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(tmp_path))
    process = subprocess.Popen(
        [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(config)],
        env={**os.environ, **homes, "DOMAIN": address, "UPSTREAM": service},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = ""
    try:
        while READY not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        yield address
    finally:
        process.terminate()
        process.communicate()


def test_the_service_is_told_the_address_that_asked_and_none_that_was_written(proxy: str) -> None:
    for written in ({}, {"X-Forwarded-For": "203.0.113.9"}):
        answer = httpx.get(f"{proxy}/", headers=written)
        assert (answer.status_code, answer.text) == (200, "127.0.0.1")


def test_the_site_of_a_domain_is_valid(tmp_path: Path) -> None:
    said = subprocess.run(
        [str(CADDY), "validate", "--adapter", "caddyfile", "--config", str(CADDYFILE)],
        env={**os.environ, "HOME": str(tmp_path), "DOMAIN": "gongzhang.example.cn"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, "Valid configuration" in said.stdout + said.stderr) == (0, True)
