"""Sessions: a random cookie, hashed at rest; ended by silence, age, sign-out or revoking."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
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
    #: How long it lives without a request; by it is known for which roles it was opened.
    idle: timedelta
    ends_at: datetime
    #: When the holder last proved who she is; None: not since the session was opened.
    proved_at: datetime | None


class RenewedSession(msgspec.Struct, frozen=True):
    """A session that goes on under another token: the token for the cookie, and how long."""

    token: str
    lasts: timedelta


class ListedSession(msgspec.Struct, frozen=True):
    """A session as its owner sees it in the list."""

    session_id: UUID
    created_at: datetime
    last_seen_at: datetime
    #: How it was opened: password or oidc.
    method: str
    #: Browser and system in words; None: not told.
    device: str | None
    #: Network address at sign-in, shortened; None: not known.
    address: str | None
    #: Whether it is the session that asks.
    is_this: bool


def token_hash(token: str) -> bytes:
    """What is stored instead of the token: it is random, so one round is enough."""
    return sha256(token.encode()).digest()


def shortened_address(address: str) -> str | None:
    """A network address without the part that names one house; None when it is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return f"{':'.join(found.exploded.split(':')[:3])}:…"
        found = found.ipv4_mapped
    return f"{'.'.join(str(found).split('.')[:3])}.…"


async def open_session(
    conn: AsyncConnection,
    *,
    person_id: int,
    lifetime: Lifetime,
    at: datetime,
    method: str = "password",
    device: str | None = None,
    address: str = "",
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
        method,
        device,
        shortened_address(address),
    )
    return token


async def find_session(conn: AsyncConnection, *, token: str, at: datetime) -> Session | None:
    """The session of a cookie; None when it is unknown, ended or revoked."""
    row = await fetch_optional(conn, load_sql(_PACKAGE, "find_session"), token_hash(token), at)
    if row is None:
        return None
    person = Person(row.person_id, row.public_id, row.caller_id, row.display_name, row.volunteer_no)
    idle = timedelta(seconds=row.idle_seconds)
    return Session(row.session_id, person, row.last_seen_at, idle, row.ends_at, row.proved_at)


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


async def renew_session(conn: AsyncConnection, *, token: str, at: datetime) -> RenewedSession:
    """Another token for a session whose holder may now do other things than before.

    Raises:
        NotFound: the session has ended.
    """
    new = secrets.token_urlsafe(_TOKEN_BYTES)
    row = await fetch_optional(
        conn, load_sql(_PACKAGE, "renew_session"), token_hash(token), token_hash(new), at
    )
    if row is None:
        raise NotFound(kind="session", id="")
    return RenewedSession(new, row.absolute_ends_at - at)


async def prove_session(conn: AsyncConnection, *, token: str, at: datetime) -> None:
    """Note that the holder of a session has just proved who she is."""
    await execute(conn, load_sql(_PACKAGE, "prove_session"), token_hash(token), at)


async def wait_for_sign_ins(conn: AsyncConnection, *, person_id: int) -> None:
    """One at a time until the end of the transaction: a person comes in, or her ways in change.

    Else a sign-in that was under way would open a session after every session was ended.
    """
    await fetch_optional(conn, load_sql(_PACKAGE, "lock_person"), person_id)


async def revoke_sessions_of_person(
    conn: AsyncConnection, *, person_id: int, at: datetime, besides: str | None = None
) -> int:
    """End every session of a person, or every one but that of the token ``besides``: how many.

    Sign-ins that wait for their second factor end too, and who is just coming in waits.
    """
    await wait_for_sign_ins(conn, person_id=person_id)
    await execute(conn, load_sql(_PACKAGE, "drop_sign_in_steps"), person_id)
    kept = None if besides is None else token_hash(besides)
    statement = load_sql(_PACKAGE, "revoke_sessions_of_person")
    return len(await fetch_all(conn, statement, person_id, at, kept))


async def list_sessions(
    conn: AsyncConnection, *, person_id: int, at: datetime, token: str | None = None
) -> list[ListedSession]:
    """A person's sessions in force, the latest first; ``token``: of the one that asks."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_sessions"), person_id, at)
    asking = None if token is None else token_hash(token)
    return [
        ListedSession(
            row.session_id,
            row.created_at,
            row.last_seen_at,
            row.method,
            row.device,
            row.address,
            bytes(row.token_hash) == asking,
        )
        for row in rows
    ]
