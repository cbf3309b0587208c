"""`gongzhang restore`: bring a backup back into an empty database."""

import argparse
import asyncio
import re
import sys
from datetime import datetime
from pathlib import Path
from time import monotonic

import msgspec

from ledger.clock import SHANGHAI
from ledger.settings import Settings, read_settings
from ops.backup.databases import (
    LONGEST_NAME,
    create_unfinished,
    drop_unfinished,
    finish,
    with_database,
)
from ops.backup.manifest import Manifest
from ops.backup.restore import Restored, prove, restore_backup, secrets_in_use
from ops.backup.rewind import Rewound, rewind
from ops.backup.sealed_files import read_backup_key
from ops.backup.shelf import read_manifest
from ops.cli.database import OpenDatabase, login_in, open_database
from ops.cli.frame import CommandFailed, Subparsers, answer, new_parser, zoned
from ops.cli.progress import Bytes
from ops.cli.reader import say
from ops.migrator import migrate
from ops.same_database import check_same_database
from ops.secret_file import secret_ids

_SHOWN = 10
_DATABASE_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST_NAME - 1}}}\Z")


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "restore",
        summary=(
            "Bring a backup back into an empty database, compare it with what the backup says, "
            "and run all proofs. Never overwrites anything."
        ),
        example=(
            "gongzhang restore /backups/gongzhang-20261122T020000Z.backup\n"
            "gongzhang restore FILE --into-new-name gongzhang_restored\n"
            "GONGZHANG_DATA_DIR=.gongzhang-restored gongzhang restore FILE"
        ),
    )
    parser.add_argument(
        "file", type=Path, help="the backup; with --until the directory of the backups"
    )
    parser.add_argument(
        "--until",
        type=read_moment,
        metavar="MOMENT",
        help="the embedded database as it was then (2026-11-22T10:00:00+08:00), into an empty "
        "GONGZHANG_DATA_DIR",
    )
    parser.add_argument(
        "--into-new-name",
        type=read_database_name,
        metavar="NAME",
        help="create a database of this name on the server",
    )


def run(args: argparse.Namespace) -> int:
    """Restore; 0 when everything is as it was, 1 when it is there and differs."""
    settings = read_settings()
    key = read_backup_key(settings.backup_key_file)
    path: Path = args.file.expanduser()
    if args.until is not None:
        return _rewind(args, settings, path, key)
    if args.into_new_name and not settings.database_url:
        raise CommandFailed(
            "The embedded server has one database. Restore into a directory of its own: "
            "GONGZHANG_DATA_DIR=.gongzhang-restored gongzhang restore FILE"
        )
    manifest = read_manifest(path, key)  # a wrong key is told before a server is started
    at_hand = secret_ids(settings)  # and so is a secret that is none
    with open_database(settings, migrated=False, begin=True) as database, Bytes() as shown:
        login = login_in(database.service_url)
        name = args.into_new_name or asyncio.run(
            check_same_database(database.admin_url, database.service_url)
        )
        restored = _restore(args, path, database, key, login, shown, _about(manifest, name))
        in_use = asyncio.run(secrets_in_use(with_database(database.admin_url, name)))
    secret = _about_secret(at_hand, in_use or manifest.secret_ids)
    answer(
        args,
        "\n".join([*_tell(restored), secret]),
        database=name,
        backup_of=manifest.database or None,
        is_the_same=restored.is_the_same,
        secret=secret,
        **msgspec.to_builtins(restored),
    )
    return 0 if restored.is_the_same else 1


def _restore(
    args: argparse.Namespace,
    path: Path,
    database: OpenDatabase,
    key: bytes,
    login: str | None,
    shown: Bytes,
    about: str,
) -> Restored:
    admin_url, name = database.admin_url, args.into_new_name
    if name:
        admin_url = create_unfinished(admin_url, name)
    print(say(about), file=sys.stderr, flush=True)
    try:
        restored = restore_backup(
            path, admin_url, key=key, service_login=login, progress=shown.show
        )
        if name:
            finish(database.admin_url, name)
        return restored
    except BaseException:
        if name:
            drop_unfinished(database.admin_url, name)
        raise


def _about(manifest: Manifest, name: str) -> str:
    """Which database comes back into which, to be read before it does."""
    taken = zoned(manifest.taken_at, timespec="minutes")
    return (
        f"The backup of the database {manifest.database or '?'}, taken at {taken}, is restored "
        f"into the database {name}"
    )


