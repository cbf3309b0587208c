"""The second step of a sign-in: a code of the second factor, or enrolling one."""

from litestar import get, post

from api.bodies import LARGEST_OPEN_BODY
from api.gate import Call
from api.policies import anyone
from api.web.account import SECOND_STEPS, SIGN_IN, STEP, address_after, cookies_of_sign_in
from api.web.devices import device_words
from api.web.enrolment import begin_or_go_on, secret_of
from api.web.forms import Form
from api.web.frame import Page, PageRequest, empty_form, read_form, see, show
from ledger.database import read_transaction
from ledger.foundation.second_factor import SecondFactorRefused
from ledger.foundation.sign_in_steps import (
    StepOver,
    enrol_at_sign_in,
    get_step,
    give_second_factor,
)
from ledger.foundation.throttling import SignInThrottled

CODE, ENROLMENT = SECOND_STEPS["code"], SECOND_STEPS["enrolment"]


@get(CODE, opt=anyone())
async def code_page(request: PageRequest, call: Call) -> Page:
    """Six digits, or a recovery code."""
    form = empty_form(request, next=request.query_params.get("next", ""))
    try:
        async with read_transaction(call.service.engine) as conn:
            await get_step(conn, token=_token(request, call), awaits="code")
    except StepOver:
        return see(SIGN_IN)
    return _code_form(request, form)


@post(CODE, opt=anyone(), request_max_body_size=LARGEST_OPEN_BODY)
async def code_sent(request: PageRequest, call: Call) -> Page:
    """Open the session for the right code."""
    identities, form = call.service.identities, await read_form(request)
    code = form.code("code")
    if code is None:
        return _code_form(request, form, status=422)
    try:
        opened = await give_second_factor(
            call.service.engine,
            token=_token(request, call),
            code=code,
            keys=call.service.personal_keys,
            address=request.client.host if request.client else "",
            device=device_words(request.headers.get("user-agent")),
            old_token=request.cookies.get(identities.cookie_name),
        )
    except StepOver:
        return see(f"{SIGN_IN}?over=step")
    except (SecondFactorRefused, SignInThrottled) as refusal:
        return _code_form(request, form, status=refuse_code(form, refusal))
    cookies = (*cookies_of_sign_in(request, opened), identities.ended_cookie(STEP))
    return see(address_after(request, form.values.get("next", "")), cookies=cookies)


def refuse_code(form: Form, refusal: SecondFactorRefused | SignInThrottled) -> int:
    """Say beside the field what is wrong with a code; returns the status of the answer."""
    if isinstance(refusal, SignInThrottled):
        form.refuse("code", "sign_in.too_often", seconds=refusal.retry_after_seconds)
        return 429
    form.refuse("code", "second_factor.wrong")
    return 422


@get(ENROLMENT, opt=anyone())
async def enrolment_page(request: PageRequest, call: Call) -> Page:
    """Scan, type the first code, go on."""
    form = empty_form(request, next=request.query_params.get("next", ""))
    return await _enrolment_form(request, call, form)


@post(ENROLMENT, opt=anyone(), request_max_body_size=LARGEST_OPEN_BODY)
async def enrolment_sent(request: PageRequest, call: Call) -> Page:
    """Take the second factor into use, open the session, show the recovery codes once."""
    identities, form = call.service.identities, await read_form(request)
    token, code = _token(request, call), form.code("code")
    secret = secret_of(call.service.secrets, form, holder=token)
    if code is None:
        return await _enrolment_form(request, call, form, status=422)
    if secret is None:
        form.refuse("code", "second_factor.begin_anew")
        return await _enrolment_form(request, call, form, status=422)
    try:
        opened, codes = await enrol_at_sign_in(
            call.service.engine,
            token=token,
            secret=secret,
            code=code,
            keys=call.service.personal_keys,
            address=request.client.host if request.client else "",
            device=device_words(request.headers.get("user-agent")),
            old_token=request.cookies.get(identities.cookie_name),
        )
    except StepOver:
        return see(f"{SIGN_IN}?over=step")
    except (SecondFactorRefused, SignInThrottled) as refusal:
        return await _enrolment_form(request, call, form, status=refuse_code(form, refusal))
    identities.forget_caller(opened.person.caller_id)
    return show(
        request,
        "account/recovery_codes.html",
        None,
        cookies=(*cookies_of_sign_in(request, opened), identities.ended_cookie(STEP)),
        codes=codes,
        next_href=address_after(request, form.values.get("next", "")),
    )


def _token(request: PageRequest, call: Call) -> str:
    """The token of the sign-in that this browser has begun; empty when it has not."""
    return request.cookies.get(call.service.identities.name_of_cookie(STEP), "")


def _code_form(request: PageRequest, form: Form, *, status: int = 200) -> Page:
    return show(request, "account/second_factor.html", None, status=status, form=form)


async def _enrolment_form(
    request: PageRequest, call: Call, form: Form, *, status: int = 200
) -> Page:
    token = _token(request, call)
    try:
        async with read_transaction(call.service.engine) as conn:
            step = await get_step(conn, token=token, awaits="enrolment")
    except StepOver:
        return see(SIGN_IN)
    view = begin_or_go_on(call.service.secrets, form, person=step.person, holder=token)
    return show(
        request,
        "account/enrolment.html",
        None,
        status=status,
        form=form,
        view=view,
        action=ENROLMENT,
        renewed=False,
        own_wish=False,
    )


ROUTES = [code_page, code_sent, enrolment_page, enrolment_sent]
