"""A restore that was killed leaves nothing that could be taken for the ledger, empty or half."""

import subprocess
import sys
from pathlib import Path

import pytest

from ops.backup.databases import with_database
from ops.cli.main import main
from ops.schema_state import HALF_RESTORED
from tests.api.live import free_port
from tests.backup.taking import KEY, answer_of, take
from tests.database_server import Database, run_statement
from tests.waiting import wait_for

RESTORE_AND_DIE = """\
import os, signal, sys
from pathlib import Path
from ops.backup.databases import create_unfinished
from ops.backup.restore import restore_backup

def die(what, *_):
    if what == "restoring":
        os.kill(os.getpid(), signal.SIGKILL)

file, url, name, key = sys.argv[1:]
there = create_unfinished(url, name)
restore_backup(Path(file), there, key=key.encode(), service_login=None, progress=die)
"""


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 1, words
    return capsys.readouterr().err


@pytest.mark.slow
def test_a_killed_restore_is_recognised_and_can_be_begun_again(
    database: Database,
    shelf: Path,
    restored_name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    taken = take(database, shelf)
    words = [str(taken.path), database.admin_url, restored_name, KEY.decode()]
    killed = subprocess.run([sys.executable, "-c", RESTORE_AND_DIE, *words], check=False)
    assert killed.returncode == -9
    again = ("restore", str(taken.path), "--into-new-name", restored_name)
    unfinished = f"{restored_name}_unfinished"
    assert f"{unfinished} is half a restore into {restored_name}" in refusal(capsys, *again)
    with monkeypatch.context() as there:
        for name, told in (
            (restored_name, "There is no database of that name"),
            (unfinished, "is half a restore"),
        ):
            for variable, url in (
                ("GONGZHANG_ADMIN_DATABASE_URL", database.admin_url),
                ("GONGZHANG_DATABASE_URL", database.service_url),
            ):
                there.setenv(variable, with_database(url, name))
            assert told in refusal(capsys, "migrate")
    wait_for(run_statement(database.admin_url, f"DROP DATABASE {unfinished} WITH (FORCE)"))
    assert answer_of(capsys, *again)["is_the_same"]
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", with_database(database.service_url, restored_name))
    assert main(["check-ledger"]) == 0


def test_a_database_under_restore_is_neither_migrated_nor_served_nor_backed_up(
    database: Database, shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = f"COMMENT ON DATABASE {database.name} IS '{HALF_RESTORED}'"
    wait_for(run_statement(database.admin_url, mark))
    taken = shelf / "gongzhang-20260101T000000Z.backup"
    for words in (
        ("migrate",),
        ("serve", "--port", str(free_port())),
        ("worker",),
        ("check-ledger",),
        ("backup", str(shelf)),
    ):
        assert f"{database.name} is half a restore" in refusal(capsys, *words), words
    assert not taken.exists()
