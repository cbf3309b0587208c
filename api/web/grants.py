"""Roles on pages: who holds which, where and until when; given and ended with a reason."""

from collections.abc import Mapping
from datetime import date, datetime, time

from litestar import get, post
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may, may_on_platform
from api.web.approvals import approvals_home, place_here
from api.web.callers import list_caller_names
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    read_uuid,
    see,
    show,
)
from api.web.refused import words_of_refusal
from api.web.rendering import address_with
from ledger.clock import SHANGHAI, today
from ledger.database import read_transaction, write_transaction
from ledger.errors import NotFound
from ledger.foundation.approval_kinds import Scope
from ledger.foundation.grant_list import Grant, list_grants
from ledger.foundation.grants import RolesExcludeEachOther
from ledger.foundation.org_units import list_org_units
from ledger.foundation.organisations import Tenant, list_tenants
from ledger.foundation.people import find_person_by_number
from ledger.foundation.roles import shipped_roles
from ledger.journeys.approvals.matters import RoleChange
from ledger.journeys.approvals.role_changes import RoleChanged, ask_or_change_role

IN_PROGRAMME = "/programmes/{programme_id:uuid}/staff/grants"
IN_ESTATE = "/estates/{estate_id:uuid}/grants"
ON_PLATFORM = "/admin/grants"
LISTED = 50
LONGEST_REASON = 200
_GIVE = "grants.give"


def grants_home(call: GatedCall) -> str:
    """Where the roles of this place are listed."""
    return approvals_home(call).removesuffix("approvals") + "grants"


def _scope(call: GatedCall) -> Scope:
    return "platform" if call.tenant_or_none is None else call.tenant.form


def roles_given(place: Scope, language: str) -> list[tuple[str, str]]:
    """The roles that this page gives: code and name. A limited role comes with what it is about."""
    return [
        (code, role.name_in(language))
        for code, role in shipped_roles().items()
        if place in role.given_in and not role.limited
    ]


async def _list_page(
    request: PageRequest, call: GatedCall, form: Form, *, status: int = 200
) -> Page:
    language, over = language_of_page(request), request.query_params.get("over") == "1"
    async with read_transaction(call.service.engine) as conn:
        found = await list_grants(
            conn,
            limit=LISTED,
            tenant_id=None if call.tenant_or_none is None else call.tenant_id,
            in_force=not over,
            after=read_uuid(request.query_params.get("after")),
        )
        ids = [one.tenant_id for one in found if one.tenant_id is not None]
        tenants = {one.tenant_id: one for one in await list_tenants(conn, tenant_ids=ids)}
        givers = await list_caller_names(
            conn, callers=[one.granted_by for one in found], language=language
        )
        units = await list_org_units(conn, on=today()) if call.tenant_or_none is None else []
    more = str(found[-1].grant_id) if len(found) == LISTED else None
    return show(
        request,
        "approvals/grants.html",
        place_here(call),
        status=status,
        home=grants_home(call),
        form=form,
        found=[(one, _end_href(call, one, tenants)) for one in found],
        limited={code for code, role in shipped_roles().items() if role.limited},
        over=over,
        done=request.query_params.get("done"),
        tenants=tenants,
        givers=givers,
        roles=roles_given(_scope(call), language),
        names={code: role_name(code, language) for code in shipped_roles()},
        units=[(str(one.org_unit_id), one.name) for one in units],
        next_href=address_with(request, after=more, done=None) if more else None,
    )


def _end_href(call: GatedCall, grant: Grant, tenants: Mapping[int, Tenant]) -> str | None:
    """Where a grant is ended: in its own place; None: it is over, or a connected system's."""
    if grant.ended_by is not None or grant.person_id is None:
        return None
    if grant.tenant_id is None:
        return f"{ON_PLATFORM}/{grant.grant_id}" if call.tenant_or_none is None else None
    tenant = tenants[grant.tenant_id]
    folder = "staff/" if tenant.form == "programme" else ""
    return f"/{tenant.form}s/{tenant.public_id}/{folder}grants/{grant.grant_id}"


