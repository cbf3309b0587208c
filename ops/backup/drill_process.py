"""Try a backup now and then while the embedded database is served, in a process of its own.

A drill may take minutes and as much memory as a second database; the service that is stopped
meanwhile does not wait for it.
"""

import logging
import multiprocessing
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

from ledger.clock import now
from ledger.settings import Settings
from ops.backup.drill_record import last_drill
from ops.backup.sealed_files import read_backup_key
from ops.backup.shelf import list_files
from ops.child_process import prepare_child

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5
#: A second server, its data and its proofs come down within this time, or are cut off.
_END_SECONDS = 60


def drill_is_due(settings: Settings) -> bool:
    """There is a backup, and none was tried for as many days as the settings say (0: never)."""
    shelf = Path(settings.backup_dir).expanduser()
    if settings.backup_drill_days == 0 or not list_files(shelf):
        return False
    last = last_drill(shelf)
    return last is None or now() - last.at >= timedelta(days=settings.backup_drill_days)


def drill_beside(settings: Settings, done: threading.Event) -> bool:
    """Try the newest whole one in a child; False when none could be tried. `done` cuts it off."""
    shelf = Path(settings.backup_dir).expanduser()
    child = multiprocessing.get_context("spawn").Process(
        target=drill_as_child, args=(shelf,), name="gongzhang-drill"
    )
    child.start()
    while child.is_alive():
        if done.wait(_LOOK_SECONDS):
            child.terminate()
            child.join(_END_SECONDS)
            child.kill()
    child.join()
    return child.exitcode == 0


def drill_as_child(shelf: Path) -> None:
    """What the child does: one drill, with a line in the log about it, and about damaged files."""
    from ops.backup.drill import drill_newest  # noqa: PLC0415  slow to load, and not for the parent

    settings = prepare_child()
    signal.signal(signal.SIGTERM, _end)
    try:
        key = read_backup_key(settings.backup_key_file)
        drill, skipped = drill_newest(shelf, key=key, progress=lambda *_: None)
    except Exception:
        logger.exception("backup_drill_failed")
        sys.exit(1)
    for damaged in skipped:
        logger.error("backup_damaged", extra={"reason": str(damaged)})
    facts = {"file": drill.backup, "seconds": drill.seconds, "rows": drill.rows}
    if drill.holds:
        logger.info("backup_came_back", extra=facts)
    else:
        different = len(drill.differences)
        extra = {**facts, "tables": different, "failed_proofs": len(drill.failed_proofs)}
        logger.error("backup_came_back_different", extra=extra)


def _end(*_: object) -> NoReturn:
    """End in an orderly way: the second server and its data go."""
    sys.exit(1)
