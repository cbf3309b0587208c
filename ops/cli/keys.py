"""`gongzhang keys`: the installation's secrets; replace one while the service runs."""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import create_engine, read_transaction, write_transaction
from ledger.foundation.key_rotation import (
    SHORT_LIVED,
    count_people_by_key,
    count_webhook_secrets_by_key,
    list_secret_versions,
    note_activation,
    note_retirement,
    reseal_webhook_secrets,
    rewrap_people,
)
from ledger.foundation.organisations import list_tenants
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.secrets import SecretRing, open_secrets, read_secrets
from ledger.settings import Settings, read_settings
from ops.cli.database import open_database
from ops.cli.frame import CommandFailed, Subparsers, answer, new_parser, table
from ops.cli.tenants import SYSTEM
from ops.secret_file import begin_rotation, write_secrets
from ops.web_server import with_secret_key
from reconciliation.bank_accounts import list_bank_accounts, renew_account_indexes

T = TypeVar("T")
_ENVIRONMENT_STEPS = (
    "The secret stands in GONGZHANG_SECRET_KEY, which only a restart changes. Give every process "
    "the new one in GONGZHANG_ACCEPTED_SECRET_KEY and restart them one by one; then exchange the "
    "two variables and restart again; then run this command. With GONGZHANG_SECRET_KEY_FILE "
    "no restart is needed."
)


class Uses(msgspec.Struct, frozen=True):
    """What stands under one secret."""

    key_id: str
    state: str
    activated_at: datetime | None
    people: int
    bank_accounts: int
    webhook_secrets: int


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "keys",
        summary="List the installation's secrets, or replace the current one without a pause.",
        example="gongzhang keys list\ngongzhang keys rotate\ngongzhang keys finish",
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
    settings = with_secret_key(read_settings())
    actions = {"list": _list, "rotate": _rotate, "finish": _finish}
    actions[args.action](args, settings)
    return 0


def _list(args: argparse.Namespace, settings: Settings) -> None:
    uses = _on_database(settings, lambda engine: list_uses(engine, open_secrets(settings)))
    rows = [("id", "state", "since", "people", "bank accounts", "webhook secrets")]
    rows += [
        (
            one.key_id,
            one.state,
            one.activated_at.isoformat(timespec="seconds") if one.activated_at else "-",
            str(one.people),
            str(one.bank_accounts),
            str(one.webhook_secrets),
        )
        for one in uses
    ]
    answer(args, "\n".join(table(rows)), items=msgspec.to_builtins(uses))


def _rotate(args: argparse.Namespace, settings: Settings) -> None:
    secrets = open_secrets(settings)
    if len(secrets.key_ids()) == 1:
        if not settings.secret_key_file:
            raise CommandFailed(_ENVIRONMENT_STEPS)
        _say(args, "A new secret is made known to every process, then used.")
        begin_rotation(Path(settings.secret_key_file))
        secrets = open_secrets(settings)
    told = _Progress(args)
    done = _on_database(settings, lambda engine: put_under_current(engine, secrets, told))
    text = (
        f"{done['people']} people and {done['bank_accounts']} bank accounts are under "
        f"{secrets.key_ids()[0].hex()} now. A day later: gongzhang keys finish"
    )
    answer(args, text, key_id=secrets.key_ids()[0].hex(), **done)


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
    path = Path(settings.secret_key_file)
    write_secrets(path, read_secrets(path)[:1])
    _on_database(
        settings,
        lambda engine: write_transaction(
            engine, lambda conn: note_retirement(conn, in_force=(current,), caller_id=SYSTEM)
        ),
    )
    answer(args, f"Only {current.hex()} is accepted now.", key_id=current.hex())


def check_unused(uses: list[Uses], *, at_once: bool) -> None:
    """Refuse to give up old secrets that something still needs.

    Raises:
        CommandFailed: says what, and what to do.
    """
    old = [one for one in uses if one.state != "current"]
    people = sum(one.people for one in old)
    accounts = sum(one.bank_accounts for one in old)
    webhooks = sum(one.webhook_secrets for one in old)
    if people or webhooks:
        raise CommandFailed(
            f"{people} people and {webhooks} webhook secrets are still under an old secret. "
            "Run: gongzhang keys rotate"
        )
    if accounts:
        raise CommandFailed(
            f"{accounts} bank accounts are found by an index under an old secret, and their "
            "numbers were never kept. Import a statement of each, then run: gongzhang keys rotate"
        )
    since = next(one.activated_at for one in uses if one.state == "current")
    if since is None:
        raise CommandFailed("The rotation has not run to its end. Run: gongzhang keys rotate")
    if not at_once and now() - since < SHORT_LIVED:
        raise CommandFailed(
            "Pages and codes of the last day may still carry the old secret; try again after "
            f"{(since + SHORT_LIVED).isoformat(timespec='minutes')}, or add --at-once."
        )


