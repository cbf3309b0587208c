"""Corrections of personal data: asked for by the person or made by staff, with their history.

The values before and after are sealed under the person's key. The volunteer number never changes.

Source: docs/decisions/0049-personal-data.md
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_all, fetch_one, fetch_optional, load_sql
from ledger.errors import LedgerError, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.correctable import check_value
from ledger.foundation.details import store_detail
from ledger.foundation.disclosures import read_personal_data
from ledger.foundation.free_words import told_reason
from ledger.foundation.member_search import BY_CORRECTION, correct_name
from ledger.foundation.notices import notify
from ledger.foundation.personal_data import PersonalDataKeys, PersonErased, open_words
from ledger.foundation.shared_people import require_all_places
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
State = Literal["requested", "made", "declined"]


class CorrectionWaiting(LedgerError):
    """One correction of a field at a time."""

    template = "A correction of this is waiting already."


class CorrectionAlreadyDecided(LedgerError):
    """A correction is decided once."""

    template = "The correction was decided before."


class DeciderIsSubject(LedgerError):
    """Nobody decides about their own data."""

    template = "Somebody else must decide about your own data."


class Correction(msgspec.Struct, frozen=True):
    """One correction with what it was and what it became; None once the key is gone."""

    correction_id: UUID
    field: str
    old: str | None
    new: str | None
    reason: str | None
    state: State
    asked_at: datetime
    asker: str | None
    decided_at: datetime | None
    decider: str | None


async def ask_correction(
    conn: AsyncConnection,
    *,
    person_id: int,
    field: str,
    value: str,
    reason: str,
    asked_by: int,
    keys: PersonalDataKeys,
) -> UUID:
    """Ask for a correction of one's own data; staff make or decline it.

    Raises:
        InvalidInput: not something to correct, no value that can be right, or no reason.
        CorrectionWaiting: one for this field waits.
        PersonErased: nothing is left to correct.
    """
    plain, reason = check_value(field, value), told_reason(reason)
    person = await _lock(conn, person_id)
    return await _write(conn, person_id, person, field, plain, reason, asked_by, keys, made=False)


async def make_correction(
    conn: AsyncConnection,
    *,
    person_id: int,
    field: str,
    value: str,
    reason: str,
    made_by: int,
    keys: PersonalDataKeys,
    tenant_id: int | None = None,
) -> UUID:
    """Correct a person's data at once, on her request; errors as ``ask_correction``.

    Without a tenant the system itself corrects, as an installation does with what it begins with.

    Raises:
        DeciderIsSubject: about one's own data.
        BelongsElsewhere: whoever makes it may not in some place of hers; she can ask herself.
        IdentityNumberKnown: the number is somebody else's.
    """
    plain, reason = check_value(field, value), told_reason(reason)
    person = await _lock(conn, person_id)
    if person.caller_id == made_by:
        raise DeciderIsSubject
    if tenant_id is not None:
        await require_all_places(
            conn,
            person_caller_id=person.caller_id,
            rights=[(made_by, "personal_data.correct")],
        )
    correction_id = await _write(
        conn, person_id, person, field, plain, reason, made_by, keys, made=True
    )
    await _store(conn, person_id, person, field, plain, keys, made_by)
    await _note(conn, correction_id, person_id, made_by, tenant_id, "made")
    return correction_id


async def decide_correction(
    conn: AsyncConnection,
    *,
    correction_id: UUID,
    person_id: int,
    accept: bool,
    decided_by: int,
    keys: PersonalDataKeys,
    tenant_id: int | None = None,
) -> None:
    """Make or decline a correction that a person asked for.

    Raises:
        NotFound: no such correction of this person.
        CorrectionAlreadyDecided: it was decided before.
        DeciderIsSubject: about one's own data.
        IdentityNumberKnown: the number is somebody else's.
    """
    person = await _lock(conn, person_id)
    row = await fetch_optional(conn, load_sql(_PACKAGE, "lock_correction"), correction_id)
    if row is None or row.person_id != person_id:
        raise NotFound(kind="correction", id=str(correction_id))
    if row.state != "requested":
        raise CorrectionAlreadyDecided
    if person.caller_id == decided_by:
        raise DeciderIsSubject
    old = await _sealed_now(conn, person_id, person, row.field, keys)
    state = "made" if accept else "declined"
    statement = load_sql(_PACKAGE, "decide_correction")
    await execute(conn, statement, correction_id, state, decided_by, now(), old)
    if accept:
        value = keys.open(bytes(person.data_key), f"correction_{row.field}", bytes(row.new_sealed))
        await _store(conn, person_id, person, row.field, value, keys, decided_by)
    await _note(conn, correction_id, person_id, decided_by, tenant_id, state)


async def list_corrections(
    conn: AsyncConnection, *, person_id: int, keys: PersonalDataKeys
) -> list[Correction]:
    """Corrections of a person's data, the latest first."""
    person = await fetch_one(conn, load_sql(_PACKAGE, "find_sealed_data"), person_id)
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_corrections"), person_id)

    def opened(sealed: bytes | None, field: str) -> str | None:
        return open_words(keys, person.data_key, field, sealed)

    return [
        Correction(
            row.correction_id,
            row.field,
            opened(row.old_sealed, f"correction_{row.field}"),
            opened(row.new_sealed, f"correction_{row.field}"),
            opened(row.reason_sealed, "correction_reason"),
            row.state,
            row.asked_at,
            row.asker,
            row.decided_at,
            row.decider,
        )
        for row in rows
    ]


