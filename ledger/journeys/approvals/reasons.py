"""Reasons of requests and decisions: without numbers, and without the name of whom they are about.

Source: docs/decisions/0049-personal-data.md
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.foundation.free_words import refuse_numbers
from ledger.foundation.grant_list import get_grant
from ledger.foundation.people import get_person
from ledger.foundation.words_about import refuse_names
from ledger.journeys.approvals.matters import (
    Matter,
    RoleChange,
    SecondFactorReset,
    SignInInvitation,
)


async def check_reason(conn: AsyncConnection, *, matter: Matter, reason: str | None) -> None:
    """Refuse what would tell who somebody is; behind every other check, as ``refuse_name`` says.

    Raises:
        InvalidInput: a number, or the name of the person whose role or sign-in it is.
        NotFound: no such person or grant.
    """
    if reason is None:
        return
    refuse_numbers("reason", reason)
    if isinstance(matter, RoleChange | SecondFactorReset | SignInInvitation) and matter.person_id:
        person = await get_person(conn, public_id=matter.person_id)
        await refuse_names(conn, "reason", reason, person_ids=[person.person_id])
    if isinstance(matter, RoleChange) and matter.grant_id:
        grant = await get_grant(conn, grant_id=matter.grant_id)
        await refuse_names(conn, "reason", reason, caller_ids=[grant.caller_id])
