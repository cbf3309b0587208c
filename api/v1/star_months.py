"""Months of Party branches: scored and published (一月一算分), read, released."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.forms import PROGRAMMES, Command, CursorText, PageSize, holder_wanted, view
from api.v1.star_claims import BranchWanted, MonthWanted, branch_month
from ledger.clock import month_of, today
from ledger.database import read_transaction
from ledger.foundation.party_branches import get_branch, list_branches
from ledger.programmes.star_points.release import release_stars
from ledger.programmes.star_points.scoring import list_star_results, score_month

Month = Annotated[date, Meta(description="First day of the month.", examples=["2026-10-01"])]


class ResultFilter(msgspec.Struct, frozen=True):
    """Which results a list shows."""

    branch_id: UUID | None = None
    month: date | None = None
    member_id: UUID | None = None


_RESULTS: CursorKind[ResultFilter, UUID] = CursorKind(ResultFilter, UUID)


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


class StarResultView(msgspec.Struct, frozen=True):
    """One line of the published list; scores in 1/100 point."""

    result_id: UUID
    member_id: UUID
    volunteer_no: str
    month: date
    basic: int
    reward: int
    deduction: int
    total: Annotated[int, Meta(description="Awards less deductions.")]
    status: Literal["published", "effective", "cancelled"]
    publicity_until: date
    expires_on: Annotated[date, Meta(description="Last day of use of the points.")]
    entry_id: UUID | None


class StarResultList(msgspec.Struct, frozen=True):
    """The whole list of a branch's month, as it was published."""

    items: list[StarResultView]


class StarResultPage(msgspec.Struct, frozen=True):
    """A page of the published list, by name."""

    items: list[StarResultView]
    next_cursor: str | None


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
    call: Call,
    branch_id: BranchWanted = None,
    month: MonthWanted = None,
    member_id: FromQuery[UUID | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> StarResultPage:
    """The lines of the list; a member without a wider role sees the own one."""
    first_day = None if month is None else month_of(month)
    wanted, after = _RESULTS.read(cursor, ResultFilter(branch_id, first_day, member_id), call.route)
    branch, day = branch_month(wanted.branch_id, wanted.month)
    member = holder_wanted(call, "member", wanted.member_id)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_branch(conn, tenant_id=call.tenant_id, branch_id=branch)
        found = await list_star_results(
            conn,
            tenant_id=call.tenant_id,
            branch_id=branch,
            month=day,
            member_id=member,
            after=after,
            limit=limit,
        )
    following = found[-1].result_id if len(found) == limit else None
    return StarResultPage(
        [view(StarResultView, result) for result in found],
        None if following is None else _RESULTS.write(wanted, following, call.route),
    )


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


ROUTES = (list_all_branches, score, list_all_results, release)
