"""``/admin/sign-ins``: an administrator helps with somebody's sign-in; the person reads of it.

One form an act, each with a reason. A second factor is reset by two people.
"""

from typing import NamedTuple
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may_on_platform
from api.web.formatting import mask_name
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
from api.web.invitations import INVITATION
from api.web.places import admin_place
from api.web.refused import words_of_refusal
from ledger.clock import now
from ledger.database import read_transaction, set_tenant, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.admission import holds_deciding_role, holds_sensitive_role
from ledger.foundation.approvals import PLATFORM
from ledger.foundation.own_sign_in import read_sign_in
from ledger.foundation.people import Person, find_person_by_number, get_person
from ledger.foundation.second_factor import new_random_code, random_code_hash
from ledger.foundation.sign_in import find_person_by_sign_in_name
from ledger.foundation.sign_in_care import (
    check_invitee,
    close_sign_in,
    end_sessions_of,
    invite_person,
    open_sign_in,
    sign_in_closed_at,
)
from ledger.journeys.approvals.deciding import ask
from ledger.journeys.approvals.matters import SecondFactorReset, SignInInvitation

HOME = "/admin/sign-ins"
_PERMISSION = "sign_ins.manage"
#: What can be done, by its part of the address; the words of each are ``sign_in_care.<act>``.
_ACTS = ("invitation", "invitation-by-two", "sessions", "second-factor", "close", "open")


class _Outcome(NamedTuple):
    """Where an act leads, or the code that is shown once."""

    address: str
    code: str | None = None


@get(HOME, opt=may_on_platform(_PERMISSION))
async def search_page(request: PageRequest, call: Call) -> Page:
    """Whose sign-in it is about."""
    return _search(request, call, empty_form(request))


@post(HOME, opt=may_on_platform(_PERMISSION))
async def person_wanted(request: PageRequest, call: Call) -> Page:
    """Find a person by volunteer number or sign-in name; by POST, to keep both out of addresses."""
    form = await read_form(request)
    typed = form.code("who")
    if typed is None:
        return _search(request, call, form, status=422)
    async with read_transaction(call.service.engine) as conn:
        found = await find_person_by_number(conn, volunteer_no=typed)
        if found is None:
            found = await find_person_by_sign_in_name(conn, sign_in_name=typed)
    if found is None:
        form.refuse("who", "sign_in_care.nobody")
        return _search(request, call, form, status=422)
    return see(f"{HOME}/{found.public_id}")


def _search(request: PageRequest, call: GatedCall, form: Form, *, status: int = 200) -> Page:
    place = admin_place(call.who.permissions)
    return show(request, "admin/sign_ins.html", place, status=status, form=form)


@get(HOME + "/{person_id:uuid}", opt=may_on_platform(_PERMISSION))
async def person_page(request: PageRequest, call: Call, person_id: FromPath[UUID]) -> Page:
    """How somebody signs in, where she is signed in, and what can be done about it."""
    async with read_transaction(call.service.engine) as conn:
        person = await get_person(conn, public_id=person_id)
        closed_at = await sign_in_closed_at(conn, person=person)
        known = await read_sign_in(conn, person=person, at=now())
        sensitive = await holds_sensitive_role(conn, person=person, at=now())
        deciding = await holds_deciding_role(conn, person=person, at=now())
    own, done = person.caller_id == call.caller_id, request.query_params.get("done")
    return show(
        request,
        "admin/sign_in.html",
        admin_place(call.who.permissions),
        here=f"{HOME}/{person_id}",
        about=person,
        name=mask_name(person.display_name),
        closed_at=closed_at,
        known=known,
        sensitive=sensitive,
        own=own,
        acts=() if own else _open_acts(closed_at is not None, known.has_second_factor, deciding),
        done=done if done in _ACTS else None,
    )


def _open_acts(is_closed: bool, has_second_factor: bool, deciding: bool) -> list[str]:
    """What there is to do: nothing is offered that only refuses."""
    if is_closed:
        return ["open"]
    useless = {
        "open",
        "invitation" if deciding else "",
        "" if has_second_factor else "second-factor",
    }
    return [one for one in _ACTS if one not in useless]


