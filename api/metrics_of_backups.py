"""Figures of the directory of backups: how old the newest is, and what the last drill showed.

Whoever takes backups is another process, and often another login; what it leaves on disk tells.
"""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ledger.clock import now

RECORD = "drills.jsonl"
_NAME = "gongzhang-%Y%m%dT%H%M%SZ.backup"


class BackupFigures(msgspec.Struct, frozen=True):
    """What lies in the directory; ages in seconds."""

    backups: int
    #: None: there is none.
    age_seconds: int | None
    #: Whether the latest drill brought back what was there; None: there was none.
    drill_holds: bool | None
    #: Since the latest drill that did.
    drill_age_seconds: int | None


class _Drill(msgspec.Struct):
    """What is read of a drill's line."""

    at: datetime
    holds: bool


def read_backup_figures(directory: str) -> BackupFigures | None:
    """The figures; None where no directory is set.

    One that is missing or cannot be read shows no backup: somebody must be told.
    """
    if not directory:
        return None
    shelf = Path(directory).expanduser()
    taken: list[datetime] = []
    drills: list[_Drill] = []
    with contextlib.suppress(OSError):
        taken = sorted(_moments(shelf))
    with contextlib.suppress(OSError):
        drills = _drills(shelf / RECORD)
    good = [drill.at for drill in drills if drill.holds]
    return BackupFigures(
        backups=len(taken),
        age_seconds=_age(taken[-1]) if taken else None,
        drill_holds=drills[-1].holds if drills else None,
        drill_age_seconds=_age(good[-1]) if good else None,
    )


def _moments(shelf: Path) -> list[datetime]:
    """When each backup was taken, by its name; other files are none."""
    found = []
    for path in shelf.iterdir():
        try:
            found.append(datetime.strptime(path.name, _NAME).replace(tzinfo=UTC))
        except ValueError:
            continue
    return found


def _drills(record: Path) -> list[_Drill]:
    """Every drill on record, the latest last; a line that was cut off counts for nothing."""
    found = []
    for line in record.read_bytes().splitlines() if record.exists() else ():
        try:
            found.append(msgspec.json.decode(line, type=_Drill))
        except msgspec.DecodeError:
            continue
    return found


def _age(moment: datetime) -> int:
    return max(0, int((now() - moment).total_seconds()))
