"""The outermost layer: a number for each request, safe headers on each answer, no bare failures."""

import secrets
from collections.abc import Iterable, Sequence
from itertools import count
from time import perf_counter_ns
from typing import Any

import msgspec
import structlog

from api.access_log import AccessLog
from api.head import serve_head
from api.large_bodies import give_back
from api.metrics_route import METRICS_PATH, MetricsRoute
from api.problems import MEDIA_TYPE, headers_of, language_of, problem_of, refusal_of, status_of
from api.refusals import InvalidParameter
from ledger.database import current_act
from ledger.foundation.audit_log import current_request_id
from ledger.foundation.client_addresses import Network, client_address, current_client_address
from ledger.measures import MEASURES

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PREFIX_LENGTH = 5
YEAR_SECONDS = 31_536_000
_FORWARDED = b"x-forwarded-for"

Message = Any
Header = tuple[bytes, bytes]

#: What an answer gets unless its route says otherwise. Pages bring a policy of their own.
_DEFAULTS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(), microphone=()"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_HSTS: Header = (
    b"strict-transport-security",
    f"max-age={YEAR_SECONDS}; includeSubDomains".encode(),
)


class RequestNumbers:
    """Short numbers that can be read aloud: a prefix of the process and a count."""

    def __init__(self) -> None:
        self._prefix = "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX_LENGTH))
        self._count = count(1)

    def next(self) -> str:
        """A number that no other request of this service has."""
        rest, digits = next(self._count), ""
        while rest:
            rest, digit = divmod(rest, len(_ALPHABET))
            digits = _ALPHABET[digit] + digits
        return f"{self._prefix}-{digits}"


def safe_headers(*, secure: bool) -> tuple[Header, ...]:
    """What every answer gets; ``secure``: also that browsers must come over TLS."""
    return (*_DEFAULTS, _HSTS) if secure else _DEFAULTS


class Edge:
    """Wraps the application; the hot route hangs in front of litestar here."""

    def __init__(
        self,
        app: Any,
        hot_route: Any,
        *,
        metrics: MetricsRoute,
        secure: bool,
        trusted_proxies: Sequence[Network] = (),
    ) -> None:
        self.app = app
        self._hot_route = hot_route
        self._metrics = metrics
        self._access_log = AccessLog()
        self._numbers = RequestNumbers()
        self._trusted_proxies = trusted_proxies
        self._defaults = safe_headers(secure=secure)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request, or the application's life."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter_ns()
        request_id = self._numbers.next()
        started = False
        status = 0

        async def send_guarded(message: Message) -> None:
            nonlocal started, status
            if message["type"] == "http.response.start":
                started = True
                status = message["status"]
                message["headers"] = self._headers(message.get("headers", ()), request_id)
            await send(message)

        try:
            if await self._hot_route.serve(scope, receive, send, request_id):
                status = 201
            else:
                _require_one_host(scope)
                if scope["path"] == METRICS_PATH:
                    await self._metrics.serve(scope, send_guarded)
                else:
                    await self._serve(scope, receive, send_guarded, request_id)
        except Exception as error:
            if started:
                raise
            await send_problem(error, scope, send_guarded, request_id)
        finally:
            self._access_log.served(scope, request_id, status, perf_counter_ns() - began)

    async def _serve(self, scope: Any, receive: Any, send: Any, request_id: str) -> None:
        """The ordinary way; log lines and the audit log carry the request's number."""
        scope["client"] = client = self._client(scope)
        address_token = current_client_address.set(client[0])
        token = current_request_id.set(request_id)
        act_token = current_act.set(None)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            if scope["method"] == "HEAD":
                await serve_head(self.app, scope, receive, send)
            else:
                await self.app(scope, receive, send)
        finally:
            give_back(scope)
            structlog.contextvars.clear_contextvars()
            current_request_id.reset(token)
            current_act.reset(act_token)
            current_client_address.reset(address_token)

    def _client(self, scope: Any) -> tuple[str, int]:
        """Address and port of the client; behind a trusted proxy its port is not known."""
        address, port = scope.get("client") or ("", 0)
        if not self._trusted_proxies:
            return address, port
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == _FORWARDED]
        found = client_address(address, given, self._trusted_proxies)
        return found, port if found == address else 0

    def _headers(self, given: Iterable[Header], request_id: str) -> list[Header]:
        headers = [(name.lower(), value) for name, value in given]
        present = {name for name, _ in headers}
        headers += [header for header in self._defaults if header[0] not in present]
        headers.append((b"x-request-id", request_id.encode()))
        return headers


def _require_one_host(scope: Any) -> None:
    """Refuse what a proxy before us may have read as meant for another host (RFC 9112, 3.2).

    Raises:
        InvalidParameter: several hosts, or none where HTTP/1.1 asks for one.
    """
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) > 1 or (scope["http_version"] == "1.1" and not any(hosts)):
        raise InvalidParameter(parameter="Host", reason="give it once")


async def send_problem(error: Exception, scope: Any, send: Any, request_id: str) -> None:
    """Answer with a problem, without the help of the framework."""
    refusal = refusal_of(error, request_id=request_id)
    MEASURES.count_refusal(refusal.code)
    accepted = next((v for n, v in scope["headers"] if n.lower() == b"accept-language"), b"")
    language = language_of(accepted.decode("latin-1"))
    body = msgspec.json.encode(problem_of(refusal, language=language, request_id=request_id))
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in headers_of(refusal).items()]
    await send({"type": "http.response.start", "status": status_of(refusal), "headers": headers})
    await send({"type": "http.response.body", "body": body})
