"""Signing in and out, and the choice of a place for a person with several."""

from urllib.parse import quote, urlencode, urlsplit

from litestar import get, post
from litestar.datastructures import Cookie

from api.auth import Identities
from api.bodies import LARGEST_OPEN_BODY
from api.gate import Call
from api.kept_forms import KEPT, KEPT_COOKIE
from api.policies import anyone, signed_in
from api.web.addresses import address_before
from api.web.devices import device_words
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    language_of_page,
    read_form,
    see,
    show,
)
from api.web.place_list import list_places
from api.web.rendering import address_with, preferences
from api.web.todo import by_deadline
from api.web.todo_approvals import approvals_to_decide
from ledger.clock import now
from ledger.database import read_transaction, write_transaction
from ledger.foundation.admission import SignedIn
from ledger.foundation.known_browsers import REMEMBERED, Browser, remember_browser
from ledger.foundation.people import Person
from ledger.foundation.sessions import end_session
from ledger.foundation.sign_in import SignInRefused, sign_in
from ledger.foundation.sign_in_steps import STEP_LASTS, StepNeeded
from ledger.foundation.throttling import SignInThrottled

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
#: Where what was typed too late is shown again.
KEPT_PAGE = "/account/kept"
#: Where a sign-in goes on, by what it waits for.
SECOND_STEPS = {"code": f"{SIGN_IN}/second-factor", "enrolment": f"{SIGN_IN}/enrolment"}
#: The cookie that leads from the first step to the second.
STEP = "step"
#: The cookie of a browser that signed in before.
KNOWN_BROWSER = "known"
#: What stands in an address as it is; everything else is written as bytes of UTF-8.
ADDRESS_CHARACTERS = "/?=&%+,;:@~-._!$'()*"


@get("/", opt=anyone())
async def home(request: PageRequest, call: Call) -> Page:
    """The only place of a person at once, else the chooser."""
    caller = call.caller
    if caller is None or caller.person is None:
        return see(SIGN_IN, cookies=preferences(request).changed)
    async with read_transaction(call.service.engine) as conn:
        places = await list_places(conn, caller.permissions)
        if len(places) == 1:
            return see(places[0].home, cookies=preferences(request).changed)
        items = await approvals_to_decide(conn, call, language_of_page(request))
    return show(request, "account/home.html", None, places=places, items=by_deadline(items))


@get(SIGN_IN, opt=anyone())
async def sign_in_page(request: PageRequest) -> Page:
    """The form for name and password."""
    form = empty_form(request, next=request.query_params.get("next", ""))
    over = request.query_params.get("over")
    return _sign_in_form(request, form, signed_out="out" in request.query_params, over=over)


@post(SIGN_IN, opt=anyone(), request_max_body_size=LARGEST_OPEN_BODY)
async def sign_in_sent(request: PageRequest, call: Call) -> Page:
    """Open a session, or say what is wrong without telling which of the two."""
    identities = call.service.identities
    form = await read_form(request)
    if "switched" in form.values:  # to the other language or size of type, nothing else
        return _sign_in_form(request, form)
    name = form.code("name")
    password = form.secret("password")
    if not password:
        form.refuse("password", "form.required")
    if form.errors or name is None:
        return _sign_in_form(request, form, status=422)
    try:
        opened = await sign_in(
            call.service.engine,
            sign_in_name=name,
            password=password,
            address=request.client.host if request.client else "",
            device=device_words(request.headers.get("user-agent")),
            old_token=request.cookies.get(identities.cookie_name),
            enrolment_needed=call.service.settings.second_factor == "required",
            browser=browser_of(request),
        )
    except SignInRefused:
        form.refuse("password", "sign_in.wrong")
        return _sign_in_form(request, form, status=401)
    except SignInThrottled as refusal:
        form.refuse("password", "sign_in.too_often", seconds=refusal.retry_after_seconds)
        return _sign_in_form(request, form, status=429)
    return let_in(request, opened, form.values.get("next", ""))


