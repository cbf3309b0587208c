"""Giving a role: first whom, then what she may get here; what excludes it is said beforehand."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID

from litestar import get, post
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
    scope_here,
    tenant_here,
)
from api.web.refused import words_of_refusal
from ledger.clock import SHANGHAI, now, today
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.approval_kinds import Scope
from ledger.foundation.grant_list import Grant, list_excluding_roles, list_grants
from ledger.foundation.org_units import list_org_units
from ledger.foundation.organisations import LARGEST_PAGE, find_member, list_merchants
from ledger.foundation.people import Person, find_person_by_number
from ledger.foundation.roles import shipped_roles
from ledger.journeys.approvals.matters import RoleChange
from ledger.journeys.approvals.role_changes import RoleChanged, ask_or_change_role
from ledger.programmes.trust.units import list_units

_GIVE = "grants.give"


class Candidate(NamedTuple):
    """Somebody who may get a role here."""

    person: Person
    #: What is held here, also from a unit or the platform.
    held: list[Grant]
    #: Roles that cannot be given here, each with one held against it.
    barred: dict[str, str]


def roles_given(place: Scope) -> list[str]:
    """The roles that are given by hand in a kind of place; others come with a tie."""
    return [
        code
        for code, role in shipped_roles().items()
        if place in role.given_in and role.about != "tie"
    ]


async def _candidate(conn: AsyncConnection, call: GatedCall, typed: str) -> Candidate | None:
    person = await find_person_by_number(conn, volunteer_no=typed)
    if person is None:
        return None
    place = tenant_here(call)
    held = await list_grants(conn, limit=LARGEST_PAGE, tenant_id=place, person_id=person.person_id)
    barred = await list_excluding_roles(
        conn, caller_id=person.caller_id, tenant_id=place, valid_from=now()
    )
    return Candidate(person, held, barred)


async def _page(request: PageRequest, call: GatedCall, form: Form, *, status: int = 200) -> Page:
    language, place = language_of_page(request), scope_here(call)
    typed = form.values.get("volunteer_no", "")
    merchants: Sequence[tuple[str, str]] = ()
    units: Sequence[tuple[str, str]] = ()
    async with read_transaction(call.service.engine, tenant_id=call.scope_id) as conn:
        found = await _candidate(conn, call, typed) if typed else None
        if found is not None and place == "programme":
            listed = await list_merchants(conn, tenant_id=call.tenant_id, limit=LARGEST_PAGE)
            merchants = [(str(one.merchant_id), one.name) for one in listed]
        if found is not None and place == "platform":
            known = await list_org_units(conn, on=today())
            units = [(str(one.org_unit_id), one.name) for one in known]
    if typed and found is None:
        form.refuse("volunteer_no", "grant.nobody")
    barred = found.barred if found is not None else {}
    offered = [code for code in roles_given(place) if place == "platform" or code not in barred]
    names = {code: role_name(code, language) for code in shipped_roles()}
    return show(
        request,
        "approvals/grant_new.html",
        place_here(call),
        status=422 if form.errors and status == 200 else status,
        home=grants_home(call),
        form=form,
        found=found,
        names=names,
        roles=[(code, names[code]) for code in offered],
        two_people=[names[code] for code in offered if shipped_roles()[code].two_people],
        barred=[(names[c], names[held]) for c, held in barred.items() if c in roles_given(place)],
        scope=place,
        merchants=merchants,
        units=units,
    )


async def _new(request: PageRequest, call: GatedCall) -> Page:
    typed = request.query_params.get("volunteer_no", "")[:20]
    return await _page(request, call, empty_form(request, volunteer_no=typed))


class _Typed(NamedTuple):
    """What the form says besides whom and about what."""

    role: str
    reason: str
    first: date | None
    last: date | None


def _read(form: Form, place: Scope) -> _Typed | None:
    role = form.choice("role", frozenset(roles_given(place)))
    reason = form.text("reason", limit=LONGEST_REASON)
    first = form.day("valid_from") if form.values.get("valid_from") else None
    last = form.day("valid_to") if form.values.get("valid_to") else None
    if first is not None and last is not None and last < first:
        form.refuse("valid_to", "grant.ends_before")
    if last is not None and last < today():
        form.refuse("valid_to", "grant.is_over")
    return None if form.errors else _Typed(str(role), str(reason), first, last)


async def _given(request: PageRequest, call: GatedCall) -> Page:
    form = await read_form(request)
    number = form.code("volunteer_no")
    typed = _read(form, scope_here(call))
    unit = form.uuid("org_unit_id") if form.values.get("org_unit_id") else None
    if typed is None or form.errors:
        return await _page(request, call, form, status=422)
    key_of_form(call)

    async def give(conn: AsyncConnection) -> RoleChanged | None:
        person = await find_person_by_number(conn, volunteer_no=str(number))
        if person is None:
            form.refuse("volunteer_no", "grant.nobody")
            return None
        object_id = await _object_of(conn, call, form, typed.role, person)
        if form.errors:
            return None
        matter = RoleChange(
            action="give",
            role=typed.role,
            person_id=person.public_id,
            org_unit_id=unit,
            object_id=object_id,
            valid_from=None if typed.first is None else _start_of(typed.first),
            valid_to=None if typed.last is None else _end_of(typed.last),
        )
        return await ask_or_change_role(
            conn,
            tenant_id=call.scope_id,
            matter=matter,
            reason=typed.reason,
            caller_id=call.caller_id,
        )

    try:
        changed = await write_transaction(call.service.engine, give, tenant_id=call.scope_id)
    except LedgerError as refusal:
        if isinstance(refusal, NotFound):
            raise
        field = "reason" if getattr(refusal, "field", None) == "reason" else "role"
        form.errors[field] = words_of_refusal(refusal, form.language)
        return await _page(request, call, form, status=409)
    if changed is None:
        return await _page(request, call, form, status=422)
    if changed.approval is None:
        call.service.identities.forget_everyone()
    return see(address_after(call, changed))


async def _object_of(
    conn: AsyncConnection, call: GatedCall, form: Form, code: str, person: Person
) -> UUID | None:
    """What a limited role is about: her membership, the merchant chosen, the property named."""
    about = shipped_roles()[code].about
    if about == "member":
        member = await find_member(conn, tenant_id=call.tenant_id, person_id=person.person_id)
        if member is None:
            form.refuse("role", "grant.not_a_member")
        return None if member is None else member.member_id
    if about == "merchant":
        return form.uuid("merchant_id")
    if about == "property":
        found = await _find_property(conn, call.tenant_id, form.text("property") or "")
        if found is None:
            form.refuse("property", "grant.no_property")
        return found
    return None


async def _find_property(conn: AsyncConnection, tenant_id: int, label: str) -> UUID | None:
    """The property of an estate with this number, as it is written in lists and bills."""
    after = None
    while page := await list_units(conn, tenant_id=tenant_id, limit=LARGEST_PAGE, after=after):
        for one in page:
            if one.label == label:
                return one.unit_id
        after = page[-1]
    return None


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def _end_of(day: date) -> datetime:
    """The first moment that the grant no longer counts: the last day is included."""
    return datetime.combine(date.fromordinal(day.toordinal() + 1), time.min, SHANGHAI)


@get(IN_PROGRAMME + "/new", opt=may(_GIVE))
async def programme_role_new(request: PageRequest, call: Call) -> Page:
    """Whom to give which role in a programme."""
    return await _new(request, call)


@get(IN_ESTATE + "/new", opt=may(_GIVE))
async def estate_role_new(request: PageRequest, call: Call) -> Page:
    """The same in an estate."""
    return await _new(request, call)


@get(ON_PLATFORM + "/new", opt=may_on_platform(_GIVE))
async def platform_role_new(request: PageRequest, call: Call) -> Page:
    """The same on the platform or in one of its units."""
    return await _new(request, call)


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
    programme_role_new,
    estate_role_new,
    platform_role_new,
    programme_role_given,
    estate_role_given,
    platform_role_given,
]
