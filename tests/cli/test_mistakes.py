"""An administrator's mistake is one sentence with the remedy: never a traceback, never success."""

import contextlib
import logging
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.clock import now
from ops.cli.main import check_clock, main
from ops.secret_file import new_secret
from tests.api.live import free_port
from tests.database_server import Database, with_database, with_login

PASSWORD = "pa55/of#them"


@pytest.fixture(autouse=True)
def settings(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # what a command of an earlier test told the log to write to is closed by now
    monkeypatch.setattr(logging.getLogger(), "handlers", [logging.NullHandler()])
    for name in [name for name in os.environ if name.startswith("GONGZHANG_")]:
        if not name.startswith("GONGZHANG_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GONGZHANG_DATA_DIR", str(data_dir / "data"))


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line that a command answers with."""
    capsys.readouterr()
    assert main(list(words)) == 1
    error = capsys.readouterr().err
    assert error.startswith("gongzhang: "), error
    assert len(error.splitlines()) == 1, error
    assert PASSWORD not in error
    return error


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://a:x@nohost.invalid/b", "cannot be resolved; correct the host"),
        ("postgresql://a:x@127.0.0.1:1/b", "Nothing listens there"),
        ("postgresql://a:x@[::1]:1/b", "Nothing listens there"),
        ("postgresql://a:x@/b?host=/nowhere", "Nothing listens there"),
        ("postgresql://a:x@[::1/b", "Correct the address"),
        ("postgresql://a:x@127.0.0.1:abc/b", "Correct the address"),
        ("postgresql://a:x@127.0.0.1:99999/b", "its port is not from 1 to 65535"),
        ("postgresql://a:x@/b?port=99999", "its port is not from 1 to 65535"),
        (f"postgresql://a:{PASSWORD}@127.0.0.1/b", "of a password are written %2F"),
        ("postgresql://a:x@127.0.0.1/b?sslmode=maybe", "sslmode"),
        ("mysql://a:x@127.0.0.1/b", "an address looks like postgresql://"),
    ],
)
def test_an_address_that_leads_nowhere(
    address: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", address)
    for command in ("check-ledger", "migrate"):
        answered = refusal(capsys, command)
        assert told in answered
        assert "Errno" not in answered
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert not re.search(r"Errno|refused|not known|No such", refusal(capsys, "migrate"))


def test_the_variable_that_was_used_is_named(
    database: Database,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    nowhere = "postgresql://a:x@127.0.0.1:1/b"
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", nowhere)
    assert "port in GONGZHANG_DATABASE_URL." in refusal(capsys, "migrate")
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", nowhere)
    key = data_dir / "key"
    assert main(["backup", "new-key", str(key)]) == 0
    monkeypatch.setenv("GONGZHANG_BACKUP_KEY_FILE", str(key))
    for words in (("migrate",), ("backup", str(data_dir / "backups"))):
        assert "port in GONGZHANG_ADMIN_DATABASE_URL." in refusal(capsys, *words)
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", nowhere)
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", database.admin_url)
    assert "port in GONGZHANG_DATABASE_URL." in refusal(capsys, "check-ledger")


def test_a_server_that_does_not_let_us_in(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    joint = "&" if "?" in database.service_url else "?"
    for address, told in (
        (with_login(database.service_url, "nobody", "x"), "gongzhang: No connection"),
        (with_database(database.service_url, "no_such_name"), "no database of that name"),
        (with_database(database.service_url, "postgres"), "Run: gongzhang migrate"),
        (f"{database.service_url}{joint}sslmode=verify-everything", "sslmode"),
    ):
        monkeypatch.setenv("GONGZHANG_DATABASE_URL", address)
        assert told in refusal(capsys, "check-ledger")


def test_a_server_without_tls(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def decline() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(8)
                        connection.sendall(b"N")

        threading.Thread(target=decline, daemon=True).start()
        port = listener.getsockname()[1]
        address = f"postgresql://a:x@127.0.0.1:{port}/b?sslmode=require"
        monkeypatch.setenv("GONGZHANG_DATABASE_URL", address)
        assert "disagree about TLS" in refusal(capsys, "check-ledger")


def test_a_secret_that_is_missing_or_short(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value, told in (
        ("SECRET_KEY", "short", "at least 32 characters"),
        ("SECRET_KEY_FILE", str(data_dir / "none"), "cannot be read"),
        ("DATABASE_URL_FILE", str(data_dir / "none"), "Correct the path"),
        ("DATABASE_URL_FILE", str(data_dir), "Is a directory"),
        ("DATABASE_URL_FILE", "/dev/null", "which is empty"),
    ):
        with monkeypatch.context() as changed:
            changed.setenv(f"GONGZHANG_{name}", value)
            assert told in refusal(capsys, "serve", "--port", str(free_port()))


def test_the_secret_of_another_installation(
    database: Database,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    person = ("admin", "create", "chen", "--display-name", "陈静")
    assert main(list(person)) == 0
    kept = data_dir / "data" / "secret-key"
    kept.rename(data_dir / "kept")
    for action in ("list", "rotate", "finish"):
        assert f"no secret in {kept.parent} yet" in refusal(capsys, "keys", action)
    serving = ("serve", "--port", str(free_port()))
    deliver = ("webhooks", "deliver")
    for words in (person, serving, ("worker",), deliver, ("keys", "list")):
        assert f"no secret in {kept.parent} yet" in refusal(capsys, *words)
        assert not kept.exists(), "none is made in the place of the one that is missing"
    assert "With a new secret the data of 0 people can be read, and of 1 never" in refusal(
        capsys, "keys", "adopt"
    )
    assert not kept.exists()
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", database.admin_url)
    monkeypatch.setenv("GONGZHANG_BACKUP_KEY_FILE", str(data_dir / "backup-key"))
    assert main(["backup", "new-key", str(data_dir / "backup-key")]) == 0
    assert main(["backup", str(data_dir / "shelf")]) == 0
    assert "that secret is not on this machine" in capsys.readouterr().err
    kept.write_text(f"{new_secret()}\n")
    for words in (person, serving, ("worker",), ("keys", "list"), ("keys", "rotate")):
        assert f"Move {kept} aside, then put the one" in refusal(capsys, *words)
    made = kept.read_text()
    named = data_dir / "named"
    named.write_text(made)
    with monkeypatch.context() as changed:
        changed.setenv("GONGZHANG_SECRET_KEY_FILE", str(named))
        assert f"leave {named} as it is" in refusal(capsys, *person)
        changed.delenv("GONGZHANG_SECRET_KEY_FILE")
        changed.setenv("GONGZHANG_SECRET_KEY", made.strip())
        assert "kept into GONGZHANG_SECRET_KEY." in refusal(capsys, *person)
    (data_dir / "kept").replace(kept)
    again = ("admin", "create", "zhou", "--display-name", "周敏")
    assert main(list(again)) == 0
    kept.write_text(made)
    assert "of 0 people can be read, and of 2 never again" in refusal(capsys, "keys", "adopt")
    assert "put the one that was kept" in refusal(capsys, "keys", "list")
    assert main(["keys", "adopt", "--yes"]) == 0
    assert main(["admin", "create", "li", "--display-name", "李明"]) == 0


def test_a_second_rotation_waits_until_the_first_is_finished(
    database: Database,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setattr("ops.secret_file.SPREAD_SECONDS", 0)
    assert main(["admin", "create", "chen", "--display-name", "陈静"]) == 0
    assert main(["keys", "rotate"]) == 0
    assert "--at-once" in capsys.readouterr().out
    told = re.search(r"after (\S+ \S+), or", refusal(capsys, "keys", "finish"))
    assert told is not None
    moment = datetime.fromisoformat(told[1])
    assert moment.utcoffset() == timedelta(hours=8)
    assert abs(moment - now() - timedelta(days=1)) < timedelta(minutes=10), "by Shanghai's clock"
    file = data_dir / "data" / "secret-key"
    rotated = file.read_text()
    assert "First run: gongzhang keys finish" in refusal(capsys, "keys", "rotate")
    assert file.read_text() == rotated
    assert main(["keys", "finish", "--at-once"]) == 0
    assert main(["keys", "rotate"]) == 0
    assert file.read_text().split()[1] == rotated.split()[0]


def test_a_place_where_no_data_can_lie(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = data_dir / "file"
    file.touch()
    for place in (str(file), "/proc/nowhere"):
        monkeypatch.setenv("GONGZHANG_DATA_DIR", place)
        assert "Choose another one with GONGZHANG_DATA_DIR" in refusal(capsys, "migrate")


@contextlib.contextmanager
def small_disk(place: Path, options: str) -> Iterator[None]:
    """A file system in memory with these options."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"mode=755,{options}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_command_that_looks_begins_no_database(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = data_dir / "key"
    assert main(["backup", "new-key", str(key)]) == 0
    monkeypatch.setenv("GONGZHANG_BACKUP_KEY_FILE", str(key))
    for words in (
        ("programme", "list"),
        ("admin", "create", "chen", "--display-name", "陈静"),
        ("backup", str(data_dir / "shelf")),
        ("serve", "--port", str(free_port())),
    ):
        told = refusal(capsys, *words)
        assert f"there is no embedded database in {data_dir / 'data'}. Set the address" in told
    assert not (data_dir / "data" / "postgres").exists()
    assert not (data_dir / "data" / "secret-key").exists()


def test_a_key_for_which_the_disk_has_no_room_leaves_its_name_free(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = data_dir / "disk"
    with small_disk(place, "size=64k"):
        full = place / "full"
        with contextlib.suppress(OSError), full.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        key = place / "key"
        assert "cannot be written" in refusal(capsys, "backup", "new-key", str(key))
        full.unlink()
        assert main(["backup", "new-key", str(key)]) == 0
        assert key.stat().st_size > 40


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("size=1m,ro", "Read-only file system"),
        ("size=20m", "the disk is full"),
        ("size=58m", "disk"),
    ],
)
def test_a_disk_that_is_full_or_only_read(
    options: str,
    told: str,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = data_dir / "disk"
    monkeypatch.setenv("GONGZHANG_DATA_DIR", str(place))
    with small_disk(place, options):
        assert told in refusal(capsys, "migrate")


def test_a_disk_that_was_filled_after_the_data_was_made(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = data_dir / "disk"
    monkeypatch.setenv("GONGZHANG_DATA_DIR", str(place))
    with small_disk(place, "size=180m"):
        assert main(["migrate"]) == 0
        full = place / "full"
        with contextlib.suppress(OSError), full.open("wb", buffering=0) as file:
            while file.write(bytes(1024 * 1024)):
                pass
        for command in ("check-ledger", "migrate"):
            assert "the disk is full. PostgreSQL needs" in refusal(capsys, command)
        full.unlink()
        assert main(["check-ledger"]) == 0


def test_an_address_where_nobody_may_listen(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    port = str(free_port())
    for host in ("nohost.invalid", "203.0.113.9"):
        told = refusal(capsys, "serve", "--port", port, "--host", host)
        assert "it must be an address of this machine" in told
    with socket.create_server(("127.0.0.1", 0)) as taken:
        in_use = str(taken.getsockname()[1])
        assert "is in use by another program" in refusal(capsys, "serve", "--port", in_use)


def test_a_clock_that_stands_before_the_program_was_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ops.cli.main.now", lambda: datetime(1970, 1, 1, tzinfo=UTC))
    assert "timedatectl set-ntp true" in refusal(capsys, "migrate")
    check_clock(datetime.now(UTC))


def test_a_language_and_zone_that_do_not_exist_do_no_harm(
    monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", database.admin_url)
    for name, value in (("LANG", "xx_YY.bogus"), ("LC_ALL", "xx_YY.bogus"), ("TZ", "No/Where")):
        monkeypatch.setenv(name, value)
    assert main(["migrate"]) == 0
