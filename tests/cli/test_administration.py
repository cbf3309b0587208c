"""Programmes, estates, people and keys from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.cli.main import main
from tests.database_server import Database


@pytest.fixture(autouse=True)
def settings(database: Database, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setenv("GONGZHANG_DATA_DIR", str(data_dir))


def facts_of(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_programme_and_an_estate_are_created_and_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    programme = facts_of(capsys, "programme", "create", "东湖社区", "--first-month", "2025-01")
    estate = facts_of(capsys, "estate", "create", "幸福里小区")
    listed = facts_of(capsys, "programme", "list")["items"]
    assert [one["id"] for one in listed] == [programme["id"]]
    assert [one["name"] for one in facts_of(capsys, "estate", "list")["items"]] == ["幸福里小区"]
    assert estate["id"] != programme["id"]


def test_a_month_that_is_none_is_refused_by_the_parser() -> None:
    with pytest.raises(SystemExit) as end:
        main(["programme", "create", "东湖社区", "--first-month", "2025-13"])
    assert end.value.code == 2


def test_an_administrator_gets_a_password_once(capsys: pytest.CaptureFixture[str]) -> None:
    made = facts_of(capsys, "admin", "create", "chen", "--display-name", "陈静")
    assert len(made["password"]) >= 16
    assert main(["admin", "create", "chen", "--display-name", "陈某"]) == 1
    assert "taken" in capsys.readouterr().err


def test_a_key_is_created_listed_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    programme = facts_of(capsys, "programme", "create", "东湖社区")
    made = facts_of(
        capsys, "api-key", "create", "till", "--tenant", programme["id"], "--scope", "entries.post"
    )
    assert made["secret"].startswith("gz_")
    assert [one["id"] for one in facts_of(capsys, "api-key", "list")["items"]] == [made["id"]]
    facts_of(capsys, "api-key", "revoke", made["id"], "--reason", "lost")
    assert facts_of(capsys, "api-key", "list")["items"] == []
    assert main(["api-key", "revoke", made["id"], "--reason", "lost"]) == 1


def test_a_secret_that_keeps_nothing_secret_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_SECRET_KEY", "short")
    assert main(["admin", "create", "chen", "--display-name", "陈静"]) == 1
    assert "at least 32 characters" in capsys.readouterr().err


def test_mistakes_are_one_line_with_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["api-key", "create", "till", "--tenant", "nonsense"]) == 1
    assert "gongzhang programme list" in capsys.readouterr().err
