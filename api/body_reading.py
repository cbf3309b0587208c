"""Reading a request's body where the framework looks for it: in time, within its size, once."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import InternalServerException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import BaseRouteHandler
from litestar.utils.scope.state import ScopeState

from api.auth import Caller
from api.bodies import BODY_TIMEOUT_SECONDS, FORM_TYPES, LARGEST_BODY, decode_body
from api.form_bodies import read_form_body
from api.listening import listening
from api.rate_limits import counted_as
from api.refusals import BodyTooLarge, BodyTooSlow, MalformedBody

#: A route may bring its own way of reading its body, from bytes to ``data``.
DECODE = "decode"


async def read_in_time(
    request: Request[Any, Any, Any],
    handler: BaseRouteHandler,
    media_types: tuple[str, ...],
    caller: Caller | None,
) -> Mapping[str, Any]:
    """The body within its time and size; a form's fields are returned.

    Raises:
        ServiceBusy: it is large, and so are others that are under way, or those of the same sender;
            nothing of it was read.
    """
    try:
        _make_room(request, caller)
        async with listening(BODY_TIMEOUT_SECONDS):
            return await _read_body(request, handler, media_types)
    except TimeoutError as error:
        raise BodyTooSlow(limit_seconds=BODY_TIMEOUT_SECONDS) from error
    except InternalServerException as error:  # the connection ended, or its chunks are none
        raise MalformedBody(reason="it ended before it was whole") from error
    except RequestEntityTooLarge as error:
        limit = request.route_handler.resolve_request_max_body_size()
        raise BodyTooLarge(limit=limit) from error


def _make_room(request: Request[Any, Any, Any], caller: Caller | None) -> None:
    """Take as many bytes as a large body announces; if it does not, as many as it may have."""
    limit = request.route_handler.resolve_request_max_body_size() or 0
    if limit <= LARGEST_BODY:
        return
    announced = None if "transfer-encoding" in request.headers else request.content_length
    size = limit if announced is None else announced
    if LARGEST_BODY < size <= limit:  # beyond the limit it is refused unread
        _, who = counted_as(request.scope, caller)
        request.app.state.service.large_bodies.take(request.scope, size, who)


async def _read_body(
    request: Request[Any, Any, Any], handler: BaseRouteHandler, media_types: tuple[str, ...]
) -> Mapping[str, Any]:
    """Read the body where litestar looks for it; a form's fields are returned."""
    if media_types is FORM_TYPES:
        return await read_form_body(request)
    raw = await request.body()
    decode = decoder_of(handler)
    if decode is not None:
        ScopeState.from_scope(request.scope).json = decode(raw)
    return {}


def decoder_of(handler: BaseRouteHandler) -> Callable[[bytes], Any] | None:
    """What turns a body into the handler's ``data``; made once for each handler."""
    if DECODE in handler.opt:
        found: Callable[[bytes], Any] | None = handler.opt[DECODE]
        return found
    parameter = handler.parsed_fn_signature.parameters.get("data")
    decode = None
    if parameter is not None and parameter.annotation is not bytes:
        decoder = msgspec.json.Decoder(parameter.annotation)

        def decode(raw: bytes) -> Any:
            return decode_body(raw, decoder)

    handler.opt[DECODE] = decode
    return decode
