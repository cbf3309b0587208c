"""The last step of every sign-in: the old session ends, a new one begins, on record."""

from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, fetch_one, load_sql
from ledger.errors import LedgerError
from ledger.foundation.audit_log import record_action
from ledger.foundation.grants import get_permissions
from ledger.foundation.people import Person
from ledger.foundation.personal_data import PersonErased
from ledger.foundation.roles import decides
from ledger.foundation.sessions import (
    ORDINARY,
    SENSITIVE,
    Lifetime,
    end_session,
    open_session,
)

_PACKAGE = "ledger.foundation"


class SignInClosed(LedgerError):
    """An administrator has closed this person's sign-in; told to who has proved who she is."""

    template = "Your sign-in has been closed by an administrator."


class Arrival(msgspec.Struct, frozen=True):
    """Somebody who has proved who she is, and from where."""

    person: Person
    #: How the sign-in began: password or oidc.
    method: str
    address: str
    #: Browser and system in words; None: not told.
    device: str | None = None
    #: The session that she had before in this browser; it ends.
    old_token: str | None = None


class SignedIn(msgspec.Struct, frozen=True):
    """A new session: the token for the cookie, and how long the cookie may live."""

    token: str
    person: Person
    lifetime: Lifetime


async def holds_sensitive_role(conn: AsyncConnection, *, person: Person, at: datetime) -> bool:
    """Whether a person moves or releases what is not her own."""
    permissions = await get_permissions(conn, caller_id=person.caller_id, at=at)
    return any(role.is_sensitive for role in permissions.roles)


async def holds_deciding_role(conn: AsyncConnection, *, person: Person, at: datetime) -> bool:
    """Whether a person decides, administers or sees others' data anywhere, at a moment or later."""
    statement = load_sql(_PACKAGE, "list_granted_permissions")
    rows = await fetch_all(conn, statement, person.caller_id, at)
    return any(row.is_sensitive or decides(row.permission) for row in rows)


async def require_open(conn: AsyncConnection, *, person: Person) -> None:
    """Refuse whoever may not sign in.

    Raises:
        SignInClosed: an administrator has closed this person's sign-in.
        PersonErased: she was erased while she was coming in.
    """
    row = await fetch_one(conn, load_sql(_PACKAGE, "read_sign_in_state"), person.person_id)
    if row.erased_at is not None:
        raise PersonErased
    if row.closed_at is not None:
        raise SignInClosed


async def open_session_for(conn: AsyncConnection, arrival: Arrival, *, at: datetime) -> SignedIn:
    """A new session; the one before ends with it.

    Raises:
        SignInClosed: an administrator has closed this person's sign-in.
    """
    await require_open(conn, person=arrival.person)
    if arrival.old_token is not None:
        await end_session(conn, token=arrival.old_token, at=at)
    sensitive = await holds_sensitive_role(conn, person=arrival.person, at=at)
    lifetime = SENSITIVE if sensitive else ORDINARY
    token = await open_session(
        conn,
        person_id=arrival.person.person_id,
        lifetime=lifetime,
        at=at,
        method=arrival.method,
        device=arrival.device,
        address=arrival.address,
    )
    await record_action(conn, caller_id=arrival.person.caller_id, action="session.open")
    return SignedIn(token, arrival.person, lifetime)
