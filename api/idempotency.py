"""Idempotency of writes that are not postings: claim, do, keep the answer, in one transaction.

The same shape as the books' command table. A second request under the same key waits for the
first, then gets its answer; touching the row makes the replay wait for durability as well.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeVar, cast

import msgspec
from litestar import Response
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from api.durable import write_surely
from api.gate import Call
from api.problems import MEDIA_TYPE, language_of, problem_of, status_of
from ledger.books.refusals import IdempotencyConflict
from ledger.database import (
    execute,
    fetch_one,
    fetch_optional,
    load_sql,
    read_transaction,
    write_transaction,
)
from ledger.errors import LedgerError
from ledger.foundation.audit_log import current_request_id, leave_out_of_audit_log

REPLAYED = "idempotent-replayed"
_PACKAGE = "ledger.foundation"
_JSON = "application/json"
#: Refusals by state are the first answer for ever; others may be mended and sent again.
_KEPT_STATUS = 409

S = TypeVar("S", bound=msgspec.Struct)


async def once(
    call: Call,
    sent: msgspec.Struct,
    operation: Callable[[AsyncConnection], Awaitable[S]],
    *,
    status: int = 201,
    personal: bool = False,
    shown_once: Sequence[str] = (),
) -> Response[S]:
    """Do a write once for its key and answer; a repetition gets the first answer again.

    Of a command digests are kept, one a field, so that a conflict can name it; of one with
    ``personal`` data a single one, and its answer must hold none. Fields ``shown_once`` hold
    secrets, or None: they are in the first answer alone, and kept nowhere.

    Raises:
        IdempotencyConflict: the key was used for another command; names the field.
    """
    body = msgspec.json.encode(sent, order="deterministic")
    if personal:
        body = msgspec.json.encode(sha256(body).hexdigest())
    fingerprint = sha256(call.route.encode() + b"\0" + body).digest()
    fields = _field_digests(body)

    async def act(conn: AsyncConnection) -> Response[bytes]:
        first = await _claim(conn, call, fingerprint, fields)
        if first is not None:
            leave_out_of_audit_log()
            return _replay(first, call, fingerprint, fields)
        answer, whole = await _answer(conn, operation, status, shown_once)
        await execute(
            conn,
            load_sql(_PACKAGE, "keep_api_answer"),
            call.scope_id,
            call.caller_id,
            call.key,
            answer.status_code,
            answer.content,
        )
        made[answer.content] = whole
        return answer

    #: By what is kept of them: a commit whose outcome was doubtful is read again, and was ours.
    made: dict[bytes, bytes] = {}
    answer = await write_surely(
        lambda: write_transaction(call.service.engine, act, tenant_id=call.scope_id)
    )
    answer.content = made.get(answer.content, answer.content)
    return cast("Response[S]", answer)  # encoded already; the type is for the routes


async def once_apart(
    call: Call,
    sent: msgspec.Struct,
    operation: Callable[[], Awaitable[S]],
    *,
    status: int,
) -> Response[S]:
    """The same for an operation with transactions of its own: its answer is kept after it.

    When the process dies between the two, sending the command again meets the state it left.
    """
    key = (call.scope_id, call.caller_id, call.key)
    async with read_transaction(call.service.engine, tenant_id=call.scope_id) as conn:
        known = await fetch_optional(conn, load_sql(_PACKAGE, "find_api_command"), *key)
    result = None if known else await operation()

    async def keep(_: AsyncConnection) -> S:
        assert result is not None, "a known command is replayed"
        return result

    return await once(call, sent, keep, status=status)


async def _claim(
    conn: AsyncConnection, call: Call, fingerprint: bytes, fields: Mapping[str, str]
) -> Row[Any] | None:
    """Claim the key; the first command under it, when there was one."""
    claimed = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "claim_api_command"),
        call.scope_id,
        call.caller_id,
        call.key,
        call.route,
        fingerprint,
        msgspec.json.encode(fields),
    )
    if claimed is not None:
        return None
    return await fetch_one(
        conn, load_sql(_PACKAGE, "replay_api_command"), call.scope_id, call.caller_id, call.key
    )


async def _answer(
    conn: AsyncConnection,
    operation: Callable[[AsyncConnection], Awaitable[msgspec.Struct]],
    status: int,
    shown_once: Sequence[str],
) -> tuple[Response[bytes], bytes]:
    """What is kept of the answer, and the whole of it."""
    try:
        async with conn.begin_nested():
            result = await operation(conn)
    except LedgerError as refusal:
        if status_of(refusal) != _KEPT_STATUS:
            raise
        leave_out_of_audit_log()
        request_id = current_request_id.get() or ""
        problem = problem_of(refusal, language=language_of(None), request_id=request_id)
        content = msgspec.json.encode(problem)
        return _response(content, _KEPT_STATUS), content
    whole = kept = msgspec.json.encode(result)
    if shown_once:
        kept = msgspec.json.encode(msgspec.structs.replace(result, **dict.fromkeys(shown_once)))
    return _response(kept, status), whole


def _replay(
    first: Row[Any], call: Call, fingerprint: bytes, fields: Mapping[str, str]
) -> Response[bytes]:
    if first.route != call.route:
        raise IdempotencyConflict(field="route")
    if bytes(first.fingerprint) != fingerprint:
        raise IdempotencyConflict(field=_differing_field(bytes(first.sent), fields))
    answer = _response(bytes(first.response), first.status)
    answer.headers[REPLAYED] = "true"
    return answer


def _field_digests(body: bytes) -> dict[str, str]:
    """What is kept of a command: a digest of each field, and no word of it."""
    fields = msgspec.json.decode(body)
    whole = fields if isinstance(fields, dict) else {"body": fields}
    return {
        name: sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()
        for name, value in whole.items()
    }


def _differing_field(first: bytes, second: Mapping[str, str]) -> str:
    """The first field of two commands whose digests differ."""
    one = msgspec.json.decode(first)
    if not isinstance(one, dict) or not one:  # of before the digests
        return "body"
    names = sorted(one.keys() | second.keys())
    return next((name for name in names if one.get(name) != second.get(name)), "body")


def _response(content: bytes, status: int) -> Response[bytes]:
    media_type = MEDIA_TYPE if status == _KEPT_STATUS else _JSON
    return Response(content, status_code=status, media_type=media_type)
