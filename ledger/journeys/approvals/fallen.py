"""What waits and cannot be any more: it ends with the role that let somebody ask, or with her."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import set_tenant
from ledger.foundation.approval_kinds import approval_kinds
from ledger.foundation.approvals import decide_approval, get_approval
from ledger.foundation.grants import get_permissions
from ledger.foundation.people import find_person_of_caller
from ledger.foundation.waiting_approvals import WaitingMatter, list_waiting_of_person
from ledger.journeys.approvals.consent import Consent
from ledger.journeys.approvals.notices import tell_of_decision
from ledger.journeys.approvals.rights import permits
from ledger.programmes.trust.payments import decline_payment


async def end_what_fell(conn: AsyncConnection, *, caller_id: int, consent: Consent) -> None:
    """Decline, for the reason the role ended, what its holder may not ask for any more.

    Whoever ended the role declines; what was asked for by herself she withdraws.
    """
    person = await find_person_of_caller(conn, caller_id=caller_id)
    if person is None:
        return
    permissions = await get_permissions(conn, caller_id=caller_id)
    for one in await list_waiting_of_person(conn, person_id=person.person_id):
        if not permits(permissions, approval_kinds()[one.kind].asked_with, one.tenant_id):
            await _end(conn, one, ended_by=consent.approved_by, reason=consent.reason)
    await set_tenant(conn, consent.tenant_id)


async def end_what_waits(
    conn: AsyncConnection,
    *,
    person_id: int,
    named_by: Collection[UUID],
    ended_by: int,
    reason: str,
) -> None:
    """Decline, in every place, what waits about somebody, and what she asked for.

    ``named_by``: the ids by which a request names her. What ``ended_by`` asked for is withdrawn.
    """
    for one in await list_waiting_of_person(conn, person_id=person_id, named_by=named_by):
        await _end(conn, one, ended_by=ended_by, reason=reason)


async def _end(conn: AsyncConnection, one: WaitingMatter, *, ended_by: int, reason: str) -> None:
    await set_tenant(conn, one.tenant_id)
    mine = one.requested_by == ended_by
    if one.kind == "payout" and not mine:
        await decline_payment(
            conn,
            tenant_id=one.tenant_id,
            payment_id=one.approval_id,
            caller_id=ended_by,
            reason=reason,
        )
        return
    await decide_approval(
        conn,
        tenant_id=one.tenant_id,
        approval_id=one.approval_id,
        kind=one.kind,
        verdict="withdrawn" if mine else "declined",
        caller_id=ended_by,
        reason=reason,
    )
    ended = await get_approval(conn, tenant_id=one.tenant_id, approval_id=one.approval_id)
    await tell_of_decision(conn, tenant_id=one.tenant_id, approval=ended)
