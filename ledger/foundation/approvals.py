"""What two people decide: asked for, then approved, declined or withdrawn, once and in time.

The database compares the persons and the time and lets each request be decided once. What an
approval does is no matter of this module: see ``ledger.journeys.approvals``.

Source: docs/decisions/0047-approvals.md
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, fetch_value, load_sql
from ledger.errors import LedgerError, NotFound
from ledger.foundation.approval_kinds import approval_kinds
from ledger.foundation.audit_log import record_action
from ledger.foundation.organisations import check_page_size

_PACKAGE = "ledger.foundation"
#: The tenant of what concerns no single programme or estate. No tenant is given this number.
PLATFORM = 0

State = Literal["waiting", "expired", "approved", "declined", "withdrawn"]
Verdict = Literal["approved", "declined", "withdrawn"]
_ACTIONS: dict[Verdict, str] = {
    "approved": "approval.approve",
    "declined": "approval.decline",
    "withdrawn": "approval.withdraw",
}


class PersonNeeded(LedgerError):
    """A connected system is nobody: whoever holds its key could be the other person as well."""

    template = "Only a person asks for an approval or gives one; this key belongs to a system."


class SecondPersonNeeded(LedgerError):
    """Maker and checker are two people."""

    template = "Somebody else must decide what you asked for."


class OnlyAskerWithdraws(LedgerError):
    """A request is taken back by whoever made it; others decline."""

    template = "Only the person who asked can withdraw this; decline it instead."


class ApprovalDecided(LedgerError):
    """Decided once."""

    template = "This was decided before."


class ApprovalExpired(LedgerError):
    """Nobody decided in time."""

    template = "Nobody decided in time; it has to be asked for again."


class ApprovalWaitsAlready(LedgerError):
    """Of two requests for the same thing the second could never be approved."""

    template = "This was asked for at {occurred_at} and waits already, in request {approval}."


class Approval(msgspec.Struct, frozen=True):
    """A request with what became of it."""

    approval_id: UUID
    kind: str
    object_id: UUID | None
    #: Canonical JSON of what is asked, as its kind writes it.
    asked: str
    reason: str
    requested_by: int
    requested_person: int
    requested_at: datetime
    expires_at: datetime
    state: State
    decided_by: int | None
    decided_at: datetime | None
    decision_reason: str | None
    #: What came of it, as an entry; None: not approved.
    result_id: UUID | None


class WaitingRequest(msgspec.Struct, frozen=True):
    """A request that nobody has decided, and who made it when."""

    approval_id: UUID
    requested_by: int
    requested_at: datetime


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests a list shows."""

    state: State | None = None
    kinds: Collection[str] | None = None
    #: Only what this person asked for, or only what others did.
    asked_by_person: int | None = None
    not_asked_by_person: int | None = None
    #: Only what waits no longer.
    decided: bool = False


_ALL = Wanted()
_REFUSALS: dict[str, type[LedgerError]] = {
    refusal.code: refusal
    for refusal in (
        PersonNeeded,
        SecondPersonNeeded,
        OnlyAskerWithdraws,
        ApprovalDecided,
        ApprovalExpired,
    )
}


async def request_approval(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    approval_id: UUID,
    kind: str,
    asked: msgspec.Struct | dict[str, Any],
    reason: str,
    caller_id: int,
    object_id: UUID | None = None,
    lifetime: timedelta | None = None,
) -> None:
    """Ask for an approval; without a ``lifetime`` it waits as long as its kind says.

    Raises:
        PersonNeeded: the caller is a connected system.
        ApprovalWaitsAlready: somebody asked for the same, and nobody has decided.
    """
    written = msgspec.json.encode(asked, order="deterministic").decode()
    asked_for = (
        load_sql(_PACKAGE, "request_approval"),
        tenant_id,
        approval_id,
        kind,
        object_id,
        written,
        reason,
        caller_id,
        approval_kinds()[kind].lifetime if lifetime is None else lifetime,
    )
    while (code := await fetch_value(conn, *asked_for)) == ApprovalWaitsAlready.code:
        for first in await list_waiting_for_same(
            conn, tenant_id=tenant_id, kind=kind, asked=written
        ):
            raise ApprovalWaitsAlready(
                approval=str(first.approval_id), occurred_at=first.requested_at.isoformat()
            )
        # decided or expired in this very moment: it is in nobody's way any more
    if code is not None:
        raise _REFUSALS[code]
    await _record(conn, "approval.ask", tenant_id, kind, approval_id, caller_id, reason)


async def list_waiting_for_same(
    conn: AsyncConnection, *, tenant_id: int, kind: str, asked: str
) -> list[WaitingRequest]:
    """Requests for the same thing (canonical JSON) that nobody has decided, the oldest first."""
    statement = load_sql(_PACKAGE, "list_waiting_for_same")
    rows = await fetch_all(conn, statement, tenant_id, kind, asked)
    return [WaitingRequest(*tuple(row)) for row in rows]


async def decide_approval(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    approval_id: UUID,
    kind: str,
    verdict: Verdict,
    caller_id: int,
    reason: str | None = None,
    result_id: UUID | None = None,
) -> None:
    """Record a decision; an approval names its result. The request stays locked until the end.

    Raises:
        NotFound: no such request here.
        PersonNeeded: the caller is a connected system.
        SecondPersonNeeded, OnlyAskerWithdraws: not this person's to decide so.
        ApprovalDecided, ApprovalExpired: too late.
    """
    code = await fetch_value(
        conn,
        load_sql(_PACKAGE, "decide_approval"),
        tenant_id,
        approval_id,
        verdict,
        caller_id,
        reason,
        result_id,
    )
    if code == "approval_missing":
        raise NotFound(kind="approval", id=str(approval_id))
    if code is not None:
        raise _REFUSALS[code]
    await _record(conn, _ACTIONS[verdict], tenant_id, kind, approval_id, caller_id, reason)


async def _record(
    conn: AsyncConnection,
    action: str,
    tenant_id: int,
    kind: str,
    approval_id: UUID,
    caller_id: int,
    reason: str | None,
) -> None:
    await record_action(
        conn,
        caller_id=caller_id,
        action=action,
        tenant_id=None if tenant_id == PLATFORM else tenant_id,
        object_kind=kind,
        object_id=str(approval_id),
        reason=reason,
    )


async def get_approval(conn: AsyncConnection, *, tenant_id: int, approval_id: UUID) -> Approval:
    """One request as it stands.

    Raises:
        NotFound: no such request here.
    """
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "list_approvals"),
        *(tenant_id, approval_id, None, None, None, None, None, 1, False),
    )
    if not rows:
        raise NotFound(kind="approval", id=str(approval_id))
    return Approval(*tuple(rows[0]))


async def list_approvals(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    limit: int,
    wanted: Wanted = _ALL,
    after: UUID | None = None,
) -> list[Approval]:
    """A page of requests, the newest first, beginning after one."""
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "list_approvals"),
        tenant_id,
        None,
        wanted.state,
        None if wanted.kinds is None else sorted(wanted.kinds),
        wanted.asked_by_person,
        wanted.not_asked_by_person,
        after,
        check_page_size(limit),
        wanted.decided,
    )
    return [Approval(*tuple(row)) for row in rows]
