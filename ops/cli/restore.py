"""`gongzhang restore`: bring a backup back into an empty database."""

import argparse
from pathlib import Path

import msgspec

from ledger.settings import Settings, read_settings
from ops.backup.restore import Restored, create_database, drop_database, restore_backup
from ops.backup.sealed_files import read_backup_key
from ops.backup.shelf import read_manifest
from ops.cli.database import OpenDatabase, login_in, open_database
from ops.cli.frame import CommandFailed, Subparsers, answer, new_parser
from ops.cli.progress import Bytes
from ops.secret_file import secret_ids

_SHOWN = 10


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
    parser.add_argument("file", type=Path, help="the backup")
    parser.add_argument(
        "--into-new-name", metavar="NAME", help="create a database of this name on the server"
    )


def run(args: argparse.Namespace) -> int:
    """Restore; 0 when everything is as it was, 1 when it is there and differs."""
    settings = read_settings()
    key = read_backup_key(settings.backup_key_file)
    path: Path = args.file.expanduser()
    if args.into_new_name and not settings.database_url:
        raise CommandFailed(
            "The embedded server has one database. Restore into a directory of its own: "
            "GONGZHANG_DATA_DIR=.gongzhang-restored gongzhang restore FILE"
        )
    manifest = read_manifest(path, key)  # a wrong key is told before a server is started
    with open_database(settings, migrated=False) as database, Bytes() as shown:
        login = login_in(database.service_url)
        restored = _restore(args, path, database, key, login, shown)
    secret = _about_secret(settings, manifest.secret_ids)
    answer(
        args,
        "\n".join([*_tell(restored), secret]),
        database=args.into_new_name,
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
) -> Restored:
    admin_url, name = database.admin_url, args.into_new_name
    if name:
        admin_url = create_database(admin_url, name)
    try:
        return restore_backup(path, admin_url, key=key, service_login=login, progress=shown.show)
    except BaseException:
        if name:
            drop_database(database.admin_url, name)
        raise


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


def _about_secret(settings: Settings, needed: tuple[str, ...]) -> str:
    """Whether the secrets at hand open the personal data that came back."""
    at_hand = secret_ids(settings)
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
