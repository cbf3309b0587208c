"""`gongzhang settings` says what is in force, and never what is secret."""

import json

import pytest

from ops.cli.main import main

PASSWORD = "pa55-of-the-database"
SECRET = "a secret of the tests, long enough to be one"


def test_values_say_where_they_come_from_and_secrets_stay_hidden(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_PORT", "8080")
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", f"postgresql://app:{PASSWORD}@db/books")
    monkeypatch.setenv("GONGZHANG_SECRET_KEY", SECRET)
    assert main(["settings", "--json"]) == 0
    out = capsys.readouterr().out
    rows = {row["setting"]: row for row in json.loads(out)["settings"]}
    assert (rows["GONGZHANG_PORT"]["value"], rows["GONGZHANG_PORT"]["from"]) == (
        "8080",
        "environment",
    )
    assert rows["GONGZHANG_LANES"]["from"] == "default"
    assert rows["GONGZHANG_DATABASE_URL"]["value"] == "postgresql://app:(hidden)@db/books"
    assert main(["settings"]) == 0
    shown = out + capsys.readouterr().out
    assert PASSWORD not in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://app:{PASSWORD}@/books?host=/run",
        f"postgresql://app:a@b/{PASSWORD}@db/books",
        f"postgresql://app@db/books?password={PASSWORD}&sslmode=require",
        f"postgresql://:{PASSWORD}@db",
    ],
)
def test_a_password_is_hidden_wherever_an_address_has_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", address)
    assert main(["settings", "--json"]) == 0
    assert PASSWORD not in capsys.readouterr().out


def test_a_wrong_value_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_LANES", "many")
    assert main(["settings"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
