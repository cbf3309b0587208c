"""Restore a backup where nobody is hurt, and take the time: a backup is one that came back."""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

from ledger.clock import now
from ops.backup.drill_record import Drill, note_drill
from ops.backup.errors import BackupDamaged, BackupFailed, WrongBackupKey
from ops.backup.restore import Progress, Restored, restore_backup
from ops.backup.shelf import list_backups, misnamed, read_manifest
from ops.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from ops.postgres_programs import SERVICE_LOGIN

#: Nothing of it need survive.
_QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
}
_PREFIX = "gongzhang-drill-"


def drill_newest(
    place: Path, *, key: bytes, progress: Progress
) -> tuple[Drill, tuple[BackupFailed, ...]]:
    """Try the newest whole backup of a directory, or one file; also why newer ones were skipped.

    Raises:
        BackupFailed: none could be restored; where all are damaged, what the newest one has.
        EmbeddedPostgresError: no server could be started for it.
    """
    files = list_backups(place) if place.is_dir() else [place]
    misnamed_ones = misnamed(place) if place.is_dir() else []
    skipped: list[BackupFailed] = []
    while True:
        try:
            drill = run_drill(files.pop(), key=key, progress=progress)
            return drill, (*skipped, *_damaged_among(misnamed_ones, key))
        except (BackupDamaged, WrongBackupKey) as error:
            skipped.append(error)
            if not files:
                raise skipped[0] from error


def _damaged_among(paths: list[Path], key: bytes) -> Iterator[BackupFailed]:
    """Why files that look like backups are none; under a name of their own they are not tried."""
    for path in paths:
        try:
            read_manifest(path, key)
        except BackupFailed as error:
            yield error


def run_drill(path: Path, *, key: bytes, progress: Progress) -> Drill:
    """Restore a backup into a database of its own that is thrown away, and note the outcome.

    Raises:
        BackupFailed: it could not be restored.
        EmbeddedPostgresError: no server could be started for it.
    """
    started, at = monotonic(), now()
    manifest = read_manifest(path, key)
    restored = _restore_aside(path, key, progress)
    drill = Drill(
        at=at,
        backup=path.name,
        taken_at=manifest.taken_at,
        sealed_bytes=manifest.sealed_bytes,
        rows=restored.rows,
        tenants=restored.proofs.tenants,
        seconds=round(monotonic() - started, 1),
        holds=restored.is_the_same,
        differences=restored.differences,
        failed_proofs=restored.proofs.failures,
    )
    note_drill(path.parent, drill)
    return drill


def _remove_abandoned() -> None:
    """Remove the data, in clear, of drills whose process was killed."""
    for aside in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError, EmbeddedPostgresError):  # in use
            if _is_ours(aside):
                EmbeddedPostgres(aside).remove()
                shutil.rmtree(aside)


def _is_ours(aside: Path) -> bool:
    """Made by this user; what somebody else has put there may lead to files of ours elsewhere."""
    found = aside.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def _restore_aside(path: Path, key: bytes, progress: Progress) -> Restored:
    _remove_abandoned()
    aside = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        server = EmbeddedPostgres(aside, settings=_QUICK, durable_setup=False)
        try:
            with server:
                return restore_backup(
                    path,
                    server.admin_url,
                    key=key,
                    service_login=SERVICE_LOGIN,
                    progress=progress,
                )
        finally:
            server.remove()
    finally:
        shutil.rmtree(aside, ignore_errors=True)
