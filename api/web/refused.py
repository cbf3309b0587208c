"""Refusals as pages: what happened, what did not, what to do next, with a number to read aloud."""

from collections.abc import Sequence
from typing import NamedTuple

from api.problems import status_of, words_of
from api.refusals import NotSignedIn
from api.web.account import sign_in_address
from api.web.formatting import Language
from api.web.frame import Page, PageRequest, language_of_page, see, show
from api.web.rendering import Place
from api.web.texts import catalogue, text
from ledger.errors import LedgerError


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
    """A refusal in words; ``untouched`` is the key of what did not happen.

    ``family`` names texts of the page's own for refusals that deserve plainer words there.
    """
    language = language_of_page(request)
    title, happened = words_of(refusal, language)
    own = catalogue(language)
    if f"{family}_title.{refusal.code}" in own:
        title = own[f"{family}_title.{refusal.code}"]
        happened = own[f"{family}_words.{refusal.code}"].format(**refusal.attributes())
    remedy = own.get(f"remedy.{refusal.code}")
    view = RefusalView(title, happened, text(language, untouched), remedy, ways)
    return show(request, "refused.html", place, status=status_of(refusal), refusal=view)


def words_of_refusal(refusal: LedgerError, language: Language) -> str:
    """What a refusal says, to stand beside a field."""
    return words_of(refusal, language)[1]


def refusal_page(request: PageRequest, refusal: LedgerError) -> Page:
    """Any refusal that no page foresaw; who is not signed in is led to the sign-in."""
    if isinstance(refusal, NotSignedIn):
        return see(sign_in_address(request))
    home = Way("/", text(language_of_page(request), "error.go_home"))
    return show_refusal(request, None, refusal, untouched="error.nothing_changed", ways=(home,))
