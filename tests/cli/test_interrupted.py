"""Ctrl-C while a command still loads its modules: one line and 130, never a traceback."""

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
