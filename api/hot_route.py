"""The hot route, POST …/entries with an API key, without the framework.

The same checks and the same answer as the ordinary route in ``api/v1/entries.py``, which serves
whatever this one does not want: cookies, unusual headers, unknown keys. A test holds both against
each other.
"""

import re
from typing import Any
from uuid import UUID

import msgspec
from litestar import Litestar

from api.auth import Caller
from api.bodies import LARGEST_BODY
from api.service import Service
from api.v1.entry_forms import decode_entry
from api.v1.posting import account_ids, entry_request, posted
from ledger.books.command_kinds import ENTRY
from ledger.books.idempotency import idempotency_key
from ledger.foundation.api_keys import key_hash
from ledger.foundation.organisations import Tenant

_PATH = re.compile(
    r"/v1/(?P<form>programme|estate)s/(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/entries\Z"
)
_KEY = re.compile(rb"[\x21-\x7e]{1,255}\Z")
_PERMISSION = "entries.post"
_BEARER = b"Bearer gz_"
_JSON_TYPES = (b"application/json", b"application/json; charset=utf-8")
_HEADERS = (
    b"authorization", b"content-type", b"content-length", b"idempotency-key", b"cookie",
    b"transfer-encoding",
)  # fmt: skip
_WANTED = frozenset(_HEADERS)
_encode = msgspec.json.Encoder().encode


class HotRoute:
    """Serves what it can; everything else goes the ordinary way."""

    def __init__(self, app: Litestar) -> None:
        self._app = app

    async def serve(self, scope: Any, receive: Any, send: Any) -> bool:
        """Answer the request, or return False and leave it untouched."""
        if scope["method"] != "POST" or scope["query_string"]:
            return False
        path = _PATH.match(scope["path"])
        if path is None:
            return False
        service: Service = self._app.state.service
        headers = _read_headers(scope["headers"])
        caller = _caller(service, headers)
        tenant = service.tenants.peek(UUID(path["id"]))
        if caller is None or tenant is None or not _is_plain(headers):
            return False
        if not _may_post(caller, tenant, path["form"]):
            return False
        body = await _read_body(receive)
        await _post(service, caller, tenant, scope, headers[b"idempotency-key"], body, send)
        return True


def _read_headers(given: Any) -> dict[bytes, bytes]:
    """The headers that decide; one given twice makes the request unusual."""
    headers: dict[bytes, bytes] = {}
    for name, value in given:
        if name in _WANTED:
            headers[name] = b"" if name in headers else value
    return headers


def _caller(service: Service, headers: dict[bytes, bytes]) -> Caller | None:
    authorization = headers.get(b"authorization", b"")
    if not authorization.startswith(_BEARER) or b"cookie" in headers:
        return None
    secret = authorization[len(b"Bearer ") :].decode("latin-1")
    return service.identities.api_keys.peek(key_hash(secret))


def _is_plain(headers: dict[bytes, bytes]) -> bool:
    """Whether type, size and key are as they should be; the ordinary route says what is wrong."""
    length = headers.get(b"content-length", b"")
    return (
        headers.get(b"content-type") in _JSON_TYPES
        and b"transfer-encoding" not in headers
        and length.isdigit()
        and int(length) <= LARGEST_BODY
        and _KEY.match(headers.get(b"idempotency-key", b"")) is not None
    )


def _may_post(caller: Caller, tenant: Tenant, form: str) -> bool:
    return tenant.form == form and (
        caller.permissions.reach(_PERMISSION, tenant.tenant_id) is not None
    )


async def _read_body(receive: Any) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await receive()
        body += message.get("body", b"")
    return body


async def _post(
    service: Service,
    caller: Caller,
    tenant: Tenant,
    scope: Any,
    key: bytes,
    body: bytes,
    send: Any,
) -> None:
    entry = decode_entry(body)
    ids = await account_ids(service, tenant.tenant_id, (entry,))
    request = entry_request(
        entry,
        ids=ids,
        caller_id=caller.caller_id,
        key=idempotency_key(key.decode("ascii")),
        route=f"POST {scope['path']}",
    )
    outcome = await service.lanes.submit(tenant.tenant_id, ENTRY, request)
    answer = _encode(posted(outcome))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(answer)).encode()),
    ]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