def _rewind(args: argparse.Namespace, settings: Settings, shelf: Path, key: bytes) -> int:
    """The embedded database at a moment, in a directory of its own."""
    if settings.database_url or args.into_new_name:
        raise CommandFailed(
            "--until is for the embedded database. On a server, use its administrator's tools; see "
            "docs/runbook.md"
        )
    started = monotonic()
    rewound = rewind(settings, shelf, args.until, key=key)
    with open_database(settings, migrated=False, begin=True) as database:
        login = login_in(database.service_url)
        asyncio.run(
            migrate(database.admin_url, service_login=login, finish=True, always_guard=True)
        )
        proofs = asyncio.run(prove(database.admin_url))
    outcome = "all proofs hold" if not proofs.failures else "SOME PROOFS FAIL"
    seconds = round(monotonic() - started, 1)
    lines = [
        *(f"proof failed: {fact}" for fact in proofs.failures[:_SHOWN]),
        f"{settings.data_path()} holds the database as it was at {args.until.isoformat()}",
        f"from {rewound.base.path.name}, {seconds} s; {proofs.tenants} tenants, {outcome}",
        *_about_log(rewound),
        "Put the file secret-key of the installation into it before serving.",
    ]
    answer(
        args,
        "\n".join(lines),
        until=args.until,
        base=rewound.base.path,
        log_ended_at=rewound.log_ended_at,
        holds=not proofs.failures,
        proofs=msgspec.to_builtins(proofs),
    )
    return 1 if proofs.failures else 0


def _about_log(rewound: Rewound) -> list[str]:
    if rewound.log_ended_at is None:
        return []
    last = rewound.log_ended_at.astimezone(SHANGHAI).isoformat()
    return [
        f"ATTENTION: the last commit in the log that was kept is of {last}.",
        "If anything was posted between that and the moment asked for, it is not here.",
    ]


def read_database_name(text: str) -> str:
    """A name for a new database, written so that every tool takes it as it stands.

    Raises:
        ArgumentTypeError: it is none; what is too long would be cut off.
    """
    if not _DATABASE_NAME.match(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no name for a database: a small letter, then small letters, digits and _ "
            f"(at most {LONGEST_NAME}), as gongzhang_20261122"
        )
    return text


def read_moment(text: str) -> datetime:
    """A moment from the command line; without a zone it is meant as Shanghai's.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no moment; write it as 2026-11-22T10:00:00+08:00"
        ) from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=SHANGHAI)


def _tell(restored: Restored) -> list[str]:
    newer = (
        f" and migrated from revision {restored.revision_in_backup} to {restored.revision}"
        if restored.revision != restored.revision_in_backup
        else ""
    )
    same = "every table is as it was" if not restored.differences else "SOME TABLES DIFFER"
    proofs = "all proofs hold" if not restored.proofs.failures else "SOME PROOFS FAIL"
    return [
        *(f"different: {fact}" for fact in restored.differences[:_SHOWN]),
        *(f"proof failed: {fact}" for fact in restored.proofs.failures[:_SHOWN]),
        (
            f"Restored{newer} in {restored.seconds} s: {restored.rows:,} rows of {restored.tables} "
            f"tables; {same}; {restored.proofs.tenants} tenants, {proofs}"
        ),
    ]


def _about_secret(at_hand: tuple[str, ...], needed: tuple[str, ...]) -> str:
    """Whether the secrets at hand open the personal data that came back."""
    if not needed:
        return (
            "The backup does not say which secret it belongs to. Serve with the one of the "
            "installation that was backed up: without it personal data stays unreadable."
        )
    if set(needed) <= set(at_hand):
        return "The secret at hand is the one of the backup: personal data can be read."
    return (
        f"ATTENTION: the installation's secret ({', '.join(needed)}) is never in a backup, and "
        + (f"another one is at hand ({', '.join(at_hand)})" if at_hand else "none is at hand")
        + ". Before serving, set GONGZHANG_SECRET_KEY or GONGZHANG_SECRET_KEY_FILE to the one that "
        "was kept, or put the file secret-key back into the data directory: without it names, "
        "phones and second factors stay unreadable and everybody signs in anew. The books are "
        "whole."
    )