def let_in(request: PageRequest, opened: SignedIn | StepNeeded, asked: str) -> Page:
    """After the first step: on to what was asked for, or to the second factor."""
    identities: Identities = request.app.state.service.identities
    if isinstance(opened, SignedIn):
        cookies = cookies_of_sign_in(request, opened)
        return see(address_after(request, asked), cookies=cookies)
    page = SECOND_STEPS[opened.awaits]
    query = f"?{urlencode({'next': asked}, safe='/')}" if local_address(asked) != "/" else ""
    return see(f"{page}{query}", cookies=(identities.cookie(STEP, opened.token, STEP_LASTS),))


def cookies_of_sign_in(request: PageRequest, opened: SignedIn) -> tuple[Cookie, ...]:
    """What the browser keeps from now on: the session, which it was, and who is known here."""
    identities: Identities = request.app.state.service.identities
    return (
        identities.session_cookie(opened.token, opened.lifetime.absolute),
        identities.last_session_cookie(opened.token),
        known_browser_cookie(request, opened.person),
    )


def browser_of(request: PageRequest) -> Browser:
    """What the browser brings along of earlier sign-ins."""
    service = request.app.state.service
    name = service.identities.name_of_cookie(KNOWN_BROWSER)
    return Browser(service.secrets, request.cookies.get(name, ""))


def known_browser_cookie(request: PageRequest, person: Person) -> Cookie:
    """What it brings along next time, now that this person signed in."""
    identities: Identities = request.app.state.service.identities
    kept = remember_browser(browser_of(request), person_id=person.person_id, at=now())
    return identities.cookie(KNOWN_BROWSER, kept, REMEMBERED)


@post(SIGN_OUT, opt=signed_in(action="session.end"))
async def sign_out(call: Call) -> Page:
    """End the session here and now."""
    identities, token = call.service.identities, call.who.session_token
    cookies = [identities.ended_cookie()]
    if token is not None:
        # another tab may have a form of this session
        cookies.append(identities.last_session_cookie(token))
        await write_transaction(
            call.service.engine, lambda conn: end_session(conn, token=token, at=now())
        )
        identities.forget_session(token)
    return see(f"{SIGN_IN}?out=1", cookies=cookies)


def _sign_in_form(
    request: PageRequest,
    form: Form,
    *,
    status: int = 200,
    signed_out: bool = False,
    over: str | None = None,
) -> Page:
    """``over``: a session has ended, and with ``form`` something that was typed was not sent."""
    service = request.app.state.service
    return show(
        request,
        "account/sign_in.html",
        None,
        status=status,
        form=form,
        signed_out=signed_out,
        over=over,
        switches_form="sign-in" if request.method == "POST" else None,
        provider=service.settings.oidc_name if service.identity_provider.is_set_up else None,
    )


def local_address(asked: str) -> str:
    """An address of ours to go on to; anything else leads home."""
    parts = urlsplit(asked)
    foreign = parts.scheme or parts.netloc or not asked.startswith("/") or asked[1:2] in "/\\"
    return "/" if foreign else quote(asked, safe=ADDRESS_CHARACTERS)


def address_after(request: PageRequest, asked: str) -> str:
    """Where a sign-in leads: past what was typed too late, if anything was, to what was asked."""
    address = local_address(asked)
    if request.app.state.service.identities.name_of_cookie(KEPT_COOKIE) not in request.cookies:
        return address
    return f"{KEPT_PAGE}?{urlencode({'next': address}, safe='/')}"


def sign_in_address(request: PageRequest) -> str:
    """Where to sign in first, and come back from; a form comes back to the page it stood on."""
    if request.url.path == SIGN_OUT:
        return f"{SIGN_IN}?out=1"
    is_form = request.method == "POST"
    asked = address_before(request) if is_form else address_with(request)
    query = {"next": asked} if asked not in (None, "", "/") else {}
    if is_form:
        query["over"] = "kept" if KEPT in request.scope["state"] else "form"
    elif request.app.state.service.identities.cookie_name in request.cookies:
        query["over"] = "page"
    return f"{SIGN_IN}?{urlencode(query, safe='/')}" if query else SIGN_IN


ROUTES = [home, sign_in_page, sign_in_sent, sign_out]
