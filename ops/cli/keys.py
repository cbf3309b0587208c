"""`gongzhang keys`: the installation's secrets; replace one while the service runs."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import create_engine, read_transaction, write_transaction
from ledger.foundation.key_rotation import (
    list_secret_versions,
    note_activation,
    note_retirement,
)
from ledger.foundation.secrets import SecretRing, open_secrets, read_secrets
from ledger.settings import Settings, read_settings
from ops.cli.database import open_database
from ops.cli.frame import CommandFailed, Subparsers, answer, moment_words, new_parser, table
from ops.cli.tenants import SYSTEM
from ops.key_uses import check_unused, list_uses, put_under_current
from ops.secret_check import NoSecretHere
from ops.secret_file import (
    begin_rotation,
    is_to_be_made,
    new_secret,
    secret_ids,
    with_secret_key,
    write_secrets,
)

T = TypeVar("T")
_ENVIRONMENT_STEPS = (
    "The secret stands in GONGZHANG_SECRET_KEY, which only a restart changes. Give every process "
    "the new one in GONGZHANG_ACCEPTED_SECRET_KEY and restart them one by one; then exchange the "
    "two variables and restart again; then run this command. With GONGZHANG_SECRET_KEY_FILE "
    "no restart is needed."
)


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "keys",
        summary="List the installation's secrets, or replace the current one without a pause.",
        example="gongzhang keys list\ngongzhang keys rotate\ngongzhang keys finish\n"
        "gongzhang keys adopt   # only when the secret is lost for good",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new_parser(
        actions, "list", summary="What is under which secret.", example="gongzhang keys list --json"
    )
    new_parser(
        actions,
        "rotate",
        summary="Make a new secret and put everything under it; again: go on where it stopped.",
        example="gongzhang keys rotate",
    )
    adopting = new_parser(
        actions,
        "adopt",
        summary="Go on with the secret at hand although the one before is lost: what is under that "
        "one stays unreadable, and everybody needs a new password.",
        example="gongzhang keys adopt\ngongzhang keys adopt --yes",
    )
    adopting.add_argument(
        "--yes", action="store_true", help="although some people's data cannot be read with it"
    )
    ending = new_parser(
        actions,
        "finish",
        summary="Stop accepting the old secret; refused while something is still under it.",
        example="gongzhang keys finish",
    )
    ending.add_argument(
        "--at-once",
        action="store_true",
        help="do not wait a day: pages opened before the rotation must be opened again",
    )


def run(args: argparse.Namespace) -> int:
    """List, rotate or finish."""
    settings = read_settings()
    if args.action == "adopt":
        _expect_consent(args, settings)
    else:
        _expect_secret(settings)
    settings = with_secret_key(settings)
    actions = {"list": _list, "rotate": _rotate, "finish": _finish, "adopt": _adopt}
    actions[args.action](args, settings)
    return 0


def _expect_secret(settings: Settings) -> None:
    """Refuse to look at secrets where there is none, rather than make one.

    Raises:
        NoSecretHere: says where it belongs.
    """
    if not secret_ids(settings):
        raise NoSecretHere(settings)


def _list(args: argparse.Namespace, settings: Settings) -> None:
    uses = _on_database(settings, lambda engine: list_uses(engine, open_secrets(settings)))
    rows = [("id", "state", "since", "people", "bank accounts", "webhook secrets")]
    rows += [
        (
            one.key_id,
            one.state,
            moment_words(one.activated_at),
            str(one.people),
            str(one.bank_accounts),
            str(one.webhook_secrets),
        )
        for one in uses
    ]
    answer(args, "\n".join(table(rows)), items=msgspec.to_builtins(uses))


def _rotate(args: argparse.Namespace, settings: Settings) -> None:
    secrets = open_secrets(settings)
    if len(secrets.key_ids()) == 1 and not settings.secret_key_file:
        raise CommandFailed(_ENVIRONMENT_STEPS)
    if settings.secret_key_file and _is_to_begin(settings, secrets):
        _say(args, "A new secret is made known to every process, then used.")
        _on_file(settings, begin_rotation)
        secrets = open_secrets(settings)
    else:
        _expect_unfinished(settings, secrets)
        _say(args, "No new secret is made: the rotation that is under way goes on.")
    told = _Progress(args)
    done = _on_database(settings, lambda engine: put_under_current(engine, secrets, told))
    text = (
        f"{done['people']} people and {done['bank_accounts']} bank accounts are under "
        f"{secrets.key_ids()[0].hex()} now. Keep a copy of the secret away from this "
        "machine, as of the one before: older backups need that. The old one is accepted until: "
        "gongzhang keys finish (a day later; after a leak now, with --at-once)"
    )
    answer(args, text, key_id=secrets.key_ids()[0].hex(), **done)


def _expect_unfinished(settings: Settings, secrets: SecretRing) -> None:
    """Refuse to begin again while the secret before last is still accepted.

    Raises:
        CommandFailed: nothing is left to be done under the current secret.
    """
    uses = _on_database(settings, lambda engine: list_uses(engine, secrets))
    current, *old = uses
    is_left = any(one.people or one.bank_accounts or one.webhook_secrets for one in old)
    if current.activated_at is not None and not is_left:
        raise CommandFailed(
            "No new secret was made: the rotation before is done, and its old secret is still "
            "accepted. First run: gongzhang keys finish (--at-once after a leak); then rotate."
        )


def _expect_consent(args: argparse.Namespace, settings: Settings) -> None:
    """Refuse to give up people's data unless told to, before a secret is made.

    Raises:
        CommandFailed: says how many people's.
    """
    if args.yes:
        return
    is_new = is_to_be_made(settings)
    settings = (
        msgspec.structs.replace(settings, secret_key=new_secret())  # none that anybody keeps
        if is_new
        else with_secret_key(settings)
    )
    secrets = open_secrets(settings)
    uses = _on_database(settings, lambda engine: list_uses(engine, secrets), any_secret=True)
    lost = sum(one.people for one in uses if one.state == "missing")
    if lost:
        read = sum(one.people for one in uses if one.state in ("current", "accepted"))
        at_hand = "a new secret" if is_new else secrets.key_ids()[0].hex()
        raise CommandFailed(
            f"With {at_hand} the data of {read} people can be read, and of {lost} never "
            "again. First look for the right secret: the copy that was kept apart from the "
            "backups, or secret-key of the machine before. Only if it is lost for good: "
            "gongzhang keys adopt --yes"
        )


def _adopt(args: argparse.Namespace, settings: Settings) -> None:
    key_id = open_secrets(settings).key_ids()[0]
    _on_database(
        settings,
        lambda engine: write_transaction(
            engine, lambda conn: note_activation(conn, key_id=key_id, caller_id=SYSTEM)
        ),
        any_secret=True,
    )
    answer(args, f"{key_id.hex()} is the installation's secret from now on.", key_id=key_id.hex())


def _is_to_begin(settings: Settings, secrets: SecretRing) -> bool:
    """Whether no rotation is under way, or one was interrupted before the new secret was used.

    The current one is noted beforehand, so that one which is not can only be new.
    """
    current, *others = secrets.key_ids()

    async def look(engine: AsyncEngine) -> set[bytes]:
        if not others:
            await write_transaction(
                engine, lambda conn: note_activation(conn, key_id=current, caller_id=SYSTEM)
            )
        async with read_transaction(engine) as conn:
            return {one.key_id for one in await list_secret_versions(conn)}

    known = _on_database(settings, look)
    return not others or not known.issuperset(others)


def _finish(args: argparse.Namespace, settings: Settings) -> None:
    secrets = open_secrets(settings)
    current, *old = secrets.key_ids()
    if not old:
        raise CommandFailed("Only one secret is accepted: nothing is to be finished.")
    uses = _on_database(settings, lambda engine: list_uses(engine, secrets))
    check_unused(uses, at_once=args.at_once)
    if not settings.secret_key_file:
        answer(
            args,
            "Nothing is under the old secret: remove GONGZHANG_ACCEPTED_SECRET_KEY and restart.",
            key_id=current.hex(),
        )
        return
    _on_file(settings, lambda path: write_secrets(path, read_secrets(path)[:1]))
    _on_database(
        settings,
        lambda engine: write_transaction(
            engine, lambda conn: note_retirement(conn, in_force=(current,), caller_id=SYSTEM)
        ),
    )
    answer(args, f"Only {current.hex()} is accepted now.", key_id=current.hex())


def _on_file(settings: Settings, change: Callable[[Path], None]) -> None:
    """Change the file of secrets.

    Raises:
        CommandFailed: it cannot be written, as where a container mounts it.
    """
    path = Path(settings.secret_key_file)
    try:
        change(path)
    except OSError as error:
        raise CommandFailed(
            f"{path} cannot be written ({error.strerror}), so the secret stays as it is. Run this "
            "where the file can be written, as its owner."
        ) from error


class _Progress:
    """Says how many people are done, for whoever waits."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args

    def __call__(self, people: int) -> None:
        _say(self._args, f"{people} people")


def _say(args: argparse.Namespace, words: str) -> None:
    if not args.json:
        print(words, file=sys.stderr, flush=True)


def _on_database(
    settings: Settings, work: Callable[[AsyncEngine], Awaitable[T]], *, any_secret: bool = False
) -> T:
    """Work on the database; another installation's secret is refused unless it is to be adopted."""

    async def on_engine(service_url: str) -> T:
        engine = create_engine(service_url, pool_size=1)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    with open_database(settings, any_secret=any_secret) as database:
        return asyncio.run(on_engine(database.service_url))
