"""``/account/kept``: what was typed when the session had ended, to be looked at and sent again.

So is what was typed into a form that was refused, or only looked at so far, when its reader
switches the language or the type size.
Nothing is sent by itself: a button sends it to where it was meant for, once, with its own key.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import get, post
from litestar.datastructures import Cookie

from api.auth import new_form_key
from api.gate import CALL, Call, GatedCall
from api.kept_forms import KEPT, KEPT_COOKIE, form_as_sent, has_files
from api.policies import signed_in
from api.step_up import TYPED
from api.web.account import KEPT_PAGE, local_address
from api.web.addresses import address_before
from api.web.form_words import FormOnPage, answers_of, find_form
from api.web.frame import (
    FormGuard,
    Page,
    PageRequest,
    Retyped,
    language_of_page,
    read_form,
    see,
    show,
)
from api.web.texts import text
from ledger.clock import now
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.foundation.kept_forms import KEPT_FOR, KeptForm, find_kept_form

#: Where ``remember_form`` leaves the form that was sent.
_FORM = "form_of_kept"
#: What may have become of a form: the session had ended, or it was sent from an earlier one; it was
#: only looked at; it was refused.
_STAGES = frozenset({"over", "renewed", "looked", "refused"})
#: Buttons that stand on the second step of a form alone.
_PRESSED = {"ask": "kept_pressed.ask", "confirm": "kept_pressed.confirm"}
#: In characters: names of fields.
_LONGEST_WRONG = 400


def kept_cookies(request: PageRequest) -> list[Cookie]:
    """The cookie that leads back to what was kept of this request; none where nothing was."""
    token = request.scope["state"].get(KEPT)
    if token is None:
        return []
    return [request.app.state.service.identities.cookie(KEPT_COOKIE, token, KEPT_FOR)]


@get(KEPT_PAGE, opt=signed_in())
async def kept_page(request: PageRequest, call: Call) -> Page:
    """The form as it was typed, with a button; another person's is not shown."""
    person = call.who.person
    if person is None or call.who.session_token is None:
        raise NotFound(kind="page", id="")
    identities = call.service.identities
    asked = local_address(request.query_params.get("next", ""))
    token = request.cookies.get(identities.name_of_cookie(KEPT_COOKIE), "")
    async with read_transaction(call.service.engine) as conn:
        form = await find_kept_form(conn, token=token, person_id=person.person_id, at=now())
    if form is None:
        return see(asked, cookies=(identities.ended_cookie(KEPT_COOKIE),))
    found = await find_form(
        request, action=form.action, addresses=(asked, form.action), typed=form.fields
    )
    return _page(request, call, form, asked, found, stage="over")


@post(KEPT_PAGE, opt=signed_in())
async def switched_page(request: PageRequest, call: Call) -> Page:
    """A form in another language or type size: what was sent, with a button.

    It is not sent again by switching: what was refused before may pass meanwhile.
    """
    sent = (await read_form(request)).values
    try:
        form = msgspec.json.decode(sent.get("kept", ""), type=KeptForm)
    except msgspec.DecodeError:
        raise NotFound(kind="page", id="") from None
    form = msgspec.structs.replace(form, action=local_address(form.action))
    asked = local_address(sent.get("next", ""))
    found = await find_form(
        request, action=form.action, addresses=(asked, form.action), typed=form.fields
    )
    stage = sent.get("stage", "")
    return _page(
        request,
        call,
        form,
        asked,
        found,
        stage=stage if stage in _STAGES else "looked",
        wrong=sent.get("wrong", "")[:_LONGEST_WRONG].split(),
    )


async def remember_form(request: PageRequest) -> None:
    """Find the form that a refused request was sent with, for the page that shows it again."""
    sent = _sent_again(request)
    if sent is not None:
        addresses = (address_before(request) or sent.action, sent.action)
        request.scope["state"][_FORM] = await find_form(
            request, action=sent.action, addresses=addresses, typed=sent.fields
        )


def look_again_page(request: PageRequest) -> Page | None:
    """The same for a form of an earlier session of somebody who has signed in again meanwhile.

    None where the browser does not say that the form came from our own pages, or nothing is left
    to be sent.
    """
    state = request.scope["state"]
    form = _sent_again(request)
    if form is None:
        return None
    asked = address_before(request) or "/"
    return _page(request, state[CALL], form, asked, state.get(_FORM), stage="renewed", status=403)


def _sent_again(request: PageRequest) -> KeptForm | None:
    """The form of an earlier session that came with this request, from one of our own pages."""
    state = request.scope["state"]
    call: GatedCall | None = state.get(CALL)
    typed: Any = state.get(TYPED, {})
    if call is None or call.caller is None or call.caller.session_token is None:
        return None
    if not _is_from_here(request) or not typed or has_files(typed):
        return None
    form = form_as_sent(request, typed)
    return form if form.fields else None


def _is_from_here(request: PageRequest) -> bool:
    """Whether the browser itself says that one of our own pages sent this."""
    if request.headers.get("sec-fetch-site") == "same-origin":
        return True
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("host")


def _page(
    request: PageRequest,
    call: GatedCall,
    form: KeptForm,
    asked: str,
    found: FormOnPage | None,
    *,
    stage: str,
    wrong: Sequence[str] = (),
    status: int = 200,
) -> Page:
    language = language_of_page(request)
    pressed = {value: text(language, key) for value, key in _PRESSED.items()}
    labels = {} if found is None else {name: one.label for name, one in found.fields.items()}
    token = call.service.identities.form_token(call.caller)
    guard = FormGuard(token, form.key or new_form_key())
    return show(
        request,
        "account/kept.html",
        None,
        status=status,
        stage=stage,
        kept=form,
        page_of_form=found,
        wrong=[labels[one] for one in wrong if labels.get(one)],
        answers=answers_of(found, form.fields, pressed),
        asked=asked,
        form_guard=guard,
        retyped=Retyped.of(msgspec.structs.replace(form, key=guard.key), asked, stage, wrong),
    )


ROUTES = [kept_page, switched_page]
