"""What two people do about somebody's sign-in: a lost second factor, a new way in."""

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.foundation.linked_accounts import invite_by_two
from ledger.foundation.people import get_person
from ledger.foundation.second_factor import (
    SecondFactorMissing,
    has_second_factor,
    reset_second_factor,
)
from ledger.foundation.sessions import revoke_sessions_of_person
from ledger.foundation.sign_in_care import OwnSignIn, check_invitee, tell_of_care
from ledger.journeys.approvals.consent import Consent
from ledger.journeys.approvals.matters import SecondFactorReset, SignInInvitation


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


async def check_sign_in_invitation(
    conn: AsyncConnection, *, tenant_id: int, matter: SignInInvitation, asked_by: int
) -> None:
    """Refuse what could not be done.

    Raises:
        NotFound: no such person.
        OwnSignIn, PersonErased, InvitationNeedsSecondFactor: see ``check_invitee``.
    """
    person = await get_person(conn, public_id=matter.person_id)
    await check_invitee(conn, person=person, invited_by=asked_by, second_factor_is_ours=True)


async def carry_out_invitation(
    conn: AsyncConnection, *, matter: SignInInvitation, consent: Consent
) -> None:
    """Let the code open; the ways in that there were are closed, and the person is told.

    Raises:
        OwnSignIn: the approver is the one who would be invited.
        PersonErased, InvitationNeedsSecondFactor: see ``check_invitee``.
    """
    person = await get_person(conn, public_id=matter.person_id)
    for one in (consent.asked_by, consent.approved_by):
        await check_invitee(conn, person=person, invited_by=one, second_factor_is_ours=True)
    await invite_by_two(
        conn,
        person=person,
        code_hash=bytes.fromhex(matter.code_hash),
        invited_by=consent.asked_by,
        reason=consent.reason,
    )
    await revoke_sessions_of_person(conn, person_id=person.person_id, at=now())
    await tell_of_care(conn, person=person)
