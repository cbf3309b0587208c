"""The hot route, POST …/entries with an API key, without the framework.

The same checks and the same answer as the ordinary route in ``api/v1/entries.py``, which serves
whatever this one does not want: cookies, unusual headers, unknown keys. A test holds both against
each other.
"""

import re
from collections.abc import Sequence
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from litestar import Litestar

from api.access_log import ACCESS, Access
from api.bodies import BODY_TIMEOUT_SECONDS, LARGEST_BODY
from api.listening import listening
from api.refusals import BodyTooSlow
from api.service import Service
from api.v1.entry_forms import decode_entry
from api.v1.posting import entry_request, known_accounts, posted
from ledger.books.idempotency import idempotency_key
from ledger.books.posting import Outcome
from ledger.foundation.api_keys import key_hash
from ledger.foundation.named_posting import NAMED_ENTRY

_PATH = re.compile(
    r"/v1/(?P<form>programme|estate)s/(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/entries\Z"
)
_SUFFIX = "/entries"
_KEY = re.compile(rb"[\x21-\x7e]{1,255}\Z")
_PERMISSION = "entries.post"
_BEARER = b"Bearer "
_JSON_TYPES = (b"application/json", b"application/json; charset=utf-8")
_WANTED = frozenset(
    (b"authorization", b"content-type", b"content-length", b"idempotency-key", b"cookie",
     b"host", b"transfer-encoding")
)  # fmt: skip
_MOST_PASSES = 10_000
_encode = msgspec.json.Encoder().encode

Headers = dict[bytes, bytes]


class _Pass(NamedTuple):
    """A key that may post on a path, until what it was judged by has to be looked up again."""

    caller_id: int
    tenant_id: int
    #: Holders that the caller is, or answers for.
    own: frozenset[UUID]
    until: float
    #: How often keys had been forgotten before their time when it was given.
    forgotten: int
    #: What the access log says of a request that passes.
    access: Access


class HotRoute:
    """Serves what it can; everything else goes the ordinary way."""

    def __init__(self, app: Litestar, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._app = app
        self._headers = ((b"content-type", b"application/json"), *headers)
        self._passes: dict[tuple[str, bytes], _Pass] = {}

    async def serve(self, scope: Any, receive: Any, send: Any, request_id: str) -> bool:
        """Answer the request, or return False and leave it untouched."""
        path: str = scope["path"]
        if not path.endswith(_SUFFIX) or scope["method"] != "POST" or scope["query_string"]:
            return False
        headers = _read_headers(scope["headers"])
        if not _is_plain(headers):
            return False
        service: Service = self._app.state.service
        if not service.clocks.agree:
            return False
        held = self._passes.get((path, headers[b"authorization"]))
        forgotten = service.identities.api_keys.forgotten
        if held is None or held.until <= monotonic() or held.forgotten != forgotten:
            held = self._admit(service, path, headers[b"authorization"])
            if held is None:
                return False
        scope[ACCESS] = held.access
        body = await _read_body(receive)
        key = headers[b"idempotency-key"].decode("ascii")
        answer = _encode(posted(await _post(service, held, path, key, body)))
        length = str(len(answer)).encode()
        await send(
            {
                "type": "http.response.start",
                "status": 201,
                "headers": [
                    *self._headers,
                    (b"content-length", length),
                    (b"x-request-id", request_id.encode()),
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer})
        return True

    def _admit(self, service: Service, path: str, authorization: bytes) -> _Pass | None:
        """A pass, when caller and tenant are at hand and the permission is there."""
        found = _PATH.match(path)
        if found is None:
            return None
        secret = authorization[len(_BEARER) :].decode("latin-1")
        caller, caller_until = service.identities.api_keys.peek_until(key_hash(secret))
        tenant, tenant_until = service.tenants.peek_until(UUID(found["id"]))
        if caller is None or tenant is None or tenant.form != found["form"]:
            return None
        if caller.permissions.reach(_PERMISSION, tenant.tenant_id) is None:
            return None
        if len(self._passes) >= _MOST_PASSES:
            self._passes.clear()
        until = min(caller_until, tenant_until)
        access = Access(
            f"POST /v1/{found['form']}s/{{{found['form']}_id}}/entries",
            caller.caller_id,
            found["id"],
        )
        forgotten = service.identities.api_keys.forgotten
        own = caller.permissions.own_holders(tenant.tenant_id)
        granted = _Pass(caller.caller_id, tenant.tenant_id, own, until, forgotten, access)
        self._passes[path, authorization] = granted
        return granted


def _read_headers(given: Any) -> Headers:
    """The headers that decide; one given twice makes the request unusual."""
    headers: Headers = {}
    for name, value in given:
        if name in _WANTED:
            headers[name] = b"" if name in headers else value
    return headers


def _is_plain(headers: Headers) -> bool:
    """Whether key, type and size are as they should be; the ordinary route says what is wrong."""
    length = headers.get(b"content-length", b"")
    return (
        headers.get(b"content-type") in _JSON_TYPES
        and headers.get(b"authorization", b"").startswith(_BEARER)
        and b"transfer-encoding" not in headers
        and b"cookie" not in headers
        and headers.get(b"host", b"") != b""
        and length.isdigit()
        and int(length) <= LARGEST_BODY
        and _KEY.match(headers.get(b"idempotency-key", b"")) is not None
    )


async def _read_body(receive: Any) -> bytes:
    """The whole body within its time; most come in one piece."""
    try:
        async with listening(BODY_TIMEOUT_SECONDS):
            message = await receive()
            body: bytes = message.get("body", b"")
            while message.get("more_body", False):
                message = await receive()
                body += message.get("body", b"")
    except TimeoutError as error:
        raise BodyTooSlow(limit_seconds=BODY_TIMEOUT_SECONDS) from error
    return body


async def _post(service: Service, held: _Pass, path: str, key: str, body: bytes) -> Outcome:
    entry = decode_entry(body)
    accounts = await known_accounts(service, held.tenant_id, (entry,))
    request = entry_request(
        entry,
        accounts=accounts,
        caller_id=held.caller_id,
        own=held.own,
        key=idempotency_key(key),
        route=f"POST {path}",
    )
    return await service.lanes.submit(held.tenant_id, NAMED_ENTRY, request)
