"""Members, merchants and tills that are suspended, taken up again, or leave; on record."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.idempotency import once
from api.policies import may
from api.v1.forms import PROGRAMMES, Command, PathId, Words, view
from ledger.foundation.participation import Subject, set_standing
from ledger.foundation.terminals import bind_key, create_terminal, get_terminal

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


class NewTerminal(Command, frozen=True):
    """A till of a merchant."""

    number: Annotated[str, Meta(min_length=1, max_length=40, examples=["T1"])]
    name: Annotated[str, Meta(min_length=1, max_length=60, examples=["前台收银"])]


class TerminalView(msgspec.Struct, frozen=True):
    """A till; ``api_key_id``: the key that only this till uses."""

    terminal_id: UUID
    merchant_id: UUID
    number: str
    name: str
    status: str
    api_key_id: UUID | None


class TerminalKey(Command, frozen=True):
    """The API key that speaks for this till alone."""

    api_key_id: Annotated[UUID | None, Meta(description="Absent: no key of its own.")] = None


async def _stand(
    call: GatedCall, kind: Subject, subject_id: UUID, data: NewStanding
) -> Response[StandingView]:
    async def stand(conn: AsyncConnection) -> StandingView:
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


@post(
    PROGRAMMES + "/members/{member_id:uuid}/standings",
    opt=may("members.manage"),
    summary="Suspend a member",
    tags=["people"],
)
async def stand_member(
    call: Call, member_id: PathId, data: JSONBody[NewStanding]
) -> Response[StandingView]:
    """Suspend a member, take one up again, or let one leave."""
    return await _stand(call, "member", member_id, data)


@post(
    PROGRAMMES + "/merchants/{merchant_id:uuid}/standings",
    opt=may("merchants.manage"),
    summary="Suspend a merchant",
    tags=["people"],
)
async def stand_merchant(
    call: Call, merchant_id: PathId, data: JSONBody[NewStanding]
) -> Response[StandingView]:
    """Suspend a merchant, take one up again, or let one leave; what is owed stays payable."""
    return await _stand(call, "merchant", merchant_id, data)


@post(
    PROGRAMMES + "/merchants/{merchant_id:uuid}/terminals",
    opt=may("merchants.manage"),
    summary="Add a till",
    tags=["people"],
)
async def add_terminal(
    call: Call, merchant_id: PathId, data: JSONBody[NewTerminal]
) -> Response[TerminalView]:
    """A till of a merchant; purchases that carry its number are refused while it is suspended."""

    async def add(conn: AsyncConnection) -> TerminalView:
        made = await create_terminal(
            conn,
            tenant_id=call.tenant_id,
            merchant_id=merchant_id,
            number=data.number,
            name=data.name,
            caller_id=call.caller_id,
        )
        return view(TerminalView, made)

    return await once(call, data, add)


@post(
    PROGRAMMES + "/merchants/{merchant_id:uuid}/terminals/{terminal_id:uuid}/standings",
    opt=may("merchants.manage"),
    summary="Suspend a till",
    tags=["people"],
)
async def stand_terminal(
    call: Call, merchant_id: PathId, terminal_id: PathId, data: JSONBody[NewStanding]
) -> Response[StandingView]:
    """Suspend a till of a merchant, or take it up again."""

    async def stand(conn: AsyncConnection) -> StandingView:
        key = {"merchant_id": merchant_id, "terminal_id": terminal_id}
        await get_terminal(conn, tenant_id=call.tenant_id, **key)
        change = await set_standing(
            conn,
            tenant_id=call.tenant_id,
            kind="terminal",
            subject_id=terminal_id,
            status=data.status,
            reason=data.reason,
            effective_on=data.effective_on,
            caller_id=call.caller_id,
        )
        return view(StandingView, change)

    return await once(call, data, stand)


@post(
    PROGRAMMES + "/merchants/{merchant_id:uuid}/terminals/{terminal_id:uuid}/key",
    opt=may("merchants.manage"),
    summary="Bind a key to a till",
    tags=["people"],
)
async def bind_terminal(
    call: Call, merchant_id: PathId, terminal_id: PathId, data: JSONBody[TerminalKey]
) -> Response[TerminalView]:
    """Let an API key of this merchant speak for this till alone."""

    async def bind(conn: AsyncConnection) -> TerminalView:
        key = {"merchant_id": merchant_id, "terminal_id": terminal_id}
        await get_terminal(conn, tenant_id=call.tenant_id, **key)
        await bind_key(
            conn,
            tenant_id=call.tenant_id,
            terminal_id=terminal_id,
            api_key_id=data.api_key_id,
            caller_id=call.caller_id,
        )
        return view(TerminalView, await get_terminal(conn, tenant_id=call.tenant_id, **key))

    return await once(call, data, bind)


ROUTES = (stand_member, stand_merchant, add_terminal, stand_terminal, bind_terminal)
