"""A demo of its own for a run: a small district on a free port, gone afterwards."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from load_tests.settings import LoadRefused, LoadSettings

_BUILD_SECONDS = 300
_STOP_SECONDS = 60
_LOOK_EVERY_SECONDS = 0.5
#: Role in the demo's list of sign-ins → setting.
_ROLES = {"volunteer": "volunteer", "merchant_operator": "merchant", "auditor": "auditor"}


@contextlib.contextmanager
def small_demo(settings: LoadSettings) -> Iterator[LoadSettings]:
    """The settings with address and sign-ins of a demo that runs meanwhile.

    Raises:
        LoadRefused: the demo did not come up.
    """
    folder = Path(tempfile.mkdtemp(prefix="gongzhang-load-"))
    folder.chmod(0o755)  # the database does not run as root
    facts_file = folder / "demo.json"
    try:
        with facts_file.open("wb") as printed, _demo_process(folder, printed) as (process, url):
            _wait_until_ready(process, url)
            facts = json.loads(facts_file.read_bytes().splitlines()[0])
            logins = _logins(facts)
            yield replace(
                settings,
                url=url,
                api_key=facts["staff_key"],
                volunteer=logins["volunteer"],
                merchant=logins["merchant"],
                auditor=logins["auditor"],
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _demo_process(folder: Path, printed: Any) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = _free_port()
    others = {k: v for k, v in os.environ.items() if not k.startswith("GONGZHANG_")}
    ours = {"GONGZHANG_DATA_DIR": str(folder / "data"), "GONGZHANG_LOG_LEVEL": "warning"}
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "ops.cli.main"),
            *("demo", "--size", "small", "--json", "--port", str(port)),
        ],
        env=others | ours,
        stdout=printed,
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _BUILD_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise LoadRefused("The demo ended before it was ready; the reason stands above.")
        if is_ready(url):
            return
        time.sleep(_LOOK_EVERY_SECONDS)
    raise LoadRefused(f"The demo was not ready within {_BUILD_SECONDS} seconds.")


def is_ready(url: str) -> bool:
    """Whether a service answers there and has its database."""
    with contextlib.suppress(urllib.error.URLError, OSError):
        # an address of this machine; the settings see to it
        urllib.request.urlopen(f"{url}/health/ready", timeout=5).close()  # noqa: S310
        return True
    return False


def _logins(facts: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in facts["sign_ins"]:
        setting = _ROLES.get(one["role"])
        if setting is not None:
            found.setdefault(setting, f"{one['sign_in_name']}:{one['password']}")
    return found
