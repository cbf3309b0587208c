"""Members, merchants and tills that are suspended, taken up again, or leave; on record."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.idempotency import once
from api.policies import may
from api.v1.forms import PROGRAMMES, Command, PathId, Words, view
from ledger.database import read_transaction
from ledger.foundation.organisations import get_member, get_merchant
from ledger.foundation.participation import Subject, list_standings, set_standing
from ledger.foundation.terminals import get_terminal

MEMBER = PROGRAMMES + "/members/{member_id:uuid}/standings"
MERCHANT = PROGRAMMES + "/merchants/{merchant_id:uuid}/standings"
TERMINAL = PROGRAMMES + "/merchants/{merchant_id:uuid}/terminals/{terminal_id:uuid}/standings"
Day = Annotated[date | None, Meta(description="Day of the cause; today if absent.")]


class NewStanding(Command, frozen=True):
    """Another standing of a member or merchant, from now on."""

    status: Literal["active", "suspended", "left"]
    reason: Words
    effective_on: Day = None


class StandingView(msgspec.Struct, frozen=True):
    """A change of a standing."""

    change_id: UUID
    status: str
    effective_on: date
    reason: str
    changed_at: datetime


class StandingList(msgspec.Struct, frozen=True):
    """How a standing changed, the latest first; at most a hundred changes."""

    items: list[StandingView]


async def _changes(call: GatedCall, conn: AsyncConnection, subject_id: UUID) -> StandingList:
    found = await list_standings(conn, tenant_id=call.tenant_id, subject_id=subject_id)
    return StandingList([view(StandingView, one) for one in found])


async def _stand(
    call: GatedCall,
    kind: Subject,
    subject_id: UUID,
    data: NewStanding,
    merchant_id: UUID | None = None,
) -> Response[StandingView]:
    """Give another standing; a till only as one of the merchant in the address."""

    async def stand(conn: AsyncConnection) -> StandingView:
        if merchant_id is not None:
            await get_terminal(
                conn, tenant_id=call.tenant_id, merchant_id=merchant_id, terminal_id=subject_id
            )
        change = await set_standing(
            conn,
            tenant_id=call.tenant_id,
            kind=kind,
            subject_id=subject_id,
            status=data.status,
            reason=data.reason,
            effective_on=data.effective_on,
            caller_id=call.caller_id,
        )
        return view(StandingView, change)

    return await once(call, data, stand)


@get(MEMBER, opt=may("members.manage"), summary="List a member's standings", tags=["people"])
async def list_member_standings(call: Call, member_id: PathId) -> StandingList:
    """When a member was suspended, taken up again or left, and why."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
        return await _changes(call, conn, member_id)


@post(MEMBER, opt=may("members.manage"), summary="Suspend a member", tags=["people"])
async def stand_member(
    call: Call, member_id: PathId, data: JSONBody[NewStanding]
) -> Response[StandingView]:
    """Suspend a member, take one up again, or let one leave."""
    return await _stand(call, "member", member_id, data)


@get(MERCHANT, opt=may("merchants.manage"), summary="List a shop's standings", tags=["merchants"])
async def list_merchant_standings(call: Call, merchant_id: PathId) -> StandingList:
    """When a merchant was suspended, taken up again or left, and why."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_merchant(conn, tenant_id=call.tenant_id, merchant_id=merchant_id)
        return await _changes(call, conn, merchant_id)


@post(MERCHANT, opt=may("merchants.manage"), summary="Suspend a merchant", tags=["merchants"])
async def stand_merchant(
    call: Call, merchant_id: PathId, data: JSONBody[NewStanding]
) -> Response[StandingView]:
    """Suspend a merchant, take one up again, or let one leave; what is owed stays payable."""
    return await _stand(call, "merchant", merchant_id, data)


@post(TERMINAL, opt=may("merchants.manage"), summary="Suspend a till", tags=["merchants"])
async def stand_terminal(
    call: Call, merchant_id: PathId, terminal_id: PathId, data: JSONBody[NewStanding]
) -> Response[StandingView]:
    """Suspend a till of a merchant, or take it up again."""
    return await _stand(call, "terminal", terminal_id, data, merchant_id)


ROUTES = (
    list_member_standings,
    stand_member,
    list_merchant_standings,
    stand_merchant,
    stand_terminal,
)
