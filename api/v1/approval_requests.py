"""Asking a second person: for a correction of the books, for a change of a rule."""

from litestar import Response, post
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.idempotency import once
from api.policies import may, may_on_platform
from api.v1.approval_forms import ApprovalView, NewAdjustment, NewPolicyChange, approval_view
from api.v1.forms import PROGRAMMES, both
from ledger.journeys.approvals.deciding import ask
from ledger.journeys.approvals.matters import Adjustment, Move, PolicyChange


@post(
    both("/adjustments"),
    opt=may("entries.adjust"),
    summary="Ask for a correction (更正)",
    tags=["approvals"],
)
async def ask_for_adjustment(call: Call, data: JSONBody[NewAdjustment]) -> Response[ApprovalView]:
    """An entry of an event that two people post; another person approves and so posts it."""
    matter = Adjustment(
        event_code=data.event_code,
        occurred_at=data.occurred_at,
        transfers=tuple(
            Move(
                debit_account=one.debit_account,
                credit_account=one.credit_account,
                amount=one.amount,
                expires_on=one.expires_on,
            )
            for one in data.transfers
        ),
        booked_on=data.booked_on,
        subject_id=data.subject_id,
    )

    async def act(conn: AsyncConnection) -> ApprovalView:
        asked = await ask(
            conn,
            tenant_id=call.tenant_id,
            matter=matter,
            reason=data.reason,
            caller_id=call.caller_id,
        )
        return await approval_view(conn, asked)

    return await once(call, data, act)


async def _ask_for_policy(call: Call, data: NewPolicyChange) -> Response[ApprovalView]:
    async def act(conn: AsyncConnection) -> ApprovalView:
        asked = await ask(
            conn,
            tenant_id=call.scope_id,
            matter=PolicyChange(
                org_unit_id=data.org_unit_id,
                key=data.key,
                value=data.value,
                valid_from=data.valid_from,
                document_no=data.document_no,
            ),
            reason=data.reason,
            caller_id=call.caller_id,
        )
        return await approval_view(conn, asked)

    return await once(call, data, act)


@post(
    PROGRAMMES + "/policy-changes",
    opt=may("policies.propose"),
    summary="Ask for a change of a rule",
    tags=["approvals"],
)
async def ask_for_policy_here(
    call: Call, data: JSONBody[NewPolicyChange]
) -> Response[ApprovalView]:
    """A rule of the unit where the programme lies, from a day to come."""
    return await _ask_for_policy(call, data)


@post(
    "/v1/policy-changes",
    opt=may_on_platform("policies.propose"),
    summary="Ask for a change of a rule",
    tags=["approvals"],
)
async def ask_for_policy_on_platform(
    call: Call, data: JSONBody[NewPolicyChange]
) -> Response[ApprovalView]:
    """A rule of any unit, or of the whole platform."""
    return await _ask_for_policy(call, data)


ROUTES = (ask_for_adjustment, ask_for_policy_here, ask_for_policy_on_platform)
