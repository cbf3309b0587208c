"""``/account/security``: where one is signed in, the password, the second factor."""

from uuid import UUID

import msgspec
from litestar import get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth import new_form_key
from api.gate import Call, GatedCall
from api.policies import signed_in
from api.web.account import SIGN_IN, known_browser_cookie
from api.web.enrolment import begin_or_go_on, secret_of
from api.web.forms import Form
from api.web.frame import FormGuard, Page, PageRequest, empty_form, read_form, see, show
from api.web.second_step import refuse_code
from ledger.clock import now
from ledger.database import read_transaction, write_transaction
from ledger.errors import NotFound
from ledger.foundation.admission import holds_sensitive_role
from ledger.foundation.api_keys import list_api_keys
from ledger.foundation.own_sign_in import (
    PasswordWrong,
    change_password,
    end_other_sessions,
    end_own_session,
    keep_one_session,
    read_sign_in,
)
from ledger.foundation.passwords import PasswordNotAccepted
from ledger.foundation.people import Person
from ledger.foundation.second_factor import (
    SecondFactorKept,
    SecondFactorMissing,
    SecondFactorRefused,
    end_second_factor,
    enrol_second_factor,
    renew_recovery_codes,
)
from ledger.foundation.sessions import RenewedSession, renew_session
from ledger.foundation.throttling import SignInThrottled

HOME = "/account/security"
PASSWORD = f"{HOME}/password"
FACTOR = f"{HOME}/second-factor"
_DONE = frozenset(
    {
        "factor_ended",
        "key_revoked",
        "linked",
        "others_ended",
        "password",
        "session_ended",
        "unlinked",
    }
)


def own_session(call: Call) -> tuple[Person, str]:
    """Whose session it is, with its token; these pages are no key's.

    Raises:
        NotFound: the request came with an API key.
    """
    who = call.who
    if who.person is None or who.session_token is None:
        raise NotFound(kind="session", id="")
    return who.person, who.session_token


@get(HOME, opt=signed_in())
async def security_page(request: PageRequest, call: Call) -> Page:
    """How one signs in, where one is signed in, and what can be done about it."""
    person, token = own_session(call)
    settings, done = call.service.settings, request.query_params.get("done")
    async with read_transaction(call.service.engine) as conn:
        known = await read_sign_in(conn, person=person, token=token, at=now())
        sensitive = await holds_sensitive_role(conn, person=person, at=now())
        keys = await list_api_keys(conn, caller_id=person.caller_id)
    return show(
        request,
        "account/security.html",
        None,
        known=known,
        keys=keys,
        may_make_keys=call.who.permissions.permits_on_platform("api_keys.issue"),
        needs_factor=sensitive and settings.second_factor == "required",
        done=done if done in _DONE else None,
        provider=settings.oidc_name if call.service.identity_provider.is_set_up else None,
    )


@post(HOME + "/sessions/{session_id:uuid}/end", opt=signed_in())
async def one_ended(call: Call, session_id: FromPath[UUID]) -> Page:
    """End one of one's sessions; ending this one is signing out."""
    person, token = own_session(call)
    ended_this = await write_transaction(
        call.service.engine,
        lambda conn: end_own_session(conn, person=person, session_id=session_id, token=token),
    )
    call.service.identities.forget_caller(call.caller_id)
    if ended_this:
        identities = call.service.identities
        cookies = (identities.ended_cookie(), identities.last_session_cookie(token))
        return see(f"{SIGN_IN}?out=1", cookies=cookies)
    return see(f"{HOME}?done=session_ended")


@post(HOME + "/sessions/others/end", opt=signed_in())
async def others_ended(call: Call) -> Page:
    """End every session but this one."""
    person, token = own_session(call)
    await write_transaction(
        call.service.engine, lambda conn: end_other_sessions(conn, person=person, token=token)
    )
    call.service.identities.forget_caller(call.caller_id)
    return see(f"{HOME}?done=others_ended")


@get(PASSWORD, opt=signed_in())
async def password_page(request: PageRequest, call: Call) -> Page:
    """The old password, and the new one."""
    own_session(call)
    return _password_form(request, empty_form(request))


@post(PASSWORD, opt=signed_in())
async def password_sent(request: PageRequest, call: Call) -> Page:
    """Change the password; the other sessions end."""
    person, token = own_session(call)
    form = await read_form(request)
    old, new = form.secret("old"), form.secret("new")
    for name, given in (("old", old), ("new", new)):
        if not given:
            form.refuse(name, "form.required")
    if form.errors:
        return _password_form(request, form, status=422)
    renewed: RenewedSession | None = None
    try:
        renewed = await change_password(
            call.service.engine,
            person=person,
            old=old,
            new=new,
            token=token,
            address=request.client.host if request.client else "",
        )
    except PasswordWrong:
        form.refuse("old", "security.old_wrong")
    except PasswordNotAccepted as refusal:
        form.refuse("new", f"password_refused.{refusal.reason}")
    except SignInThrottled as refusal:
        form.refuse("old", "sign_in.too_often", seconds=refusal.retry_after_seconds)
    if renewed is None:
        return _password_form(request, form, status=422)
    cookies = (_cookie(call, renewed), known_browser_cookie(request, person))
    return see(f"{HOME}?done=password", cookies=cookies)


