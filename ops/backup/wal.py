"""Keep the write-ahead log of the embedded server, sealed, so that it can go back to a moment.

pg_receivewal streams the log into a directory beside the database as it is written; whole segments
are packed, sealed into `wal/` in the directory of the backups, and removed here. Together with a
base copy of the whole server (`gongzhang-….base`) they lead to every moment since that copy. A
segment is ended every minute in which something happened, so a lost machine takes a minute along.
"""

import asyncio
import contextlib
import re
import shutil
import subprocess
import threading
import time
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import structlog

from ledger.clock import now
from ledger.database import create_engine, execute, fetch_value
from ledger.settings import Settings
from ops.backup.manifest import FORMAT, Manifest
from ops.backup.programs import program_environment, programs_for, read_from
from ops.backup.sealed_files import Sealer, read_backup_key
from ops.backup.shelf import (
    keep_newest,
    list_files,
    name_of,
    new_file,
    taken_at,
    write_manifest,
)
from ops.backup.take import product_version
from ops.embedded_postgres import EmbeddedPostgres
from ops.schema_state import read_state

logger = structlog.get_logger(__name__)

SLOT = "gongzhang_log"
SEGMENT = re.compile(r"[0-9A-F]{24}\Z")
SEALED = ".wal"
LOOK_EVERY_SECONDS = 1.0
PAUSE_AFTER_FAILURE_SECONDS = 60.0
SWITCH_EVERY_SECONDS = 60.0
LAST_SEGMENT_SECONDS = 10.0
#: Older than the oldest base copy by so much, and no copy needs it.
MARGIN = timedelta(minutes=30)
_DROP_SLOT = """\
SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots
WHERE slot_name = $1::name AND NOT active"""
_MAKE_SLOT = """\
SELECT pg_create_physical_replication_slot($1::name, true)
WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1::name)"""
#: A slot whose log is gone can only be made anew, and a new base copy with it.
_DROP_LOST_SLOT = """\
SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots
WHERE slot_name = $1::name AND wal_status = 'lost'"""


