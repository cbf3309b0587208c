"""Roles on pages: who holds which, where and until when, given by whom."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from litestar import get
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may, may_on_platform
from api.web.approvals import approvals_home, place_here
from api.web.callers import list_caller_names
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    done_of,
    empty_form,
    language_of_page,
    read_uuid,
    show,
)
from api.web.holders import list_holder_names
from api.web.rendering import address_with
from api.web.texts import text
from ledger.database import read_transaction
from ledger.foundation.approval_kinds import Scope
from ledger.foundation.grant_list import Grant, list_grants
from ledger.foundation.organisations import Tenant, list_tenants
from ledger.foundation.people import find_person_by_number
from ledger.foundation.roles import shipped_roles
from ledger.journeys.approvals.role_changes import RoleChanged

IN_PROGRAMME = "/programmes/{programme_id:uuid}/staff/grants"
IN_ESTATE = "/estates/{estate_id:uuid}/grants"
ON_PLATFORM = "/admin/grants"
LISTED = 20
LONGEST_REASON = 200
_GIVE = "grants.give"
#: The filter that leaves nothing out.
_EVERY_ROLE = "all"


def grants_home(call: GatedCall) -> str:
    """Where the roles of this place are listed."""
    return approvals_home(call).removesuffix("approvals") + "grants"


def scope_here(call: GatedCall) -> Scope:
    """The kind of place in which roles are given."""
    return "platform" if call.tenant_or_none is None else call.tenant.form


async def _list_page(request: PageRequest, call: GatedCall) -> Page:
    language, over = language_of_page(request), request.query_params.get("over") == "1"
    role, place, who = (request.query_params.get(one, "")[:40] for one in ("role", "place", "who"))
    form = empty_form(request, role=role, place=place, who=who)
    names = {code: role_name(code, language) for code in shipped_roles()}
    async with read_transaction(call.service.engine) as conn:
        everywhere = await list_tenants(conn) if call.tenant_or_none is None else [call.tenant]
        there = {str(one.public_id): one.tenant_id for one in everywhere}
        found = await _listed(conn, call, request, form, there.get(place))
        tenants = {one.tenant_id: one for one in everywhere}
        givers = await list_caller_names(
            conn, callers=[one.granted_by for one in found], language=language
        )
    objects = await _object_names(call, found)
    more = str(found[-1].grant_id) if len(found) == LISTED else None
    return show(
        request,
        "approvals/grants.html",
        place_here(call),
        home=grants_home(call),
        filters_in_use=bool(role) + bool(place) + bool(who.strip()),
        status=422 if form.errors else 200,
        form=form,
        places=[(public_id, tenants[known].name) for public_id, known in there.items()],
        roles=[(_EVERY_ROLE, text(language, "grant.every_role")), *names.items()],
        on_platform=call.tenant_or_none is None,
        found=[(one, _end_href(call, one, tenants)) for one in found],
        limited={code for code, role in shipped_roles().items() if role.limited},
        over=over,
        over_href=address_with(request, over=None if over else "1", after=None, done=None),
        done=done_of(request, ("1",)),
        tenants=tenants,
        givers=givers,
        names=names,
        objects=objects,
        next_href=address_with(request, after=more, done=None) if more else None,
    )


async def _listed(
    conn: AsyncConnection, call: GatedCall, request: PageRequest, form: Form, place: int | None
) -> list[Grant]:
    """A page of the grants that the filters leave; a number that nobody has leaves none."""
    person, who = None, form.values["who"].strip()
    if who:
        person = await find_person_by_number(conn, volunteer_no=who)
        if person is None:
            form.refuse("who", "grant.nobody")
            return []
    return await list_grants(
        conn,
        limit=LISTED,
        person_id=None if person is None else person.person_id,
        tenant_id=place if call.tenant_or_none is None else call.tenant_id,
        in_force=request.query_params.get("over") != "1",
        after=read_uuid(request.query_params.get("after")),
        roles=_roles_shown(form.values["role"], of_one=person is not None),
    )


def _roles_shown(asked: str, *, of_one: bool) -> list[str] | None:
    """The roles that are listed; members' own ones only of one person, or when asked for."""
    known = shipped_roles()
    if asked in known:
        return [asked]
    if asked == _EVERY_ROLE or of_one:
        return None
    return [code for code, role in known.items() if role.about != "member"]


async def _object_names(call: GatedCall, grants: Sequence[Grant]) -> dict[UUID, str]:
    """What limited roles of this programme or estate are about, where it has a name."""
    about = [one.object_id for one in grants if one.tenant_id == call.scope_id]
    if call.tenant_or_none is None or not any(about):
        return {}
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        return await list_holder_names(conn, tenant_id=call.tenant_id, holders=about)


def _end_href(call: GatedCall, grant: Grant, tenants: Mapping[int, Tenant]) -> str | None:
    """Where a grant is ended: in its own place; None: it is over, or a connected system's."""
    if grant.ended_by is not None or grant.person_id is None:
        return None
    if grant.tenant_id is None:
        return f"{ON_PLATFORM}/{grant.grant_id}" if call.tenant_or_none is None else None
    return f"{grants_of_tenant(tenants[grant.tenant_id])}/{grant.grant_id}"


def grants_of_tenant(tenant: Tenant) -> str:
    """Where the roles of a programme or estate are listed."""
    folder = "staff/" if tenant.form == "programme" else ""
    return f"/{tenant.form}s/{tenant.public_id}/{folder}grants"


def role_name(code: str, language: str) -> str:
    """The name of a role in the reader's language."""
    return shipped_roles()[code].name_in(language)


def tenant_here(call: GatedCall) -> int | None:
    """Grants of this tenant (None: of none) are ended here, others where they were given."""
    return None if call.tenant_or_none is None else call.tenant_id


def address_after(call: GatedCall, changed: RoleChanged) -> str:
    """What is shown next: the request that waits, or the list."""
    if changed.approval is not None:
        return f"{approvals_home(call)}/{changed.approval.approval_id}"
    return f"{grants_home(call)}?done=1"


@get(IN_PROGRAMME, opt=may(_GIVE))
async def programme_grants(request: PageRequest, call: Call) -> Page:
    """Whatever role reaches a programme."""
    return await _list_page(request, call)


@get(IN_ESTATE, opt=may(_GIVE))
async def estate_grants(request: PageRequest, call: Call) -> Page:
    """Whatever role reaches an estate."""
    return await _list_page(request, call)


@get(ON_PLATFORM, opt=may_on_platform(_GIVE))
async def platform_grants(request: PageRequest, call: Call) -> Page:
    """Every role of everybody."""
    return await _list_page(request, call)


ROUTES = [programme_grants, estate_grants, platform_grants]