async def list_uses(engine: AsyncEngine, secrets: SecretRing) -> list[Uses]:
    """What stands under each secret in force, the current one first; then what is lost."""
    async with read_transaction(engine) as conn:
        people = await count_people_by_key(conn)
        since = {one.key_id: one.activated_at for one in await list_secret_versions(conn)}
        tenants = await list_tenants(conn)
    accounts: dict[bytes | None, int] = {}
    webhooks: Counter[bytes] = Counter()
    for tenant in tenants:
        async with read_transaction(engine, tenant_id=tenant.tenant_id) as conn:
            for account in await list_bank_accounts(conn, tenant_id=tenant.tenant_id):
                accounts[account.key_id] = accounts.get(account.key_id, 0) + 1
            webhooks.update(await count_webhook_secrets_by_key(conn, tenant_id=tenant.tenant_id))
    in_force = secrets.key_ids()
    found = people.keys() | accounts.keys() | webhooks.keys()
    known = [*in_force, *sorted(found - {None, *in_force}, key=str)]
    uses = [
        Uses(
            key_id.hex(),
            _state(key_id, in_force),
            since.get(key_id),
            people.get(key_id, 0),
            accounts.get(key_id, 0),
            webhooks[key_id],
        )
        for key_id in known
        if key_id is not None
    ]
    if None in people or None in accounts:
        uses.append(Uses("-", "before ids", None, people.get(None, 0), accounts.get(None, 0), 0))
    return uses


def _state(key_id: bytes, in_force: tuple[bytes, ...]) -> str:
    if key_id == in_force[0]:
        return "current"
    return "accepted" if key_id in in_force else "missing"


async def put_under_current(
    engine: AsyncEngine, secrets: SecretRing, told: Callable[[int], None] = lambda _: None
) -> Mapping[str, int]:
    """Rewrap in small transactions until nothing is left; interrupted, it goes on next time."""
    keys = PersonalDataKeys(secrets)
    people = after = 0
    done = 1
    while done:
        begin = after

        async def rewrap(conn: AsyncConnection, begin: int = begin) -> tuple[int, int]:
            return await rewrap_people(conn, keys=keys, after=begin)

        done, after = await write_transaction(engine, rewrap)
        people += done
        told(people)
    accounts = webhooks = 0
    async with read_transaction(engine) as conn:
        tenants = await list_tenants(conn)
    for tenant in tenants:
        renewed = await _renew(engine, tenant.tenant_id, keys)
        accounts += renewed[0]
        webhooks += renewed[1]
    await write_transaction(
        engine, lambda conn: note_activation(conn, key_id=keys.current_id, caller_id=SYSTEM)
    )
    return {"people": people, "bank_accounts": accounts, "webhook_secrets": webhooks}


async def _renew(engine: AsyncEngine, tenant_id: int, keys: PersonalDataKeys) -> tuple[int, int]:
    """Bank accounts and webhook secrets of one tenant."""

    async def renew(conn: AsyncConnection) -> tuple[int, int]:
        accounts = await renew_account_indexes(conn, tenant_id=tenant_id, keys=keys)
        return accounts, await reseal_webhook_secrets(conn, tenant_id=tenant_id, keys=keys)

    return await write_transaction(engine, renew, tenant_id=tenant_id)


class _Progress:
    """Says how many people are done, for whoever waits."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args

    def __call__(self, people: int) -> None:
        _say(self._args, f"{people} people")


def _say(args: argparse.Namespace, words: str) -> None:
    if not args.json:
        print(words, file=sys.stderr, flush=True)


def _on_database(settings: Settings, work: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    async def on_engine(service_url: str) -> T:
        engine = create_engine(service_url, pool_size=1)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    with open_database(settings) as database:
        return asyncio.run(on_engine(database.service_url))
