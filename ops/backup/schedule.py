"""Back up by itself while the embedded database is served, and try a backup now and then.

On a server database this needs the login that migrates, which a service never has: there a timer of
the system does it (`ops/deploy/systemd/gongzhang-backup.timer`).
"""

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from ledger.clock import now
from ledger.settings import Settings
from ops.backup.drill_process import drill_beside, drill_is_due
from ops.backup.sealed_files import read_backup_key
from ops.backup.shelf import keep_newest, list_files, taken_at
from ops.backup.take import take_backup
from ops.secret_file import secret_ids

logger = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 60.0
#: After a failure the next attempt is not made at the next look already.
PAUSE_AFTER_FAILURE = timedelta(minutes=30)


@contextlib.contextmanager
def scheduled_backups(settings: Settings, admin_url: str) -> Iterator[None]:
    """Back up whenever the newest backup is old enough, in a thread of its own.

    Raises:
        BackupFailed: a directory is set, and no usable key.
    """
    if not settings.backup_dir:
        yield
        return
    read_backup_key(settings.backup_key_file)
    done = threading.Event()
    thread = threading.Thread(
        target=_watch, args=(settings, admin_url, done), name="backups", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def back_up_if_due(settings: Settings, admin_url: str) -> Path | None:
    """Take a backup when the newest one is older than the settings want; then let old ones go.

    Raises:
        BackupFailed: none was taken.
    """
    directory = Path(settings.backup_dir).expanduser()
    files = list_files(directory) if directory.is_dir() else []
    newest = taken_at(files[-1]) if files else datetime.min.replace(tzinfo=UTC)
    if now() - newest < timedelta(hours=settings.backup_hours):
        return None
    key = read_backup_key(settings.backup_key_file)
    taken = take_backup(
        admin_url,
        directory,
        key=key,
        secret_ids=secret_ids(settings),
        progress=lambda _count: None,
    )
    keep_newest(directory, "dump", settings.backup_keep, key)
    proofs = taken.manifest.proofs
    logger.info(
        "backup_taken",
        file=taken.path.name,
        seconds=taken.manifest.seconds,
        sealed_bytes=taken.manifest.sealed_bytes,
        failed_proofs=len(proofs.failures) if proofs else 0,
    )
    return taken.path


def _watch(settings: Settings, admin_url: str, done: threading.Event) -> None:
    pause = 0.0
    while not done.wait(pause):
        pause = LOOK_EVERY_SECONDS
        try:
            back_up_if_due(settings, admin_url)
            if drill_is_due(settings) and not drill_beside(settings, done):
                pause = PAUSE_AFTER_FAILURE.total_seconds()
        except Exception:
            logger.exception("backup_failed")
            pause = PAUSE_AFTER_FAILURE.total_seconds()