class LogKeeper:
    """Receives and seals the log of one running embedded server."""

    def __init__(self, server: EmbeddedPostgres, settings: Settings) -> None:
        self._server = server
        self._settings = settings
        self._key = read_backup_key(settings.backup_key_file)
        self.shelf = Path(settings.backup_dir).expanduser()
        self.sealed = self.shelf / "wal"
        self.received = received_directory(settings)

    def base_copy_if_due(self) -> Path | None:
        """Copy the whole server when the newest copy is old enough, then let old ones go."""
        files = list_files(self.shelf, "base") if self.shelf.is_dir() else []
        hours = self._settings.backup_hours
        if asyncio.run(_prepare_slot(self._server.admin_url)) or not files:
            return self.base_copy()
        age = now() - taken_at(files[-1])
        return self.base_copy() if age.total_seconds() >= hours * 3600 else None

    def base_copy(self) -> Path:
        """Seal a copy of the whole server as it runs."""
        taken, major, version, revision = now(), *asyncio.run(_facts(self._server.admin_url))
        name = name_of("base", taken)
        with new_file(self.shelf, name) as file:
            sealer = Sealer(file, self._key)
            for piece in read_from(
                programs_for(major),
                "pg_basebackup",
                self._server.admin_url,
                "--pgdata=-",
                "--format=tar",
                "--compress=client-gzip:1",
                "--wal-method=fetch",
                "--checkpoint=fast",
            ):
                sealer.write(piece)
            sealer.finish()
            manifest = Manifest(
                format=FORMAT,
                kind="base",
                taken_at=now(),  # of its end: earlier moments cannot be reached with it
                seconds=(now() - taken).total_seconds(),
                product_version=product_version(),
                revision=revision,
                server_version=version,
                sha256=sealer.digest.hexdigest(),
                sealed_bytes=sealer.written,
            )
            write_manifest(file, manifest, self._key)
        keep_newest(self.shelf, "base", self._settings.backup_keep, self._key)
        self._forget_old_log()
        return self.shelf / name

    def end_segment(self) -> str:
        """Begin a new segment, so that what was committed until now can be sealed; its name."""
        return asyncio.run(_ask(self._server.admin_url, "SELECT pg_walfile_name(pg_switch_wal())"))

    def seal_the_rest(self) -> None:
        """End the segment, wait until it has arrived, and seal it."""
        last = self.sealed / f"{self.end_segment()}{SEALED}"
        deadline = time.monotonic() + LAST_SEGMENT_SECONDS
        while not last.exists() and time.monotonic() < deadline:
            self.seal_whole_segments()
            time.sleep(0.05)

    def _forget_old_log(self) -> None:
        oldest = taken_at(list_files(self.shelf, "base")[0]) - MARGIN
        for path in self.sealed.glob(f"*{SEALED}"):
            if path.stat().st_mtime < oldest.timestamp():
                path.unlink()

    def seal_whole_segments(self) -> int:
        """Seal what has been received whole; returns how many segments that were."""
        count = 0
        for path in sorted(self.received.iterdir()):
            if not SEGMENT.match(path.name):
                continue
            if not (self.sealed / f"{path.name}{SEALED}").exists():
                with new_file(self.sealed, f"{path.name}{SEALED}") as file:
                    sealer = Sealer(file, self._key)
                    sealer.write(zlib.compress(path.read_bytes(), level=1))
                    sealer.finish()
            path.unlink()
            count += 1
        return count

    @contextlib.contextmanager
    def receiving(self) -> Iterator["subprocess.Popen[bytes]"]:
        """pg_receivewal at work while the block runs."""
        self.received.mkdir(mode=0o700, parents=True, exist_ok=True)
        major = asyncio.run(_facts(self._server.admin_url))[0]
        address, environment = program_environment(self._server.admin_url)
        process = subprocess.Popen(
            [
                programs_for(major).program("pg_receivewal"),
                *address,
                f"--directory={self.received}",
                f"--slot={SLOT}",
                "--synchronous",
                "--no-loop",
            ],
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us: we end it when the last segment is here
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def kept_log(server: EmbeddedPostgres, settings: Settings) -> Iterator[None]:
    """Keep the log while the block runs, if the settings name a directory for backups.

    If they name none any more the server is told that nobody will fetch it: it would keep 4 GB.
    """
    if not settings.backup_dir:
        if asyncio.run(_drop_slot(server.admin_url)):
            logger.warning("log_no_longer_kept")
            shutil.rmtree(received_directory(settings), ignore_errors=True)
        yield
        return
    keeper, done = LogKeeper(server, settings), threading.Event()
    thread = threading.Thread(target=_keep, args=(keeper, done), name="log-keeper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def received_directory(settings: Settings) -> Path:
    """Where the log arrives, the newest segment still growing."""
    return settings.data_path() / "received-log"


def _keep(keeper: LogKeeper, done: threading.Event) -> None:
    while not done.is_set():
        try:
            keeper.base_copy_if_due()
            with keeper.receiving() as process:
                _look_until(done, keeper, process)
        except Exception:
            logger.exception("log_not_kept")
        done.wait(PAUSE_AFTER_FAILURE_SECONDS)


def _look_until(
    done: threading.Event, keeper: LogKeeper, process: "subprocess.Popen[bytes]"
) -> None:
    """Seal what arrives; end a segment now and then, a base copy when one is due."""
    switched = time.monotonic()
    while process.poll() is None and not done.wait(LOOK_EVERY_SECONDS):
        keeper.seal_whole_segments()
        if time.monotonic() - switched >= SWITCH_EVERY_SECONDS:
            keeper.end_segment()
            keeper.base_copy_if_due()
            switched = time.monotonic()
    if process.poll() is None:
        keeper.seal_the_rest()


async def _ask(admin_url: str, question: str) -> str:
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with engine.connect() as conn:
            return str(await fetch_value(conn, question))
    finally:
        await engine.dispose()


async def _prepare_slot(admin_url: str) -> bool:
    """Make the slot from which the log is received; True when it is a new one."""
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with engine.begin() as conn:
            await fetch_value(conn, _DROP_LOST_SLOT, SLOT)
            return await execute(conn, _MAKE_SLOT, SLOT) > 0
    finally:
        await engine.dispose()


async def _drop_slot(admin_url: str) -> bool:
    """Remove the slot that a service with other settings has left; True when there was one."""
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with engine.begin() as conn:
            return int(await fetch_value(conn, _DROP_SLOT, SLOT)) > 0
    finally:
        await engine.dispose()


async def _facts(admin_url: str) -> tuple[int, str, str]:
    """Major version, version, and revision of the schema."""
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with engine.connect() as conn:
            version = await fetch_value(conn, "SELECT current_setting('server_version')")
            state = await read_state(conn)
            return int(version.split(".")[0]), version, state.revision or ""
    finally:
        await engine.dispose()
