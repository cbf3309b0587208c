"""Replacing an API key: a new secret for the same caller, and some time in which both are good."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_optional, load_sql, set_tenant
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.api_keys import (
    DEFAULT_VALIDITY,
    ApiKeyRevoked,
    NewApiKey,
    create_api_key,
)
from ledger.foundation.audit_log import record_action
from ledger.foundation.grants import Permissions, get_permissions

_PACKAGE = "ledger.foundation"
LONGEST_OVERLAP = timedelta(days=30)
DEFAULT_OVERLAP = timedelta(days=7)


class ApiKeyReplaced(LedgerError):
    """Another key takes the place of this one already."""

    template = "Another key takes the place of this one already; rotate that one."


class ScopeNotHeld(LedgerError):
    """A key was to be good for something that its caller may not do."""

    template = "Whoever holds this key may not do {scopes}: leave it out, or give the role first."


def check_scopes(scopes: frozenset[str] | None, permissions: Permissions) -> None:
    """Refuse scopes beyond what the caller of a key may do at all.

    Raises:
        ScopeNotHeld: names them.
    """
    held = frozenset(name for role in permissions.roles for name in role.limited | role.wide)
    if beyond := (scopes or frozenset()) - held:
        raise ScopeNotHeld(scopes=", ".join(sorted(beyond)))


async def rotate_api_key(
    conn: AsyncConnection,
    *,
    api_key_id: UUID,
    rotated_by: int,
    caller_id: int | None = None,
    overlap: timedelta = DEFAULT_OVERLAP,
    validity: timedelta | None = None,
) -> NewApiKey:
    """A new key in place of one in force: same caller, name and scopes; a till stays bound.

    The old one ends after ``overlap``, at most thirty days. ``caller_id``: only a key of this one.
    Without ``validity`` the new one lasts as long as the old one was made for, at most a year.

    Raises:
        NotFound: no such key, or one that has expired.
        ApiKeyRevoked, ApiKeyReplaced: it cannot be replaced any more.
        InvalidInput: an overlap that is negative or too long.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        remedy = f"Give a number from 0 to {LONGEST_OVERLAP.days}."
        raise InvalidInput(field="overlap_days", value=overlap.days, remedy=remedy)
    old = await fetch_optional(conn, load_sql(_PACKAGE, "lock_api_key"), api_key_id)
    if old is None or old.expires_at <= now() or caller_id not in (None, old.caller_id):
        raise NotFound(kind="api_key", id=str(api_key_id))
    if old.revoked_at is not None:
        raise ApiKeyRevoked(revoked_at=old.revoked_at.isoformat(timespec="seconds"))
    if old.replaced_by is not None:
        raise ApiKeyReplaced
    made = await create_api_key(
        conn,
        name=old.name,
        created_by=rotated_by,
        caller_id=old.caller_id,
        scopes=old.scopes,
        validity=validity or min(old.expires_at - old.created_at, DEFAULT_VALIDITY),
    )
    new_id = made.key.api_key_id
    await execute(conn, load_sql(_PACKAGE, "replace_api_key"), api_key_id, new_id, now() + overlap)
    permissions = await get_permissions(conn, caller_id=old.caller_id)
    for tenant_id in sorted({one.tenant_id for one in permissions.roles if one.tenant_id}):
        await set_tenant(conn, tenant_id)
        await execute(conn, load_sql(_PACKAGE, "pass_on_terminal"), tenant_id, api_key_id, new_id)
    await record_action(
        conn,
        caller_id=rotated_by,
        action="api_key.rotate",
        object_kind="api_key",
        object_id=str(api_key_id),
    )
    return made
