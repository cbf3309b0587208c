"""Accounts at other providers by which people sign in: OIDC now; WeChat and SMS are rows as well.

An account is linked by its person, signed in, or by an invitation code that an administrator gave
her; never because a name or an address looks alike.
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_optional, load_sql
from ledger.errors import LedgerError, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.free_words import refuse_name, refuse_numbers
from ledger.foundation.people import Person, get_person_by_id, require_not_erased
from ledger.foundation.second_factor import new_random_code, random_code_hash
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
INVITATION_LASTS = timedelta(days=3)
#: What an invitation is called in the audit log: of one administrator, and of two.
INVITED_BY_ONE = "sign_in.invite"
INVITED_BY_TWO = "sign_in.invite_by_two"


class AccountLinkedAlready(LedgerError):
    """The account is somebody else's, or the person has another one of this provider."""

    template = "This account, or another one of this provider, is linked already."


class LastWayToSignIn(LedgerError):
    """Without this account the person could not sign in any more."""

    template = "Without this account you could not sign in: it stays linked."


class InvitationRefused(LedgerError):
    """The invitation code is unknown, over, or was used."""

    template = "The invitation code is unknown, has expired or was used."


async def find_linked_person(
    conn: AsyncConnection, *, kind: str, issuer: str, subject: str
) -> Person | None:
    """Whose an account is; None when it is linked to nobody."""
    row = await fetch_optional(
        conn, load_sql(_PACKAGE, "find_linked_person"), kind, issuer, subject
    )
    return None if row is None else await get_person_by_id(conn, person_id=row.person_id)


async def link_account(
    conn: AsyncConnection,
    *,
    person: Person,
    kind: str,
    issuer: str,
    subject: str,
    union_subject: str | None = None,
) -> None:
    """Let a person sign in by an account; linking it again changes nothing.

    Raises:
        AccountLinkedAlready: it is somebody else's, or she has another one of this provider.
        PersonErased: there is nobody to sign in.
    """
    await require_not_erased(conn, person_id=person.person_id)
    linked = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "link_account"),
        kind,
        issuer,
        subject,
        person.person_id,
        union_subject,
    )
    if linked is None:
        raise AccountLinkedAlready
    await _record(conn, person, "sign_in.link", person.caller_id)


async def unlink_account(conn: AsyncConnection, *, person: Person, kind: str, issuer: str) -> None:
    """Take a linked account out of use.

    Raises:
        NotFound: the person has none of this provider.
        LastWayToSignIn: she has no password.
    """
    password = load_sql(_PACKAGE, "find_own_password")
    if await fetch_optional(conn, password, person.person_id) is None:
        raise LastWayToSignIn
    statement = load_sql(_PACKAGE, "unlink_account")
    if not await execute(conn, statement, kind, issuer, person.person_id):
        raise NotFound(kind="linked account", id="")
    await _record(conn, person, "sign_in.unlink", person.caller_id)


async def invite(
    conn: AsyncConnection, *, person: Person, invited_by: int, reason: str | None = None
) -> str:
    """A code by which a person chooses a password or links an account; shown now only.

    It is good once, within three days. Earlier ones that were not used are of no use any more.

    Raises:
        PersonErased: there is nobody to invite.
    """
    code = new_random_code()
    await _store_invitation(conn, person, random_code_hash(code), invited_by)
    if reason is not None:
        refuse_numbers("reason", reason)
        refuse_name("reason", reason, person.display_name)
    await _record(conn, person, INVITED_BY_ONE, invited_by, reason)
    return code


async def invite_by_two(
    conn: AsyncConnection, *, person: Person, code_hash: bytes, invited_by: int, reason: str
) -> None:
    """Let a code that was made when it was asked for open, now that a second person agreed.

    Whatever opened before, a password or a linked account, opens nothing any more.
    """
    await _store_invitation(conn, person, code_hash, invited_by)
    await execute(conn, load_sql(_PACKAGE, "retire_ways_in"), person.person_id, now())
    await _record(conn, person, INVITED_BY_TWO, invited_by, reason)


async def find_lone_inviter(conn: AsyncConnection, *, person: Person) -> int | None:
    """The caller who alone gave a person her latest invitation, and may have used it; or None."""
    statement = load_sql(_PACKAGE, "find_last_invitation")
    known = await fetch_optional(conn, statement, person.person_id, INVITED_BY_ONE, INVITED_BY_TWO)
    return None if known is None or known.action == INVITED_BY_TWO else int(known.caller_id)


async def _store_invitation(
    conn: AsyncConnection, person: Person, code_hash: bytes, invited_by: int
) -> None:
    await require_not_erased(conn, person_id=person.person_id)
    await execute(conn, load_sql(_PACKAGE, "drop_open_invitations"), person.person_id)
    await execute(
        conn,
        load_sql(_PACKAGE, "create_invitation"),
        uuid7(),
        code_hash,
        person.person_id,
        invited_by,
        now() + INVITATION_LASTS,
    )


async def check_invitation(conn: AsyncConnection, *, code: str, at: datetime) -> Person:
    """Who is invited by a code, without using it up.

    Raises:
        InvitationRefused: unknown, over, or used.
    """
    known = await fetch_optional(
        conn, load_sql(_PACKAGE, "find_invitation"), random_code_hash(code), at
    )
    if known is None:
        raise InvitationRefused
    return await get_person_by_id(conn, person_id=known.person_id)


async def accept_invitation(conn: AsyncConnection, *, code: str, at: datetime) -> Person:
    """Use up an invitation; returns who was invited.

    Raises:
        InvitationRefused: unknown, over, or used.
        PersonErased: there is nobody to come in.
    """
    used = await fetch_optional(
        conn, load_sql(_PACKAGE, "use_invitation"), random_code_hash(code), at
    )
    if used is None:
        raise InvitationRefused
    await require_not_erased(conn, person_id=used.person_id)
    return await get_person_by_id(conn, person_id=used.person_id)


async def _record(
    conn: AsyncConnection,
    person: Person,
    action: str,
    caller_id: int,
    reason: str | None = None,
) -> None:
    await record_action(
        conn,
        caller_id=caller_id,
        action=action,
        object_kind="person",
        object_id=str(person.public_id),
        behalf_person_id=None if caller_id == person.caller_id else person.person_id,
        reason=reason,
    )
