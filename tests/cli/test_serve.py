"""The service says that it serves when it does, and not before."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from tests.api.live import free_port
from tests.database_server import Database

STOP_SECONDS = 30


def test_what_says_that_it_serves_answers_at_once(database: Database, data_dir: Path) -> None:
    port = free_port()
    words = ("-m", "ops.cli.main", "serve", "--json", "--port", str(port), "--workers", "2")
    process = subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        env={
            **os.environ,
            "GONGZHANG_DATABASE_URL": database.service_url,
            "GONGZHANG_DATA_DIR": str(data_dir),
        },
    )
    try:
        assert process.stdout is not None
        with process.stdout:
            said = json.loads(process.stdout.readline())
        assert said == {"url": f"http://127.0.0.1:{port}"}
        with urlopen(f"{said['url']}/health/ready", timeout=5) as answer:
            assert answer.status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
