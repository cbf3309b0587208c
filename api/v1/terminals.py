"""What stands and who works at a merchant's counter: tills with their keys, and operators."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.forms import PROGRAMMES, Command, CursorText, PageSize, PathId, Phone, Words, view
from ledger.database import read_transaction
from ledger.foundation.details import read_details
from ledger.foundation.organisations import get_merchant
from ledger.foundation.terminals import (
    bind_key,
    create_terminal,
    end_operator,
    get_terminal,
    list_operators,
    list_terminals,
)
from ledger.journeys.enrolment import admit_operator, know_person

MERCHANT = PROGRAMMES + "/merchants/{merchant_id:uuid}"


class _NoFilter(msgspec.Struct, frozen=True):
    """Tills and operators have no filters."""


_TERMINALS: CursorKind[_NoFilter, str] = CursorKind(_NoFilter, str)
_OPERATORS: CursorKind[_NoFilter, UUID] = CursorKind(_NoFilter, UUID)


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


class TerminalPage(msgspec.Struct, frozen=True):
    """A page of tills by number."""

    items: list[TerminalView]
    next_cursor: str | None


class TerminalKey(Command, frozen=True):
    """The API key that speaks for this till alone."""

    api_key_id: Annotated[UUID | None, Meta(description="Absent: no key of its own.")] = None


class NewOperator(Command, frozen=True):
    """Who may work at the counter: a person known by name and telephone, or a new one."""

    display_name: Annotated[str, Meta(min_length=1, max_length=60, examples=["李掌柜"])]
    phone: Phone


class OperatorView(msgspec.Struct, frozen=True):
    """Somebody's time at a counter; a connected system has no volunteer number."""

    grant_id: UUID
    volunteer_no: str | None
    valid_from: datetime
    valid_to: datetime | None
    is_open: bool


class OperatorPage(msgspec.Struct, frozen=True):
    """A page of operators, who works there now first."""

    items: list[OperatorView]
    next_cursor: str | None


class OperatorId(msgspec.Struct, frozen=True):
    """The grant by which somebody works, or worked, at a counter."""

    grant_id: UUID


class OperatorEnding(Command, frozen=True):
    """Why somebody works at a counter no longer."""

    reason: Words


@get(
    MERCHANT + "/terminals",
    opt=may("merchants.manage"),
    summary="List the tills",
    tags=["merchants"],
)
async def list_all_terminals(
    call: Call, merchant_id: PathId, cursor: CursorText = None, limit: PageSize = DEFAULT_PAGE
) -> TerminalPage:
    """The tills of a merchant by number."""
    wanted, after = _TERMINALS.read(cursor, _NoFilter(), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_merchant(conn, tenant_id=call.tenant_id, merchant_id=merchant_id)
        found = await list_terminals(
            conn, tenant_id=call.tenant_id, merchant_id=merchant_id, limit=limit, after=after
        )
    following = found[-1].number if len(found) == limit else None
    return TerminalPage(
        [view(TerminalView, one) for one in found],
        None if following is None else _TERMINALS.write(wanted, following, call.route),
    )


@post(
    MERCHANT + "/terminals", opt=may("merchants.manage"), summary="Add a till", tags=["merchants"]
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
    MERCHANT + "/terminals/{terminal_id:uuid}/key",
    opt=may("merchants.manage"),
    summary="Bind a key to a till",
    tags=["merchants"],
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


@get(
    MERCHANT + "/operators",
    opt=may("merchants.manage"),
    summary="List operators",
    tags=["merchants"],
)
async def list_all_operators(
    call: Call, merchant_id: PathId, cursor: CursorText = None, limit: PageSize = DEFAULT_PAGE
) -> OperatorPage:
    """Who works at a counter, then who worked there."""
    wanted, after = _OPERATORS.read(cursor, _NoFilter(), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_merchant(conn, tenant_id=call.tenant_id, merchant_id=merchant_id)
        found = await list_operators(
            conn, tenant_id=call.tenant_id, merchant_id=merchant_id, limit=limit, after=after
        )
    following = found[-1].grant_id if len(found) == limit else None
    return OperatorPage(
        [view(OperatorView, one) for one in found],
        None if following is None else _OPERATORS.write(wanted, following, call.route),
    )


@post(
    MERCHANT + "/operators",
    opt=may("merchants.manage"),
    summary="Admit an operator",
    tags=["merchants"],
)
async def admit_one_operator(
    call: Call, merchant_id: PathId, data: JSONBody[NewOperator]
) -> Response[OperatorId]:
    """Let a person work at a counter; the answer is the same for somebody known and a new one."""
    details = read_details(phone=data.phone)

    async def admit(conn: AsyncConnection) -> OperatorId:
        await get_merchant(conn, tenant_id=call.tenant_id, merchant_id=merchant_id)
        person = await know_person(
            conn,
            display_name=data.display_name,
            keys=call.service.personal_keys,
            details=details,
            known_by=call.caller_id,
        )
        return OperatorId(
            await admit_operator(
                conn,
                tenant_id=call.tenant_id,
                person=person,
                merchant_id=merchant_id,
                admitted_by=call.caller_id,
            )
        )

    return await once(call, data, admit, personal=True)


@post(
    MERCHANT + "/operators/{grant_id:uuid}/end",
    opt=may("merchants.manage"),
    summary="End an operator",
    tags=["merchants"],
)
async def end_one_operator(
    call: Call, merchant_id: PathId, grant_id: PathId, data: JSONBody[OperatorEnding]
) -> Response[OperatorId]:
    """From now on this person takes nothing at the counter."""

    async def end(conn: AsyncConnection) -> OperatorId:
        await end_operator(
            conn,
            tenant_id=call.tenant_id,
            merchant_id=merchant_id,
            grant_id=grant_id,
            reason=data.reason,
            caller_id=call.caller_id,
        )
        return OperatorId(grant_id)

    return await once(call, data, end)


ROUTES = (
    list_all_terminals,
    add_terminal,
    bind_terminal,
    list_all_operators,
    admit_one_operator,
    end_one_operator,
)
