"""Sign-in with a name and a password, the first step.

Three short transactions with the slow hash between them, so that no connection waits for it.
"""

import unicodedata
from datetime import datetime

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import fetch_optional, load_sql, read_transaction, write_transaction
from ledger.errors import LedgerError
from ledger.foundation.admission import (
    Arrival,
    SignedIn,
    holds_sensitive_role,
    open_session_for,
    require_open,
)
from ledger.foundation.audit_log import record_action
from ledger.foundation.known_browsers import Browser, find_known_browser
from ledger.foundation.passwords import check_new_password, hash_password, password_is_right
from ledger.foundation.people import Person, get_person_by_id, require_not_erased
from ledger.foundation.second_factor import has_second_factor
from ledger.foundation.sessions import revoke_sessions_of_person, wait_for_sign_ins
from ledger.foundation.sign_in_steps import Awaited, StepNeeded, open_step
from ledger.foundation.throttling import attempt_in_browser, attempt_of, begin_attempt, end_attempt

_PACKAGE = "ledger.foundation"


class SignInRefused(LedgerError):
    """Name or password is wrong; which of them is not said."""

    template = "The name or the password is wrong."


class SignInNameTaken(LedgerError):
    """Somebody else signs in with this name."""

    template = "The sign-in name is taken: choose another one."


class SignsInOtherwise(LedgerError):
    """A person has one sign-in name, and keeps it."""

    template = "This person signs in with another name already; set the password for that name."


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
        PersonErased: there is nobody to sign in.
    """
    await require_not_erased(conn, person_id=person.person_id)
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
    device: str | None = None,
    old_token: str | None = None,
    enrolment_needed: bool = False,
    browser: Browser | None = None,
) -> SignedIn | StepNeeded:
    """A new session for the right name and password, or the step to the second factor.

    With ``enrolment_needed`` a person with a sensitive role and without a second factor has to
    enrol one first. ``old_token``'s session ends when the new one begins. A ``browser`` that signed
    in by this name before waits for nobody else's failures.

    Raises:
        SignInRefused: name or password is wrong.
        SignInClosed: they are right, but an administrator has closed this sign-in.
        SignInThrottled: too many failures lately.
    """
    name = plain_name(sign_in_name)
    found, number = await _find_password(engine, name, browser)
    attempt = attempt_of(name, address) if number is None else attempt_in_browser(name, number)
    await write_transaction(engine, lambda conn: begin_attempt(conn, attempt, at=now()))
    stored_hash = None if found is None else found.secret_hash
    if not await password_is_right(stored_hash, password) or found is None:
        raise SignInRefused
    person_id = int(found.person_id)

    async def admit(conn: AsyncConnection) -> SignedIn | StepNeeded:
        moment = now()
        await wait_for_sign_ins(conn, person_id=person_id)
        current = await fetch_optional(conn, load_sql(_PACKAGE, "find_password"), name)
        if current is None or current.secret_hash != stored_hash:
            raise SignInRefused
        await end_attempt(conn, attempt, at=moment)
        person = await get_person_by_id(conn, person_id=person_id)
        arrival = Arrival(person, "password", address, device, old_token)
        return await go_on(conn, arrival, enrolment_needed=enrolment_needed, at=moment)

    return await write_transaction(engine, admit)


async def go_on(
    conn: AsyncConnection, arrival: Arrival, *, enrolment_needed: bool, at: datetime
) -> SignedIn | StepNeeded:
    """After the first step: the second one where the person needs it, else a session.

    Raises:
        SignInClosed: an administrator has closed this person's sign-in.
    """
    person = arrival.person
    await require_open(conn, person=person)
    if await has_second_factor(conn, person_id=person.person_id):
        awaits: Awaited = "code"
    elif enrolment_needed and await holds_sensitive_role(conn, person=person, at=at):
        awaits = "enrolment"
    else:
        return await open_session_for(conn, arrival, at=at)
    return await open_step(
        conn, person_id=person.person_id, awaits=awaits, method=arrival.method, at=at
    )


async def find_person_by_sign_in_name(conn: AsyncConnection, *, sign_in_name: str) -> Person | None:
    """Who signs in with a name and a password."""
    statement = load_sql(_PACKAGE, "find_password")
    found = await fetch_optional(conn, statement, plain_name(sign_in_name))
    return None if found is None else await get_person_by_id(conn, person_id=int(found.person_id))


async def _find_password(
    engine: AsyncEngine, name: str, browser: Browser | None
) -> tuple[Row[tuple[str, int]] | None, str | None]:
    """The password of a name, and the number of the browser if it signed in by it before."""
    async with read_transaction(engine) as conn:
        found = await fetch_optional(conn, load_sql(_PACKAGE, "find_password"), name)
        if found is None or browser is None:
            return found, None
        person_id = int(found.person_id)
        return found, await find_known_browser(conn, browser, person_id=person_id, at=now())