async def _lock(conn: AsyncConnection, person_id: int) -> Any:
    person = await fetch_one(conn, load_sql(_PACKAGE, "lock_personal_data"), person_id)
    if person.data_key is None:
        raise PersonErased
    return person


async def _write(
    conn: AsyncConnection,
    person_id: int,
    person: Any,
    field: str,
    value: str,
    reason: str,
    caller_id: int,
    keys: PersonalDataKeys,
    *,
    made: bool,
) -> UUID:
    data_key, moment = bytes(person.data_key), now()
    row = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "ask_correction"),
        uuid7(),
        person_id,
        field,
        await _sealed_now(conn, person_id, person, field, keys) if made else None,
        keys.seal(data_key, f"correction_{field}", value),
        keys.seal(data_key, "correction_reason", reason),
        "made" if made else "requested",
        caller_id,
        moment,
        caller_id if made else None,
        moment if made else None,
    )
    if row is None:
        raise CorrectionWaiting
    return UUID(str(row.correction_id))


async def _sealed_now(
    conn: AsyncConnection, person_id: int, person: Any, field: str, keys: PersonalDataKeys
) -> bytes | None:
    """What the field says at present, sealed for the history."""
    values = await read_personal_data(conn, person_id=person_id, keys=keys)
    value = values[field]
    if value is None:
        return None
    return keys.seal(bytes(person.data_key), f"correction_{field}", value)


async def _store(
    conn: AsyncConnection,
    person_id: int,
    person: Any,
    field: str,
    value: str,
    keys: PersonalDataKeys,
    caller_id: int,
) -> None:
    if field == "name":
        await correct_name(
            conn,
            person_id=person_id,
            display_name=value,
            reason=BY_CORRECTION,
            caller_id=caller_id,
            keys=keys,
        )
        return
    await store_detail(
        conn,
        person_id=person_id,
        row=person,
        field=field,
        value=value,
        keys=keys,
        caller_id=caller_id,
    )


async def _note(
    conn: AsyncConnection,
    correction_id: UUID,
    person_id: int,
    caller_id: int,
    tenant_id: int | None,
    state: str,
) -> None:
    action = "personal_data.correct" if state == "made" else "personal_data.leave"
    await record_action(
        conn,
        caller_id=caller_id,
        action=action,
        tenant_id=tenant_id,
        object_kind="correction",
        object_id=str(correction_id),
        behalf_person_id=person_id,
    )
    if state == "made" and tenant_id is not None:  # an installation tells nobody of its beginning
        await notify(
            conn,
            kind="data_corrected",
            person_id=person_id,
            except_caller_id=caller_id,
            subject_id=correction_id,
        )
