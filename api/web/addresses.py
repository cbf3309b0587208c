"""Addresses of our own pages: the one that led here, and one that shows this page again."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from litestar import Request
from litestar.exceptions import MethodNotAllowedException, NotFoundException

AnyRequest = Request[Any, Any, Any]


def address_before(request: AnyRequest) -> str | None:
    """The page of ours that led here, as the browser says; None when there is none."""
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc != request.headers.get("host") or not parts.path.startswith("/"):
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def address_to_open(request: AnyRequest, **changes: str | None) -> str:
    """The address of this page with some query parameters set; always one that opens.

    The answer to a form may stand where nothing can be opened; then it is the page of the form, as
    far as the browser names it, else the nearest page above.
    """
    if request.method in ("GET", "HEAD") or _opens(request, request.url.path):
        query = request.scope["query_string"].decode("ascii", "ignore")
        return with_query(request.url.path, query, changes)
    before = urlsplit(address_before(request) or "")
    if before.path and _opens(request, before.path):
        return with_query(before.path, before.query, changes)
    return with_query(_nearest(request, request.url.path), "", changes)


def address_of_return(request: AnyRequest, asked: str) -> str:
    """The page to turn back to from one that stands before ``asked``; never ``asked`` itself."""
    before = address_before(request)
    path, ahead = urlsplit(before or "").path, urlsplit(asked).path
    if before is not None and _opens(request, path) and path != ahead:
        return before
    return _nearest(request, ahead.rpartition("/")[0])


def _nearest(request: AnyRequest, path: str) -> str:
    """The page at this address, else the nearest one above it."""
    while path and not _opens(request, path):
        path = path.rpartition("/")[0]
    return path or "/"


def with_query(path: str, query_string: str, changes: dict[str, str | None]) -> str:
    """An address with some query parameters set, or dropped when None."""
    query = dict(parse_qsl(query_string))
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"{path}?{urlencode(query)}" if query else path


def _opens(request: AnyRequest, path: str) -> bool:
    """Whether an address can be opened, and not only sent to."""
    try:
        request.app.asgi_router.handle_routing(path=path.rstrip("/") or "/", method="GET")
    except (MethodNotAllowedException, NotFoundException):
        return False
    return True
