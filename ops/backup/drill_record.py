"""What drills with the backups of a directory showed: one line of JSON each, beside them."""

import contextlib
import os
from datetime import datetime
from pathlib import Path

import msgspec

from ops.backup.errors import explain

RECORD = "drills.jsonl"


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


def note_drill(shelf: Path, drill: Drill) -> None:
    """Add a line to the record of this directory.

    Raises:
        BackupFailed: the record cannot be written.
    """
    record = shelf / RECORD
    try:
        descriptor = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with open(descriptor, "wb") as file:
            file.write(msgspec.json.encode(drill) + b"\n")
    except OSError as error:
        raise explain(error, record) from error


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
