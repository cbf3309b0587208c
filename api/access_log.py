"""One line a request, and its place in the figures: who asked for what, and how it was answered.

No query string, no body, no name and no address: route template, numbers and ids alone. The line is
put together by hand because every entry has one; a test reads it back as JSON.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from api.gate import CALL, GatedCall
from ledger.measures import MEASURES

#: Where a route that knows its caller already says so.
ACCESS = "gongzhang.access"
_TYPES = re.compile(r":[a-z]+}")
_METHODS = frozenset(("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"))
_CLASSES = {number: f"{number}xx" for number in range(1, 6)}


class Access(NamedTuple):
    """What a line says about whose request it is."""

    route: str
    caller_id: int | None
    #: Public id of the tenant.
    tenant: str | None


Sink = Callable[[str], None]


class _Log:
    """Where the lines of this process go; nowhere until somebody says so."""

    sink: Sink | None = None


def send_access_lines_to(sink: Sink | None) -> None:
    """Let the lines of this process go somewhere."""
    _Log.sink = sink


class AccessLog:
    """Counts and tells of each request."""

    def served(self, scope: Any, request_id: str, status: int, nanoseconds: int) -> None:
        """Tell of an answered request; status 0: the client went away before an answer."""
        access: Access = scope.get(ACCESS) or _access_of(scope)
        MEASURES.count_request(f"{access.route} {_CLASSES.get(status // 100, 'none')}", nanoseconds)
        if _Log.sink is None:
            return
        caller = "null" if access.caller_id is None else access.caller_id
        tenant = "null" if access.tenant is None else f'"{access.tenant}"'
        _Log.sink(
            f'{{"event": "request_served", "level": "info", "request_id": "{request_id}", '
            f'"route": "{access.route}", "status": {status}, '
            f'"milliseconds": {nanoseconds // 1_000_000}, "caller_id": {caller}, '
            f'"tenant": {tenant}, "timestamp": "{datetime.now(UTC).isoformat()}"}}'
        )


def _access_of(scope: Any) -> Access:
    """What the gate and the router have found out; an address that is none has one name."""
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    template = scope.get("path_template")
    call: GatedCall | None = scope.get("state", {}).get(CALL)
    route = f"{method} {_TYPES.sub('}', template)}" if template else f"{method} (none)"
    if call is None:
        return Access(route, None, None)
    tenant = call.tenant_or_none
    return Access(
        route,
        None if call.caller is None else call.caller.caller_id,
        None if tenant is None else str(tenant.public_id),
    )
