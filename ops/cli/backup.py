"""`gongzhang backup`: a sealed copy of the database, and drills with it."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from ledger.database import create_engine
from ledger.settings import Settings, read_settings
from ops.backup.drill import drill_newest
from ops.backup.drill_record import Drill
from ops.backup.sealed_files import new_backup_key, read_backup_key
from ops.backup.shelf import ShelvedBackup, keep_newest, list_files, misnamed, read_all
from ops.backup.take import take_backup
from ops.cli.database import open_database
from ops.cli.frame import (
    CommandFailed,
    Subparsers,
    answer,
    new_parser,
    read_count,
    table,
    zoned,
)
from ops.cli.progress import Bytes
from ops.cli.reader import say
from ops.same_database import check_same_database
from ops.schema_state import head_revision
from ops.secret_check import says_secret_is_missing
from ops.secret_file import secret_ids

ACTIONS = ("drill", "list", "new-key")
_SHOWN = 10


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "backup",
        summary="Take a sealed backup of the database in use; list backups; try one by restoring.",
        example=(
            "gongzhang backup new-key /etc/gongzhang/backup-key   # once; keep a copy elsewhere\n"
            "gongzhang backup /backups --keep 14                  # take one\n"
            "gongzhang backup list /backups\n"
            "gongzhang backup drill /backups                      # restore the newest aside"
        ),
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="[drill | list | new-key] PATH",
        help="a directory (GONGZHANG_BACKUP_DIR when absent); for new-key the file to be made; "
        "for drill also one backup",
    )
    parser.add_argument(
        "--keep", type=read_count, metavar="N", help="afterwards keep the newest N backups only"
    )


def run(args: argparse.Namespace) -> int:
    """Do what the first word says; without one, take a backup."""
    words = list(args.words)
    action = words.pop(0) if words and words[0] in ACTIONS else "take"
    if len(words) > 1:
        raise CommandFailed(f"One path is enough; these are {len(words)}. See: gongzhang backup -h")
    settings = read_settings()
    if action == "new-key":
        return _new_key(args, words)
    place = words[0] if words else settings.backup_dir
    if not place:
        raise CommandFailed(
            "Where to? Name a directory: gongzhang backup DIR, or set GONGZHANG_BACKUP_DIR"
        )
    path = Path(place).expanduser()
    if action == "list":
        return _list(args, settings, path)
    if action == "drill":
        return _drill(args, settings, path)
    return _take(args, settings, path)


def _take(args: argparse.Namespace, settings: Settings, directory: Path) -> int:
    key = read_backup_key(settings.backup_key_file)
    at_hand = secret_ids(settings)
    with open_database(settings, migrated=False) as database, Bytes() as shown:
        asyncio.run(check_same_database(database.admin_url, database.service_url))
        taken = take_backup(
            database.admin_url,
            directory,
            key=key,
            secret_ids=at_hand,
            progress=lambda count: shown.show("sealing", count),
        )
        warning = None
        if taken.manifest.revision == head_revision():  # an older one may lack what is asked
            warning = asyncio.run(_about_secret(database.admin_url, at_hand))
    removed = [] if args.keep is None else keep_newest(directory, "dump", args.keep, key)
    damaged = [] if args.keep is None else _damaged(directory, key)
    failures = taken.manifest.proofs.failures if taken.manifest.proofs else ()
    names = ", ".join(path.name for path in damaged)
    lines = [
        (
            f"{taken.path}: the database {taken.manifest.database}, {_size(taken)}, "
            f"{_rows(taken):,} rows of {len(taken.manifest.tables)} tables, "
            f"{taken.manifest.seconds} s"
        ),
        (
            "The installation's secret (GONGZHANG_SECRET_KEY) is not in it: keep it, and the "
            "backup key, apart from the backups."
        ),
        *(f"removed {path.name}" for path in removed),
        *([f"damaged, and kept as well: {names}"] if names else []),
        *(f"proof failed: {fact}" for fact in failures[:_SHOWN]),
    ]
    answer(
        args,
        "\n".join(lines),
        path=taken.path,
        removed=removed,
        damaged=damaged,
        holds=not failures,
        secret_included=False,
        warning=warning,
        **_facts(taken),
    )
    if warning is not None and not args.json:
        print(say(warning), file=sys.stderr, flush=True)
    return 1 if failures else 0


def _damaged(directory: Path, key: bytes) -> list[Path]:
    """What looks like a backup and cannot be opened; beside a whole one."""
    _, broken = read_all([*list_files(directory), *misnamed(directory)], key)
    return [path for path, _ in broken]


async def _about_secret(admin_url: str, at_hand: Sequence[str]) -> str | None:
    engine = create_engine(admin_url, pool_size=1)
    try:
        return await says_secret_is_missing(engine, at_hand)
    finally:
        await engine.dispose()


def _list(args: argparse.Namespace, settings: Settings, directory: Path) -> int:
    key = read_backup_key(settings.backup_key_file)
    found, broken = read_all([*list_files(directory), *misnamed(directory)], key)
    rows = [("taken at", "file", "database", "size", "rows", "revision", "proofs", "needs secret")]
    for one in found:
        proofs = one.manifest.proofs
        rows.append(
            (
                _moment(one.manifest.taken_at),
                one.path.name,
                one.manifest.database or "-",
                _size(one),
                f"{_rows(one):,}",
                one.manifest.revision,
                "hold" if proofs is not None and not proofs.failures else "FAILED",
                " ".join(one.manifest.secret_ids) or "-",
            )
        )
    shown = table(rows) if found else [f"no whole backup in {directory}"]
    damaged = [{"path": path, "reason": str(error)} for path, error in broken]
    answer(
        args,
        "\n".join([*shown, *(f"DAMAGED: {error}" for _, error in broken)]),
        items=[{"path": one.path, **_facts(one)} for one in found],
        damaged=damaged,
    )
    return 1 if broken else 0


def _drill(args: argparse.Namespace, settings: Settings, path: Path) -> int:
    key = read_backup_key(settings.backup_key_file)
    with Bytes() as shown:
        drill, skipped = drill_newest(path, key=key, progress=shown.show)
    lines = [*(f"SKIPPED: {error}" for error in skipped), *_tell(drill)]
    facts = msgspec.to_builtins(drill)
    answer(args, "\n".join(lines), skipped=[str(error) for error in skipped], **facts)
    return 0 if drill.holds and not skipped else 1


def _tell(drill: Drill) -> list[str]:
    outcome = "every table is the same, all proofs hold" if drill.holds else "NOT THE SAME"
    return [
        *(f"different: {fact}" for fact in drill.differences[:_SHOWN]),
        *(f"proof failed: {fact}" for fact in drill.failed_proofs[:_SHOWN]),
        (
            f"{drill.backup} of {_moment(drill.taken_at)} came back in {drill.seconds} s: "
            f"{drill.rows:,} rows, {drill.tenants} tenants; {outcome}"
        ),
    ]


def _new_key(args: argparse.Namespace, words: list[str]) -> int:
    if not words:
        raise CommandFailed("Name the file to be made: gongzhang backup new-key FILE")
    path = Path(words[0]).expanduser()
    new_backup_key(path)
    answer(
        args,
        f"{path} holds a new key. Print it or copy it to a safe away from this machine: without "
        f"it no backup can be opened. Then set GONGZHANG_BACKUP_KEY_FILE={path}",
        path=path,
    )
    return 0


def _facts(backup: ShelvedBackup) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(backup.manifest)
    return facts


def _rows(backup: ShelvedBackup) -> int:
    return sum(figures.rows for figures in backup.manifest.tables.values())


def _size(backup: ShelvedBackup) -> str:
    return f"{backup.manifest.sealed_bytes / 1e6:,.1f} MB"


def _moment(at: datetime) -> str:
    return zoned(at, timespec="seconds")