@get(HOME + "/{person_id:uuid}/{act:str}", opt=may_on_platform(_PERMISSION))
async def act_page(
    request: PageRequest, call: Call, person_id: FromPath[UUID], act: FromPath[str]
) -> Page:
    """Why, before it is done."""
    return await _act_form(request, call, person_id, act, empty_form(request))


@post(HOME + "/{person_id:uuid}/{act:str}", opt=may_on_platform(_PERMISSION, step_up=True))
async def act_done(
    request: PageRequest, call: Call, person_id: FromPath[UUID], act: FromPath[str]
) -> Page:
    """Do it, with its reason on record; or ask a second person."""
    form = await read_form(request)
    key_of_form(call)
    reason = form.text("reason")
    if reason is None or act not in _ACTS:
        return await _act_form(request, call, person_id, act, form, status=422)

    async def do(conn: AsyncConnection) -> tuple[Person, _Outcome]:
        await set_tenant(conn, PLATFORM)
        person = await get_person(conn, public_id=person_id)
        return person, await _do(conn, call, person, act, reason)

    try:
        person, outcome = await write_transaction(call.service.engine, do)
    except NotFound:
        raise
    except LedgerError as refusal:
        form.errors["reason"] = words_of_refusal(refusal, language_of_page(request))
        return await _act_form(request, call, person_id, act, form, status=409)
    call.service.identities.forget_caller(person.caller_id)
    if outcome.code is None:
        return see(outcome.address)
    place = admin_place(call.who.permissions)
    return show(
        request,
        "admin/invitation.html",
        place,
        back=outcome.address,
        code=outcome.code,
        waits=act == "invitation-by-two",
        where=f"{request.headers.get('host', '')}{INVITATION}",
    )


async def _do(
    conn: AsyncConnection, call: GatedCall, person: Person, act: str, reason: str
) -> _Outcome:
    by, here = call.caller_id, f"{HOME}/{person.public_id}"
    if act == "second-factor":
        asked = await ask(
            conn,
            tenant_id=PLATFORM,
            matter=SecondFactorReset(person_id=person.public_id),
            reason=reason,
            caller_id=by,
        )
        return _Outcome(f"/admin/approvals/{asked.approval_id}")
    if act == "invitation-by-two":
        return await _ask_to_invite(conn, call, person, reason)
    if act == "invitation":
        code = await invite_person(
            conn,
            person=person,
            invited_by=by,
            reason=reason,
            second_factor_is_ours=not call.service.settings.oidc_second_factor,
        )
        return _Outcome(here, code)
    if act == "sessions":
        await end_sessions_of(conn, person=person, ended_by=by, reason=reason)
    elif act == "close":
        await close_sign_in(conn, person=person, closed_by=by, reason=reason)
    else:
        await open_sign_in(conn, person=person, opened_by=by, reason=reason)
    return _Outcome(f"{here}?done={act}")


async def _ask_to_invite(
    conn: AsyncConnection, call: GatedCall, person: Person, reason: str
) -> _Outcome:
    """A code that opens nothing before a second administrator agrees."""
    await check_invitee(
        conn,
        person=person,
        invited_by=call.caller_id,
        second_factor_is_ours=not call.service.settings.oidc_second_factor,
    )
    code = new_random_code()
    asked = await ask(
        conn,
        tenant_id=PLATFORM,
        matter=SignInInvitation(person_id=person.public_id, code_hash=random_code_hash(code).hex()),
        reason=reason,
        caller_id=call.caller_id,
    )
    return _Outcome(f"/admin/approvals/{asked.approval_id}", code)


async def _act_form(
    request: PageRequest,
    call: GatedCall,
    person_id: UUID,
    act: str,
    form: Form,
    *,
    status: int = 200,
) -> Page:
    if act not in _ACTS:
        raise NotFound(kind="page", id=act)
    async with read_transaction(call.service.engine) as conn:
        person = await get_person(conn, public_id=person_id)
    return show(
        request,
        "admin/sign_in_act.html",
        admin_place(call.who.permissions),
        status=status,
        form=form,
        here=f"{HOME}/{person_id}",
        act=act,
        about=person,
        name=mask_name(person.display_name),
    )


ROUTES = [search_page, person_wanted, person_page, act_page, act_done]
