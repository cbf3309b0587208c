"""What two people decide: list, read, approve, decline, withdraw."""

from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.idempotency import once
from api.policies import may_any, may_any_on_platform
from api.refusals import InvalidBody
from api.v1.approval_forms import (
    ApprovalDecision,
    ApprovalPage,
    ApprovalState,
    ApprovalView,
    KindCode,
    approval_view,
    approval_views,
)
from api.v1.forms import CursorText, PageSize, PathId, both
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.foundation.approval_kinds import approval_kinds, using_permissions
from ledger.foundation.approvals import Approval, Wanted, get_approval, list_approvals
from ledger.foundation.grants import PermissionMissing
from ledger.journeys.approvals.consent import Terms
from ledger.journeys.approvals.deciding import approve, decline, withdraw
from ledger.journeys.approvals.rights import permits

_PLATFORM = "/v1"
_DECIDE = "approval.decide"
_TENANT_NAMES = sorted({*using_permissions("programme"), *using_permissions("estate")})
_IN_TENANTS, _DECIDED_THERE = (
    may_any(*_TENANT_NAMES),
    may_any(*_TENANT_NAMES, step_up=True, action=_DECIDE),
)
_PLATFORM_NAMES = using_permissions("platform")
_ON_PLATFORM = may_any_on_platform(*_PLATFORM_NAMES)
_DECIDED_ON_PLATFORM = may_any_on_platform(*_PLATFORM_NAMES, step_up=True, action=_DECIDE)


class _Filter(msgspec.Struct, frozen=True):
    status: ApprovalState | None = None
    kind: KindCode | None = None


_CURSOR: CursorKind[_Filter, UUID] = CursorKind(_Filter, UUID)


def open_kinds(call: Call) -> frozenset[str]:
    """The kinds that the caller asks for or approves here; others are not shown."""
    permissions, place = call.who.permissions, call.scope_id
    return frozenset(
        code
        for code, kind in approval_kinds().items()
        if permits(permissions, kind.asked_with, place)
        or permits(permissions, kind.approved_with, place)
    )


async def _list(
    call: Call, status: ApprovalState | None, kind: KindCode | None, cursor: str | None, limit: int
) -> ApprovalPage:
    wanted, after = _CURSOR.read(cursor, _Filter(status, kind), call.route)
    kinds = open_kinds(call) & ({wanted.kind} if wanted.kind else set(approval_kinds()))
    async with read_transaction(call.service.engine, tenant_id=call.scope_id) as conn:
        found = await list_approvals(
            conn,
            tenant_id=call.scope_id,
            limit=limit,
            wanted=Wanted(state=wanted.status, kinds=kinds),
            after=after,
        )
        views = await approval_views(conn, found)
    following = found[-1].approval_id if len(found) == limit else None
    return ApprovalPage(
        views, None if following is None else _CURSOR.write(wanted, following, call.route)
    )


async def _read(call: Call, approval_id: UUID) -> ApprovalView:
    async with read_transaction(call.service.engine, tenant_id=call.scope_id) as conn:
        approval = await find_open(conn, call, approval_id)
        return await approval_view(conn, approval)


async def find_open(conn: AsyncConnection, call: Call, approval_id: UUID) -> Approval:
    """A request of the caller's own, or of a kind she asks for or approves; any other is missing.

    Raises:
        NotFound: no such request here.
    """
    approval = await get_approval(conn, tenant_id=call.scope_id, approval_id=approval_id)
    person = call.who.person
    is_mine = person is not None and approval.requested_person == person.person_id
    if approval.kind not in open_kinds(call) and not is_mine:
        raise NotFound(kind="approval", id=str(approval_id))
    return approval


async def _decide(call: Call, approval_id: UUID, data: ApprovalDecision) -> Response[ApprovalView]:
    if data.decision == "declined" and not (data.reason or "").strip():
        raise InvalidBody(field="reason", reason="say why it is declined")

    decided: Approval | None = None

    async def act(conn: AsyncConnection) -> ApprovalView:
        nonlocal decided
        decided = await decide(conn, call, approval_id, data)
        return await approval_view(conn, decided)

    answer = await once(call, data, act, status=200)
    if decided is not None:
        forget_after(call, decided)
    return answer


