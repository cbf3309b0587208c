"""Ctrl-C and SIGTERM at any moment: one line and 130 or 143, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from ops.cli.main import main
sys.exit(main(["settings"]))
"""


@pytest.mark.parametrize("module", ["ledger.clock", "ops.refusals", "ops.cli.settings"])
def test_an_interrupted_start_is_one_line(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, module],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "gongzhang: interrupted\n")


STOPPED_AT_WORK = """
import asyncio, signal, sys
import ops.cli.settings
from ops.cli.main import main

async def work():
    try:
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(60)
    finally:
        print("tidied up", flush=True)

def run(args):
    if sys.argv[1] == "in the background":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(work())

ops.cli.settings.run = run
sys.exit(main(["settings"]))
"""


@pytest.mark.parametrize("where", ["on a terminal", "in the background"])
@pytest.mark.parametrize(
    ("locale", "told"),
    [("C.UTF-8", "gongzhang: stopped\n"), ("zh_CN.UTF-8", "gongzhang: 被终止\n")],
)
def test_a_command_that_is_stopped_tidies_up_and_says_so(
    where: str, locale: str, told: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STOPPED_AT_WORK, where],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "LC_ALL": locale, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (143, "tidied up\n", told)
