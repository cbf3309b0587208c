"""Claims: an item proposed for a member with evidence, approved by somebody else."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import business_date, month_of, now
from ledger.database import execute, fetch_all, fetch_optional, fetch_value, load_sql
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.acting_for import record_act_for
from ledger.foundation.free_words import told_words
from ledger.foundation.words_about import refuse_names
from ledger.identifiers import uuid7
from ledger.programmes.star_points.items import PACKAGE, Kind, list_items
from ledger.programmes.star_points.refusals import (
    ApproverInvolved,
    ClaimAlreadyDecided,
    ClaimInFuture,
    ItemNotScored,
    MonthAlreadyScored,
    NotInABranch,
)

MOST_TIMES = 100

Status = Literal["proposed", "approved", "declined", "scored"]


class StarClaim(msgspec.Struct, frozen=True):
    """An item proposed for a member."""

    claim_id: UUID
    branch_id: UUID
    member_id: UUID
    item_org_unit_id: UUID
    item_code: str
    item_valid_from: date
    kind: Kind
    times: int
    #: 1/100 point before caps.
    score: int
    happened_on: date
    month: date
    evidence: str
    proposed_by: int
    proposed_at: datetime
    status: Status
    decided_by: int | None = None
    decided_at: datetime | None = None
    #: What the caps left of the score, once its month is scored.
    awarded: int | None = None


async def propose_item(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_id: UUID,
    item_code: str,
    happened_on: date,
    evidence: str,
    caller_id: int,
    times: int = 1,
    at: datetime | None = None,
) -> StarClaim:
    """Propose an item for a member, to the branch that her month belongs to.

    Raises:
        NotFound: no such member here.
        NotInABranch, ItemNotScored, ClaimInFuture, MonthAlreadyScored: see there.
        InvalidInput: no evidence or with somebody's number, or not 1 to 100 times.
    """
    proposed_at = at or now()
    if not 1 <= times <= MOST_TIMES:
        remedy = f"Give a number from 1 to {MOST_TIMES}."
        raise InvalidInput(field="times", value=times, remedy=remedy)
    evidence = told_words("evidence", evidence)
    if happened_on > business_date(proposed_at):
        raise ClaimInFuture(day=happened_on)
    month = month_of(happened_on)
    branch_id = await _branch_of(conn, tenant_id, member_id, month)
    items = await list_items(conn, tenant_id=tenant_id, on=happened_on, item_code=item_code)
    if not items:
        raise ItemNotScored(item=item_code, day=happened_on)
    await _refuse_scored_month(conn, tenant_id, branch_id, member_id, month)
    await refuse_names(conn, "evidence", evidence, members=(tenant_id, [member_id]))
    (item,) = items
    claim = StarClaim(
        uuid7(),
        branch_id,
        member_id,
        item.org_unit_id,
        item.item_code,
        item.valid_from,
        item.kind,
        times,
        item.unit_score * times,
        happened_on,
        month,
        evidence,
        caller_id,
        proposed_at,
        "proposed",
    )
    values = [getattr(claim, name) for name in _WRITTEN]
    await execute(conn, load_sql(PACKAGE, "propose_item"), tenant_id, *values)
    await record_act_for(
        conn,
        tenant_id=tenant_id,
        member_id=member_id,
        caller_id=caller_id,
        action="star_claim.propose",
        object_kind="star_claim",
        object_id=claim.claim_id,
    )
    return claim


_WRITTEN = (
    *("claim_id", "branch_id", "member_id", "item_org_unit_id", "item_code", "item_valid_from"),
    *("kind", "times", "score", "happened_on", "month", "evidence", "proposed_by", "proposed_at"),
)


async def decide_claim(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    claim_id: UUID,
    decision: Literal["approved", "declined"],
    caller_id: int,
    at: datetime | None = None,
) -> StarClaim:
    """Approve or decline a proposed item.

    Raises:
        NotFound: no such claim here.
        ClaimAlreadyDecided: it was decided before.
        ApproverInvolved: the caller proposed it, or is the member.
        MonthAlreadyScored: too late to approve it.
    """
    row = await fetch_optional(conn, load_sql(PACKAGE, "lock_claim"), tenant_id, claim_id)
    if row is None:
        raise NotFound(kind="star claim", id=str(claim_id))
    claim = _claim(row)
    if claim.status != "proposed":
        raise ClaimAlreadyDecided(status=claim.status)
    if caller_id == claim.proposed_by:
        raise ApproverInvolved(role="proposer")
    statement = load_sql(PACKAGE, "find_caller_of_member")
    if caller_id == await fetch_value(conn, statement, tenant_id, claim.member_id):
        raise ApproverInvolved(role="member")
    if decision == "approved":
        await _refuse_scored_month(conn, tenant_id, claim.branch_id, claim.member_id, claim.month)
    decided_at = at or now()
    statement = load_sql(PACKAGE, "decide_claim")
    await execute(conn, statement, tenant_id, claim_id, decision, caller_id, decided_at)
    return msgspec.structs.replace(
        claim, status=decision, decided_by=caller_id, decided_at=decided_at
    )


async def list_claims(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    branch_id: UUID,
    month: date,
    status: Status | None = None,
    member_id: UUID | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int | None = None,
) -> list[StarClaim]:
    """The items of a branch's month, in the order they were proposed.

    ``after`` is the moment and id of the last item of the page before; no limit: all of them.
    """
    rows = await fetch_all(
        conn,
        load_sql(PACKAGE, "list_claims"),
        tenant_id,
        branch_id,
        month,
        status,
        member_id,
        *(after or (None, None)),
        limit,
    )
    return [_claim(row) for row in rows]


async def list_claims_of_member(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_id: UUID,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
) -> list[StarClaim]:
    """The items proposed for a member over all months; ``after`` as for ``list_claims``."""
    statement = load_sql(PACKAGE, "list_claims_of_member")
    rows = await fetch_all(conn, statement, tenant_id, member_id, *(after or (None, None)), limit)
    return [_claim(row) for row in rows]


async def _branch_of(conn: AsyncConnection, tenant_id: int, member_id: UUID, month: date) -> UUID:
    """The branch that has a score or an item of the member's month, else that of today."""
    statement = load_sql(PACKAGE, "lock_branch_of_member")
    row = await fetch_optional(conn, statement, tenant_id, member_id)
    if row is None:
        raise NotFound(kind="member", id=str(member_id))
    statement = load_sql(PACKAGE, "find_branch_of_month")
    found = await fetch_value(conn, statement, tenant_id, member_id, month)
    branch_id: UUID | None = row.branch_id if found is None else found
    if branch_id is None:
        raise NotInABranch
    return branch_id


async def _refuse_scored_month(
    conn: AsyncConnection, tenant_id: int, branch_id: UUID, member_id: UUID, month: date
) -> None:
    """Refuse what would come after the scoring; scoring waits until we are done, or we for it."""
    await execute(conn, load_sql(PACKAGE, "lock_branch"), tenant_id, branch_id)
    statement = load_sql(PACKAGE, "is_month_scored")
    if await fetch_value(conn, statement, tenant_id, branch_id, member_id, month):
        raise MonthAlreadyScored(month=month.strftime("%Y-%m"))


def _claim(row: Any) -> StarClaim:
    """A row whose columns are in the order of the fields."""
    return StarClaim(*row)
