"""A damaged file hides no whole backup: it is named, and the whole ones are shown and tried."""

import json
import threading
from pathlib import Path

import msgspec
import pytest

from ledger.settings import read_settings
from ops.backup.drill_process import drill_beside
from ops.cli.main import main
from tests.backup.taking import answer_of, take
from tests.database_server import Database


@pytest.mark.slow
def test_damaged_files_are_named_beside_the_whole_ones_and_passed_over_by_a_drill(
    database: Database, shelf: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    taken = take(database, shelf)
    broken = shelf / "gongzhang-29991231T000000Z.backup"
    other = shelf / "copy.backup"
    for path in (broken, other):
        path.write_bytes(taken.path.read_bytes()[:1000])
    found = answer_of(capfd, "backup", "list", str(shelf), code=1)
    assert [one["path"] for one in found["items"]] == [str(taken.path)]
    assert [one["path"] for one in found["damaged"]] == [str(broken), str(other)]
    drill = answer_of(capfd, "backup", "drill", str(shelf), code=1)
    assert drill["holds"]
    assert drill["backup"] == taken.path.name
    assert [said.split(" is ")[0] for said in drill["skipped"]] == [str(broken), str(other)]
    beside = msgspec.structs.replace(read_settings(), backup_dir=str(shelf))
    assert drill_beside(beside, threading.Event()), "by itself the whole one is tried as well"
    said = capfd.readouterr()
    assert f"{broken} is not a whole backup" in said.err + said.out
    tried = (shelf / "drills.jsonl").read_text().splitlines()
    assert [json.loads(line)["backup"] for line in tried] == [taken.path.name] * 2
    assert main(["backup", "list", str(shelf)]) == 1
    assert f"DAMAGED: {broken} is not a whole backup" in capfd.readouterr().out
    taken_now = answer_of(capfd, "backup", str(shelf), "--keep", "1")
    assert (taken_now["removed"], taken_now["damaged"]) == (
        [str(taken.path)],
        [str(broken), str(other)],
    )
