"""Sign-in with a name and a password.

Three short transactions with the slow hash between them, so that no connection waits for it.
"""

import unicodedata

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import fetch_one, fetch_optional, load_sql, read_transaction, write_transaction
from ledger.errors import LedgerError
from ledger.foundation.audit_log import record_action
from ledger.foundation.grants import get_permissions
from ledger.foundation.passwords import check_new_password, hash_password, password_is_right
from ledger.foundation.people import Person
from ledger.foundation.sessions import (
    ORDINARY,
    SENSITIVE,
    Lifetime,
    end_session,
    open_session,
    revoke_sessions_of_person,
)
from ledger.foundation.throttling import Attempt, attempt_of, begin_attempt, end_attempt

_PACKAGE = "ledger.foundation"


class SignInRefused(LedgerError):
    """Name or password is wrong; which of them is not said."""

    template = "The name or the password is wrong."


class SignInNameTaken(LedgerError):
    """Somebody else signs in with this name."""

    template = "The sign-in name is taken."


class SignsInOtherwise(LedgerError):
    """A person has one sign-in name, and keeps it."""

    template = "This person signs in with another name already; set the password for that name."


class SignedIn(msgspec.Struct, frozen=True):
    """A new session: the token for the cookie, and how long the cookie may live."""

    token: str
    person: Person
    lifetime: Lifetime


def plain_name(sign_in_name: str) -> str:
    """One form of a sign-in name, however it was typed."""
    return unicodedata.normalize("NFKC", sign_in_name).strip().casefold()


async def set_password(
    conn: AsyncConnection, *, person: Person, sign_in_name: str, password: str, set_by: int
) -> None:
    """Give a person a sign-in name and password; their sessions end.

    Raises:
        PasswordNotAccepted: too short, too long, common, or made of the person's names.
        SignInNameTaken: somebody else has the name.
        SignsInOtherwise: the person has another name.
    """
    name = plain_name(sign_in_name)
    check_new_password(password, names=[name, person.display_name, person.volunteer_no])
    known = await fetch_optional(conn, load_sql(_PACKAGE, "find_sign_in_name"), person.person_id)
    if known is not None and known.subject != name:
        raise SignsInOtherwise
    secret_hash = await hash_password(password)
    stored = await fetch_optional(
        conn, load_sql(_PACKAGE, "store_password"), name, person.person_id, secret_hash
    )
    if stored is None:
        raise SignInNameTaken
    await revoke_sessions_of_person(conn, person_id=person.person_id, at=now())
    await record_action(
        conn,
        caller_id=set_by,
        action="password.set",
        object_kind="person",
        object_id=str(person.public_id),
    )


async def sign_in(
    engine: AsyncEngine,
    *,
    sign_in_name: str,
    password: str,
    address: str,
    old_token: str | None = None,
) -> SignedIn:
    """A new session for the right name and password; ``old_token``'s session ends with it.

    Raises:
        SignInRefused: name or password is wrong.
        SignInThrottled: too many failures lately.
    """
    name = plain_name(sign_in_name)
    attempt = attempt_of(name, address)
    await write_transaction(engine, lambda conn: begin_attempt(conn, attempt, at=now()))
    found = await _find_password(engine, name)
    stored_hash = None if found is None else found.secret_hash
    if not await password_is_right(stored_hash, password) or found is None:
        raise SignInRefused
    person_id = int(found.person_id)
    return await write_transaction(engine, lambda conn: _admit(conn, attempt, person_id, old_token))


async def find_person_by_sign_in_name(conn: AsyncConnection, *, sign_in_name: str) -> Person | None:
    """Who signs in with a name and a password."""
    statement = load_sql(_PACKAGE, "find_password")
    found = await fetch_optional(conn, statement, plain_name(sign_in_name))
    return None if found is None else await _get_person(conn, int(found.person_id))


async def _get_person(conn: AsyncConnection, person_id: int) -> Person:
    row = await fetch_one(conn, load_sql(_PACKAGE, "find_person"), None, person_id, None)
    return Person(person_id, row.public_id, row.caller_id, row.display_name, row.volunteer_no)


async def _find_password(engine: AsyncEngine, name: str) -> Row[tuple[str, int]] | None:
    async with read_transaction(engine) as conn:
        return await fetch_optional(conn, load_sql(_PACKAGE, "find_password"), name)


async def _admit(
    conn: AsyncConnection, attempt: Attempt, person_id: int, old_token: str | None
) -> SignedIn:
    moment = now()
    await end_attempt(conn, attempt, at=moment)
    if old_token is not None:
        await end_session(conn, token=old_token, at=moment)
    person = await _get_person(conn, person_id)
    permissions = await get_permissions(conn, caller_id=person.caller_id, at=moment)
    sensitive = any(role.is_sensitive for role in permissions.roles)
    lifetime = SENSITIVE if sensitive else ORDINARY
    token = await open_session(conn, person_id=person_id, lifetime=lifetime, at=moment)
    await record_action(conn, caller_id=person.caller_id, action="session.open")
    return SignedIn(token, person, lifetime)
