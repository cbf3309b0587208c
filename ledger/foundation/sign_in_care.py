"""What an administrator does about somebody's sign-in: on record, and told to the person.

Nobody does it for herself. Taking a second factor out of use needs two people, and so does a new
way in for whoever decides anything: each is asked for as an approval and done by
``ledger.journeys.approvals``.

Source: docs/decisions/0048-second-factor-and-providers.md
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import fetch_one, fetch_optional, load_sql
from ledger.errors import LedgerError
from ledger.foundation.admission import holds_deciding_role, holds_sensitive_role
from ledger.foundation.approvals import SecondPersonNeeded
from ledger.foundation.audit_log import record_action
from ledger.foundation.free_words import refuse_name, told_words
from ledger.foundation.linked_accounts import invite
from ledger.foundation.notices import notify
from ledger.foundation.people import Person
from ledger.foundation.personal_data import PersonErased
from ledger.foundation.second_factor import has_second_factor
from ledger.foundation.sessions import revoke_sessions_of_person
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"


class OwnSignIn(LedgerError):
    """Nobody helps herself past the others."""

    template = "Somebody else must do this for you."


class SignInStandsSo(LedgerError):
    """It was closed, or opened, before."""

    template = "This sign-in is {state} already."


class InvitationNeedsSecondFactor(LedgerError):
    """With the invitation alone somebody else could become a person who moves others' things."""

    template = (
        "This person's role needs a second factor and none protects the sign-in yet: invite before"
        " giving the role, or on the server with `gongzhang admin invite`."
    )


async def sign_in_closed_at(conn: AsyncConnection, *, person: Person) -> datetime | None:
    """Since when a person may not sign in; None: she may.

    Raises:
        PersonErased: there is nobody to sign in.
    """
    row = await fetch_one(conn, load_sql(_PACKAGE, "read_sign_in_state"), person.person_id)
    if row.erased_at is not None:
        raise PersonErased
    closed_at: datetime | None = row.closed_at
    return closed_at


async def end_sessions_of(
    conn: AsyncConnection, *, person: Person, ended_by: int, reason: str
) -> int:
    """End every session of somebody; returns how many there were.

    Raises:
        OwnSignIn: one's own are ended elsewhere.
    """
    _not_oneself(person, ended_by)
    ended = await revoke_sessions_of_person(conn, person_id=person.person_id, at=now())
    await _record(conn, person, "session.end", ended_by, reason)
    return ended


async def close_sign_in(
    conn: AsyncConnection, *, person: Person, closed_by: int, reason: str
) -> None:
    """Let nothing of a person open any more: no sign-in, no session, no key of hers.

    Raises:
        OwnSignIn: who would open it again?
        SignInStandsSo: it is closed already, or she is erased.
    """
    _not_oneself(person, closed_by)
    await _set_closed(conn, person, now())
    await revoke_sessions_of_person(conn, person_id=person.person_id, at=now())
    await _record(conn, person, "sign_in.close", closed_by, reason)


async def open_sign_in(
    conn: AsyncConnection, *, person: Person, opened_by: int, reason: str
) -> None:
    """Let a person sign in again, as before; her keys work again.

    Raises:
        OwnSignIn, SignInStandsSo: as for closing.
    """
    _not_oneself(person, opened_by)
    await _set_closed(conn, person, None)
    await _record(conn, person, "sign_in.open", opened_by, reason)


async def invite_person(
    conn: AsyncConnection,
    *,
    person: Person,
    invited_by: int,
    reason: str,
    second_factor_is_ours: bool,
) -> str:
    """A code by which a person chooses a password or links an account; shown now only.

    Raises:
        OwnSignIn, PersonErased, InvitationNeedsSecondFactor: see ``check_invitee``.
        SecondPersonNeeded: she decides something; whoever invited her could do it in her name.
    """
    # as granting does: no role comes between looking and inviting
    await fetch_optional(conn, load_sql(_PACKAGE, "lock_person"), person.person_id)
    await check_invitee(
        conn, person=person, invited_by=invited_by, second_factor_is_ours=second_factor_is_ours
    )
    if await holds_deciding_role(conn, person=person, at=now()):
        raise SecondPersonNeeded
    code = await invite(conn, person=person, invited_by=invited_by, reason=reason)
    await tell_of_care(conn, person=person)
    return code


async def check_invitee(
    conn: AsyncConnection, *, person: Person, invited_by: int, second_factor_is_ours: bool
) -> None:
    """Refuse an invitation that nobody may give, alone or with a second person.

    ``second_factor_is_ours``: the word of no identity provider counts as one.

    Raises:
        OwnSignIn: one's own password is changed elsewhere.
        PersonErased: there is nobody to invite.
        InvitationNeedsSecondFactor: the invitation alone would open what moves others' things.
    """
    _not_oneself(person, invited_by)
    await sign_in_closed_at(conn, person=person)
    if await holds_sensitive_role(conn, person=person, at=now()):
        protected = await has_second_factor(conn, person_id=person.person_id)
        if not (protected and second_factor_is_ours):
            raise InvitationNeedsSecondFactor


async def tell_of_care(conn: AsyncConnection, *, person: Person) -> None:
    """Tell a person that somebody did something about her sign-in; what, she reads under 代办."""
    await notify(conn, kind="sign_in_cared_for", person_id=person.person_id, subject_id=uuid7())


def _not_oneself(person: Person, caller_id: int) -> None:
    if person.caller_id == caller_id:
        raise OwnSignIn


async def _set_closed(conn: AsyncConnection, person: Person, closed_at: datetime | None) -> None:
    statement = load_sql(_PACKAGE, "close_sign_in")
    if await fetch_optional(conn, statement, person.person_id, closed_at) is None:
        raise SignInStandsSo(state="open" if closed_at is None else "closed")


async def _record(
    conn: AsyncConnection, person: Person, action: str, caller_id: int, reason: str
) -> None:
    words = told_words("reason", reason)
    refuse_name("reason", words, person.display_name)
    await record_action(
        conn,
        caller_id=caller_id,
        action=action,
        object_kind="person",
        object_id=str(person.public_id),
        behalf_person_id=person.person_id,
        reason=words,
    )
    await tell_of_care(conn, person=person)
