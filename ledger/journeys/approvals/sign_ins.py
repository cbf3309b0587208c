"""The effect on a lost second factor: out of use, every session ended, by two people."""

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.foundation.people import get_person
from ledger.foundation.second_factor import (
    SecondFactorMissing,
    has_second_factor,
    reset_second_factor,
)
from ledger.foundation.sign_in_care import OwnSignIn, tell_of_care
from ledger.journeys.approvals.consent import Consent
from ledger.journeys.approvals.matters import SecondFactorReset


async def check_second_factor_reset(
    conn: AsyncConnection, *, tenant_id: int, matter: SecondFactorReset, asked_by: int
) -> None:
    """Refuse what could not be done.

    Raises:
        NotFound: no such person.
        OwnSignIn: nobody asks for herself; who still signs in renews the factor herself.
        SecondFactorMissing: there is none.
    """
    person = await get_person(conn, public_id=matter.person_id)
    if person.caller_id == asked_by:
        raise OwnSignIn
    if not await has_second_factor(conn, person_id=person.person_id):
        raise SecondFactorMissing


async def carry_out_reset(
    conn: AsyncConnection, *, matter: SecondFactorReset, consent: Consent
) -> None:
    """Take the second factor and its recovery codes out of use; the person is told.

    Raises:
        OwnSignIn: the approver is the one whose factor it is.
        SecondFactorMissing: there is none any more.
    """
    person = await get_person(conn, public_id=matter.person_id)
    if person.caller_id == consent.approved_by:
        raise OwnSignIn
    await reset_second_factor(conn, person=person, reset_by=consent.asked_by, reason=consent.reason)
    await tell_of_care(conn, person=person)