def forget_after(call: Call, decided: Approval) -> None:
    """Let a decision that changes roles or ways in count in this process at once."""
    if decided.state == "approved" and approval_kinds()[decided.kind].changes_callers:
        call.service.identities.forget_everyone()


async def decide(
    conn: AsyncConnection, call: Call, approval_id: UUID, data: ApprovalDecision
) -> Approval:
    """Approve, decline or withdraw for this caller, within the scopes of the key that came.

    Raises:
        NotFound: no such request that concerns the caller.
        PermissionMissing: the roles, or the key's scopes, do not include approving it.
        LedgerError: see ``approve``, ``decline`` and ``withdraw``.
    """
    here, who = call.scope_id, call.caller_id
    approval = await find_open(conn, call, approval_id)
    needed = approval_kinds()[approval.kind].approved_with
    if data.decision != "withdrawn" and not permits(call.who.permissions, needed, here):
        raise PermissionMissing(permission=needed)
    if data.decision == "withdrawn":
        return await withdraw(
            conn, tenant_id=here, approval_id=approval_id, caller_id=who, reason=data.reason
        )
    if data.decision == "declined":
        return await decline(
            conn, tenant_id=here, approval_id=approval_id, caller_id=who, reason=str(data.reason)
        )
    terms = Terms(
        key=call.key,
        occurred_at=data.occurred_at,
        booked_on=data.booked_on,
        order_no=data.order_no,
    )
    return await approve(
        conn,
        tenant_id=here,
        approval_id=approval_id,
        caller_id=who,
        reason=data.reason,
        terms=terms,
    )


@get(both("/approvals"), opt=_IN_TENANTS, summary="List approvals", tags=["approvals"])
async def list_here(
    call: Call,
    status: FromQuery[ApprovalState | None] = None,
    kind: FromQuery[KindCode | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> ApprovalPage:
    """What somebody asks a second person to approve, of the kinds that concern the caller."""
    return await _list(call, status, kind, cursor, limit)


@get(_PLATFORM + "/approvals", opt=_ON_PLATFORM, summary="List approvals", tags=["approvals"])
async def list_on_platform(
    call: Call,
    status: FromQuery[ApprovalState | None] = None,
    kind: FromQuery[KindCode | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> ApprovalPage:
    """The same for what concerns no single programme or estate."""
    return await _list(call, status, kind, cursor, limit)


@get(
    both("/approvals/{approval_id:uuid}"),
    opt=_IN_TENANTS,
    summary="Read an approval",
    tags=["approvals"],
)
async def read_here(call: Call, approval_id: PathId) -> ApprovalView:
    """One request as it stands."""
    return await _read(call, approval_id)


@get(
    _PLATFORM + "/approvals/{approval_id:uuid}",
    opt=_ON_PLATFORM,
    summary="Read an approval",
    tags=["approvals"],
)
async def read_on_platform(call: Call, approval_id: PathId) -> ApprovalView:
    """One request of the platform as it stands."""
    return await _read(call, approval_id)


@post(
    both("/approvals/{approval_id:uuid}/decision"),
    opt=_DECIDED_THERE,
    summary="Approve, decline or withdraw",
    tags=["approvals"],
    status_code=200,
)
async def decide_here(
    call: Call, approval_id: PathId, data: JSONBody[ApprovalDecision]
) -> Response[ApprovalView]:
    """Approving does what was asked, in the same moment; never by the person who asked."""
    return await _decide(call, approval_id, data)


@post(
    _PLATFORM + "/approvals/{approval_id:uuid}/decision",
    opt=_DECIDED_ON_PLATFORM,
    summary="Approve, decline or withdraw",
    tags=["approvals"],
    status_code=200,
)
async def decide_on_platform(
    call: Call, approval_id: PathId, data: JSONBody[ApprovalDecision]
) -> Response[ApprovalView]:
    """The same for what concerns no single programme or estate."""
    return await _decide(call, approval_id, data)


ROUTES = (
    list_here,
    list_on_platform,
    read_here,
    read_on_platform,
    decide_here,
    decide_on_platform,
)
