"""Taking a backup, and what a command about backups answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.backup.shelf import ShelvedBackup
from ops.backup.take import take_backup
from ops.cli.main import main
from tests.database_server import Database

KEY = b"a key of the tests, long enough to be one"


def take(database: Database, shelf: Path) -> ShelvedBackup:
    return take_backup(database.admin_url, shelf, key=KEY, progress=lambda _count: None)


def answer_of(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*words, "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found
