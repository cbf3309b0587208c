"""A damaged file hides no whole backup: it is named, and the whole ones are shown and tried."""

from pathlib import Path

import pytest

from ops.cli.main import main
from tests.backup.taking import answer_of, take
from tests.database_server import Database


def test_damaged_files_are_named_beside_the_whole_ones_and_passed_over_by_a_drill(
    database: Database, shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = take(database, shelf)
    broken = shelf / "gongzhang-29991231T000000Z.backup"
    other = shelf / "copy.backup"
    for path in (broken, other):
        path.write_bytes(taken.path.read_bytes()[:1000])
    found = answer_of(capsys, "backup", "list", str(shelf), code=1)
    assert [one["path"] for one in found["items"]] == [str(taken.path)]
    assert [one["path"] for one in found["damaged"]] == [str(broken), str(other)]
    drill = answer_of(capsys, "backup", "drill", str(shelf), code=1)
    assert drill["holds"]
    assert drill["backup"] == taken.path.name
    assert [str(broken) in said for said in drill["skipped"]] == [True]
    assert main(["backup", "list", str(shelf)]) == 1
    assert f"DAMAGED: {broken} is not a whole backup" in capsys.readouterr().out
