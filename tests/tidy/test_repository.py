"""What is kept: sources, and nothing that a run or a machine leaves behind."""

import shutil
import subprocess

import pytest

from tests.tidy.sources import ROOT


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone")
def test_nothing_that_is_ignored_is_tracked() -> None:
    """A tracked .venv would take the place of the environment wherever it is checked out."""
    git = shutil.which("git")
    assert git is not None
    command = [git, "ls-files", "--cached", "--ignored", "--exclude-standard"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == []
