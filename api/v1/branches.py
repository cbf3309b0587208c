"""Party branches made, and the one that a member is of."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.forms import PROGRAMMES, Command, PathId, view
from api.v1.members import MEMBER
from api.v1.star_months import BranchView
from ledger.journeys.branches import change_branch, found_branch


class NewBranch(Command, frozen=True):
    """A Party branch by its name."""

    name: Annotated[str, Meta(min_length=1, max_length=60, examples=["第一党支部"])]


class BranchOfMember(Command, frozen=True):
    """Which branch a member is of from today on."""

    branch_id: Annotated[UUID | None, Meta(description="Null: of none any longer.")]


class MemberBranch(msgspec.Struct, frozen=True):
    """The branch that a member is of now."""

    member_id: UUID
    branch_id: UUID | None


@post(
    PROGRAMMES + "/branches",
    opt=may("members.manage"),
    summary="Make a Party branch",
    tags=["people"],
)
async def make_branch(call: Call, data: JSONBody[NewBranch]) -> Response[BranchView]:
    """Make a branch; one of this name that is there already is given back."""

    async def make(conn: AsyncConnection) -> BranchView:
        facts = {"tenant_id": call.tenant_id, "caller_id": call.caller_id}
        return view(BranchView, await found_branch(conn, name=data.name, **facts))

    return await once(call, data, make)


@post(
    MEMBER + "/branch",
    opt=may("members.manage"),
    summary="Change a member's Party branch",
    tags=["people"],
)
async def change_branch_of(
    call: Call, member_id: PathId, data: JSONBody[BranchOfMember]
) -> Response[MemberBranch]:
    """Join a branch, go over to another, or leave; earlier points stay where they were earned."""

    async def change(conn: AsyncConnection) -> MemberBranch:
        await change_branch(
            conn,
            tenant_id=call.tenant_id,
            member_id=member_id,
            branch_id=data.branch_id,
            caller_id=call.caller_id,
        )
        return MemberBranch(member_id, data.branch_id)

    return await once(call, data, change)


ROUTES = (make_branch, change_branch_of)
