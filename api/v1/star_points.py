"""Star points of Party branches: items proposed and approved, months scored, results released."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.forms import PROGRAMMES, Command, PathId, Words, holder_wanted, view
from ledger.clock import month_of, today
from ledger.database import read_transaction
from ledger.foundation.organisations import list_branches
from ledger.programmes.star_points.claims import (
    MOST_TIMES,
    Status,
    decide_claim,
    list_claims,
    propose_item,
)
from ledger.programmes.star_points.items import Kind
from ledger.programmes.star_points.release import release_stars
from ledger.programmes.star_points.scoring import list_star_results, score_month

Month = Annotated[date, Meta(description="First day of the month.", examples=["2026-10-01"])]
MonthWanted = Annotated[date, QueryParameter(description="Any day of the month.")]


class NewClaim(Command, frozen=True):
    """An item of the county's table, proposed for a member with its evidence."""

    member_id: UUID
    item_code: Annotated[str, Meta(min_length=1, max_length=40)]
    happened_on: date
    evidence: Words
    times: Annotated[int, Meta(ge=1, le=MOST_TIMES)] = 1


class ClaimDecision(Command, frozen=True):
    """What somebody else decides about a proposed item."""

    decision: Literal["approved", "declined"]


class NewScoring(Command, frozen=True):
    """A branch's month to be scored and published."""

    branch_id: UUID
    month: Month


class NewRelease(Command, frozen=True):
    """Results whose publicity has ended take effect."""

    on: Annotated[date | None, Meta(description="Business day; absent: today.")] = None


class BranchView(msgspec.Struct, frozen=True):
    """A Party branch."""

    branch_id: UUID
    name: str


class BranchList(msgspec.Struct, frozen=True):
    """The branches of a programme."""

    items: list[BranchView]


class ClaimView(msgspec.Struct, frozen=True):
    """An item proposed for a member; scores in 1/100 point."""

    claim_id: UUID
    branch_id: UUID
    member_id: UUID
    item_code: str
    kind: Kind
    times: int
    score: int
    awarded: int | None
    happened_on: date
    month: date
    evidence: str
    proposed_at: datetime
    status: Status
    decided_at: datetime | None


class ClaimList(msgspec.Struct, frozen=True):
    """The items of a branch's month."""

    items: list[ClaimView]


class StarResultView(msgspec.Struct, frozen=True):
    """One line of the published list; scores in 1/100 point."""

    result_id: UUID
    member_id: UUID
    volunteer_no: str
    month: date
    basic: int
    reward: int
    deduction: int
    total: int
    status: Literal["published", "effective", "cancelled"]
    publicity_until: date
    expires_on: date
    entry_id: UUID | None


class StarResultList(msgspec.Struct, frozen=True):
    """The published list of a branch's month."""

    items: list[StarResultView]


class ReleaseView(msgspec.Struct, frozen=True):
    """What a release did: results looked at, those that took effect, those left for later."""

    tried: int
    effective: int
    refused: int


@get(
    PROGRAMMES + "/branches",
    opt=may("star_points.read"),
    summary="List Party branches",
    tags=["star points"],
)
async def list_all_branches(call: Call) -> BranchList:
    """Every branch of the programme."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_branches(conn, tenant_id=call.tenant_id)
    return BranchList([view(BranchView, branch) for branch in found])


@post(
    PROGRAMMES + "/star-claims",
    opt=may("star_points.propose"),
    summary="Propose an item",
    tags=["star points"],
)
async def propose(call: Call, data: JSONBody[NewClaim]) -> Response[ClaimView]:
    """Propose an item for a member of a branch; somebody else approves it."""

    async def act(conn: AsyncConnection) -> ClaimView:
        claim = await propose_item(
            conn,
            tenant_id=call.tenant_id,
            member_id=data.member_id,
            item_code=data.item_code,
            happened_on=data.happened_on,
            evidence=data.evidence,
            times=data.times,
            caller_id=call.caller_id,
        )
        return view(ClaimView, claim)

    return await once(call, data, act)


@post(
    PROGRAMMES + "/star-claims/{claim_id:uuid}/decision",
    opt=may("star_points.approve"),
    summary="Approve or decline an item",
    tags=["star points"],
    status_code=200,
)
async def decide(
    call: Call, claim_id: PathId, data: JSONBody[ClaimDecision]
) -> Response[ClaimView]:
    """By somebody who neither proposed the item nor is the member."""

    async def act(conn: AsyncConnection) -> ClaimView:
        claim = await decide_claim(
            conn,
            tenant_id=call.tenant_id,
            claim_id=claim_id,
            decision=data.decision,
            caller_id=call.caller_id,
        )
        return view(ClaimView, claim)

    return await once(call, data, act, status=200)


@get(
    PROGRAMMES + "/star-claims",
    opt=may("star_points.read"),
    summary="List the items of a month",
    tags=["star points"],
)
async def list_all_claims(
    call: Call,
    branch_id: FromQuery[UUID],
    month: MonthWanted,
    status: FromQuery[Status | None] = None,
    member_id: FromQuery[UUID | None] = None,
) -> ClaimList:
    """Items of a branch's month; a member without a wider role sees the own ones."""
    member = holder_wanted(call, "member", member_id)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_claims(
            conn,
            tenant_id=call.tenant_id,
            branch_id=branch_id,
            month=month_of(month),
            status=status,
            member_id=member,
        )
    return ClaimList([view(ClaimView, claim) for claim in found])


@post(
    PROGRAMMES + "/star-months",
    opt=may("star_points.score"),
    summary="Score a month",
    tags=["star points"],
)
async def score(call: Call, data: JSONBody[NewScoring]) -> Response[StarResultList]:
    """Score a branch's month under its caps and publish the list (一月一算分)."""

    async def act(conn: AsyncConnection) -> StarResultList:
        found = await score_month(
            conn,
            tenant_id=call.tenant_id,
            branch_id=data.branch_id,
            month=data.month,
            caller_id=call.caller_id,
        )
        return StarResultList([view(StarResultView, result) for result in found])

    return await once(call, data, act)


@get(
    PROGRAMMES + "/star-results",
    opt=may("star_points.read"),
    summary="Read the published list of a month",
    tags=["star points"],
)
async def list_all_results(
    call: Call, branch_id: FromQuery[UUID], month: MonthWanted
) -> StarResultList:
    """Every line of the list; to a member's own key, the own line."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_star_results(
            conn, tenant_id=call.tenant_id, branch_id=branch_id, month=month_of(month)
        )
    shown = [result for result in found if call.reach.includes(result.member_id)]
    return StarResultList([view(StarResultView, result) for result in shown])


@post(
    PROGRAMMES + "/star-releases",
    opt=may("star_points.release"),
    summary="Release results",
    tags=["star points"],
)
async def release(call: Call, data: JSONBody[NewRelease]) -> Response[ReleaseView]:
    """Let results take effect whose publicity has ended; the job does the same every night."""

    async def act(conn: AsyncConnection) -> ReleaseView:
        run = await release_stars(
            conn,
            tenant_id=call.tenant_id,
            on=min(data.on or today(), today()),
            caller_id=call.caller_id,
        )
        return ReleaseView(run.tried, run.effective, len(run.refused))

    return await once(call, data, act)


ROUTES = (
    list_all_branches,
    propose,
    decide,
    list_all_claims,
    score,
    list_all_results,
    release,
)
