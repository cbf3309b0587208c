"""A shelf for backups, and a name to restore into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backup.taking import KEY
from tests.database_server import Database, DatabaseServer, run_statement
from tests.waiting import wait_for


@pytest.fixture
def shelf(database: Database, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory for backups; the commands work on the test's database."""
    key = data_dir / "key"
    key.write_bytes(KEY)
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", database.admin_url)
    monkeypatch.setenv("GONGZHANG_DATA_DIR", str(data_dir))
    monkeypatch.setenv("GONGZHANG_BACKUP_KEY_FILE", str(key))
    return data_dir / "backups"


@pytest.fixture
def restored_name(database_server: DatabaseServer, database: Database) -> Iterator[str]:
    """The name of a database to restore into, removed afterwards."""
    name = f"{database.name}_restored"
    yield name
    for left in (name, f"{name}_unfinished"):
        statement = f"DROP DATABASE IF EXISTS {left} WITH (FORCE)"
        wait_for(run_statement(database_server.admin_url, statement))
