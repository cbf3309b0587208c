"""Guardians: who looks after the affairs of a member who is minor or has lost capacity.

One member of staff writes it down, another one confirms it: only then the role comes of it. It is
no request for an approval: those keep for good what was asked, and here the words go with either
person. The tie and the role end in one transaction; a minor's role ends by itself.
"""

from datetime import date, datetime, time
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import SHANGHAI, now
from ledger.database import execute, fetch_all, fetch_optional, load_sql
from ledger.errors import LedgerError, NotFound
from ledger.foundation.approvals import PersonNeeded, SecondPersonNeeded
from ledger.foundation.audit_log import record_action
from ledger.foundation.coming_of_age import close_guardianships_of_age
from ledger.foundation.free_words import told_reason, told_words
from ledger.foundation.grants import get_permissions, grant_role
from ledger.foundation.guardian_rules import Kind, check_guardian
from ledger.foundation.leaving import end_if_open
from ledger.foundation.notices import notify
from ledger.foundation.organisations import LARGEST_PAGE
from ledger.foundation.participation import end_ties, past_day
from ledger.foundation.people import Person, find_person_of_caller, get_person_by_id
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.words_about import refuse_names
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
ROLE = "guardian"
#: The reason on record for the end of her role; why it ended stands beside the guardianship alone.
ENDED = "监护结束"
#: Of whoever writes a guardianship down, and of whoever confirms it.
_PERMISSION = "members.manage"


class GuardianAlready(LedgerError):
    """Somebody is a ward's guardian once."""

    template = "This person is the member's guardian already."


class GuardianConfirmed(LedgerError):
    """A guardianship is confirmed once."""

    template = "This guardianship was confirmed before."


class Guardianship(msgspec.Struct, frozen=True):
    """One guardian of one ward; names in clear for the caller to mask."""

    guardianship_id: UUID
    kind: Kind
    ward_member_id: UUID
    ward_name: str
    ward_no: str
    guardian_name: str
    guardian_no: str
    evidence: str
    begins_on: date
    verified_by: int
    verified_at: datetime
    ends_on: date | None
    end_reason: str | None
    #: Whether the guardian may look, or might: another member of staff has confirmed it.
    is_confirmed: bool


async def add_guardian(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    guardian: Person,
    ward_member_id: UUID,
    kind: Kind,
    evidence: str,
    caller_id: int,
    keys: PersonalDataKeys,
    begins_on: date | None = None,
) -> UUID:
    """Write down a guardianship whose evidence the caller has seen.

    Nothing opens before another member of staff confirms it; those who may are told that it waits.

    Raises:
        NotFound: the ward is not a member here.
        InvalidInput: these two cannot be ward and guardian; no evidence; a day to come.
        VerifierInvolvedInTie: the caller is one of the two.
        MemberHasLeft: one of them has left.
        GuardianAlready: the person is this ward's guardian.
    """
    await check_guardian(conn, tenant_id, guardian, ward_member_id, kind, caller_id, keys)
    await close_guardianships_of_age(
        conn, tenant_id=tenant_id, ward_member_id=ward_member_id, caller_id=caller_id
    )
    guardianship_id = uuid7()
    added = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "add_guardianship"),
        tenant_id,
        guardianship_id,
        guardian.person_id,
        ward_member_id,
        kind,
        told_words("evidence", evidence),
        past_day("begins_on", begins_on),
        caller_id,
        now(),
    )
    if added is None:
        raise GuardianAlready
    people = (added.ward_person_id, guardian.person_id)
    await _record(conn, tenant_id, caller_id, "verify", guardianship_id, people)
    await notify(
        conn,
        kind="guardian_waits",
        permission=_PERMISSION,
        except_caller_id=caller_id,
        tenant_id=tenant_id,
        subject_id=ward_member_id,
    )
    return guardianship_id


