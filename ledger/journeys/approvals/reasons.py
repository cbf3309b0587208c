"""Reasons of requests and decisions: without numbers, and without the name of whom they are about.

Source: docs/decisions/0049-personal-data.md
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import list_accounts_by_public_id
from ledger.books.entries import get_entry
from ledger.foundation.free_words import refuse_numbers
from ledger.foundation.grant_list import get_grant
from ledger.foundation.people import get_person
from ledger.foundation.words_about import refuse_names
from ledger.journeys.approvals.matters import (
    Adjustment,
    Matter,
    Reversal,
    RoleChange,
    SecondFactorReset,
    SignInInvitation,
)


async def check_reason(
    conn: AsyncConnection, *, tenant_id: int, matter: Matter, reason: str | None
) -> None:
    """Refuse what would tell who somebody is; behind every other check, as ``refuse_name`` says.

    Raises:
        InvalidInput: a number, or the name of the person whose role, sign-in or account it is.
        NotFound: no such person or grant; of an entry: EntryNotFound.
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
    if isinstance(matter, Reversal | Adjustment):
        holders = await _holders(conn, tenant_id, matter)
        await refuse_names(conn, "reason", reason, members=(tenant_id, sorted(holders)))


async def _holders(
    conn: AsyncConnection, tenant_id: int, matter: Reversal | Adjustment
) -> set[UUID]:
    """Whose accounts an entry moves, or moved; some of them are members."""
    if isinstance(matter, Reversal):
        entry = await get_entry(conn, tenant_id=tenant_id, entry_id=matter.entry_id)
        sides = [(one.debit_holder, one.credit_holder) for one in entry.transfers]
        return {holder for both in sides for holder in both if holder is not None}
    wanted = [x for one in matter.transfers for x in (one.debit_account, one.credit_account)]
    known = await list_accounts_by_public_id(conn, tenant_id=tenant_id, public_ids=wanted)
    return {one.holder_id for one in known.values() if one.holder_id is not None}
