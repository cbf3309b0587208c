"""E14: the embedded database goes back to a moment: all before it is there, nothing after it."""

import json
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.clock import now
from ledger.database import create_engine, fetch_all
from ledger.settings import Settings
from ops.backup.errors import BackupFailed
from ops.backup.rewind import rewind
from ops.backup.shelf import list_files
from ops.backup.wal import LogKeeper, kept_log
from ops.cli.main import main
from ops.embedded_postgres import EmbeddedPostgres
from ops.migrator import migrate
from tests.small_books import SmallBooks, create_small_books
from tests.waiting import wait_for

KEY = "a key of the tests, long enough to be one"


@pytest.fixture
def settings(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an installation that keeps its log."""
    key = data_dir / "key"
    key.write_text(KEY)
    monkeypatch.setenv("GONGZHANG_BACKUP_KEY_FILE", str(key))
    return Settings(
        data_dir=str(data_dir / "data"),
        backup_dir=str(data_dir / "backups"),
        backup_key_file=str(key),
    )


async def entries_in(url: str) -> int:
    engine = create_engine(url, role=None, pool_size=1)
    async with engine.connect() as conn:
        rows = await fetch_all(conn, "SELECT entry_id FROM books.entry")
    await engine.dispose()
    return len(rows)


async def post(engine: AsyncEngine, books: SmallBooks, count: int) -> None:
    for _ in range(count):
        await books.issue("V1", 5)
    await engine.dispose()


def test_what_was_acknowledged_before_is_there_and_what_came_after_is_not(
    settings: Settings,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with EmbeddedPostgres(settings.data_path(), durable_setup=False) as server:
        wait_for(migrate(server.admin_url, service_login="gongzhang_app"))
        engine = create_engine(server.service_url, pool_size=1)

        async def begin() -> SmallBooks:
            books = await create_small_books(engine)
            await post(engine, books, 3)
            return books

        books = wait_for(begin())
        keeper = LogKeeper(server, settings)
        assert keeper.base_copy_if_due() is not None
        with keeper.receiving():
            wait_for(post(engine, books, 4))
            moment = now()
            wait_for(post(engine, books, 5))
            keeper.seal_the_rest()
        assert wait_for(entries_in(server.admin_url)) == 12
    assert list(keeper.sealed.iterdir())

    for name, until, expected in (("then", moment, 7), ("end", now(), 12)):
        monkeypatch.setenv("GONGZHANG_DATA_DIR", str(data_dir / name))
        capsys.readouterr()
        words = ["restore", settings.backup_dir, "--until", until.isoformat(), "--json"]
        assert main(words) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["holds"]
        assert (told["log_ended_at"] is None) == (name == "then"), "an end of the log is told"
        with EmbeddedPostgres(data_dir / name) as restored:
            assert wait_for(entries_in(restored.admin_url)) == expected

    assert main(words) == 1
    assert "nothing is overwritten" in capsys.readouterr().out


@pytest.mark.slow
def test_a_copy_is_packed_before_it_is_sealed(settings: Settings) -> None:
    with EmbeddedPostgres(settings.data_path(), durable_setup=False) as server:
        wait_for(migrate(server.admin_url, service_login="gongzhang_app"))
        copy = LogKeeper(server, settings).base_copy()
        data = server.home.data
        whole = sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
    assert copy.stat().st_size < whole / 3


@pytest.mark.slow
def test_a_log_that_nobody_will_fetch_is_let_go(settings: Settings) -> None:
    with EmbeddedPostgres(settings.data_path(), durable_setup=False) as server:
        wait_for(migrate(server.admin_url, service_login="gongzhang_app"))
        keeper = LogKeeper(server, settings)
        keeper.base_copy_if_due()
        keeper.received.mkdir()
        assert wait_for(slots_in(server.admin_url)) == 1
        with kept_log(server, msgspec.structs.replace(settings, backup_dir="")):
            assert wait_for(slots_in(server.admin_url)) == 0
        assert not keeper.received.exists()
        copies = list_files(keeper.shelf, "base")
        time_of_copies_passes(copies)
        assert keeper.base_copy_if_due() is not None, "the chain begins anew, with a copy"


def time_of_copies_passes(copies: list[Path]) -> None:
    """Names have seconds: let the next copy get another one."""
    for copy in copies:
        copy.rename(copy.with_name("gongzhang-20260101T000000Z.base"))


async def slots_in(url: str) -> int:
    engine = create_engine(url, role=None, pool_size=1)
    async with engine.connect() as conn:
        rows = await fetch_all(conn, "SELECT slot_name FROM pg_replication_slots")
    await engine.dispose()
    return len(rows)


def test_a_moment_before_every_copy_is_refused_with_the_way(settings: Settings) -> None:
    shelf = Path(settings.backup_dir)
    shelf.mkdir()
    with pytest.raises(BackupFailed, match="no base copy from before"):
        rewind(settings, shelf, now(), key=KEY.encode())
    assert list_files(shelf, "base") == []


def test_a_moment_that_is_none_is_refused_by_the_parser() -> None:
    with pytest.raises(SystemExit) as end:
        main(["restore", "/backups", "--until", "yesterday"])
    assert end.value.code == 2
