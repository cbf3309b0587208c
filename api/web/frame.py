"""The frame of every page: who looks, from where, and what her forms must carry."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie

from api.auth import Caller, new_form_key
from api.gate import CALL, Call
from api.kept_forms import form_as_sent, has_files
from api.refusals import FormForged
from api.sensible_dates import FIRST_YEAR, LAST_YEAR
from api.step_up import PROOF_FIELD, TYPED
from api.web.addresses import address_to_open
from api.web.formatting import Language
from api.web.forms import Form
from api.web.place_list import count_places
from api.web.rendering import Place, page, preferences
from ledger.errors import NotFound
from ledger.foundation.audit_log import current_request_id
from ledger.foundation.kept_forms import KeptForm

PageRequest = Request[Any, Any, Any]
Page = Response[bytes]
LONGEST_CURSOR = 15
#: In characters: a page is small.
LARGEST_RETYPED = 8_000
#: Whoever holds one of these for a whole programme or estate may look for what is in it.
SEARCHED = frozenset({"entries.read", "members.read"})


class FormGuard(NamedTuple):
    """Hidden fields: the token of the session and the key that makes sending twice act once."""

    token: str
    key: str


class Retyped(NamedTuple):
    """What a form was sent with, for whoever switches the language of the page that answered it."""

    form: str
    #: The page of the form.
    back: str
    #: What became of it: ``looked`` at so far, ``refused``, or never taken.
    stage: str
    #: Names of the fields that were refused.
    wrong: str

    @classmethod
    def of(
        cls, form: KeptForm, back: str, stage: str, wrong: Iterable[str] = ()
    ) -> "Retyped | None":
        """None of a form that would make the page large."""
        written = msgspec.json.encode(form).decode()
        kept = cls(written, back, stage, " ".join(wrong))
        return kept if len(written) <= LARGEST_RETYPED else None


class HeadSearch(NamedTuple):
    """The box in the head; it looks in the programme or estate of the page, if it lies in one."""

    tenant: UUID | None


def language_of_page(request: PageRequest) -> Language:
    """The language the reader chose."""
    return preferences(request).language


async def read_form(request: PageRequest) -> Form:
    """The form that was sent, with its errors in the reader's language."""
    return Form(await request.form(), language_of_page(request))


def read_uuid(typed: str | None) -> UUID | None:
    """An id in an address; None when there is none, or something else."""
    try:
        return UUID(typed or "")
    except ValueError:
        return None


def read_version(typed: str | None) -> int | None:
    """A place in a list, as a cursor in an address gives it."""
    return int(typed) if typed and typed.isdecimal() and len(typed) <= LONGEST_CURSOR else None


def read_day(typed: str | None) -> date | None:
    """A day in an address that people may mean; None when there is none, or something else."""
    try:
        day = date.fromisoformat(typed or "")
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def key_of_form(call: Call) -> UUID:
    """The key of the act that a form asks for; our own forms always carry one.

    Raises:
        FormForged: this form is not one of ours.
    """
    if call.key_or_none is None:
        raise FormForged
    return call.key_or_none


def require_whole_tenant(call: Call, kind: str) -> None:
    """Refuse a page about everybody to a caller whose permission reaches only their own.

    Raises:
        NotFound: for this caller it is not there.
    """
    if not call.reach.everything:
        raise NotFound(kind=kind, id="")


def done_of(request: PageRequest, known: Iterable[str]) -> str | None:
    """What was done just now, as the address says; None for what this page never says."""
    done = request.query_params.get("done")
    return done if done is not None and done in known else None


def empty_form(request: PageRequest, **values: str) -> Form:
    """A form that nobody has filled in yet, with what is proposed."""
    return Form(values, language_of_page(request))


def show(
    request: PageRequest,
    template: str,
    place: Place | None,
    *,
    current: str | None = None,
    status: int = 200,
    cookies: Sequence[Cookie] = (),
    keeps_sent: bool = False,
    **context: Any,
) -> Page:
    """Render a page in its frame. ``current`` is the entry of the navigation to be marked.

    Of a refused form, and with ``keeps_sent`` of one that was only looked at, the switches of the
    head carry what was sent.
    """
    call: Call | None = request.scope["state"].get(CALL)
    caller = call.caller if call is not None else None
    token = call.service.identities.form_token(caller) if call is not None else ""
    guard = context.setdefault("form_guard", FormGuard(token, new_form_key()))
    form = context.get("form")
    if keeps_sent or (400 <= status < 500 and isinstance(form, Form)):
        wrong = [one for one in form.errors if one != PROOF_FIELD] if form else []
        context.setdefault("retyped", _retyped(request, caller, guard, wrong))
    frame = {
        "place": place,
        "current": current,
        "person": caller.person if caller is not None else None,
        "several_places": caller is not None and count_places(caller.permissions) > 1,
        "head_search": _head_search(request, place, caller),
        "unread": request.scope["state"].get("unread_notices", 0),
        "request_number": current_request_id.get(),
    }
    return page(request, template, {**frame, **context}, status=status, cookies=cookies)


def _retyped(
    request: PageRequest, caller: Caller | None, guard: FormGuard, wrong: Sequence[str]
) -> Retyped | None:
    """What a form was sent with, and the key that it goes on with; files are not kept."""
    typed: Any = request.scope["state"].get(TYPED)
    if request.method != "POST" or not typed or has_files(typed):
        return None
    if caller is None or caller.session_token is None:
        return None
    sent = msgspec.structs.replace(form_as_sent(request, typed), key=guard.key)
    if not any(value.strip() for _, value in sent.fields):
        return None
    stage = "refused" if wrong else "looked"
    return Retyped.of(sent, address_to_open(request), stage, wrong)


def _head_search(
    request: PageRequest, place: Place | None, caller: Caller | None
) -> HeadSearch | None:
    """The box for those who work at a desk and may look for anything in a whole tenant."""
    if place is None or not place.desk or caller is None:
        return None
    if not any(SEARCHED & one.wide for one in caller.permissions.roles):
        return None
    parts = request.url.path.split("/")
    inside = len(parts) > 2 and parts[1] in ("programmes", "estates")
    return HeadSearch(read_uuid(parts[2]) if inside else None)


def see(address: str, *, cookies: Sequence[Cookie] = ()) -> Page:
    """After a form: show this address, so that reloading sends nothing again."""
    return Response(
        b"", status_code=303, headers={"location": address}, cookies=list(cookies), media_type=None
    )
