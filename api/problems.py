"""Refusals as HTTP sees them: RFC 9457 problems in Chinese or English. Nothing else knows HTTP.

Texts: ``api/texts/problems``; every code has a title and a detail in both.
"""

import re
from collections.abc import Container, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.bodies import LARGEST_BODY, clean_text
from api.reasons import reason_in
from api.refusals import (
    BodyTooLarge,
    DatabaseUnavailable,
    InternalError,
    InvalidParameter,
    MalformedBody,
    MethodNotAllowed,
    RouteNotFound,
)
from api.statuses import STATUSES
from api.text_files import read_texts
from api.web.formatting import Language, format_amount
from api.web.numbers import short_number
from ledger.clock import SHANGHAI
from ledger.errors import LedgerError
from ledger.foundation.roles import shipped_roles
from reconciliation.wording import explain_refusal

logger = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
DEFAULT_LANGUAGE: Language = "zh-CN"
RETRY_SECONDS = 2

#: Attributes that are amounts, shown in the unit that stands beside them.
_AMOUNTS = ("available", "needed", "missing", "held", "refundable")
#: Attributes that are codes of roles, shown by their names.
_ROLES = ("role", "other_role")
#: Attributes that are ids of what has a short number on every page, shown by that number.
_NUMBERED = ("approval", "entry", "hold", "reversal")
#: The database is away, full or shutting down: SQLSTATE classes 08, 53, 57P, and read-only.
_UNAVAILABLE_STATES = re.compile(r"08|53|57P|25006|55P03|57014")
#: What passes by itself, though the refusal does not say when: soon is said for it.
_PASSING = frozenset({"clocks_differ", "outcome_unknown", "period_busy", "provider_unavailable"})
#: A fact never takes the place of a standard field of the problem.
_FACT_NAMES = {"status": "state"}
#: Facts that are sentences of the program, said in the reader's language.
_SENTENCES = frozenset({"reason", "remedy"})
_MISSING = re.compile(r"Missing required \w+ parameter '(?P<name>\w+)'")
_LONGEST_PREFERENCE = 200
_LANGUAGES: dict[str, Language] = {"zh": "zh-CN", "en": "en"}
_PREFERENCE = re.compile(
    r"\s*(?P<tag>[a-zA-Z]+)[a-zA-Z-]*\s*(?:;\s*q=(?P<weight>[01](?:\.[0-9]{0,3})?)\s*)?\Z"
)


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A refusal as it is sent; the typed facts of the refusal stand beside these fields."""

    type: str
    title: str
    status: int
    detail: str
    #: Names this occurrence; there is nothing to be fetched.
    instance: str
    code: str
    request_id: str


def status_of(error: LedgerError) -> int:
    """The HTTP status of a refusal."""
    return STATUSES[_known_code(error, STATUSES)]


def _known_code(error: LedgerError, known: Container[str]) -> str:
    """The refusal's own code, or that of the nearest kind it is made from."""
    codes = (getattr(kind, "code", "") for kind in type(error).__mro__)
    return next(code for code in codes if code in known)


def problem_of(error: LedgerError, *, language: Language, request_id: str) -> dict[str, Any]:
    """The body of the answer: standard fields, then the facts of the refusal."""
    problem = msgspec.structs.asdict(new_problem(error, language=language, request_id=request_id))
    for name, value in error.attributes().items():
        problem[_FACT_NAMES.get(name, name)] = _fact(value)
    return problem


def new_problem(error: LedgerError, *, language: Language, request_id: str) -> Problem:
    """The standard fields of a refusal."""
    title, detail = words_of(error, language)
    return Problem(
        type=f"/docs#problem-{error.code}",
        title=title,
        status=status_of(error),
        detail=detail,
        instance=f"urn:gongzhang:request:{request_id}",
        code=error.code,
        request_id=request_id,
    )


def words_of(error: LedgerError, language: Language) -> tuple[str, str]:
    """Title and detail of a refusal in one language."""
    texts = problem_texts(language)
    text = texts[_known_code(error, texts)]
    try:
        detail = explain_refusal(language, error)
    except KeyError:  # a fact is absent; a message must never fail
        detail = None
    return text["title"], detail or _plain_detail(text, shown_facts(error, language))


def _plain_detail(text: Mapping[str, str], facts: Mapping[str, Any]) -> str:
    """The detail; without facts that are kept from the reader, or the value that is empty."""
    detail = text["detail"] if facts.get("value") != "" else text.get("empty", text["detail"])
    try:
        return detail.format_map(facts)
    except KeyError:
        return text.get("bare", text["detail"]).format_map(_Shown(facts))


def shown_facts(error: LedgerError, language: Language) -> dict[str, Any]:
    """The facts of a refusal as people read them; with what is there and what is needed, the gap.

    ``missing`` is written like its neighbours, in the unit of the account.
    """
    facts = error.attributes()
    available, needed = facts.get("available"), facts.get("needed")
    if isinstance(available, int) and isinstance(needed, int):
        facts["missing"] = needed - available
    return _shown(facts, language)


def problem_texts(language: Language) -> Mapping[str, Mapping[str, str]]:
    """Title and detail of every code."""
    return read_texts("problems", language)


