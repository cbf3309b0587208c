"""Sessions: a random cookie, hashed at rest; ended by silence, age, sign-out or revoking."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_all, fetch_optional, load_sql
from ledger.errors import NotFound
from ledger.foundation.people import Person
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
_TOKEN_BYTES = 32
TOUCHED_EVERY = timedelta(minutes=1)


class Lifetime(msgspec.Struct, frozen=True):
    """How long a session lives: without a request, and at most."""

    idle: timedelta
    absolute: timedelta


#: Roles that move or release what is not their own: OWASP ASVS 5, V7.3.
SENSITIVE = Lifetime(idle=timedelta(minutes=30), absolute=timedelta(hours=12))
#: People who look at their own balance, on their own telephone.
ORDINARY = Lifetime(idle=timedelta(days=7), absolute=timedelta(days=30))


class Session(msgspec.Struct, frozen=True):
    """A session in force and its person."""

    session_id: UUID
    person: Person
    last_seen_at: datetime
    ends_at: datetime


class ListedSession(msgspec.Struct, frozen=True):
    """A session as its owner sees it in the list."""

    session_id: UUID
    created_at: datetime
    last_seen_at: datetime


def token_hash(token: str) -> bytes:
    """What is stored instead of the token: it is random, so one round is enough."""
    return sha256(token.encode()).digest()


async def open_session(
    conn: AsyncConnection, *, person_id: int, lifetime: Lifetime, at: datetime
) -> str:
    """A new session; returns the token for the cookie, which is kept nowhere else."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    await execute(
        conn,
        load_sql(_PACKAGE, "open_session"),
        token_hash(token),
        uuid7(),
        person_id,
        at,
        int(lifetime.idle.total_seconds()),
        at + lifetime.absolute,
    )
    return token


async def find_session(conn: AsyncConnection, *, token: str, at: datetime) -> Session | None:
    """The session of a cookie; None when it is unknown, ended or revoked."""
    row = await fetch_optional(conn, load_sql(_PACKAGE, "find_session"), token_hash(token), at)
    if row is None:
        return None
    person = Person(row.person_id, row.public_id, row.caller_id, row.display_name, row.volunteer_no)
    return Session(row.session_id, person, row.last_seen_at, row.ends_at)


async def touch_session(conn: AsyncConnection, *, token: str, at: datetime) -> None:
    """Note that the session is in use, so that it does not end by silence."""
    await execute(conn, load_sql(_PACKAGE, "touch_session"), token_hash(token), at)


async def end_session(conn: AsyncConnection, *, token: str, at: datetime) -> None:
    """Sign out; an unknown or ended session is no error."""
    await fetch_optional(
        conn, load_sql(_PACKAGE, "revoke_session"), token_hash(token), None, None, at
    )


async def revoke_session(
    conn: AsyncConnection, *, session_id: UUID, person_id: int, at: datetime
) -> bytes:
    """End one of a person's sessions; returns its token hash, for caches.

    Raises:
        NotFound: no such session of this person is in force.
    """
    row = await fetch_optional(
        conn, load_sql(_PACKAGE, "revoke_session"), None, session_id, person_id, at
    )
    if row is None:
        raise NotFound(kind="session", id=str(session_id))
    return bytes(row.token_hash)


async def revoke_sessions_of_person(conn: AsyncConnection, *, person_id: int, at: datetime) -> None:
    """End every session of a person, as after a change of password."""
    await execute(conn, load_sql(_PACKAGE, "revoke_sessions_of_person"), person_id, at)


async def list_sessions(
    conn: AsyncConnection, *, person_id: int, at: datetime
) -> list[ListedSession]:
    """A person's sessions in force, the latest first."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_sessions"), person_id, at)
    return [ListedSession(row.session_id, row.created_at, row.last_seen_at) for row in rows]
