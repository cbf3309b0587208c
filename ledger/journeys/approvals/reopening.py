"""Reopening a month by asking for it: the first person's request waits, a second one's agrees."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.periods import SamePerson
from ledger.foundation.approvals import Approval, Wanted, list_approvals
from ledger.foundation.people import find_person_of_caller
from ledger.journeys.approvals.deciding import approve, ask
from ledger.journeys.approvals.matters import PeriodReopening, read_matter

_KIND = "period_reopening"
_LOOKED_THROUGH = 200


async def ask_or_agree_to_reopen(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    book: str,
    month: date,
    reason: str,
    caller_id: int,
) -> Approval:
    """Ask for reopening a month, or agree to what somebody else asked for.

    Raises:
        SamePerson: this person asked for it, and it waits for another.
        LedgerError: see ``ask`` and ``approve``.
    """
    matter = PeriodReopening(book=book, month=month)
    waiting = await list_approvals(
        conn,
        tenant_id=tenant_id,
        limit=_LOOKED_THROUGH,
        wanted=Wanted(state="waiting", kinds=(_KIND,)),
    )
    same = [one for one in waiting if read_matter(one.kind, one.asked) == matter]
    if not same:
        return await ask(
            conn, tenant_id=tenant_id, matter=matter, reason=reason, caller_id=caller_id
        )
    person = await find_person_of_caller(conn, caller_id=caller_id)
    if person is not None and same[0].requested_person == person.person_id:
        raise SamePerson
    return await approve(
        conn,
        tenant_id=tenant_id,
        approval_id=same[0].approval_id,
        caller_id=caller_id,
        reason=reason,
    )
