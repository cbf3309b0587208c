"""Guardians: who looks after the affairs of a member who is minor or has lost capacity.

The tie and the role that comes of it begin and end in one transaction.
"""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import fetch_all, fetch_optional, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.grants import end_grant, grant_role
from ledger.foundation.kinship import VerifierInvolvedInTie
from ledger.foundation.organisations import LARGEST_PAGE
from ledger.foundation.participation import end_ties, lock_members, past_day, required_words
from ledger.foundation.people import Person
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
ROLE = "guardian"
Kind = Literal["minor", "incapacity"]


class GuardianAlready(LedgerError):
    """Somebody is a ward's guardian once."""

    template = "This person is the member's guardian already."


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


async def add_guardian(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    guardian: Person,
    ward_member_id: UUID,
    kind: Kind,
    evidence: str,
    caller_id: int,
    begins_on: date | None = None,
) -> UUID:
    """Write down a guardianship that the caller has verified; the guardian may look from now on.

    Raises:
        NotFound: the ward is not a member here.
        InvalidInput: nobody is their own guardian; no evidence; a day to come.
        VerifierInvolvedInTie: the caller is one of the two.
        GuardianAlready: the person is this ward's guardian.
    """
    ward = (await lock_members(conn, tenant_id=tenant_id, member_ids=[ward_member_id]))[
        ward_member_id
    ]
    if ward.person_id == guardian.person_id:
        remedy = "Nobody is their own guardian."
        raise InvalidInput(field="guardian", value=guardian.volunteer_no, remedy=remedy)
    if caller_id in (ward.caller_id, guardian.caller_id):
        raise VerifierInvolvedInTie
    day, words = past_day("begins_on", begins_on), required_words("evidence", evidence)
    grant_id = await grant_role(
        conn,
        caller_id=guardian.caller_id,
        role=ROLE,
        tenant_id=tenant_id,
        object_id=ward_member_id,
        granted_by=caller_id,
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
        words,
        grant_id,
        day,
        caller_id,
        now(),
    )
    if added is None:
        raise GuardianAlready
    await _record(conn, tenant_id, caller_id, "verify", guardianship_id)
    return guardianship_id


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
    words = required_words("reason", reason)
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
    await end_if_open(conn, grant_id=ended[0].grant_id, ended_by=caller_id, reason=words)
    await _record(conn, tenant_id, caller_id, "end", guardianship_id)


async def end_if_open(conn: AsyncConnection, *, grant_id: UUID, ended_by: int, reason: str) -> None:
    """End the role that a tie gave, unless an administrator ended it before."""
    try:
        await end_grant(conn, grant_id=grant_id, ended_by=ended_by, reason=reason)
    except NotFound:
        return


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
    )
    return [Guardianship(*tuple(row)) for row in rows]


async def _record(
    conn: AsyncConnection, tenant_id: int, caller_id: int, act: str, guardianship_id: UUID
) -> None:
    await record_action(
        conn,
        caller_id=caller_id,
        action=f"guardianship.{act}",
        tenant_id=tenant_id,
        object_kind="guardianship",
        object_id=str(guardianship_id),
    )
