"""E14: what is backed up under load comes back whole, and proves itself."""

import asyncio
import json
import os
import random
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from ledger.books.lanes import Lanes, lane_connector
from ledger.database import create_engine, execute, fetch_all, fetch_value
from ledger.settings import UnknownSetting, read_settings
from ops.backup.drill import run_drill
from ops.backup.drill_process import drill_beside, drill_is_due
from ops.backup.drill_record import last_drill
from ops.backup.errors import BackupDamaged, BackupFailed
from ops.backup.manifest import FORMAT, Manifest
from ops.backup.schedule import back_up_if_due
from ops.backup.sealed_files import new_backup_key
from ops.backup.shelf import (
    keep_newest,
    list_files,
    name_of,
    new_file,
    read_manifest,
    write_manifest,
)
from ops.cli.main import main
from ops.embedded_postgres import EmbeddedPostgres
from tests.backup.taking import KEY, answer_of, take
from tests.database_server import Database, DatabaseServer, run_statement, with_database
from tests.faults.load import Load, new_load
from tests.proofs import failed_proofs
from tests.small_books import create_small_books
from tests.waiting import wait_for

#: The user that owns nothing.
NOBODY = 65534


async def entries_in(url: str) -> set[UUID]:
    """The ids of everything that was posted."""
    engine = create_engine(url, role=None, pool_size=1)
    async with engine.connect() as conn:
        rows = await fetch_all(conn, "SELECT entry_id FROM books.entry")
    await engine.dispose()
    return {row.entry_id for row in rows}


async def post_around(database: Database, shelf: Path, seed: int) -> tuple[Load, int, Any]:
    """Post without a pause; take a backup in the middle; go on a while.

    Returns the load, how many had been acknowledged before the backup began, and the backup.
    """
    engine = create_engine(database.service_url)
    load = await new_load(await create_small_books(engine), random.Random(seed))
    lanes = Lanes(lane_connector(database.service_url), count=1, batch_cap=64, queue_cap=1_000)
    await lanes.start()
    writers = asyncio.create_task(load.run(lanes))
    await until(load, 200)
    before = len(load.acknowledged)
    taken = await asyncio.to_thread(take, database, shelf)
    await until(load, len(load.acknowledged) + 200)
    load.stop()
    await writers
    await lanes.stop()
    await engine.dispose()
    return load, before, taken


