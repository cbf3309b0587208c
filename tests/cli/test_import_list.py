"""Lists of people and organisations from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.cli.main import main
from tests.database_server import Database
from tests.imports.files import csv_file, id_number


@pytest.fixture(autouse=True)
def settings(database: Database, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setenv("GONGZHANG_DATA_DIR", str(data_dir))


def facts_of(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_list_is_looked_at_then_imported_once_and_the_wrong_lines_are_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    programme = str(facts_of(capsys, "programme", "create", "东湖社区")["id"])
    path, wrong = tmp_path / "list.csv", tmp_path / "wrong.csv"
    rows = [(f"王{number}", "", id_number(number), "", "", "", "") for number in range(30)]
    path.write_bytes(csv_file(*rows, ("赵一", "13", "", "", "", "", "")).read())
    words = ("import", "people", str(path), "--programme", programme)
    looked = facts_of(capsys, *words, "--preview-only", "--wrong", str(wrong))
    assert (looked["state"], looked["ready"], looked["done"]) == ("previewed", 30, 0)
    assert looked["problems"] == [{"line": 32, "problems": ["phone:phone"]}]
    assert "赵一,13" in wrong.read_text("utf-8-sig")
    done = facts_of(capsys, *words, "--yes")
    assert (done["state"], done["done"], done["wrong"]) == ("finished", 30, 1)
    again = facts_of(capsys, *words, "--yes")
    assert (again["done"], again["skipped"]) == (0, 30)
    assert main(list(words)) == 1, "nobody is there to be asked"
    assert "--yes" in capsys.readouterr().err


def test_units_are_imported_for_the_platform_in_any_order(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "units.csv"
    path.write_text(
        "层级,名称,上级\n小区,幸福里,东湖社区\n社区,东湖社区,滨海区/湖滨街道\n"
        "街道,湖滨街道,滨海区\n区县,滨海区,\n社区,孤儿社区,没有街道\n",
        encoding="utf-8",
    )
    done = facts_of(capsys, "import", "org-units", str(path), "--yes")
    assert (done["done"], done["wrong"]) == (4, 1)
    assert done["problems"] == [{"line": 6, "problems": ["parent:parent_missing"]}]


def test_what_cannot_be_done_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    assert main(["import", "people", str(path), "--yes"]) == 1
    assert "--programme" in capsys.readouterr().err
    programme = str(facts_of(capsys, "programme", "create", "东湖社区")["id"])
    assert main(["import", "people", str(path), "--programme", programme, "--yes"]) == 1
    assert "cannot be read" in capsys.readouterr().err
    template = tmp_path / "people.xlsx"
    assert main(["import", "people", "--template", str(template)]) == 0
    assert template.stat().st_size > 1_000
