"""Every command explains itself, answers machines, and refuses in one line."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from ledger.settings import Settings
from ops.cli.database import OpenDatabase, tell_if_elsewhere
from ops.cli.main import COMMANDS, main
from tests.api.live import free_port
from tests.database_server import Database


@pytest.fixture(autouse=True)
def settings(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "ADMIN_DATABASE_URL", "PORT", "HOST"):
        monkeypatch.delenv(f"GONGZHANG_{name}", raising=False)
    monkeypatch.setenv("GONGZHANG_DATA_DIR", str(data_dir))


def help_of(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as end:
        main([*words, "--help"])
    assert end.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("word", COMMANDS)
def test_every_command_has_help_with_an_example(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = help_of(word, capsys=capsys)
    assert "--json" in text
    assert f"gongzhang {word}" in text.partition("Example:")[2]


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys=capsys)
    assert [word for word in COMMANDS if f"\n    {word}" not in text] == []


def test_an_unknown_command_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["frobnicate"])
    assert end.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


def test_migrating_twice_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert main(["migrate", "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["revision"] == second["revision"] == second["revision_before"]


def test_serving_an_old_database_names_the_command_that_mends_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["serve", "--port", str(free_port())]) == 1
    assert "Run: gongzhang migrate" in capsys.readouterr().err


def test_a_misspelt_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABSE_URL", "postgresql://")
    assert main(["migrate", "--json"]) == 1
    assert "GONGZHANG_DATABSE_URL" in json.loads(capsys.readouterr().out)["message"]


def test_a_missing_server_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/nowhere")
    assert main(["migrate"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("gongzhang: No connection to the database:")
    assert len(error.splitlines()) == 1


def test_a_given_server_is_used(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", database.admin_url)
    assert main(["migrate", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] is False


def test_a_database_that_lies_elsewhere_is_told(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data_dir=str(data_dir))
    for root, told in ((data_dir / "postgres", False), (Path("/var/lib/gongzhang/a1b2"), True)):
        home = SimpleNamespace(root=root, owner=SimpleNamespace(pw_name="postgres"))
        database = OpenDatabase("", "", server=SimpleNamespace(home=home))
        tell_if_elsewhere(database, settings)
        assert (str(root) in capsys.readouterr().err) == told
