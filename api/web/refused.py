"""Refusals as pages: what happened, what did not, what to do next, with a number to read aloud."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from api.gate import CALL, GatedCall
from api.problems import shown_facts, status_of, words_of
from api.reasons import reason_in
from api.refusals import FormForged, NotSignedIn, StepUpNeeded
from api.web.account import SIGN_IN, sign_in_address
from api.web.addresses import address_before
from api.web.formatting import Language
from api.web.forms import Form
from api.web.frame import Page, PageRequest, language_of_page, see, show
from api.web.kept import kept_cookies, look_again_page
from api.web.place_list import list_places, place_of_address
from api.web.rendering import Place
from api.web.step_up_page import step_up_page
from api.web.texts import catalogue, text
from ledger.books.refusals import InsufficientBalance
from ledger.database import read_transaction
from ledger.errors import InvalidInput, LedgerError
from ledger.foundation.grants import Reach

#: Where ``remember_place`` leaves what it found.
PLACE = "place"


class Way(NamedTuple):
    """A button out of a refusal."""

    href: str
    words: str


class RefusalView(NamedTuple):
    """What a refusal page says."""

    title: str
    happened: str
    untouched: str
    remedy: str | None
    ways: Sequence[Way]


def show_refusal(
    request: PageRequest,
    place: Place | None,
    refusal: LedgerError,
    *,
    untouched: str,
    ways: Sequence[Way],
    family: str = "",
) -> Page:
    """A refusal in words; ``untouched`` is the key of what did not happen, empty for a reading.

    ``family`` names texts of the page's own for refusals that deserve plainer words there.
    """
    language = language_of_page(request)
    title, happened = _plain_words(refusal, language, family)
    remedy = _remedy(refusal, language, family)
    stayed = text(language, untouched) if untouched else ""
    view = RefusalView(title, happened, stayed, remedy, ways)
    return show(request, "refused.html", place, status=status_of(refusal), refusal=view)


def words_at_field(refusal: LedgerError, language: Language, *, untouched: str, family: str) -> str:
    """The same in one line, to stand beside the field that was wrong."""
    _, happened = _plain_words(refusal, language, family)
    parts = (happened, text(language, untouched), _remedy(refusal, language, family))
    return (" " if language == "en" else "").join(part for part in parts if part)


def _remedy(refusal: LedgerError, language: Language, family: str) -> str | None:
    own = catalogue(language)
    return own.get(f"{family}_remedy.{refusal.code}") or own.get(f"remedy.{refusal.code}")


def _plain_words(refusal: LedgerError, language: Language, family: str = "") -> tuple[str, str]:
    """Title and words of a refusal: those of the page, of all pages, else those of the problem."""
    own = catalogue(language)
    for plainer in (family, "page"):
        title = own.get(f"{plainer}_title.{refusal.code}")
        if title is not None:
            words = own[f"{plainer}_words.{refusal.code}"]
            return title, words.format(**shown_facts(refusal, language))
    return words_of(refusal, language)


def words_of_refusal(refusal: LedgerError, language: Language, *, family: str = "") -> str:
    """What a refusal says, to stand beside a field; of a wrong value only what to do instead.

    ``family`` names texts of the page's own, as for a refusal that is a page.
    """
    if isinstance(refusal, InvalidInput):
        return reason_in(language, str(refusal.attributes()["remedy"]))
    return _plain_words(refusal, language, family)[1]


def refuse_shortage(form: Form, name: str, key: str, refusal: InsufficientBalance) -> None:
    """Note beside a field what is there, what is needed and what is missing.

    For pages whose reader may see that balance.
    """
    facts = shown_facts(refusal, form.language)
    form.refuse(name, key, **{one: facts[one] for one in ("available", "needed", "missing")})


async def remember_place(request: PageRequest) -> None:
    """Find out who looks and from where, so that a refusal keeps the navigation.

    What was refused may never have reached its handler, or the gate. Nothing here may fail the
    answer: without the place the page has no navigation, that is all.
    """
    state, service = request.scope["state"], request.app.state.service
    with suppress(LedgerError, SQLAlchemyError, OSError):
        if CALL not in state:
            caller = await service.identities.caller_of(request)
            state[CALL] = GatedCall(service, caller, None, Reach(everything=False), None, "")
        caller = state[CALL].caller
        if caller is not None and caller.person is not None:
            async with read_transaction(service.engine) as conn:
                places = await list_places(conn, caller.permissions)
            state[PLACE] = place_of_address(places, request.url.path)


def refusal_page(request: PageRequest, refusal: LedgerError) -> Page:
    """Any refusal that no page foresaw; who is not signed in is led to the sign-in."""
    if isinstance(refusal, NotSignedIn):
        return see(sign_in_address(request), cookies=kept_cookies(request))
    language = language_of_page(request)
    place: Place | None = request.scope["state"].get(PLACE)
    if isinstance(refusal, StepUpNeeded):
        return step_up_page(request, place, refusal)
    if isinstance(refusal, FormForged) and (again := look_again_page(request)) is not None:
        return again
    ways = [Way(place.home if place is not None else "/", text(language, "error.go_home"))]
    before = address_before(request) or "/"
    useless = ("/", SIGN_IN, ways[0].href, request.url.path)
    if before not in useless and not before.startswith(f"{SIGN_IN}?"):
        ways.insert(0, Way(before, text(language, "error.go_back")))
    known_result = refusal.code not in ("database_unavailable", "outcome_unknown")
    untouched = "error.nothing_changed" if known_result else "error.unknown_result"
    sent = request.method not in ("GET", "HEAD")
    return show_refusal(request, place, refusal, untouched=untouched if sent else "", ways=ways)


def words_family(call: GatedCall) -> str:
    """Whose words a refusal has: with what the account holds for who may see every account."""
    reach = call.who.permissions.reach("accounts.read", call.scope_id)
    return "books" if reach is not None and reach.everything else ""