def headers_of(error: LedgerError) -> dict[str, str]:
    """Headers that a refusal brings: when to try again, how to sign in."""
    headers = {"vary": "accept-language"}
    soon = RETRY_SECONDS if error.code in _PASSING else None
    if (wait := error.attributes().get("retry_after_seconds", soon)) is not None:
        headers["retry-after"] = str(wait)
    if status_of(error) == 401:
        headers["www-authenticate"] = 'Bearer realm="gongzhang"'
    if allowed := error.attributes().get("allowed"):
        headers["allow"] = str(allowed)
    return headers


def refusal_of(error: Exception, *, request_id: str) -> LedgerError:
    """Any exception as a refusal; what we did not foresee is logged and told as our fault."""
    if isinstance(error, LedgerError):
        return error
    if isinstance(error, HTTPException):
        known = _refusal_of_framework(error)
        if known is not None:
            return known
    if is_unavailable(error):
        logger.warning("database_unavailable", error=type(error).__name__)
        return DatabaseUnavailable(retry_after_seconds=RETRY_SECONDS)
    logger.error("request_failed", exc_info=error, request_id=request_id)
    return InternalError(request_id=request_id)


def _refusal_of_framework(error: HTTPException) -> LedgerError | None:
    """What litestar refuses before a handler runs."""
    if isinstance(error, ValidationException):
        if missing := _MISSING.match(error.detail):
            return InvalidParameter(parameter=missing["name"], reason="it is missing")
        found: dict[str, Any] = next(
            (one for one in error.extra or [] if isinstance(one, dict)), {}
        )
        parameter = str(found.get("key") or "query")
        reason = str(found.get("message", "not usable")).replace("`", "'")
        return InvalidParameter(parameter=parameter, reason=reason)
    if isinstance(error, MethodNotAllowedException):
        return MethodNotAllowed(method="")
    if isinstance(error, NotFoundException):
        return RouteNotFound()
    if error.status_code == 413:
        return BodyTooLarge(limit=LARGEST_BODY)
    if isinstance(error, ClientException) and error.status_code == 400:
        return MalformedBody(reason=clean_reason(error.detail))
    return None


def clean_reason(text: str) -> str:
    """A library's message, safe to be shown."""
    try:
        return clean_text(text.strip().rstrip("."), "reason")
    except LedgerError:
        return "it cannot be read"


def is_unavailable(error: BaseException) -> bool:
    """The database is away, full or shutting down; what was sent may or may not be done."""
    if isinstance(error, PoolTimeout | ConnectionError | asyncpg.PostgresConnectionError):
        return True
    if isinstance(error, OSError | TimeoutError | asyncpg.InterfaceError):
        return True
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
            return True
        return bool(_UNAVAILABLE_STATES.match(getattr(error.orig, "sqlstate", None) or ""))
    state = getattr(error, "sqlstate", None)
    return isinstance(state, str) and bool(_UNAVAILABLE_STATES.match(state))


def language_of(accept_language: str | None) -> Language:
    """Chinese or English, whichever the header prefers; Chinese when it does not say."""
    best_weight, best = 0.0, DEFAULT_LANGUAGE
    for part in (accept_language or "")[:_LONGEST_PREFERENCE].split(","):
        found = _PREFERENCE.match(part)
        if found is None:
            continue
        weight = float(found["weight"] or 1)
        language = _LANGUAGES.get(found["tag"].lower())
        if language is not None and weight > best_weight:
            best_weight, best = weight, language
    return best


def _fact(value: Any) -> Any:
    """A value that JSON can carry."""
    if isinstance(value, UUID | date | datetime):
        return str(value) if isinstance(value, UUID) else value.isoformat()
    return value if isinstance(value, str | int | bool | None | list | dict) else str(value)


def _shown(attributes: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """The facts as people read them: amounts in the unit beside them, coded words in theirs."""
    unit, words = attributes.get("unit"), _coded_words(language)
    shown: dict[str, Any] = {}
    for name, value in attributes.items():
        if name in _AMOUNTS and unit is not None and isinstance(value, int):
            shown[name] = str(format_amount(value, str(unit), language))
        elif name == "occurred_at" and isinstance(value, str):
            shown[name] = _local_moment(value)
        elif name in _SENTENCES and isinstance(value, str):
            shown[name] = reason_in(language, value)
        elif value is None:
            shown[name] = reason_in(language, "null")
        elif (name in _ROLES or attributes.get("field") in _ROLES) and value in shipped_roles():
            shown[name] = shipped_roles()[value].name_in(language)
        elif name in _NUMBERED and (public_id := _public_id(value)) is not None:
            shown[name] = short_number(public_id)
        else:
            shown[name] = words.get(value, value) if isinstance(value, str) else value
    return shown


def _public_id(value: Any) -> UUID | None:
    """The id that a fact is; None: it is something else."""
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _local_moment(text: str) -> str:
    """A moment of ISO 8601 by the clock on the wall in Shanghai."""
    try:
        return f"{datetime.fromisoformat(text).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return text


def _coded_words(language: Language) -> Mapping[str, str]:
    """What states and kinds are called; an empty table where their own names do."""
    return read_texts("words", language)


class _Shown(dict[str, Any]):
    """A fact that is absent shows as an ellipsis: a message must never fail."""

    def __missing__(self, key: str) -> str:
        return "…"
