"""`gongzhang migrate`: bring the database to what this program needs."""

import argparse
import asyncio

from ledger.settings import read_settings
from ops.cli.database import login_in, open_database
from ops.cli.frame import Subparsers, answer, new_parser
from ops.migrator import migrate
from ops.same_database import check_same_database


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "migrate",
        summary=(
            "Create or upgrade tables, functions, grants and guards, also while services of the "
            "version before are running. Twice does nothing."
        ),
        example=(
            "GONGZHANG_DATABASE_URL=postgresql://app:secret@db/gongzhang \\\n"
            "GONGZHANG_ADMIN_DATABASE_URL=postgresql://owner:secret@db/gongzhang \\\n"
            "gongzhang migrate"
        ),
    )
    parser.add_argument(
        "--finish",
        action="store_true",
        help="end the upgrade, when no service of the version before runs any more",
    )


def run(args: argparse.Namespace) -> int:
    """Migrate, and say what changed."""
    with open_database(read_settings(), migrated=False, begin=True) as database:
        name = asyncio.run(check_same_database(database.admin_url, database.service_url))
        login = login_in(database.service_url)
        # a server that we had to start ourselves has no service of another version on it
        finish = args.finish or database.server is not None
        done = asyncio.run(migrate(database.admin_url, service_login=login, finish=finish))
    if done.changed:
        before = done.before or "empty"
        text = f"The database {name} is now at revision {done.after} (was: {before})."
    else:
        text = f"Nothing to do: the database {name} is at revision {done.after}."
    if not done.finished:
        text += (
            "\nServices of the version before may go on. When all are replaced: "
            "gongzhang migrate --finish"
        )
    answer(
        args,
        text,
        database=name,
        changed=done.changed,
        revision=done.after,
        revision_before=done.before,
        guards_applied=done.guards_applied,
        finished=done.finished,
    )
    return 0
