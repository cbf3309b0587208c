"""What a query string may be: readable, known to the route, each parameter once."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import get_args
from urllib.parse import parse_qsl

from litestar.handlers import BaseRouteHandler

from api.bodies import clean_text
from api.refusals import InvalidBody, InvalidParameter
from api.sensible_dates import ODD_VALUE, REASON

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,15}\Z")
_NOT_SENT = frozenset({"call", "data", "request"})

Pairs = Sequence[tuple[str, str]]


def check_query(raw: bytes, handler: BaseRouteHandler, *, is_api: bool) -> None:
    """Refuse a query that is unreadable; of the interface also what its route does not know.

    Raises:
        InvalidParameter: names the parameter.
    """
    if not raw:
        return
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise InvalidParameter(parameter="query", reason="it is not UTF-8") from error
    _check_text(pairs)
    if is_api:
        _check_names(pairs, handler)


def _check_text(pairs: Pairs) -> None:
    for name, value in pairs:
        try:
            clean_text(name, "query")
            clean_text(value, name)
        except InvalidBody as error:
            raise InvalidParameter(parameter=error.field, reason=error.reason) from error


def _check_names(pairs: Pairs, handler: BaseRouteHandler) -> None:
    declared = handler.parsed_fn_signature.parameters
    known = {
        name: parameter
        for name, parameter in declared.items()
        if name not in _NOT_SENT and name not in handler_path_names(handler)
    }
    seen: set[str] = set()
    for name, value in pairs:
        if name not in known:
            raise InvalidParameter(parameter=name, reason=_known_names(known))
        if name in seen:
            raise InvalidParameter(parameter=name, reason="it stands twice")
        if known[name].annotation is int and not _WHOLE_NUMBER.match(value):
            raise InvalidParameter(parameter=name, reason="it is not a whole number")
        if _is_date(known[name].annotation) and ODD_VALUE.match(value):
            raise InvalidParameter(parameter=name, reason=REASON)
        seen.add(name)


def _is_date(annotation: object) -> bool:
    return not {date, datetime}.isdisjoint((annotation, *get_args(annotation)))


def _known_names(known: Iterable[str]) -> str:
    names = ", ".join(known)
    return f"this route knows {names}" if names else "this route takes no parameters"


def handler_path_names(handler: BaseRouteHandler) -> set[str]:
    """Names that the route's path gives, so that a query cannot."""
    return {name for path in handler.paths for name in re.findall(r"{([a-z_]+)", path)}
