"""Turn a template and its context into a page with the right language, headers and cookies."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import jinja2
from litestar import Request, Response
from litestar.datastructures import Cookie

from api.web import formatting
from api.web.addresses import address_to_open, with_query
from api.web.formatting import Language
from api.web.numbers import short_number
from api.web.texts import DEFAULT_LANGUAGE, LANGUAGES, label, text
from ledger import clock
from reconciliation.masking import mask_in_text
from reconciliation.wording import say

_HERE = Path(__file__).parent.parent
STATIC_FOLDER = _HERE / "static"
LANGUAGE_COOKIE = "language"
TYPE_COOKIE = "type_size"
NORMAL, LARGE = "normal", "large"
Known = TypeVar("Known", bound=str)
YEAR_SECONDS = 365 * 24 * 3600
PAGE_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class Preferences(NamedTuple):
    """What a reader chose: language and type size; both live in cookies."""

    language: Language
    large: bool
    changed: tuple[Cookie, ...]


class NavEntry(NamedTuple):
    """One way in the main navigation; ``text_key`` names it."""

    text_key: str
    href: str


class Place(NamedTuple):
    """Where the reader stands: the programme or estate, her role there, and the ways from it."""

    name: str
    role: str
    home: str
    nav: Sequence[NavEntry]
    thumb: bool = False
    desk: bool = False


def preferences(request: Request[Any, Any, Any]) -> Preferences:
    """Read language and type size from the address, else from the cookies."""
    asked, asked_type = request.query_params.get("lang"), request.query_params.get("type")
    changed = []
    languages = (asked, request.cookies.get(LANGUAGE_COOKIE), DEFAULT_LANGUAGE)
    language = _first_known(languages, LANGUAGES)
    size = _first_known((asked_type, request.cookies.get(TYPE_COOKIE), NORMAL), (NORMAL, LARGE))
    if asked == language:
        changed.append(_keep(LANGUAGE_COOKIE, language))
    if asked_type == size:
        changed.append(_keep(TYPE_COOKIE, size))
    return Preferences(language, size == LARGE, tuple(changed))


def _first_known(found: Sequence[str | None], known: Sequence[Known]) -> Known:
    """The first of the values found that is a known one; the last of them always is."""
    return next(one for value in found for one in known if one == value)


def _keep(name: str, value: str) -> Cookie:
    return Cookie(key=name, value=value, path="/", max_age=YEAR_SECONDS, samesite="lax")


def page(
    request: Request[Any, Any, Any],
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    cookies: Sequence[Cookie] = (),
) -> Response[bytes]:
    """Render ``template`` for this request."""
    chosen = preferences(request)
    other = "en" if chosen.language != "en" else "zh-CN"
    frame = {
        "large": chosen.large,
        "switch_language": address_to_open(request, lang=other),
        "switch_type": address_to_open(request, type=NORMAL if chosen.large else LARGE),
        "current": None,
        "place": None,
        "person": None,
        "several_places": False,
        "unread": 0,
        "head_search": None,
        "request_number": None,
        "retyped": None,
        "switches_form": None,
    }
    html = environment(chosen.language).get_template(template).render({**frame, **context})
    return Response(
        html.encode("utf-8"),
        media_type="text/html",
        status_code=status,
        headers=dict(PAGE_HEADERS),
        cookies=[*chosen.changed, *cookies],
    )


def address_with(request: Request[Any, Any, Any], **changes: str | None) -> str:
    """The address of this page with some query parameters set, or dropped when None."""
    query = request.scope["query_string"].decode("ascii", "ignore")
    return with_query(request.url.path, query, changes)


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the content, so caches may keep it."""
    return f"/static/{name}?v={sha256((STATIC_FOLDER / name).read_bytes()).hexdigest()[:12]}"


@cache
def environment(language: Language) -> jinja2.Environment:
    """The templates with words, amounts and dates bound to one language."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    env.globals |= {
        "language": language,
        "asset": asset,
        "t": partial(text, language),
        "label": partial(label, language),
        "today": clock.today,
        "say": partial(say, language),
    }
    env.filters |= _filters(language)
    return env


def _filters(language: Language) -> dict[str, Callable[..., Any]]:
    def date_filter(day: date) -> str:
        return formatting.format_date(day, language, today=clock.today())

    def moment_filter(moment: datetime) -> str:
        return formatting.format_moment(moment, language, today=clock.today())

    def amount_filter(value: int, unit: str, *, signed: bool = False) -> formatting.Amount:
        return formatting.format_amount(value, unit, language, signed=signed)

    return {
        "amount": amount_filter,
        "date": date_filter,
        "day": partial(_day, language),
        "days_until": lambda day: formatting.days_until(day, today=clock.today()),
        "decimal": formatting.format_decimal,
        "clock": formatting.format_clock,
        "digits": formatting.group_digits,
        "exact": formatting.format_exact,
        "local_day": clock.business_date,
        "mask_account": formatting.mask_account,
        "mask_counterparty": formatting.mask_counterparty,
        "mask_in_text": mask_in_text,
        "mask_name": formatting.mask_name,
        "mask_phone": formatting.mask_phone,
        "moment": moment_filter,
        "month": partial(_month, language),
        "short_number": short_number,
        "time": formatting.format_time,
    }


def _day(language: Language, day: date) -> str:
    return formatting.format_day(day, language)


def _month(language: Language, day: date) -> str:
    return formatting.format_month(day, language)
