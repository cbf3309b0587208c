"""Restore a backup where nobody is hurt, and take the time: a backup is one that came back."""

import contextlib
import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from time import monotonic

import msgspec

from ledger.clock import now
from ops.backup.errors import explain
from ops.backup.restore import Progress, Restored, restore_backup
from ops.backup.shelf import read_manifest
from ops.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from ops.postgres_programs import SERVICE_LOGIN

#: One line of JSON a drill, in the directory of the backups.
RECORD = "drills.jsonl"
#: Nothing of it need survive.
_QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
}
_PREFIX = "gongzhang-drill-"


class Drill(msgspec.Struct, frozen=True):
    """What a drill showed."""

    at: datetime
    backup: str
    taken_at: datetime
    sealed_bytes: int
    rows: int
    tenants: int
    seconds: float
    holds: bool
    differences: tuple[str, ...]
    failed_proofs: tuple[str, ...]


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
    record = path.with_name(RECORD)
    try:
        descriptor = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with open(descriptor, "wb") as file:
            file.write(msgspec.json.encode(drill) + b"\n")
    except OSError as error:
        raise explain(error, record) from error
    return drill


def last_drill(shelf: Path) -> Drill | None:
    """What the latest drill with a backup of this directory showed; None: there was none.

    A line that was cut off by a full disk counts for nothing.
    """
    try:
        lines = (shelf / RECORD).read_bytes().splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise explain(error, shelf / RECORD) from error
    for line in reversed(lines):
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(line, type=Drill)
    return None


def _remove_abandoned() -> None:
    """Remove the data, in clear, of drills whose process was killed."""
    for aside in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError, EmbeddedPostgresError):  # in use, or another user's
            EmbeddedPostgres(aside).remove()
            shutil.rmtree(aside)


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
