"""Items proposed for members of Party branches, with their evidence, and decided by others."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.refusals import InvalidParameter
from api.v1.forms import (
    PROGRAMMES,
    Command,
    CursorText,
    PageSize,
    PathId,
    Words,
    holder_wanted,
    view,
)
from api.v1.signatories import SignatoryView, list_signatories
from ledger.clock import month_of
from ledger.database import read_transaction
from ledger.foundation.party_branches import get_branch
from ledger.programmes.star_points.claims import (
    MOST_TIMES,
    StarClaim,
    Status,
    decide_claim,
    list_claims,
    propose_item,
)
from ledger.programmes.star_points.items import Kind

#: A cursor brings branch and month along; without one both are asked for.
BranchWanted = Annotated[UUID | None, QueryParameter(description="Needed on the first page.")]
MonthWanted = Annotated[
    date | None, QueryParameter(description="Any day of the month; needed on the first page.")
]


class ClaimFilter(msgspec.Struct, frozen=True):
    """Which claims a list shows."""

    branch_id: UUID | None = None
    month: date | None = None
    status: Status | None = None
    member_id: UUID | None = None


_CLAIMS: CursorKind[ClaimFilter, tuple[datetime, UUID]] = CursorKind(
    ClaimFilter, tuple[datetime, UUID]
)


class NewClaim(Command, frozen=True):
    """An item of the county's table, proposed for a member with its evidence."""

    member_id: UUID
    item_code: Annotated[str, Meta(min_length=1, max_length=40, examples=["B01"])]
    happened_on: date
    evidence: Annotated[Words, Meta(examples=["签到表第3页"])]
    times: Annotated[int, Meta(ge=1, le=MOST_TIMES)] = 1


class ClaimDecision(Command, frozen=True):
    """What somebody else decides about a proposed item."""

    decision: Literal["approved", "declined"]


class ClaimView(msgspec.Struct, frozen=True):
    """An item proposed for a member; scores in 1/100 point."""

    claim_id: UUID
    branch_id: UUID
    member_id: UUID
    item_code: str
    kind: Kind
    times: int
    score: Annotated[int, Meta(description="Before caps.", examples=[200])]
    awarded: Annotated[int | None, Meta(description="What the caps left, once scored.")]
    happened_on: date
    month: date
    evidence: str
    proposed_at: datetime
    status: Status
    decided_at: datetime | None


class SignedClaimView(ClaimView, frozen=True):
    """The same with who proposed and who decided."""

    proposed_by: SignatoryView
    decided_by: SignatoryView | None


class ClaimPage(msgspec.Struct, frozen=True):
    """A page of a month's items, in the order they were proposed."""

    items: list[SignedClaimView]
    next_cursor: str | None


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
    branch_id: BranchWanted = None,
    month: MonthWanted = None,
    status: FromQuery[Status | None] = None,
    member_id: FromQuery[UUID | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> ClaimPage:
    """Items of a branch's month; a member without a wider role sees the own ones."""
    first_day = None if month is None else month_of(month)
    given = ClaimFilter(branch_id, first_day, status, member_id)
    wanted, after = _CLAIMS.read(cursor, given, call.route)
    branch, day = branch_month(wanted.branch_id, wanted.month)
    member = holder_wanted(call, "member", wanted.member_id)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_branch(conn, tenant_id=call.tenant_id, branch_id=branch)
        found = await list_claims(
            conn,
            tenant_id=call.tenant_id,
            branch_id=branch,
            month=day,
            status=wanted.status,
            member_id=member,
            after=after,
            limit=limit,
        )
        callers = (who for claim in found for who in (claim.proposed_by, claim.decided_by))
        signatories = await list_signatories(conn, callers)
    last = (found[-1].proposed_at, found[-1].claim_id) if len(found) == limit else None
    return ClaimPage(
        [_signed(claim, signatories) for claim in found],
        None if last is None else _CLAIMS.write(wanted, last, call.route),
    )


def branch_month(branch_id: UUID | None, month: date | None) -> tuple[UUID, date]:
    """The month of a branch that a list is about.

    Raises:
        InvalidParameter: one of the two is missing.
    """
    for name, value in (("branch_id", branch_id), ("month", month)):
        if value is None:
            raise InvalidParameter(parameter=name, reason="it is missing")
    assert branch_id is not None
    assert month is not None
    return branch_id, month


def _signed(claim: StarClaim, signatories: dict[int | None, SignatoryView]) -> SignedClaimView:
    return SignedClaimView(
        **msgspec.structs.asdict(view(ClaimView, claim)),
        proposed_by=signatories[claim.proposed_by],
        decided_by=signatories.get(claim.decided_by),
    )


ROUTES = (propose, decide, list_all_claims)
