"""Requests to erase a person: asked for by one, decided by another, once.

Source: docs/decisions/0049-personal-data.md
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_all, fetch_one, fetch_optional, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.consents import record_consent
from ledger.foundation.free_words import refuse_name, told_words
from ledger.foundation.grants import end_grant
from ledger.foundation.personal_data import PersonalDataKeys, PersonErased
from ledger.foundation.sessions import revoke_sessions_of_person
from ledger.foundation.words_about import refuse_names
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"

Through = Literal["self", "guardian", "heir", "staff"]
#: The reason on record for what ends with a person.
ERASED = "erased"

State = Literal["requested", "withdrawn", "declined", "done"]


class ErasureWaiting(LedgerError):
    """One request at a time."""

    template = "A request to erase this person waits already."


class ErasureAlreadyDecided(LedgerError):
    """A request is decided once."""

    template = "The request was decided before."


class ErasureNeedsAnother(LedgerError):
    """Whoever asked, and the person, do not decide."""

    template = "Somebody else must check a request that you made, or that is about you."


class Erasure(msgspec.Struct, frozen=True):
    """A request to erase a person."""

    erasure_id: UUID
    person_id: int
    subject_caller_id: int
    asked_by: int
    through: Through
    proof_no: str | None
    #: What is left in the accounts goes to the public pools.
    gives_up: bool
    asked_at: datetime
    state: State
    decided_by: int | None
    decided_at: datetime | None
    decision_reason: str | None


async def ask_erasure(
    conn: AsyncConnection,
    *,
    person_id: int,
    asked_by: int,
    through: Through,
    gives_up: bool,
    proof_no: str | None = None,
    tenant_id: int | None = None,
) -> UUID:
    """Ask that a person be erased. Nothing changes before somebody else has checked it.

    Raises:
        PersonErased: it was done before.
        InvalidInput: for somebody else without the number of a proof, or with her name or number
            in it; for oneself as somebody else.
        ErasureWaiting: a request waits.
    """
    person = await fetch_one(conn, load_sql(_PACKAGE, "lock_personal_data"), person_id)
    if person.erased_at is not None:
        raise PersonErased
    if (through == "self") != (person.caller_id == asked_by):
        raise InvalidInput(
            field="through", value=through, remedy="Ask for yourself, or name whom you act for."
        )
    if through != "self" and not (proof_no or "").strip():
        raise InvalidInput(
            field="proof_no", value="", remedy="Give the number of the proof or of the paper."
        )
    if proof_no is not None:
        proof_no = told_words("proof_no", proof_no)
    row = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "ask_erasure"),
        uuid7(),
        person_id,
        person.caller_id,
        asked_by,
        through,
        proof_no,
        gives_up,
        now(),
    )
    if row is None:
        raise ErasureWaiting
    if proof_no is not None:
        refuse_name("proof_no", proof_no, person.display_name)
    erasure_id = UUID(str(row.erasure_id))
    await _note(conn, "erasure.request", erasure_id, person_id, asked_by, tenant_id)
    return erasure_id


async def find_erasure(
    conn: AsyncConnection, *, person_id: int | None = None, erasure_id: UUID | None = None
) -> Erasure | None:
    """The latest request about a person, or the one with an id."""
    row = await fetch_optional(conn, load_sql(_PACKAGE, "find_erasure"), person_id, erasure_id)
    return None if row is None else _erasure(row)


async def get_erasure(conn: AsyncConnection, *, erasure_id: UUID) -> Erasure:
    """One request.

    Raises:
        NotFound: there is none.
    """
    found = await find_erasure(conn, erasure_id=erasure_id)
    if found is None:
        raise NotFound(kind="erasure", id=str(erasure_id))
    return found


async def withdraw_erasure(conn: AsyncConnection, *, erasure: Erasure, caller_id: int) -> None:
    """The person, or whoever asked, takes a request back.

    Raises:
        NotFound: it is neither's.
        ErasureAlreadyDecided: too late.
    """
    if caller_id not in (erasure.asked_by, erasure.subject_caller_id):
        raise NotFound(kind="erasure", id=str(erasure.erasure_id))
    await close_erasure(conn, erasure=erasure, state="withdrawn", decided_by=caller_id)


async def close_erasure(
    conn: AsyncConnection,
    *,
    erasure: Erasure,
    state: State,
    decided_by: int,
    reason: str | None = None,
    tenant_id: int | None = None,
) -> None:
    """Decide a request.

    Raises:
        ErasureNeedsAnother: one person would ask and decide, or decide about herself.
        ErasureAlreadyDecided: it was decided before.
        InvalidInput: a reason with her name or number in it.
    """
    if reason is not None:
        reason = told_words("reason", reason)
    if state != "withdrawn" and decided_by in (erasure.asked_by, erasure.subject_caller_id):
        raise ErasureNeedsAnother
    row = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "decide_erasure"),
        erasure.erasure_id,
        state,
        decided_by,
        now(),
        reason,
    )
    if row is None:
        raise ErasureAlreadyDecided
    if reason is not None:
        await refuse_names(conn, "reason", reason, person_ids=[erasure.person_id])
    await _note(
        conn, f"erasure.{state}", erasure.erasure_id, erasure.person_id, decided_by, tenant_id
    )


async def destroy_person(
    conn: AsyncConnection, *, person_id: int, erased_by: int, keys: PersonalDataKeys
) -> None:
    """Destroy a person's key and everything that says who she was; what the books know stays.

    Her sign-in, sessions, API keys, roles and consents end. The caller has checked that she may go.
    """
    person = await fetch_one(conn, load_sql(_PACKAGE, "lock_personal_data"), person_id)
    moment = now()
    for row in await fetch_all(conn, load_sql(_PACKAGE, "list_given_consents"), person_id):
        await record_consent(
            conn,
            person_id=person_id,
            purpose=row.purpose,
            given=False,
            through="erasure",
            recorded_by=erased_by,
            keys=keys,
        )
    await execute(conn, load_sql(_PACKAGE, "retire_sign_in"), person_id, moment)
    await execute(conn, load_sql(_PACKAGE, "forget_ways_in"), person_id)
    await execute(conn, load_sql(_PACKAGE, "forget_name_reasons"), person_id)
    await execute(conn, load_sql(_PACKAGE, "forget_sessions"), person_id)
    await revoke_sessions_of_person(conn, person_id=person_id, at=moment)
    await execute(conn, load_sql(_PACKAGE, "revoke_keys_of_caller"), person.caller_id, moment)
    grants = await fetch_all(conn, load_sql(_PACKAGE, "list_open_grants"), person.caller_id, moment)
    for grant in grants:
        await end_grant(conn, grant_id=grant.grant_id, ended_by=erased_by, reason=ERASED)
    await execute(
        conn,
        load_sql(_PACKAGE, "erase_person"),
        person_id,
        erased_name(person.volunteer_no),
        person.volunteer_no.lower(),
        moment,
    )


def erased_name(volunteer_no: str) -> str:
    """What stands where a name was."""
    return f"已注销 {volunteer_no}"


async def _note(
    conn: AsyncConnection,
    action: str,
    erasure_id: UUID,
    person_id: int,
    caller_id: int,
    tenant_id: int | None,
) -> None:
    await record_action(
        conn,
        caller_id=caller_id,
        action=action,
        tenant_id=tenant_id,
        object_kind="erasure",
        object_id=str(erasure_id),
        behalf_person_id=person_id,
    )


def _erasure(row: Any) -> Erasure:
    return Erasure(
        row.erasure_id,
        row.person_id,
        row.subject_caller_id,
        row.asked_by,
        row.through,
        row.proof_no,
        row.gives_up,
        row.asked_at,
        row.state,
        row.decided_by,
        row.decided_at,
        row.decision_reason,
    )
