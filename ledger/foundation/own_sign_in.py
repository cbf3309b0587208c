"""What a person does about her own sign-in: read it, change the password, end sessions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import (
    execute,
    fetch_all,
    fetch_optional,
    load_sql,
    read_transaction,
    write_transaction,
)
from ledger.errors import LedgerError
from ledger.foundation.audit_log import record_action
from ledger.foundation.notices import notify
from ledger.foundation.passwords import (
    LONGEST,
    SHORTEST,
    PasswordNotAccepted,
    check_new_password,
    hash_password,
    is_same_password,
    password_is_right,
)
from ledger.foundation.people import Person
from ledger.foundation.second_factor import RecoveryCodes, read_recovery_codes
from ledger.foundation.sessions import (
    ListedSession,
    RenewedSession,
    list_sessions,
    renew_session,
    revoke_session,
    revoke_sessions_of_person,
    token_hash,
)
from ledger.foundation.throttling import attempt_at_own_password, begin_attempt, end_attempt
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"


class PasswordWrong(LedgerError):
    """The old password is wrong, or there is none."""

    template = "The old password is wrong; the password stays as it is."


class LinkedAccount(msgspec.Struct, frozen=True):
    """An account at a provider by which a person signs in."""

    kind: str
    issuer: str
    linked_at: datetime


class SignInView(msgspec.Struct, frozen=True):
    """How a person signs in, and where she is signed in now."""

    sign_in_name: str | None
    has_second_factor: bool
    recovery_codes: RecoveryCodes
    linked: Sequence[LinkedAccount]
    sessions: Sequence[ListedSession]


async def read_sign_in(
    conn: AsyncConnection, *, person: Person, at: datetime, token: str | None = None
) -> SignInView:
    """A person's ways to sign in; ``token``: of the session that asks."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_sign_in_methods"), person.person_id)
    names = [str(row.subject) for row in rows if row.kind == "password"]
    linked = [
        LinkedAccount(row.kind, row.issuer, row.created_at)
        for row in rows
        if row.kind not in ("password", "totp")
    ]
    return SignInView(
        next(iter(names), None),
        any(row.kind == "totp" for row in rows),
        await read_recovery_codes(conn, person_id=person.person_id),
        linked,
        await list_sessions(conn, person_id=person.person_id, at=at, token=token),
    )


async def find_sign_in_name(conn: AsyncConnection, *, person_id: int) -> str | None:
    """The name by which a person signs in; None: she has none yet."""
    known = await fetch_optional(conn, load_sql(_PACKAGE, "find_sign_in_name"), person_id)
    return None if known is None else str(known.subject)


async def change_password(
    engine: AsyncEngine, *, person: Person, old: str, new: str, token: str, address: str
) -> RenewedSession:
    """A new password for who knows the old one; only ``token``'s session goes on, renewed.

    The person is told, in case that somebody else knew it too.

    Raises:
        PasswordWrong: the old one is wrong.
        PasswordNotAccepted: the new one is the old one, too short, too long, common, or made of
            names.
        SignInThrottled: too many failures lately.
    """
    async with read_transaction(engine) as conn:
        known = await fetch_optional(
            conn, load_sql(_PACKAGE, "find_own_password"), person.person_id
        )
    name = "" if known is None else str(known.subject)
    check_new_password(new, names=[name, person.display_name, person.volunteer_no])
    if is_same_password(old, new):
        raise PasswordNotAccepted(reason="unchanged", shortest=SHORTEST, longest=LONGEST)
    attempt = attempt_at_own_password(person.public_id, address)
    await write_transaction(engine, lambda conn: begin_attempt(conn, attempt, at=now()))
    if not await password_is_right(None if known is None else known.secret_hash, old):
        raise PasswordWrong
    secret_hash = await hash_password(new)

    async def store(conn: AsyncConnection) -> RenewedSession:
        moment = now()
        await end_attempt(conn, attempt, at=moment)
        await execute(
            conn, load_sql(_PACKAGE, "store_password"), name, person.person_id, secret_hash
        )
        await _record(conn, person, "password.set")
        await notify(
            conn, kind="password_changed", person_id=person.person_id, subject_id=uuid7(), at=moment
        )
        return await keep_one_session(conn, person=person, token=token, at=moment)

    return await write_transaction(engine, store)


async def keep_one_session(
    conn: AsyncConnection, *, person: Person, token: str, at: datetime
) -> RenewedSession:
    """After a change of how one signs in: the other sessions end, this one gets another token.

    Raises:
        NotFound: this session has ended meanwhile.
    """
    await revoke_sessions_of_person(conn, person_id=person.person_id, at=at, besides=token)
    return await renew_session(conn, token=token, at=at)


async def end_own_session(
    conn: AsyncConnection, *, person: Person, session_id: UUID, token: str | None
) -> bool:
    """End one of a person's sessions; True when it is the one of ``token``.

    Raises:
        NotFound: none of hers that is in force.
    """
    ended = await revoke_session(conn, session_id=session_id, person_id=person.person_id, at=now())
    await _record(conn, person, "session.end")
    return token is not None and ended == token_hash(token)


async def end_other_sessions(conn: AsyncConnection, *, person: Person, token: str) -> int:
    """End every session of a person but that of ``token``: how many there were."""
    ended = await revoke_sessions_of_person(
        conn, person_id=person.person_id, at=now(), besides=token
    )
    await _record(conn, person, "session.end")
    return ended


async def _record(conn: AsyncConnection, person: Person, action: str) -> None:
    await record_action(
        conn,
        caller_id=person.caller_id,
        action=action,
        object_kind="person",
        object_id=str(person.public_id),
    )
