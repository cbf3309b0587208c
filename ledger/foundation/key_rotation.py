"""Replacing the installation's secret while the service runs: what is under which, rewrapping.

A person's sealed values stay as they are: they are under the person's own key, and only that key is
wrapped anew. Blind indexes are made anew from the opened values.

Source: docs/decisions/0049-personal-data.md
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_all, load_sql
from ledger.foundation.audit_log import record_action
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.webhooks import SEALED_FIELD

_PACKAGE = "ledger.foundation"
BATCH = 200
#: Forms opened and codes shown before a rotation count for so long after it.
SHORT_LIVED = timedelta(hours=24)


class SecretVersion(msgspec.Struct, frozen=True):
    """When a secret became the current one, and when it stopped being accepted."""

    key_id: bytes
    activated_at: datetime
    retired_at: datetime | None


async def count_people_by_key(conn: AsyncConnection) -> Mapping[bytes | None, int]:
    """People with a key of their own by the id of the secret it is under."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "count_people_by_key"))
    return {None if row.key_id is None else bytes(row.key_id): row.people for row in rows}


async def rewrap_people(
    conn: AsyncConnection, *, keys: PersonalDataKeys, after: int = 0, limit: int = BATCH
) -> tuple[int, int]:
    """Put the next people's keys and indexes under the current secret.

    Returns how many, and the person after whom the next batch begins. Interrupted anywhere it goes
    on with what is left: who was done already is not found again.
    """
    key_id = keys.current_id
    rows = await fetch_all(
        conn, load_sql(_PACKAGE, "list_people_under_other_keys"), key_id, after, limit
    )
    if not rows:
        return 0, after
    await execute(
        conn,
        load_sql(_PACKAGE, "rewrap_people"),
        key_id,
        [row.person_id for row in rows],
        [keys.rewrap(bytes(row.data_key), key_id) for row in rows],
        [_index(keys, row, "phone", row.phone_sealed, key_id) for row in rows],
        [
            _index(keys, row, "id_number", row.id_number_sealed, key_id)
            if row.has_id_number_index
            else None  # somebody else was known by this number first
            for row in rows
        ],
    )
    return len(rows), rows[-1].person_id


def _index(
    keys: PersonalDataKeys, row: Any, field: str, sealed: bytes | None, key_id: bytes
) -> bytes | None:
    if sealed is None:
        return None
    value = keys.open(bytes(row.data_key), field, bytes(sealed))
    return keys.blind_index(field, value, key_id)


async def reseal_webhook_secrets(
    conn: AsyncConnection, *, tenant_id: int, keys: PersonalDataKeys
) -> int:
    """Put a tenant's webhook secrets under the current secret; returns how many."""
    current, resealed = keys.current_id, 0
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_webhook_secrets_by_key"), tenant_id)
    for row in rows:
        if bytes(row.under) != current:
            sealed = keys.seal_for_all(SEALED_FIELD, keys.open_for_all(SEALED_FIELD, row.sealed))
            await execute(
                conn,
                load_sql(_PACKAGE, "reseal_webhook_secret"),
                tenant_id,
                row.key_id,
                sealed,
                row.sealed,
            )
            resealed += 1
    return resealed


async def count_webhook_secrets_by_key(
    conn: AsyncConnection, *, tenant_id: int
) -> Mapping[bytes, int]:
    """A tenant's webhook secrets by the id of the secret that they are under."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_webhook_secrets_by_key"), tenant_id)
    return Counter(bytes(row.under) for row in rows)


async def list_secret_versions(conn: AsyncConnection) -> list[SecretVersion]:
    """Every secret that was noted, the latest first; ids only."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_secret_versions"))
    return [SecretVersion(bytes(r.key_id), r.activated_at, r.retired_at) for r in rows]


async def note_activation(conn: AsyncConnection, *, key_id: bytes, caller_id: int) -> None:
    """Put on record that a secret is the current one from now on."""
    await execute(conn, load_sql(_PACKAGE, "note_secret"), key_id, now())
    await record_action(
        conn,
        caller_id=caller_id,
        action="secret.activate",
        object_kind="secret",
        object_id=key_id.hex(),
    )


async def note_retirement(
    conn: AsyncConnection, *, in_force: tuple[bytes, ...], caller_id: int
) -> None:
    """Put on record that every secret but these is not accepted any more."""
    await execute(conn, load_sql(_PACKAGE, "note_secrets_retired"), list(in_force), now())
    await record_action(
        conn,
        caller_id=caller_id,
        action="secret.retire",
        object_kind="secret",
        object_id=in_force[0].hex(),
    )