async def until(load: Load, count: int) -> None:
    async with asyncio.timeout(60):
        while len(load.acknowledged) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def test_a_backup_under_load_holds_all_that_was_acknowledged_before(
    database: Database,
    shelf: Path,
    restored_name: str,
    seed: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    load, before, taken = wait_for(post_around(database, shelf, seed))
    restored = answer_of(capsys, "restore", str(taken.path), "--into-new-name", restored_name)
    assert restored["is_the_same"]
    assert restored["differences"] == []
    assert restored["proofs"] == json.loads(msgspec.json.encode(taken.manifest.proofs))
    there = wait_for(entries_in(with_database(database.admin_url, restored_name)))
    posted = [outcome.entry_id for _, outcome in load.acknowledged if outcome.refusal is None]
    early = {
        outcome.entry_id for _, outcome in load.acknowledged[:before] if outcome.refusal is None
    }
    assert early
    assert early <= there
    assert there < set(posted), "what came after the backup is not in it"
    assert wait_for(failed_proofs(with_database(database.admin_url, restored_name))) == []


def test_a_restored_database_serves_and_is_guarded(
    database: Database, shelf: Path, restored_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = take(database, shelf)
    answer_of(capsys, "restore", str(taken.path), "--into-new-name", restored_name)
    assert wait_for(guards_of(database.admin_url)) == wait_for(
        guards_of(with_database(database.admin_url, restored_name))
    )


def test_a_restored_database_lets_the_service_in_and_no_other_login(
    database: Database, shelf: Path, restored_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = take(database, shelf)
    assert main(["restore", str(taken.path), "--into-new-name", restored_name]) == 0
    told = capsys.readouterr().err
    assert f"The backup of the database {database.name}, taken at " in told
    assert f" is restored into the database {restored_name}\n" in told
    assert main(["restore", str(taken.path), "--into-new-name", restored_name]) == 1
    assert "already, and nothing is written into it. Choose another name" in capsys.readouterr().err
    may = "SELECT array_agg(has_database_privilege($1, $2, p) ORDER BY p) FROM unnest($3::text[]) p"
    for role, expected in (("public", [False, False]), ("gongzhang_service", [True, False])):
        words = (role, restored_name, ["CONNECT", "TEMPORARY"])
        assert wait_for(ask(database.admin_url, may, *words)) == expected, role


async def guards_of(url: str) -> list[str]:
    """Who may do what, and every policy and trigger, as text."""
    engine = create_engine(url, role=None, pool_size=1)
    async with engine.connect() as conn:
        rows = await fetch_all(
            conn,
            "SELECT oid::regclass::text || ' ' || unnest(relacl)::text AS fact FROM pg_class"
            " WHERE relowner = to_regrole('gongzhang_owner')"
            " UNION SELECT oid::regprocedure::text || ' ' || unnest(proacl)::text FROM pg_proc"
            " WHERE proowner = to_regrole('gongzhang_owner')"
            " UNION SELECT polrelid::regclass::text || ' ' || polname FROM pg_policy"
            " UNION SELECT tgrelid::regclass::text || ' ' || tgname FROM pg_trigger"
            " WHERE NOT tgisinternal ORDER BY 1",
        )
    await engine.dispose()
    assert len(rows) > 100
    return [row.fact for row in rows]


def test_a_database_that_is_not_empty_is_never_overwritten(
    database: Database, shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = take(database, shelf)
    assert main(["restore", str(taken.path)]) == 1
    assert "never overwrites" in capsys.readouterr().err


@pytest.mark.no_proofs
def test_a_backup_of_books_that_do_not_hold_says_so(
    database: Database, shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wait_for(damage(database))
    found = answer_of(capsys, "backup", str(shelf), code=1)
    assert not found["holds"]
    assert Path(found["path"]).exists()


async def damage(database: Database) -> None:
    engine = create_engine(database.service_url)
    books = await create_small_books(engine)
    await books.issue("V1", 5)
    await engine.dispose()
    admin = create_engine(database.admin_url, role=None)
    async with admin.begin() as conn:
        await execute(conn, "UPDATE books.account SET credits_posted = credits_posted + 1")
    await admin.dispose()


def test_a_damaged_backup_is_refused_before_anything_is_made(
    database: Database, shelf: Path, restored_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = take(database, shelf).path
    whole = path.read_bytes()
    middle = len(whole) // 3
    for broken, told in (
        (whole[:middle], "its end is missing"),
        (whole[:middle] + b"x" + whole[middle + 1 :], "its checksum differs"),
        (b"", "its end is missing"),
    ):
        path.write_bytes(broken)
        assert main(["restore", str(path), "--into-new-name", restored_name]) == 1
        assert told in capsys.readouterr().err
    names = "SELECT count(*) FROM pg_database WHERE datname = $1"
    assert wait_for(ask(database.admin_url, names, restored_name)) == 0


async def ask(url: str, query: str, *values: object) -> object:
    engine = create_engine(url, role=None, pool_size=1)
    async with engine.connect() as conn:
        found = await fetch_value(conn, query, *values)
    await engine.dispose()
    return found


def test_a_drill_restores_the_newest_backup_elsewhere_and_notes_the_figures(
    database: Database, shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = take(database, shelf)
    drill = answer_of(capsys, "backup", "drill", str(shelf))
    assert drill["holds"]
    assert drill["backup"] == taken.path.name
    assert drill["rows"] == sum(figures.rows for figures in taken.manifest.tables.values())
    (line,) = (shelf / "drills.jsonl").read_text().splitlines()
    assert json.loads(line)["seconds"] == drill["seconds"]


@pytest.mark.slow
def test_a_drill_by_itself_is_made_when_the_last_one_is_old_enough(
    database: Database, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = shelf.with_name("temporary")
    aside.mkdir()
    monkeypatch.setenv("TMPDIR", str(aside))
    settings = msgspec.structs.replace(read_settings(), backup_dir=str(shelf))
    shelf.mkdir()
    assert not drill_is_due(settings), "without a backup there is nothing to try"
    take(database, shelf)
    assert drill_is_due(settings)
    assert not drill_is_due(msgspec.structs.replace(settings, backup_drill_days=0))
    stopping, going = threading.Event(), threading.Event()
    stopping.set()
    assert not drill_beside(settings, stopping), "whoever stops the service does not wait for it"
    assert (last_drill(shelf), list(aside.iterdir())) == (None, [])
    assert drill_beside(settings, going)
    drill = last_drill(shelf)
    assert drill is not None
    assert drill.holds
    assert not drill_is_due(settings)
    record = shelf / "drills.jsonl"
    old = msgspec.structs.replace(drill, at=drill.at - timedelta(days=30))
    record.write_bytes(msgspec.json.encode(old) + b"\n" + b'{"at": "2026-')
    assert drill_is_due(settings)


@pytest.mark.slow
def test_what_a_killed_drill_left_in_clear_is_removed_by_the_next(
    database: Database, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = shelf.with_name("temporary")
    left = aside / "gongzhang-drill-killed"
    left.mkdir(parents=True)
    aside.chmod(0o755)
    monkeypatch.setattr("tempfile.tempdir", str(aside))
    server = EmbeddedPostgres(left, durable_setup=False)
    with server:
        data = server.home.data
    assert data.exists()
    kept = [shelf.with_name("a file of ours")]
    kept[0].write_text("whole")
    if os.geteuid() == 0:
        trap = aside / "gongzhang-drill-of-another-user"
        (trap / "postgres").mkdir(parents=True)
        (trap / "postgres" / "lock").symlink_to(kept[0])
        os.chown(trap, NOBODY, NOBODY)
        kept.append(trap)
    taken = take(database, shelf)
    assert run_drill(taken.path, key=KEY, progress=lambda *_: None).holds
    assert not data.exists()
    assert list(aside.iterdir()) == kept[1:]
    assert kept[0].read_text() == "whole"


def test_the_oldest_go_when_only_some_are_kept(shelf: Path, database: Database) -> None:
    old = [small_backup(shelf, day) for day in (1, 2, 3)]
    (shelf / "holiday.jpg").touch()
    assert main(["backup", str(shelf), "--keep", "2"]) == 0
    assert list_files(shelf)[:-1] == old[2:]
    assert (shelf / "holiday.jpg").exists()


def test_damaged_files_and_those_of_another_key_take_no_whole_ones_place(
    shelf: Path, database: Database
) -> None:
    old = [
        small_backup(shelf, 1),
        small_backup(shelf, 2),
        small_backup(shelf, 3),
        small_backup(shelf, 4, key=bytes(32)),
        small_backup(shelf, 5),
    ]
    old[2].write_bytes(old[2].read_bytes()[:-3])
    old[4].write_bytes(b"")
    assert main(["backup", str(shelf), "--keep", "3"]) == 0
    assert list_files(shelf)[:-1] == old, "two whole ones, and the one just taken"
    assert keep_newest(shelf, "dump", 2, KEY) == old[:1]
    assert list_files(shelf)[:-1] == old[1:], "what is damaged is for somebody to look at"


def small_backup(shelf: Path, day: int, key: bytes = KEY) -> Path:
    """A file that opens as a backup of a day in January."""
    moment = datetime(2026, 1, day, tzinfo=UTC)
    manifest = Manifest(
        format=FORMAT,
        kind="dump",
        taken_at=moment,
        seconds=1.0,
        product_version="0",
        revision="0001",
        server_version="18",
        sha256="",
        sealed_bytes=0,
    )
    name = name_of("dump", moment)
    with new_file(shelf, name) as file:
        write_manifest(file, manifest, key)
    return shelf / name


def test_an_interrupted_backup_leaves_nothing_that_looks_like_one(
    shelf: Path, database: Database
) -> None:
    with pytest.raises(KeyboardInterrupt), new_file(shelf, "gongzhang-x.backup"):
        raise KeyboardInterrupt
    killed = shelf / "gongzhang-20260101T000000Z.backup.4711.partial"
    killed.write_bytes(b"half")
    assert list_files(shelf) == []
    taken = take(database, shelf)
    assert sorted(shelf.iterdir()) == [taken.path], "what a killed one left behind is gone"
    assert taken.path.stat().st_mode & 0o777 == 0o600


def test_a_password_is_in_no_command_line(database: Database, shelf: Path) -> None:
    from ops.backup.programs import without_password

    for url in (
        "postgresql://a:s%40crt@h/d",
        "postgresql://a@h/d?password=s%40crt&sslmode=require",
    ):
        address, password = without_password(url)
        assert password == "s@crt"
        assert "crt" not in address
        assert address.startswith("postgresql://a@h/d")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a small file system")
def test_a_full_disk_is_one_sentence_and_leaves_no_file(
    database: Database, shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(shelf)], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        assert main(["backup", str(shelf)]) == 1
        error = capsys.readouterr().err.splitlines()
        assert "the disk is full" in error[-1]
        assert list(shelf.iterdir()) == []
    finally:
        subprocess.run(["umount", str(shelf)], check=True)


def test_mistakes_are_one_line_with_the_remedy(
    database: Database,
    shelf: Path,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    taken = take(database, shelf)
    new_backup_key(data_dir / "other-key")
    file = data_dir / "a-file"
    file.touch()
    for words, key, told in (
        (["backup", str(file)], None, "is there already; choose another directory"),
        (["backup", "drill", str(data_dir)], None, "There is no backup in"),
        (["backup", "a", "b"], None, "One path is enough"),
        (["backup"], None, "GONGZHANG_BACKUP_DIR"),
        (["backup", "new-key", str(data_dir / "other-key")], None, "a key is never replaced"),
        (["restore", str(data_dir / "none")], None, "does not exist"),
        (["restore", str(file)], None, "its end is missing"),
        (["restore", str(taken.path)], data_dir / "other-key", "cannot be opened with the key"),
        (["backup", "list", str(shelf)], data_dir / "other-key", "cannot be opened with the key"),
        (["backup", str(shelf)], data_dir / "no-key", "Correct GONGZHANG_BACKUP_KEY_FILE"),
    ):
        with monkeypatch.context() as changed:
            if key is not None:
                changed.setenv("GONGZHANG_BACKUP_KEY_FILE", str(key))
            assert main(words) == 1, words
        error = capsys.readouterr().err
        assert told in error, words
        assert len([line for line in error.splitlines() if not line.endswith("…")]) == 1, error


def test_a_directory_that_this_user_may_not_make_is_said_to_be_missing() -> None:
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        with (
            pytest.raises(BackupFailed, match=r"^/nosuch/dir does not exist, and this user may"),
            new_file(Path("/nosuch/dir"), "gongzhang-x.backup"),
        ):
            pass
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize("name", ["bad\"name'", "", "Restored", "1st", "a" * 64, "a\n"])
def test_a_name_that_some_tool_would_read_otherwise_is_no_name_for_a_restored_database(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["restore", "none.backup", "--into-new-name", name])
    assert end.value.code == 2
    assert "is no name for a database" in capsys.readouterr().err.splitlines()[-1]


def test_a_manifest_says_how_much_and_of_what(database: Database, shelf: Path) -> None:
    taken = take(database, shelf)
    again = read_manifest(taken.path, KEY)
    assert again == taken.manifest
    assert again.tables["books.unit"].rows == 4
    with pytest.raises(BackupFailed):
        read_manifest(taken.path, b"another key that is long enough to be one")
    with pytest.raises(BackupDamaged):
        read_manifest(Path(__file__), KEY)


def test_a_restore_says_whether_the_secret_at_hand_belongs_to_it(
    database: Database,
    database_server: DatabaseServer,
    shelf: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = "a secret of the installation, long enough"
    file = shelf.parent / "secret-key"
    file.write_text(f"{secret}\n{'the one before the rotation':-<40}\n")
    monkeypatch.setenv("GONGZHANG_SECRET_KEY_FILE", str(file))
    answer_of(capsys, "admin", "create", "chen", "--display-name", "陈静")
    path = answer_of(capsys, "backup", str(shelf))["path"]
    monkeypatch.delenv("GONGZHANG_SECRET_KEY_FILE")
    assert secret.encode() not in Path(path).read_bytes()
    for given, told in (
        (secret, "personal data can be read"),
        ("x" * 40, "another one is at hand"),
    ):
        monkeypatch.setenv("GONGZHANG_SECRET_KEY", given)
        name = f"{database.name}_{len(given)}"
        try:
            found = answer_of(capsys, "restore", path, "--into-new-name", name)
        finally:
            wait_for(run_statement(database_server.admin_url, f"DROP DATABASE IF EXISTS {name}"))
        assert told in found["secret"]


def test_secrets_may_lie_in_files(tmp_path: Path) -> None:
    path = tmp_path / "address"
    path.write_text("postgresql://app:x@db/books\n")
    settings = read_settings({"GONGZHANG_DATABASE_URL_FILE": str(path)})
    assert settings.database_url == "postgresql://app:x@db/books"
    with pytest.raises(UnknownSetting, match="cannot be read"):
        read_settings({"GONGZHANG_DATABASE_URL_FILE": str(tmp_path / "none")})


def test_a_backup_by_itself_is_taken_when_the_newest_is_old_enough(
    database: Database, shelf: Path
) -> None:
    settings = msgspec.structs.replace(read_settings(), backup_dir=str(shelf), backup_keep=1)
    first = back_up_if_due(settings, database.admin_url)
    assert first is not None
    assert back_up_if_due(settings, database.admin_url) is None
    first.rename(shelf / "gongzhang-20260101T000000Z.backup")
    second = back_up_if_due(settings, database.admin_url)
    assert list_files(shelf) == [second], "and the old one is gone"
