"""API keys: ``gz_`` and 256 random bits, stored as a hash, limited in time and in scope.

A key stands for a caller; a caller may have two keys while one replaces the other, and keeps its
idempotency keys meanwhile.
"""

import secrets
from collections.abc import Collection
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import (
    execute,
    fetch_all,
    fetch_one,
    fetch_optional,
    fetch_value,
    load_sql,
)
from ledger.errors import LedgerError, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.free_words import refuse_numbers
from ledger.foundation.people import require_not_erased
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
PREFIX = "gz_"
_KEY_BYTES = 32
_HINT_CHARACTERS = 8
DEFAULT_VALIDITY = timedelta(days=365)


class ApiKey(msgspec.Struct, frozen=True):
    """A key in force; the secret itself is known to its holder alone."""

    api_key_id: UUID
    caller_id: int
    name: str
    scopes: frozenset[str] | None
    expires_at: datetime


class NewApiKey(msgspec.Struct, frozen=True):
    """A key just made: the only moment at which its secret can be read."""

    secret: str
    key: ApiKey


class ListedKey(ApiKey, frozen=True):
    """A key in force as an administrator or its holder sees it."""

    #: First characters, to recognise it by.
    hint: str
    #: Whose it is; None: a connected system's.
    holder: str | None
    #: Where its system works; None: a person's, or several places.
    place: str | None
    last_used_on: date | None
    #: Another key takes its place; it ends by itself.
    is_replaced: bool


class ApiKeyRevoked(LedgerError):
    """The key was ended before."""

    template = "The API key was revoked already, at {revoked_at}."


def key_hash(secret: str) -> bytes:
    """What is stored instead of the key: it is random, so one round is enough."""
    return sha256(secret.encode()).digest()


async def create_api_key(
    conn: AsyncConnection,
    *,
    name: str,
    created_by: int,
    caller_id: int | None = None,
    scopes: Collection[str] | None = None,
    validity: timedelta = DEFAULT_VALIDITY,
) -> NewApiKey:
    """A new key, for a new system or as a further key of ``caller_id``; it has no grants yet.

    Raises:
        PersonErased: there is nobody to hold it.
    """
    await require_not_erased(conn, caller_id=caller_id)
    if caller_id is None:
        caller_id = int(await fetch_value(conn, load_sql(_PACKAGE, "create_caller"), "integration"))
    secret = PREFIX + secrets.token_urlsafe(_KEY_BYTES)
    limits = None if scopes is None else frozenset(scopes)
    key = ApiKey(uuid7(), caller_id, name, limits, now() + validity)
    await execute(
        conn,
        load_sql(_PACKAGE, "create_api_key"),
        key_hash(secret),
        key.api_key_id,
        caller_id,
        name,
        secret[:_HINT_CHARACTERS],
        None if limits is None else sorted(limits),
        created_by,
        key.expires_at,
    )
    await record_action(
        conn,
        caller_id=created_by,
        action="api_key.create",
        object_kind="api_key",
        object_id=str(key.api_key_id),
    )
    return NewApiKey(secret, key)


async def find_api_key(conn: AsyncConnection, *, hashed: bytes, at: datetime) -> ApiKey | None:
    """The key with this hash; None when unknown, expired or revoked."""
    row = await fetch_optional(conn, load_sql(_PACKAGE, "find_api_key"), hashed, at)
    if row is None:
        return None
    scopes = None if row.scopes is None else frozenset(row.scopes)
    return ApiKey(row.api_key_id, row.caller_id, row.name, scopes, row.expires_at)


async def revoke_api_key(
    conn: AsyncConnection,
    *,
    api_key_id: UUID,
    revoked_by: int,
    reason: str,
    caller_id: int | None = None,
) -> int:
    """End a key, of ``caller_id`` alone if given; returns its caller, for caches.

    Other processes notice within seconds.

    Raises:
        ApiKeyRevoked: it was ended before, with the moment.
        NotFound: there is no such key, or it is somebody else's.
        InvalidInput: somebody's number in the reason.
    """
    refuse_numbers("reason", reason)
    row = await fetch_optional(conn, load_sql(_PACKAGE, "lock_api_key"), api_key_id)
    if row is None or caller_id not in (None, row.caller_id):
        raise NotFound(kind="api_key", id=str(api_key_id))
    if row.revoked_at is not None:
        raise ApiKeyRevoked(revoked_at=row.revoked_at.isoformat(timespec="seconds"))
    await execute(conn, load_sql(_PACKAGE, "revoke_api_key"), api_key_id, now())
    await record_action(
        conn,
        caller_id=revoked_by,
        action="api_key.revoke",
        object_kind="api_key",
        object_id=str(api_key_id),
        reason=reason,
    )
    return int(row.caller_id)


async def note_use(conn: AsyncConnection, *, hashed: bytes, day: date) -> None:
    """Remember the latest day on which a key was used."""
    await execute(conn, load_sql(_PACKAGE, "note_key_use"), hashed, day)


async def list_api_keys(conn: AsyncConnection, *, caller_id: int | None = None) -> list[ListedKey]:
    """Every key in force, at most 500, or all of a caller's own; the newest first."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_api_keys"), now(), caller_id)
    return [
        ListedKey(
            row.api_key_id,
            row.caller_id,
            row.name,
            None if row.scopes is None else frozenset(row.scopes),
            row.expires_at,
            row.hint,
            row.holder,
            row.place,
            row.last_used_on,
            row.replaced_by is not None,
        )
        for row in rows
    ]


async def count_expiring_keys(conn: AsyncConnection, *, until: datetime) -> tuple[int, date | None]:
    """How many keys end by a moment and have no successor, and the first day on which one does."""
    row = await fetch_one(conn, load_sql(_PACKAGE, "count_expiring_keys"), now(), until)
    return row.keys, row.first_day
