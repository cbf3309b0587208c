"""``/sign-in/invitation``: with a code from the administrator one chooses a password.

Or links an account of the identity provider. So begins whoever never signed in, and so goes on who
forgot her password.
"""

from contextlib import suppress

from litestar import get, post
from litestar.datastructures import Cookie
from sqlalchemy.ext.asyncio import AsyncConnection

from api.bodies import LARGEST_OPEN_BODY
from api.gate import Call
from api.identity_provider import ProviderRefused, ProviderUnavailable
from api.policies import anyone
from api.web.account import SIGN_IN, let_in
from api.web.devices import device_words
from api.web.forms import Form
from api.web.frame import Page, PageRequest, empty_form, read_form, show
from api.web.provider_sign_in import begin_invited
from ledger.clock import now
from ledger.database import read_transaction, write_transaction
from ledger.foundation.admission import Arrival, SignedIn
from ledger.foundation.linked_accounts import (
    InvitationRefused,
    accept_invitation,
    check_invitation,
)
from ledger.foundation.own_sign_in import find_sign_in_name
from ledger.foundation.passwords import PasswordNotAccepted
from ledger.foundation.people import Person
from ledger.foundation.sign_in import SignInNameTaken, SignsInOtherwise, go_on, set_password
from ledger.foundation.sign_in_steps import StepNeeded

INVITATION = f"{SIGN_IN}/invitation"
_LONGEST_NAME = 60


@get(INVITATION, opt=anyone())
async def invitation_page(request: PageRequest) -> Page:
    """The code that an administrator gave."""
    return _code_form(request, empty_form(request))


@post(INVITATION, opt=anyone(), request_max_body_size=LARGEST_OPEN_BODY)
async def invitation_sent(request: PageRequest, call: Call) -> Page:
    """A good code leads on to the password, or to the provider; it is used up there."""
    form = await read_form(request)
    code = form.code("code")
    if code is None:
        return _code_form(request, form, status=422)
    return await _ways_in(request, call, form, code)


@post(INVITATION + "/password", opt=anyone(), request_max_body_size=LARGEST_OPEN_BODY)
async def password_chosen(request: PageRequest, call: Call) -> Page:
    """Use up the code, take the name and password into use, and sign in by them."""
    form = await read_form(request)
    code, name, new = form.code("code"), form.text("name", limit=_LONGEST_NAME), form.secret("new")
    if not new:
        form.refuse("new", "form.required")
    if code is None:
        return _code_form(request, form, status=422)
    if form.errors or name is None:
        return await _ways_in(request, call, form, code, status=422)
    service = call.service

    async def choose(conn: AsyncConnection) -> tuple[Person, SignedIn | StepNeeded]:
        moment = now()
        person = await accept_invitation(conn, code=code, at=moment)
        await set_password(
            conn, person=person, sign_in_name=name, password=new, set_by=person.caller_id
        )
        arrival = Arrival(
            person,
            "password",
            request.client.host if request.client else "",
            device_words(request.headers.get("user-agent")),
            request.cookies.get(service.identities.cookie_name),
        )
        needed = service.settings.second_factor == "required"
        return person, await go_on(conn, arrival, enrolment_needed=needed, at=moment)

    try:
        person, opened = await write_transaction(service.engine, choose)
    except InvitationRefused:
        return _wrong_code(request, form)
    except PasswordNotAccepted as refusal:
        form.refuse("new", f"password_refused.{refusal.reason}")
    except (SignInNameTaken, SignsInOtherwise):
        form.refuse("name", "invitation.name_taken")
    else:
        service.identities.forget_caller(person.caller_id)
        return let_in(request, opened, "")
    return await _ways_in(request, call, form, code, status=422)


async def _ways_in(
    request: PageRequest, call: Call, form: Form, code: str, *, status: int = 200
) -> Page:
    try:
        async with read_transaction(call.service.engine) as conn:
            person = await check_invitation(conn, code=code, at=now())
            known_name = await find_sign_in_name(conn, person_id=person.person_id)
    except InvitationRefused:
        return _wrong_code(request, form)
    href, cookies = None, list[Cookie]()
    if call.service.identity_provider.is_set_up:
        with suppress(ProviderRefused, ProviderUnavailable):  # a password can be chosen anyway
            href, cookie = await begin_invited(call, code)
            cookies.append(cookie)
    return show(
        request,
        "account/invited.html",
        None,
        status=status,
        cookies=cookies,
        form=form,
        code=code,
        known_name=known_name,
        href=href,
        provider=call.service.settings.oidc_name,
    )


def _wrong_code(request: PageRequest, form: Form) -> Page:
    form.refuse("code", "provider.invitation_wrong")
    return _code_form(request, form, status=422)


def _code_form(request: PageRequest, form: Form, *, status: int = 200) -> Page:
    return show(request, "account/invitation.html", None, status=status, form=form)


ROUTES = [invitation_page, invitation_sent, password_chosen]
