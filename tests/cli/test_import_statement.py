"""Bank files from the command line."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ops.cli.main import main
from tests.database_server import Database
from tests.reconciliation.bank_files import ccb_csv, movement

MARCH = [
    movement(1, 180_00, "张晓梅", "1栋2单元204物业费"),
    movement(2, -5_00, "", "对公转账手续费", summary="手续费"),
]


@pytest.fixture(autouse=True)
def settings(database: Database, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setenv("GONGZHANG_DATA_DIR", str(data_dir))


def facts_of(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def new_estate(capsys: pytest.CaptureFixture[str]) -> str:
    made = facts_of(capsys, "estate", "create", "幸福里小区", "--first-month", "2025-01")
    return str(made["id"])


def test_a_file_is_imported_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    estate, path = new_estate(capsys), tmp_path / "march.csv"
    path.write_bytes(ccb_csv(MARCH))
    words = ("import-statement", "--estate", estate, str(path))
    first = facts_of(capsys, *words, "--register", "中国建设银行", "--match")
    assert (first["format"], first["record_count"], first["new_lines"]) == ("ccb_csv", 2, 2)
    assert first["runs"][0]["open_at_bank"] == 2
    again = facts_of(capsys, *words)
    assert (again["replayed"], again["new_lines"], again["known_lines"]) == (True, 0, 2)
    assert main(list(words)) == 0
    assert "2 records, 0 new, 2 known" in capsys.readouterr().out


def test_findings_are_said_and_are_no_failure(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    estate, path = new_estate(capsys), tmp_path / "march.csv"
    path.write_bytes(ccb_csv(MARCH).replace(b"1000180.00", b"1000180.01"))
    words = ("import-statement", "--estate", estate, "--register", "中国建设银行", str(path))
    assert main(list(words)) == 0
    assert "difference 0.01" in capsys.readouterr().out


def test_a_device_or_a_pipe_is_never_waited_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    estate, pipe = new_estate(capsys), tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        assert main(["import-statement", "--estate", estate, str(path)]) == 1
        error = capsys.readouterr().err
        assert "is a device or a pipe. Save what comes from it in a file" in error
        assert len(error.splitlines()) == 1


def test_a_refused_file_is_one_line_and_exit_code_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    estate, path = new_estate(capsys), tmp_path / "march.csv"
    path.write_bytes(b"%PDF-1.7")
    words = ("import-statement", "--estate", estate, str(path))
    assert facts_of(capsys, *words, code=1)["error"] == "file_type_not_supported"
    path.write_bytes(ccb_csv(MARCH))
    refused = facts_of(capsys, *words, code=1)
    assert refused["error"] == "unknown_bank_account"
    assert refused["account_no_last4"] == "4321"


def test_a_missing_file_and_a_wrong_estate(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    estate = new_estate(capsys)
    assert main(["import-statement", "--estate", estate, str(tmp_path / "none.csv")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    path = tmp_path / "march.csv"
    path.write_bytes(ccb_csv(MARCH))
    programme = facts_of(capsys, "programme", "create", "东湖社区")["id"]
    assert main(["import-statement", "--estate", programme, str(path)]) == 1
    assert "estate list" in capsys.readouterr().err
    with pytest.raises(SystemExit) as end:
        main(["import-statement", "--estate", estate, "--account", "x", str(path)])
    assert end.value.code == 2
