"""Who can be a guardian (民法典 27, 28): of age, in need of none, and not the ward itself."""

from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now, today
from ledger.database import fetch_one, load_sql
from ledger.errors import InvalidInput
from ledger.foundation.identity_numbers import day_of_majority
from ledger.foundation.kinship import VerifierInvolvedInTie
from ledger.foundation.legal_capacity import find_birthday
from ledger.foundation.organisations import find_member
from ledger.foundation.participation import lock_members_to_tie
from ledger.foundation.people import Person
from ledger.foundation.personal_data import PersonalDataKeys

_PACKAGE = "ledger.foundation"
Kind = Literal["minor", "incapacity"]


async def check_guardian(
    conn: AsyncConnection,
    tenant_id: int,
    guardian: Person,
    ward_member_id: UUID,
    kind: Kind,
    caller_id: int,
    keys: PersonalDataKeys,
) -> date | None:
    """Refuse who cannot be ward and guardian; the day on which a minor is of age, else None.

    Nobody who has a guardian is one, so no two look after each other, and no ring arises.

    Raises:
        NotFound: the ward is not a member here.
        InvalidInput: one person; a guardian who is a minor or has a guardian; a ward who is
            a guardian; kind minor without a birthday, or of somebody who is of age.
        MemberHasLeft: one of them has left.
        VerifierInvolvedInTie: the caller is one of the two.
    """
    member = await find_member(conn, tenant_id=tenant_id, person_id=guardian.person_id)
    both = [ward_member_id] if member is None else [ward_member_id, member.member_id]
    held = await lock_members_to_tie(conn, tenant_id=tenant_id, member_ids=both)
    ward = held[ward_member_id]
    if ward.person_id == guardian.person_id:
        raise _unfit(guardian, remedy="Nobody is their own guardian.")
    if caller_id in (ward.caller_id, guardian.caller_id):
        raise VerifierInvolvedInTie
    born = await find_birthday(conn, guardian.person_id, keys)
    if born is not None and today() < day_of_majority(born):
        raise _unfit(guardian, remedy="Name somebody who is of age.")
    statement = load_sql(_PACKAGE, "find_guardian_chain")
    row = await fetch_one(conn, statement, tenant_id, guardian.person_id, ward_member_id, now())
    if row.guardian_is_ward:
        raise _unfit(guardian, remedy="The guardian has a guardian; end that one first.")
    if row.ward_is_guardian:
        raise _unfit(guardian, remedy="The member is somebody's guardian; end that one first.")
    if kind != "minor":
        return None
    born = await find_birthday(conn, ward.person_id, keys)
    if born is None:
        remedy = "Put the member's birthday on record first."
        raise InvalidInput(field="kind", value=kind, remedy=remedy)
    until = day_of_majority(born)
    if today() >= until:
        raise InvalidInput(field="kind", value=kind, remedy="The member is of age.")
    return until


def _unfit(guardian: Person, *, remedy: str) -> InvalidInput:
    return InvalidInput(field="guardian", value=guardian.volunteer_no, remedy=remedy)
