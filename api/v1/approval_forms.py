"""Bodies and views of what two people decide."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.v1.entry_forms import MOST_TRANSFERS, NewTransfer
from api.v1.forms import Command, EventCode, Moment, Words
from api.v1.signatories import SignatoryView, list_signatories
from ledger.foundation.approvals import Approval

ApprovalState = Literal["waiting", "expired", "approved", "declined", "withdrawn"]
KindCode = Literal[
    "reversal",
    "adjustment",
    "payout",
    "policy_change",
    "period_reopening",
    "role_change",
    "second_factor_reset",
    "sign_in_invitation",
    "org_unit_change",
]


class ApprovalDecision(Command, frozen=True):
    """What somebody decides; the last three fields count for payments only."""

    decision: Literal["approved", "declined", "withdrawn"]
    reason: Annotated[Words | None, Meta(description="Needed to decline.")] = None
    occurred_at: Moment | None = None
    booked_on: date | None = None
    order_no: Annotated[str, Meta(max_length=64)] | None = None


class NewAdjustment(Command, frozen=True):
    """An entry of an event that two people post, asked for."""

    event_code: EventCode
    occurred_at: Moment
    transfers: Annotated[list[NewTransfer], Meta(min_length=1, max_length=MOST_TRANSFERS)]
    reason: Words
    booked_on: Annotated[
        date | None, Meta(description="Accounting date; absent: the day of approval.")
    ] = None
    subject_id: UUID | None = None


class NewPolicyChange(Command, frozen=True):
    """A value for a rule from a day to come, asked for."""

    key: Annotated[str, Meta(max_length=64, examples=["service.objection_days"])]
    value: Annotated[Any, Meta(description="In the rule's unit; null: inherit again.")]
    valid_from: Annotated[date, Meta(description="First business day; after today.")]
    document_no: Annotated[Words, Meta(description="Number of the decision (文号).")]
    reason: Words
    org_unit_id: Annotated[
        UUID | None, Meta(description="In which unit; null: on the whole platform.")
    ] = None


class NewRoleChange(Command, frozen=True):
    """A role to be given, or a grant to be ended."""

    action: Literal["give", "end"]
    role: Annotated[str, Meta(max_length=40, examples=["programme_accountant"])]
    reason: Words
    person_id: Annotated[UUID | None, Meta(description="Who gets it.")] = None
    org_unit_id: Annotated[
        UUID | None, Meta(description="On the platform: only what lies in this unit.")
    ] = None
    object_id: Annotated[
        UUID | None, Meta(description="Member, merchant or household of a limited role.")
    ] = None
    valid_from: Moment | None = None
    valid_to: Annotated[Moment | None, Meta(description="Exclusive; null: open.")] = None
    grant_id: Annotated[UUID | None, Meta(description="The grant to be ended.")] = None


class ApprovalView(msgspec.Struct, frozen=True):
    """A request with what became of it."""

    approval_id: UUID
    kind: KindCode
    object_id: Annotated[UUID | None, Meta(description="Entry, payment or grant it is about.")]
    asked: Annotated[dict[str, Any], Meta(description="What exactly is asked, by kind.")]
    reason: str
    requested_by: SignatoryView
    requested_at: datetime
    expires_at: datetime
    status: ApprovalState
    decided_by: SignatoryView | None
    decided_at: datetime | None
    decision_reason: str | None
    result_id: Annotated[UUID | None, Meta(description="What came of it, as an entry.")]


class ApprovalPage(msgspec.Struct, frozen=True):
    """A page of requests, the newest first."""

    items: list[ApprovalView]
    next_cursor: str | None


class RoleChangeView(msgspec.Struct, frozen=True):
    """A role given or ended at once, or a request that waits for a second person."""

    status: Literal["done", "waiting"]
    grant_id: UUID | None
    approval_id: UUID | None


async def approval_views(
    conn: AsyncConnection, approvals: Sequence[Approval]
) -> list[ApprovalView]:
    """The requests with the names of those who asked and decided."""
    callers = (who for one in approvals for who in (one.requested_by, one.decided_by))
    signed = await list_signatories(conn, callers)
    return [
        ApprovalView(
            one.approval_id,
            one.kind,  # type: ignore[arg-type]  # the table's kinds are those of the view
            one.object_id,
            msgspec.json.decode(one.asked),
            one.reason,
            signed[one.requested_by],
            one.requested_at,
            one.expires_at,
            one.state,
            signed.get(one.decided_by),
            one.decided_at,
            one.decision_reason,
            one.result_id,
        )
        for one in approvals
    ]


async def approval_view(conn: AsyncConnection, approval: Approval) -> ApprovalView:
    """One request with its names."""
    (view,) = await approval_views(conn, [approval])
    return view