async def confirm_guardian(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    ward_member_id: UUID,
    guardianship_id: UUID,
    caller_id: int,
    keys: PersonalDataKeys,
) -> None:
    """Confirm what somebody else wrote down: the guardian may look from now on. Both are told.

    A minor's guardian may until the ward is of age.

    Raises:
        NotFound: the ward has no such open guardianship.
        GuardianConfirmed: it was confirmed before.
        PersonNeeded: the caller is a system.
        SecondPersonNeeded: the caller wrote it down.
        InvalidInput, VerifierInvolvedInTie: as ``add_guardian``; something changed meanwhile.
    """
    row = await fetch_optional(
        conn, load_sql(_PACKAGE, "lock_guardianship"), tenant_id, guardianship_id, ward_member_id
    )
    if row is None:
        raise NotFound(kind="guardianship", id=str(guardianship_id))
    if row.grant_id is not None:
        raise GuardianConfirmed
    person = await find_person_of_caller(conn, caller_id=caller_id)
    if person is None:
        raise PersonNeeded
    if person.person_id == row.verifying_person:
        raise SecondPersonNeeded
    guardian = await get_person_by_id(conn, person_id=row.person_id)
    until = await check_guardian(
        conn, tenant_id, guardian, ward_member_id, row.kind, caller_id, keys
    )
    grant_id = await grant_role(
        conn,
        caller_id=guardian.caller_id,
        role=ROLE,
        tenant_id=tenant_id,
        object_id=ward_member_id,
        granted_by=caller_id,
        valid_to=None if until is None else datetime.combine(until, time.min, SHANGHAI),
    )
    statement = load_sql(_PACKAGE, "confirm_guardianship")
    await execute(conn, statement, tenant_id, guardianship_id, grant_id, caller_id, now())
    people = (row.ward_person_id, row.person_id)
    await _record(conn, tenant_id, caller_id, "confirm", guardianship_id, people)
    for person_id in people:
        await notify(
            conn,
            kind="guardian_named",
            person_id=person_id,
            tenant_id=tenant_id,
            subject_id=guardianship_id,
        )


async def is_guardian_of(conn: AsyncConnection, *, caller_id: int, ward_caller_id: int) -> bool:
    """Whether somebody is at present the confirmed guardian of another, in whatever programme.

    It goes by roles, which are seen from every place: a guardian's is about the ward's membership.
    """
    guarded = await get_permissions(conn, caller_id=caller_id)
    own = await get_permissions(conn, caller_id=ward_caller_id)
    members = {(one.tenant_id, one.object_id) for one in own.roles if one.role != ROLE}
    return any(
        one.role == ROLE and (one.tenant_id, one.object_id) in members for one in guarded.roles
    )


async def end_guardianship(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    ward_member_id: UUID,
    guardianship_id: UUID,
    reason: str,
    caller_id: int,
    ends_on: date | None = None,
) -> None:
    """End a guardianship and the guardian's role with it.

    Raises:
        NotFound: the ward has no such open guardianship.
        InvalidInput: no reason, or a day to come or before the beginning.
    """
    words = told_reason(reason)
    ended = await end_ties(
        conn,
        "end_guardianship",
        tenant_id,
        guardianship_id,
        ward_member_id,
        past_day("ends_on", ends_on),
        words,
        caller_id,
    )
    if not ended:
        raise NotFound(kind="guardianship", id=str(guardianship_id))
    if ended[0].grant_id is not None:
        await end_if_open(conn, grant_id=ended[0].grant_id, ended_by=caller_id, reason=ENDED)
    people = (ended[0].ward_person_id, ended[0].person_id)
    await refuse_names(conn, "reason", words, person_ids=people)
    await _record(conn, tenant_id, caller_id, "end", guardianship_id, people)


async def list_guardianships(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    ward_member_id: UUID | None = None,
    guardian_person_id: int | None = None,
    limit: int | None = LARGEST_PAGE,
) -> list[Guardianship]:
    """The guardians of a ward and the wards of a guardian, the present ones first.

    All of them where ``limit`` is None.
    """
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "list_guardianships"),
        tenant_id,
        ward_member_id,
        guardian_person_id,
        limit,
        now(),
    )
    return [Guardianship(*tuple(row)) for row in rows]


async def _record(
    conn: AsyncConnection,
    tenant_id: int,
    caller_id: int,
    act: str,
    guardianship_id: UUID,
    person_ids: tuple[int, int],
) -> None:
    """A line for the ward and one for the guardian."""
    for person_id in person_ids:
        await record_action(
            conn,
            caller_id=caller_id,
            action=f"guardianship.{act}",
            tenant_id=tenant_id,
            object_kind="guardianship",
            object_id=str(guardianship_id),
            behalf_person_id=person_id,
        )
