"""Bring the embedded server back to a moment: a base copy, and the log up to there.

What was committed before the moment is there, what came after is not. The result is a new data
directory; the one that was copied stays as it is.
"""

import asyncio
import io
import json
import os
import secrets
import shutil
import tarfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from ledger.settings import Settings
from ops.backup.errors import BackupFailed, explain
from ops.backup.sealed_files import unsealed
from ops.backup.shelf import ShelvedBackup, content, list_files, read_manifest
from ops.backup.wal import SEALED
from ops.embedded_postgres import EmbeddedPostgres
from ops.postgres_errors import ProgramFailed
from ops.postgres_home import Home, find_home
from ops.postgres_programs import ADMIN_ROLE, SERVICE_LOGIN

RECOVERY_TIMEOUT_SECONDS = 3600.0


@dataclass(frozen=True)
class Rewound:
    """The base copy that it began with, and the last commit if the log ended before the moment."""

    base: ShelvedBackup
    log_ended_at: datetime | None


def rewind(settings: Settings, shelf: Path, until: datetime, *, key: bytes) -> Rewound:
    """Fill the empty data directory of the settings with the server as it was at `until`.

    Raises:
        BackupFailed: no base copy before that moment, or the data directory is not empty.
        EmbeddedPostgresError: the server could not recover.
    """
    base = _base_before(shelf, until, key)
    home = find_home(settings.data_path())
    if home.data.exists():
        raise BackupFailed(
            f"{home.root} holds a database, and nothing is overwritten. Name a new directory: "
            "GONGZHANG_DATA_DIR=.gongzhang-restored gongzhang restore DIR --until MOMENT"
        )
    home.lock()
    try:
        log = home.data.with_name("log")
        _unpack(base, home, key)
        _unseal_log(shelf, log, home, key)
    except OSError as error:
        raise explain(error, home.root) from error
    finally:
        home.release()
    try:
        ended_at = _recover(settings, home, log, until)
    except BaseException:
        shutil.rmtree(home.data, ignore_errors=True)  # never to be taken for a finished one
        raise
    finally:
        shutil.rmtree(log, ignore_errors=True)
    return Rewound(base, ended_at)


def _base_before(shelf: Path, until: datetime, key: bytes) -> ShelvedBackup:
    for path in reversed(list_files(shelf, "base")):
        manifest = read_manifest(path, key)
        if manifest.taken_at <= until:
            return ShelvedBackup(path, manifest)
    raise BackupFailed(
        f"{shelf} has no base copy from before {until:%Y-%m-%d %H:%M:%S %z}. Copies are made while "
        "the embedded database is served with GONGZHANG_BACKUP_DIR; choose a later moment, or "
        "restore a whole backup: gongzhang backup list DIR"
    )


def _unpack(base: ShelvedBackup, home: Home, key: bytes) -> None:
    source: io.RawIOBase = _Pieces(content(base.path, base.manifest, key))
    pieces = io.BufferedReader(source)
    home.data.mkdir(mode=0o700)
    with tarfile.open(fileobj=pieces, mode="r|*") as archive:  # old copies are not packed
        archive.extractall(home.data, filter="data")
    while pieces.read(1024 * 1024):
        pass  # what follows the archive belongs to the seal
    (home.data / "recovery.signal").touch()
    home.give_tree_to_owner(home.data)


def _unseal_log(shelf: Path, log: Path, home: Home, key: bytes) -> None:
    """Every segment of the log, where the server can read it."""
    shutil.rmtree(log, ignore_errors=True)
    log.mkdir(mode=0o700)
    for path in (shelf / "wal").glob(f"*{SEALED}"):
        with path.open("rb") as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(0)
            packed = b"".join(unsealed(file, key, length=length, path=path))
        (log / path.stem).write_bytes(zlib.decompress(packed))


def _recover(settings: Settings, home: Home, log: Path, until: datetime) -> datetime | None:
    """Let the server replay the log up to the moment, then give it passwords of its own.

    Returns the last commit when the log ends before the moment.
    """
    passwords = {role: secrets.token_urlsafe(32) for role in (ADMIN_ROLE, SERVICE_LOGIN)}
    home.write_credentials(json.dumps(passwords))
    hba = log / "pg_hba.conf"
    # the socket lies in a closed directory, and the passwords that were copied are not ours
    hba.write_text("local all all trust\n")
    home.give_tree_to_owner(log)
    target = {
        "recovery_target_time": until.astimezone(UTC).isoformat(sep=" "),
        "recovery_target_action": "promote",
    }
    common = {"restore_command": f"cp '{log}/%f' '%p'", "hba_file": str(hba)}
    try:
        _replay(settings, {**common, **target}, passwords)
        return None
    except ProgramFailed as failure:
        if "before configured recovery target was reached" not in str(failure):
            raise
        return _replay(settings, common, passwords)


def _replay(settings: Settings, recovery: dict[str, str], passwords: dict[str, str]) -> datetime:
    with EmbeddedPostgres(settings.data_path(), settings=recovery) as server:
        return asyncio.run(_take_over(server, passwords))


async def _take_over(server: EmbeddedPostgres, passwords: dict[str, str]) -> datetime:
    """Wait until the server is done with the log, and set the passwords; the last commit."""
    deadline = time.monotonic() + RECOVERY_TIMEOUT_SECONDS
    connection: asyncpg.Connection | None = None
    try:
        connection = await asyncpg.connect(server.admin_url)
        while await connection.fetchval("SELECT pg_is_in_recovery()"):
            if time.monotonic() > deadline:
                raise BackupFailed(f"The log is still being replayed; see {server.home.log}.")
            await asyncio.sleep(0.1)
        last: datetime | None = await connection.fetchval("SELECT pg_last_xact_replay_timestamp()")
        for role, password in passwords.items():
            await connection.execute(f"ALTER ROLE {role} PASSWORD '{password}'")
        return last or datetime.min.replace(tzinfo=UTC)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        while server.is_running and time.monotonic() < deadline:  # noqa: ASYNC110  # it says why
            await asyncio.sleep(0.1)
        raise ProgramFailed("PostgreSQL", server.log_tail()) from error
    finally:
        if connection is not None:
            connection.terminate()


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._left:
            try:
                self._left = next(self._pieces)
            except StopIteration:
                return 0
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count
