"""One role of somebody, to be ended: at once, or by asking a second person."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may, may_on_platform
from api.web.approvals import place_here
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    see,
    show,
)
from api.web.grants import (
    IN_ESTATE,
    IN_PROGRAMME,
    LONGEST_REASON,
    ON_PLATFORM,
    address_after,
    grants_home,
    role_name,
    tenant_here,
)
from api.web.refused import words_of_refusal
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.grant_list import Grant, get_grant
from ledger.foundation.roles import shipped_roles
from ledger.journeys.approvals.matters import RoleChange
from ledger.journeys.approvals.role_changes import RoleChanged, ask_or_change_role

_GIVE = "grants.give"


async def _end_page(
    request: PageRequest, call: GatedCall, grant_id: UUID, form: Form, *, status: int = 200
) -> Page:
    async with read_transaction(call.service.engine) as conn:
        grant = await _grant_here(conn, call, grant_id)
    role = shipped_roles()[grant.role]
    return show(
        request,
        "approvals/grant.html",
        place_here(call),
        status=status,
        home=grants_home(call),
        form=form,
        grant=grant,
        role=role_name(grant.role, language_of_page(request)),
        two_people=role.two_people,
    )


async def _grant_here(conn: AsyncConnection, call: GatedCall, grant_id: UUID) -> Grant:
    grant = await get_grant(conn, grant_id=grant_id)
    if grant.tenant_id != tenant_here(call):
        raise NotFound(kind="grant", id=str(grant_id))
    return grant


async def _ended(request: PageRequest, call: GatedCall, grant_id: UUID) -> Page:
    form = await read_form(request)
    reason = form.text("reason", limit=LONGEST_REASON)
    if reason is None:
        return await _end_page(request, call, grant_id, form, status=422)
    key_of_form(call)

    async def end(conn: AsyncConnection) -> RoleChanged:
        grant = await _grant_here(conn, call, grant_id)
        return await ask_or_change_role(
            conn,
            tenant_id=call.scope_id,
            matter=RoleChange(
                action="end", role=grant.role, person_id=grant.person_id, grant_id=grant_id
            ),
            reason=reason,
            caller_id=call.caller_id,
        )

    try:
        changed = await write_transaction(call.service.engine, end, tenant_id=call.scope_id)
    except LedgerError as refusal:
        if isinstance(refusal, NotFound):
            raise
        form.errors["reason"] = words_of_refusal(refusal, language_of_page(request))
        return await _end_page(request, call, grant_id, form, status=409)
    if changed.approval is None:
        call.service.identities.forget_everyone()
    return see(address_after(call, changed))


@get(IN_PROGRAMME + "/{grant_id:uuid}", opt=may(_GIVE))
async def programme_grant(request: PageRequest, call: Call, grant_id: FromPath[UUID]) -> Page:
    """One grant, to be ended."""
    return await _end_page(request, call, grant_id, empty_form(request))


@get(IN_ESTATE + "/{grant_id:uuid}", opt=may(_GIVE))
async def estate_grant(request: PageRequest, call: Call, grant_id: FromPath[UUID]) -> Page:
    """The same in an estate."""
    return await _end_page(request, call, grant_id, empty_form(request))


@get(ON_PLATFORM + "/{grant_id:uuid}", opt=may_on_platform(_GIVE))
async def platform_grant(request: PageRequest, call: Call, grant_id: FromPath[UUID]) -> Page:
    """The same on the platform."""
    return await _end_page(request, call, grant_id, empty_form(request))


@post(IN_PROGRAMME + "/{grant_id:uuid}", opt=may(_GIVE, step_up=True))
async def programme_role_ended(request: PageRequest, call: Call, grant_id: FromPath[UUID]) -> Page:
    """End a grant, or ask a second person for it."""
    return await _ended(request, call, grant_id)


@post(IN_ESTATE + "/{grant_id:uuid}", opt=may(_GIVE, step_up=True))
async def estate_role_ended(request: PageRequest, call: Call, grant_id: FromPath[UUID]) -> Page:
    """The same in an estate."""
    return await _ended(request, call, grant_id)


@post(ON_PLATFORM + "/{grant_id:uuid}", opt=may_on_platform(_GIVE, step_up=True))
async def platform_role_ended(request: PageRequest, call: Call, grant_id: FromPath[UUID]) -> Page:
    """The same on the platform."""
    return await _ended(request, call, grant_id)


ROUTES = [
    programme_grant,
    estate_grant,
    platform_grant,
    programme_role_ended,
    estate_role_ended,
    platform_role_ended,
]