def role_name(code: str, language: str) -> str:
    """The name of a role in the reader's language."""
    return shipped_roles()[code].name_in(language)


def tenant_here(call: GatedCall) -> int | None:
    """Grants of this tenant (None: of none) are ended here, others where they were given."""
    return None if call.tenant_or_none is None else call.tenant_id


async def _given(request: PageRequest, call: GatedCall) -> Page:
    form, language = await read_form(request), language_of_page(request)
    number = form.code("volunteer_no")
    role = form.choice("role", dict(roles_given(_scope(call), language)))
    reason = form.text("reason", limit=LONGEST_REASON)
    first = form.day("valid_from") if form.values.get("valid_from") else None
    last = form.day("valid_to") if form.values.get("valid_to") else None
    unit = form.uuid("org_unit_id") if form.values.get("org_unit_id") else None
    if first is not None and last is not None and last < first:
        form.refuse("valid_to", "grant.ends_before")
    if last is not None and last < today():
        form.refuse("valid_to", "grant.is_over")
    if form.errors:
        return await _list_page(request, call, form, status=422)
    key_of_form(call)

    async def give(conn: AsyncConnection) -> RoleChanged:
        person = await find_person_by_number(conn, volunteer_no=str(number).upper())
        if person is None:
            raise NotFound(kind="person", id=str(number))
        matter = RoleChange(
            action="give",
            role=str(role),
            person_id=person.public_id,
            org_unit_id=unit,
            valid_from=None if first is None else _start_of(first),
            valid_to=None if last is None else _end_of(last),
        )
        return await ask_or_change_role(
            conn,
            tenant_id=call.scope_id,
            matter=matter,
            reason=str(reason),
            caller_id=call.caller_id,
        )

    try:
        changed = await write_transaction(call.service.engine, give, tenant_id=call.scope_id)
    except NotFound as refusal:
        if refusal.kind != "person":
            raise
        form.refuse("volunteer_no", "grant.nobody")
        return await _list_page(request, call, form, status=422)
    except RolesExcludeEachOther as refusal:
        form.errors["role"] = words_of_refusal(refusal, language)
        return await _list_page(request, call, form, status=409)
    return see(address_after(call, changed))


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def _end_of(day: date) -> datetime:
    """The first moment that the grant no longer counts: the last day is included."""
    return datetime.combine(date.fromordinal(day.toordinal() + 1), time.min, SHANGHAI)


def address_after(call: GatedCall, changed: RoleChanged) -> str:
    """What is shown next: the request that waits, or the list."""
    if changed.approval is not None:
        return f"{approvals_home(call)}/{changed.approval.approval_id}"
    return f"{grants_home(call)}?done=1"


@get(IN_PROGRAMME, opt=may(_GIVE))
async def programme_grants(request: PageRequest, call: Call) -> Page:
    """Whatever role reaches a programme."""
    return await _list_page(request, call, empty_form(request))


@get(IN_ESTATE, opt=may(_GIVE))
async def estate_grants(request: PageRequest, call: Call) -> Page:
    """Whatever role reaches an estate."""
    return await _list_page(request, call, empty_form(request))


@get(ON_PLATFORM, opt=may_on_platform(_GIVE))
async def platform_grants(request: PageRequest, call: Call) -> Page:
    """Every role of everybody."""
    return await _list_page(request, call, empty_form(request))


@post(IN_PROGRAMME, opt=may(_GIVE, step_up=True))
async def programme_role_given(request: PageRequest, call: Call) -> Page:
    """Give a role in a programme."""
    return await _given(request, call)


@post(IN_ESTATE, opt=may(_GIVE, step_up=True))
async def estate_role_given(request: PageRequest, call: Call) -> Page:
    """Give a role in an estate."""
    return await _given(request, call)


@post(ON_PLATFORM, opt=may_on_platform(_GIVE, step_up=True))
async def platform_role_given(request: PageRequest, call: Call) -> Page:
    """Give a role on the platform or in a unit."""
    return await _given(request, call)


ROUTES = [
    programme_grants,
    estate_grants,
    platform_grants,
    programme_role_given,
    estate_role_given,
    platform_role_given,
]
