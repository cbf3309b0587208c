"""Ask, approve, decline, withdraw: one way for every kind, its effect in the same transaction.

A refusal by the books or by a rule leaves the request as it was: nothing is half decided.

Source: docs/decisions/0047-approvals.md
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.foundation.approval_kinds import approval_kinds
from ledger.foundation.approvals import (
    Approval,
    decide_approval,
    get_approval,
    request_approval,
)
from ledger.foundation.files import carry_evidence
from ledger.identifiers import uuid7
from ledger.journeys.approvals.consent import Consent, Terms
from ledger.journeys.approvals.entries import (
    adjust,
    check_adjustment,
    check_reopening,
    check_reversal,
    reopen,
    reverse,
)
from ledger.journeys.approvals.matters import Matter, RoleChange, read_matter
from ledger.journeys.approvals.notices import tell_of_decision, tell_of_request
from ledger.journeys.approvals.reasons import check_reason
from ledger.journeys.approvals.rights import require_asker_still, require_now
from ledger.journeys.approvals.roles import (
    change_role,
    check_role_change,
    result_of,
)
from ledger.journeys.approvals.rules import change_policy, check_policy_change
from ledger.journeys.approvals.sign_ins import (
    carry_out_invitation,
    carry_out_reset,
    check_second_factor_reset,
    check_sign_in_invitation,
)
from ledger.journeys.approvals.units import change_units, check_unit_change
from ledger.programmes.trust.bookings import Booking, CashDetail
from ledger.programmes.trust.payments import approve_payment, decline_payment

_PAYOUT = "payout"
_NO_TERMS = Terms()


class Effect(msgspec.Struct, frozen=True):
    """What a kind refuses when it is asked for, and what its approval does."""

    check: Callable[..., Awaitable[None]]
    carry_out: Callable[..., Awaitable[None]]
    #: What comes of it is an entry; evidence of the request proves it.
    posts: bool = False


#: By kind. Payments are asked for and decided by the trust, which keeps its own record of them.
EFFECTS: Mapping[str, Effect] = {
    "reversal": Effect(check_reversal, reverse, posts=True),
    "adjustment": Effect(check_adjustment, adjust, posts=True),
    "policy_change": Effect(check_policy_change, change_policy),
    "period_reopening": Effect(check_reopening, reopen),
    "role_change": Effect(check_role_change, change_role),
    "second_factor_reset": Effect(check_second_factor_reset, carry_out_reset),
    "sign_in_invitation": Effect(check_sign_in_invitation, carry_out_invitation),
    "org_unit_change": Effect(check_unit_change, change_units),
}


async def ask(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    matter: Matter,
    reason: str,
    caller_id: int,
    object_id: UUID | None = None,
    lifetime: timedelta | None = None,
) -> Approval:
    """Ask a second person; nothing happens yet.

    Raises:
        PermissionMissing, NotFound: not for this caller to ask.
        PersonNeeded: a connected system asks.
        InvalidInput: a reason with somebody's number, or the name of the person it is about.
        LedgerError: it could not be done; the class names the reason.
    """
    kind = approval_kinds()[matter.kind]
    await require_now(conn, caller_id=caller_id, permission=kind.asked_with, tenant_id=tenant_id)
    await EFFECTS[matter.kind].check(conn, tenant_id=tenant_id, matter=matter, asked_by=caller_id)
    await check_reason(conn, tenant_id=tenant_id, matter=matter, reason=reason)
    approval_id = uuid7()
    await request_approval(
        conn,
        tenant_id=tenant_id,
        approval_id=approval_id,
        kind=matter.kind,
        asked=_untagged(matter),
        reason=reason,
        caller_id=caller_id,
        object_id=object_id,
        lifetime=lifetime,
    )
    await tell_of_request(
        conn, tenant_id=tenant_id, approval_id=approval_id, kind=matter.kind, asked_by=caller_id
    )
    return await get_approval(conn, tenant_id=tenant_id, approval_id=approval_id)


def _untagged(matter: Matter) -> dict[str, Any]:
    """The fields of a matter; the kind stands beside them."""
    written: dict[str, Any] = msgspec.to_builtins(matter)
    return {name: value for name, value in written.items() if name != "kind"}


async def approve(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    approval_id: UUID,
    caller_id: int,
    reason: str | None = None,
    terms: Terms = _NO_TERMS,
) -> Approval:
    """Approve what somebody else asked for, and do it.

    Raises:
        NotFound: no such request here.
        PermissionMissing: not for this caller to approve.
        AskerLostRight: whoever asked may not ask any more.
        SecondPersonNeeded, PersonNeeded, ApprovalDecided, ApprovalExpired: see decide_approval.
        LedgerError: it cannot be done now; the request waits as before.
    """
    approval = await get_approval(conn, tenant_id=tenant_id, approval_id=approval_id)
    kind = approval_kinds()[approval.kind]
    await require_now(conn, caller_id=caller_id, permission=kind.approved_with, tenant_id=tenant_id)
    await require_asker_still(
        conn, caller_id=approval.requested_by, permission=kind.asked_with, tenant_id=tenant_id
    )
    if approval.kind == _PAYOUT:
        await _approve_payout(conn, tenant_id, approval_id, caller_id, terms)
        return await get_approval(conn, tenant_id=tenant_id, approval_id=approval_id)
    matter = read_matter(approval.kind, approval.asked)
    result_id = result_of(matter, uuid7()) if isinstance(matter, RoleChange) else uuid7()
    await decide_approval(
        conn,
        tenant_id=tenant_id,
        approval_id=approval_id,
        kind=approval.kind,
        verdict="approved",
        caller_id=caller_id,
        reason=reason,
        result_id=result_id,
    )
    consent = Consent(
        tenant_id=tenant_id,
        approval_id=approval_id,
        reason=approval.reason,
        asked_by=approval.requested_by,
        approved_by=caller_id,
        result_id=result_id,
    )
    await check_reason(conn, tenant_id=tenant_id, matter=matter, reason=reason)
    effect = EFFECTS[approval.kind]
    await effect.carry_out(conn, matter=matter, consent=consent)
    if effect.posts:
        await carry_evidence(
            conn, tenant_id=tenant_id, kind="approval", object_id=approval_id, entry_id=result_id
        )
    await tell_of_decision(conn, tenant_id=tenant_id, approval=approval)
    return await get_approval(conn, tenant_id=tenant_id, approval_id=approval_id)


async def _approve_payout(
    conn: AsyncConnection, tenant_id: int, payment_id: UUID, caller_id: int, terms: Terms
) -> None:
    booking = Booking(
        key=terms.key or uuid7(),
        caller_id=caller_id,
        occurred_at=terms.occurred_at or now(),
        booked_on=terms.booked_on,
    )
    outcome = await approve_payment(
        conn,
        tenant_id=tenant_id,
        payment_id=payment_id,
        booking=booking,
        cash=CashDetail(order_no=terms.order_no),
    )
    if not outcome.replayed:
        await carry_evidence(
            conn,
            tenant_id=tenant_id,
            kind="payment",
            object_id=payment_id,
            entry_id=outcome.entry_id,
        )


async def decline(
    conn: AsyncConnection, *, tenant_id: int, approval_id: UUID, caller_id: int, reason: str
) -> Approval:
    """Decline what somebody else asked for; nothing happens.

    Raises:
        NotFound, PermissionMissing, SecondPersonNeeded, PersonNeeded, ApprovalDecided,
        ApprovalExpired: as for approving.
    """
    approval = await get_approval(conn, tenant_id=tenant_id, approval_id=approval_id)
    kind = approval_kinds()[approval.kind]
    await require_now(conn, caller_id=caller_id, permission=kind.approved_with, tenant_id=tenant_id)
    if approval.kind == _PAYOUT:
        await decline_payment(
            conn, tenant_id=tenant_id, payment_id=approval_id, caller_id=caller_id, reason=reason
        )
    else:
        await decide_approval(
            conn,
            tenant_id=tenant_id,
            approval_id=approval_id,
            kind=approval.kind,
            verdict="declined",
            caller_id=caller_id,
            reason=reason,
        )
        matter = read_matter(approval.kind, approval.asked)
        await check_reason(conn, tenant_id=tenant_id, matter=matter, reason=reason)
        await tell_of_decision(conn, tenant_id=tenant_id, approval=approval)
    return await get_approval(conn, tenant_id=tenant_id, approval_id=approval_id)


async def withdraw(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    approval_id: UUID,
    caller_id: int,
    reason: str | None = None,
) -> Approval:
    """Take back what one asked for.

    Raises:
        NotFound: no such request here.
        OnlyAskerWithdraws, ApprovalDecided, ApprovalExpired: see decide_approval.
    """
    approval = await get_approval(conn, tenant_id=tenant_id, approval_id=approval_id)
    await decide_approval(
        conn,
        tenant_id=tenant_id,
        approval_id=approval_id,
        kind=approval.kind,
        verdict="withdrawn",
        caller_id=caller_id,
        reason=reason,
    )
    if approval.kind != _PAYOUT:
        matter = read_matter(approval.kind, approval.asked)
        await check_reason(conn, tenant_id=tenant_id, matter=matter, reason=reason)
    return await get_approval(conn, tenant_id=tenant_id, approval_id=approval_id)
