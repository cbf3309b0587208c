"""What stands under which secret of the installation, and putting it under the current one."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import read_transaction, write_transaction
from ledger.foundation.key_rotation import (
    SHORT_LIVED,
    count_people_by_key,
    count_webhook_secrets_by_key,
    list_secret_versions,
    note_activation,
    reseal_webhook_secrets,
    rewrap_people,
)
from ledger.foundation.organisations import list_tenants
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.secrets import SecretRing
from ops.cli.frame import CommandFailed, moment_words
from ops.cli.tenants import SYSTEM
from reconciliation.bank_accounts import list_bank_accounts, renew_account_indexes


class Uses(msgspec.Struct, frozen=True):
    """What stands under one secret."""

    key_id: str
    state: str
    activated_at: datetime | None
    people: int
    bank_accounts: int
    webhook_secrets: int


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
            f"{moment_words(since + SHORT_LIVED)}, or add --at-once."
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
        if done:
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
