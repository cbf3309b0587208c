"""Who holds which role; roles given and ended, by one person or by two."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.idempotency import once
from api.policies import may, may_on_platform
from api.v1.approval_forms import NewRoleChange, RoleChangeView
from api.v1.forms import CursorText, PageSize, both
from ledger.database import read_transaction
from ledger.foundation.grant_list import Grant, list_grants
from ledger.foundation.organisations import list_tenants
from ledger.foundation.people import get_person
from ledger.journeys.approvals.matters import RoleChange
from ledger.journeys.approvals.role_changes import ask_or_change_role


class GrantView(msgspec.Struct, frozen=True):
    """A role given to somebody, with where and until when."""

    grant_id: UUID
    role: str
    person_id: Annotated[UUID | None, Meta(description="Null: a connected system.")]
    name: str | None
    tenant_id: Annotated[
        UUID | None, Meta(description="Programme or estate; null: a unit, or the platform.")
    ]
    org_unit_id: UUID | None
    object_id: UUID | None
    valid_from: datetime
    valid_to: datetime | None
    end_reason: str | None
    approval_id: UUID | None


class GrantPage(msgspec.Struct, frozen=True):
    """A page of grants, the newest first."""

    items: list[GrantView]
    next_cursor: str | None


class _Filter(msgspec.Struct, frozen=True):
    person_id: UUID | None = None
    in_force: bool = True


_CURSOR: CursorKind[_Filter, UUID] = CursorKind(_Filter, UUID)


async def _list(
    call: Call,
    tenant_id: int | None,
    given: _Filter,
    cursor: str | None,
    limit: int,
) -> GrantPage:
    wanted, after = _CURSOR.read(cursor, given, call.route)
    async with read_transaction(call.service.engine) as conn:
        person = None
        if wanted.person_id is not None:
            person = await get_person(conn, public_id=wanted.person_id)
        found = await list_grants(
            conn,
            limit=limit,
            tenant_id=tenant_id,
            person_id=None if person is None else person.person_id,
            in_force=wanted.in_force,
            after=after,
        )
        ids = [one.tenant_id for one in found if one.tenant_id is not None]
        tenants = {one.tenant_id: one.public_id for one in await list_tenants(conn, tenant_ids=ids)}
    following = found[-1].grant_id if len(found) == limit else None
    return GrantPage(
        [_view(one, tenants) for one in found],
        None if following is None else _CURSOR.write(wanted, following, call.route),
    )


def _view(grant: Grant, tenants: dict[int, UUID]) -> GrantView:
    return GrantView(
        grant.grant_id,
        grant.role,
        grant.person_id,
        grant.person_name,
        None if grant.tenant_id is None else tenants[grant.tenant_id],
        grant.org_unit_id,
        grant.object_id,
        grant.valid_from,
        grant.valid_to,
        grant.end_reason,
        grant.approval_id,
    )


@get(both("/grants"), opt=may("grants.give"), summary="List grants", tags=["grants"])
async def list_here(
    call: Call,
    person_id: FromQuery[UUID | None] = None,
    in_force: FromQuery[bool] = True,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> GrantPage:
    """Whatever role reaches this programme or estate, also from a unit or from the platform."""
    return await _list(call, call.tenant_id, _Filter(person_id, in_force), cursor, limit)


@get("/v1/grants", opt=may_on_platform("grants.give"), summary="List grants", tags=["grants"])
async def list_on_platform(
    call: Call,
    person_id: FromQuery[UUID | None] = None,
    in_force: FromQuery[bool] = True,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> GrantPage:
    """Every role of everybody, or of one person."""
    return await _list(call, None, _Filter(person_id, in_force), cursor, limit)


async def _change(call: Call, data: NewRoleChange) -> Response[RoleChangeView]:
    fields = {name: getattr(data, name) for name in data.__struct_fields__ if name != "reason"}
    is_done = False

    async def act(conn: AsyncConnection) -> RoleChangeView:
        nonlocal is_done
        changed = await ask_or_change_role(
            conn,
            tenant_id=call.scope_id,
            matter=RoleChange(**fields),
            reason=data.reason,
            caller_id=call.caller_id,
        )
        is_done = changed.approval is None
        if changed.approval is None:
            return RoleChangeView("done", changed.grant_id, None)
        return RoleChangeView("waiting", None, changed.approval.approval_id)

    answer = await once(call, data, act)
    if is_done:
        call.service.identities.forget_everyone()
    return answer


@post(
    both("/role-changes"),
    opt=may("grants.give", step_up=True),
    summary="Give or end a role",
    tags=["grants"],
)
async def change_here(call: Call, data: JSONBody[NewRoleChange]) -> Response[RoleChangeView]:
    """An ordinary role at once; one that needs two people waits for the second."""
    return await _change(call, data)


@post(
    "/v1/role-changes",
    opt=may_on_platform("grants.give", step_up=True),
    summary="Give or end a role",
    tags=["grants"],
)
async def change_on_platform(call: Call, data: JSONBody[NewRoleChange]) -> Response[RoleChangeView]:
    """The same on the platform: for all of it, or for one unit and what lies in it."""
    return await _change(call, data)


ROUTES = (list_here, list_on_platform, change_here, change_on_platform)
