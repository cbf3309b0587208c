"""Lists of people and organisations from the command line."""

import json
import resource
import signal
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
    looked = facts_of(capsys, *words, "--preview-only", "--wrong", str(wrong), code=1)
    assert (looked["state"], looked["ready"], looked["done"]) == ("previewed", 30, 0)
    assert looked["problems"] == [{"line": 32, "problems": ["phone:phone"]}]
    assert "赵一,13" in wrong.read_text("utf-8-sig")
    done = facts_of(capsys, *words, "--yes", code=1)
    assert (done["state"], done["done"], done["wrong"]) == ("finished", 30, 1)
    again = facts_of(capsys, *words, "--yes", code=1)
    assert (again["state"], again["done"], again["skipped"]) == ("cancelled", 0, 30)
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
    done = facts_of(capsys, "import", "org-units", str(path), "--yes", code=1)
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
    for words in (["--yes"], []):
        for wrong, told in (
            (path, "cannot be read: No such file"),
            (tmp_path, "cannot be read: Is a directory"),
            (Path("/dev/zero"), "is a device or a pipe"),
        ):
            assert main(["import", "people", str(wrong), "--programme", programme, *words]) == 1
            error = capsys.readouterr().err
            assert told in error, "the file is looked at before anybody is asked"
            assert len(error.splitlines()) == 1
    template = tmp_path / "people.xlsx"
    assert main(["import", "people", "--template", str(template)]) == 0
    assert template.stat().st_size > 1_000


def test_where_standard_input_is_closed_nobody_is_asked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "units.csv"
    path.write_text("层级,名称,上级\n区县,滨海区,\n", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", None)
    assert main(["import", "org-units", str(path)]) == 1
    assert "Add --yes" in capsys.readouterr().err


def test_no_file_is_written_over_and_none_is_left_half(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    programme = str(facts_of(capsys, "programme", "create", "东湖社区")["id"])
    path = tmp_path / "list.csv"
    path.write_bytes(csv_file(("王一", "", id_number(1), "", "", "", "")).read())
    sent = path.read_bytes()
    words = ["import", "people", str(path), "--programme", programme, "--preview-only"]
    for asked in (["import", "people", "--template", str(path)], [*words, "--wrong", str(path)]):
        capsys.readouterr()
        assert main(asked) == 1
        told = capsys.readouterr().err
        assert told.startswith("gongzhang: ")
        assert "is there already" in told
        assert len(told.splitlines()) == 1, "before the file is looked at"
        assert path.read_bytes() == sent
    assert main(["import", "people", "--template", str(tmp_path / "none" / "x.csv")]) == 1
    assert str(tmp_path / "none") in capsys.readouterr().err
    limit, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        assert main(["import", "people", "--template", str(tmp_path / "big.csv")]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert "cannot be written" in capsys.readouterr().err
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == ["list.csv"]


def test_numbers_of_people_are_neither_told_whole_nor_left_for_others_to_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = str(facts_of(capsys, "programme", "create", "东湖社区")["id"])
    number = id_number(1)
    mistyped = number[:-1] + ("0" if number[-1] != "0" else "1")
    path, wrong = tmp_path / "list.csv", tmp_path / "wrong.csv"
    rows = [(f"王{at}", "13812345678a", mistyped, number, "", "", "") for at in range(23)]
    path.write_bytes(csv_file(*rows).read())
    words = ["import", "people", str(path), "--programme", programme, "--wrong", str(wrong)]
    assert main([*words, "--yes"]) == 1
    told = capsys.readouterr()
    assert f"“{mistyped[:6]}…”" in told.err
    assert "Phone “138…”: no telephone number" in told.err
    for hidden in ("13812345678", mistyped, number):
        assert hidden not in told.err + told.out
    assert "and 3 more wrong lines" in told.err
    assert "Delete it" in told.err
    assert "No preview is kept" in told.out
    with monkeypatch.context() as chinese:
        chinese.setenv("LC_ALL", "zh_CN.UTF-8")
        assert main([*words[:-2], "--preview-only"]) == 1
    in_chinese = capsys.readouterr().err
    assert "手机号“138…”：不是电话号码" in in_chinese
    assert "Phone" not in in_chinese
    assert "还有 3 行有误" in in_chinese
    assert wrong.stat().st_mode & 0o777 == 0o600
    assert mistyped in wrong.read_text("utf-8-sig")


def test_a_list_that_is_there_already_is_no_failure_and_headings_alone_are_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    programme = str(facts_of(capsys, "programme", "create", "东湖社区")["id"])
    path = tmp_path / "list.csv"
    path.write_bytes(csv_file(("王一", "", id_number(1), "", "", "", "")).read())
    words = ("import", "people", str(path), "--programme", programme)
    assert facts_of(capsys, *words, "--preview-only")["state"] == "previewed"
    assert facts_of(capsys, *words, "--yes")["done"] == 1
    assert facts_of(capsys, *words, "--yes")["state"] == "cancelled"
    path.write_bytes(csv_file().read())
    assert main([*words, "--yes"]) == 1
    assert "no rows below the headings" in capsys.readouterr().err