def _cookie(call: GatedCall, renewed: RenewedSession) -> Cookie:
    """The cookie of a session that goes on under another token; what has ended is forgotten."""
    call.service.identities.forget_caller(call.caller_id)
    return call.service.identities.session_cookie(renewed.token, renewed.lasts)


def _password_form(request: PageRequest, form: Form, *, status: int = 200) -> Page:
    return show(request, "account/password.html", None, status=status, form=form)


@get(FACTOR, opt=signed_in(step_up=True))
async def factor_page(request: PageRequest, call: Call) -> Page:
    """Scan a new secret, for the first time or in place of the old one."""
    return await _factor_form(request, call, empty_form(request))


@post(FACTOR, opt=signed_in(step_up=True))
async def factor_sent(request: PageRequest, call: Call) -> Page:
    """Take it into use; the other sessions end; the recovery codes are shown once."""
    person, token = own_session(call)
    form = await read_form(request)
    code = form.code("code")
    secret = secret_of(call.service.secrets, form, holder=token)
    if code is not None and secret is None:
        form.refuse("code", "second_factor.begin_anew")
    if code is None or secret is None:
        return await _factor_form(request, call, form, status=422)

    async def enrol(conn: AsyncConnection) -> tuple[list[str], RenewedSession]:
        moment = now()
        codes = await enrol_second_factor(
            conn,
            person=person,
            secret=secret,
            code=code,
            keys=call.service.personal_keys,
            at=moment,
        )
        return codes, await keep_one_session(conn, person=person, token=token, at=moment)

    try:
        codes, renewed = await write_transaction(call.service.engine, enrol)
    except SecondFactorRefused as refusal:
        return await _factor_form(request, call, form, status=refuse_code(form, refusal))
    return _show_codes(request, call, codes, renewed)


@post(FACTOR + "/end", opt=signed_in(step_up=True))
async def factor_ended(call: Call) -> Page:
    """Take the second factor out of use, where it is not needed; the other sessions end."""
    person, token = own_session(call)

    async def end(conn: AsyncConnection) -> RenewedSession:
        if call.service.settings.second_factor == "required" and await holds_sensitive_role(
            conn, person=person, at=now()
        ):
            raise SecondFactorKept
        await end_second_factor(conn, person=person, ended_by=person.caller_id)
        return await keep_one_session(conn, person=person, token=token, at=now())

    renewed = await write_transaction(call.service.engine, end)
    return see(f"{HOME}?done=factor_ended", cookies=(_cookie(call, renewed),))


@post(FACTOR + "/recovery-codes", opt=signed_in(step_up=True))
async def codes_renewed(request: PageRequest, call: Call) -> Page:
    """New recovery codes in place of the old ones, shown once."""
    person, token = own_session(call)

    async def renew(conn: AsyncConnection) -> tuple[list[str], RenewedSession]:
        known = await read_sign_in(conn, person=person, token=token, at=now())
        if not known.has_second_factor:
            raise SecondFactorMissing
        codes = await renew_recovery_codes(conn, person=person)
        return codes, await renew_session(conn, token=token, at=now())

    codes, renewed = await write_transaction(call.service.engine, renew)
    return _show_codes(request, call, codes, renewed)


def _show_codes(
    request: PageRequest, call: GatedCall, codes: list[str], renewed: RenewedSession
) -> Page:
    """The codes, once; the page's own forms belong to the session as it goes on."""
    caller = msgspec.structs.replace(call.who, session_token=renewed.token)
    return show(
        request,
        "account/recovery_codes.html",
        None,
        cookies=(_cookie(call, renewed),),
        codes=codes,
        next_href=HOME,
        form_guard=FormGuard(call.service.identities.form_token(caller), new_form_key()),
    )


async def _factor_form(request: PageRequest, call: Call, form: Form, *, status: int = 200) -> Page:
    person, token = own_session(call)
    async with read_transaction(call.service.engine) as conn:
        known = await read_sign_in(conn, person=person, token=token, at=now())
    view = begin_or_go_on(call.service.secrets, form, person=person, holder=token)
    return show(
        request,
        "account/enrolment.html",
        None,
        status=status,
        form=form,
        view=view,
        action=FACTOR,
        renewed=known.has_second_factor,
        own_wish=True,
    )


ROUTES = [
    security_page,
    one_ended,
    others_ended,
    password_page,
    password_sent,
    factor_page,
    factor_sent,
    factor_ended,
    codes_renewed,
]
