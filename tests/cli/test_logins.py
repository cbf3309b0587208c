"""Which login a command is given: each is told apart, and a refusal names the address needed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.cli.main import main
from tests.api.live import free_port
from tests.database_server import Database, DatabaseServer, run_statement, with_database, with_login
from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def settings(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GONGZHANG_")]:
        if not name.startswith("GONGZHANG_TEST_"):
            monkeypatch.delenv(name)
    (data_dir / "key").write_bytes(b"a key of the tests, long enough to be one")
    monkeypatch.setenv("GONGZHANG_BACKUP_KEY_FILE", str(data_dir / "key"))
    monkeypatch.setenv("GONGZHANG_DATA_DIR", str(data_dir / "data"))


@pytest.fixture
def empty_name(database_server: DatabaseServer, database: Database) -> Iterator[str]:
    """The name of a database that nobody has migrated, removed afterwards."""
    name = f"{database.name}_empty"
    wait_for(run_statement(database_server.admin_url, f"CREATE DATABASE {name}"))
    yield name
    wait_for(run_statement(database_server.admin_url, f"DROP DATABASE {name}"))


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 1, words
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1, error
    return error


def test_a_backup_with_the_login_of_the_service_says_which_address_it_needs(
    database: Database,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    told = refusal(capsys, "backup", str(data_dir / "shelf"))
    assert "login that migrates in GONGZHANG_ADMIN_DATABASE_URL" in told
    assert "older" not in told
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", database.admin_url)
    assert main(["backup", str(data_dir / "shelf")]) == 0
    (taken,) = (data_dir / "shelf").iterdir()
    monkeypatch.delenv("GONGZHANG_ADMIN_DATABASE_URL")
    told = refusal(capsys, "restore", str(taken), "--into-new-name", f"{database.name}_new")
    assert "login that migrates in GONGZHANG_ADMIN_DATABASE_URL" in told


def test_two_addresses_of_two_databases_do_nothing(
    database: Database,
    empty_name: str,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shelf = data_dir / "shelf"
    other = with_database(database.admin_url, empty_name)
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", other)
    for words in (("migrate",), ("backup", str(shelf))):
        told = refusal(capsys, *words)
        assert f"reaches the database {database.name} and" in told
        assert f"GONGZHANG_ADMIN_DATABASE_URL reaches {empty_name}: nothing was done" in told
    assert not shelf.exists()
    not_let_in = with_login(database.service_url, "nobody", "x")
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", not_let_in)
    assert "nothing was done" in refusal(capsys, "migrate")
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", database.admin_url)
    assert main(["migrate"]) == 0
    assert f"the database {database.name} is at revision" in capsys.readouterr().out
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    assert main(["backup", str(shelf)]) == 0
    assert f": the database {database.name}, " in capsys.readouterr().out
    assert main(["backup", "list", str(shelf)]) == 0
    assert database.name in capsys.readouterr().out
    (taken,) = shelf.iterdir()
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", other)
    assert "nothing was done" in refusal(capsys, "restore", str(taken))


def test_whoever_owns_the_books_does_not_serve(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.admin_url)
    for words in (("serve", "--port", str(free_port())), ("worker",)):
        told = refusal(capsys, *words)
        assert "may change what is booked" in told
        assert "gongzhang_app" in told
    assert main(["check-ledger"]) == 0


def test_an_empty_database_is_said_to_be_not_set_up(
    database: Database,
    empty_name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for url in (database.service_url, database.admin_url):
        monkeypatch.setenv("GONGZHANG_DATABASE_URL", with_database(url, empty_name))
        told = refusal(capsys, "serve", "--port", str(free_port()))
        assert "has not been set up yet" in told
        assert "older" not in told


def test_an_address_that_is_set_and_empty_starts_no_embedded_database(
    database: Database,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", database.admin_url)
    assert "set without GONGZHANG_DATABASE_URL" in refusal(capsys, "migrate")
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", "")
    assert "GONGZHANG_DATABASE_URL is set and empty" in refusal(capsys, "migrate")
    assert not (data_dir / "data" / "postgres").exists()
