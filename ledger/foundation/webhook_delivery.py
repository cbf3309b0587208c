"""Delivering webhooks: signed, to the address that was judged, again until it is taken or too old.

``Gongzhang-Signature: t=<unix time>,<key id>=<hex>…`` is HMAC-SHA256 over ``time.event id.body``,
one part for each secret in force. A delivery may come twice; its event id tells.
"""

import asyncio
import hmac
import random
import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import msgspec
import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import execute, fetch_all, load_sql, read_transaction, write_transaction
from ledger.foundation.organisations import Tenant, list_tenants
from ledger.foundation.personal_data import PersonalDataKeys, PersonalDataUnreadable
from ledger.foundation.webhook_targets import (
    Resolve,
    Target,
    WebhookTargetRefused,
    find_target,
    resolve_by_system,
)
from ledger.foundation.webhooks import SEALED_FIELD, pause_failing_endpoint

logger = structlog.get_logger(__name__)

_PACKAGE = "ledger.foundation"
GIVE_UP_AFTER = timedelta(days=3)
_LEASE = timedelta(minutes=2)
_FIRST_PAUSE_SECONDS = 30
_LONGEST_PAUSE_SECONDS = 6 * 3600
_JITTER_PERCENT = 20
_TIMEOUT_SECONDS = 10
#: Also for an endpoint that sends its answer byte by byte.
_WHOLE_ATTEMPT_SECONDS = 20
_MOST_OF_ANSWER = 64 * 1024
_A_TENANT_AT_ONCE = 20
_TENANTS_AT_ONCE = 8
_TURN_SECONDS = 30
SIGNATURE_HEADER = "gongzhang-signature"


class WebhookBody(msgspec.Struct, frozen=True):
    """What is sent: ids and a moment, nothing personal."""

    event_id: UUID
    kind: str
    tenant_id: UUID
    subject_id: UUID
    detail: str | None
    occurred_at: datetime


class _Result(msgspec.Struct, frozen=True):
    """How an attempt ended: a status, or a fault when there was no answer."""

    status: int | None = None
    fault: str | None = None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class _Outside(NamedTuple):
    """The network, and what opens the secrets."""

    client: httpx.AsyncClient
    keys: PersonalDataKeys
    resolve: Resolve
    loopback: bool
    #: So many tenants have their turn at once; one whose endpoint hangs holds up no other.
    turns: asyncio.Semaphore


async def deliver_due_webhooks(
    engine: AsyncEngine,
    *,
    keys: PersonalDataKeys,
    loopback: bool = False,
    resolve: Resolve = resolve_by_system,
    transport: httpx.AsyncBaseTransport | None = None,
) -> int:
    """Try every delivery that is due; returns how many were taken.

    Many may run at once: a delivery is leased to one of them. A failure of ours is raised when all
    the others were tried. ``transport`` and ``resolve`` are the network; ``loopback`` lets http to
    this machine pass.
    """
    async with read_transaction(engine) as conn:
        tenants = await list_tenants(conn)
    async with _client(transport) as client:
        turns = asyncio.Semaphore(_TENANTS_AT_ONCE)
        outside = _Outside(client, keys, resolve, loopback, turns)
        work = (_deliver_of(engine, outside, tenant) for tenant in tenants)
        return _sum(await asyncio.gather(*work, return_exceptions=True))


async def _deliver_of(engine: AsyncEngine, outside: _Outside, tenant: Tenant) -> int:
    """Try what a tenant has, some at a time, as long as its turn lasts."""
    delivered = 0
    async with outside.turns:
        ends_at = monotonic() + _TURN_SECONDS
        while monotonic() < ends_at and (rows := await _claim(engine, tenant.tenant_id)):
            work = (_deliver(engine, outside, tenant, row) for row in rows)
            delivered += _sum(await asyncio.gather(*work, return_exceptions=True))
    return delivered


def _sum(results: Sequence[int | BaseException]) -> int:
    """Together; the first failure is raised, now that nobody waits for the others any more."""
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return sum(result for result in results if not isinstance(result, BaseException))


async def _deliver(engine: AsyncEngine, outside: _Outside, tenant: Tenant, row: Row[Any]) -> bool:
    """Try one delivery and write down how it went; no transaction is open meanwhile."""
    result = await _attempt(engine, outside, tenant, row)
    await _end(engine, tenant.tenant_id, row, result)
    return result.is_taken


def _client(transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """No proxy of the environment, no redirects, no cookies that come back."""
    return httpx.AsyncClient(
        transport=transport,
        verify=_certificates(),
        timeout=_TIMEOUT_SECONDS,
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_keepalive_connections=0),
    )


@cache
def _certificates() -> ssl.SSLContext:
    """Who may vouch for a host: the authorities that the system or its library trusts."""
    return httpx.create_ssl_context(trust_env=False)


async def _claim(engine: AsyncEngine, tenant_id: int) -> Sequence[Row[Any]]:
    async def claim(conn: AsyncConnection) -> Sequence[Row[Any]]:
        moment = now()
        return await fetch_all(
            conn,
            load_sql(_PACKAGE, "claim_webhook_deliveries"),
            tenant_id,
            moment,
            moment + _LEASE,
            _A_TENANT_AT_ONCE,
        )

    return await write_transaction(engine, claim, tenant_id=tenant_id)


async def _attempt(
    engine: AsyncEngine, outside: _Outside, tenant: Tenant, row: Row[Any]
) -> _Result:
    body = msgspec.json.encode(
        WebhookBody(
            row.event_id, row.kind, tenant.public_id, row.subject_id, row.detail, row.occurred_at
        )
    )
    try:
        async with asyncio.timeout(_WHOLE_ATTEMPT_SECONDS):
            target = await find_target(row.url, resolve=outside.resolve, loopback=outside.loopback)
            async with read_transaction(engine, tenant_id=tenant.tenant_id) as conn:
                signing = await _signing_keys(conn, tenant.tenant_id, row.endpoint_id, outside.keys)
            return await _send(outside.client, target, row.url, row.event_id, body, signing)
    except WebhookTargetRefused:
        return _Result(fault="target_refused")
    except PersonalDataUnreadable:
        return _Result(fault="secret_unreadable")
    except (TimeoutError, httpx.TimeoutException):
        return _Result(fault="timeout")
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError):
        return _Result(fault="no_connection")


async def _signing_keys(
    conn: AsyncConnection, tenant_id: int, endpoint_id: UUID, keys: PersonalDataKeys
) -> list[tuple[UUID, str]]:
    statement = load_sql(_PACKAGE, "list_webhook_secrets")
    rows = await fetch_all(conn, statement, tenant_id, endpoint_id, now())
    return [(row.key_id, keys.open_for_all(SEALED_FIELD, row.sealed)) for row in rows]


async def _send(
    client: httpx.AsyncClient,
    target: Target,
    url: str,
    event_id: UUID,
    body: bytes,
    signing: Sequence[tuple[UUID, str]],
) -> _Result:
    """One request to the very address that was judged; TLS asks for the name."""
    named = httpx.URL(url)
    request = client.build_request(
        "POST",
        named.copy_with(host=target.address, port=target.port),
        content=body,
        headers={
            "host": named.netloc.decode("ascii"),
            "content-type": "application/json",
            "user-agent": "gongzhang-webhooks",
            "gongzhang-event-id": str(event_id),
            SIGNATURE_HEADER: sign(event_id, body, signing, at=now()),
        },
        extensions={"sni_hostname": target.host} if target.is_tls else {},
    )
    answer = await client.send(request, stream=True)
    try:
        read = 0
        async for part in answer.aiter_raw():
            read += len(part)
            if read > _MOST_OF_ANSWER:
                break
    finally:
        await answer.aclose()
    return _Result(status=answer.status_code)


def sign(event_id: UUID, body: bytes, signing: Sequence[tuple[UUID, str]], *, at: datetime) -> str:
    """The value of the signature header: the time, and one HMAC for each secret in force."""
    seconds = int(at.timestamp())
    signed = f"{seconds}.{event_id}.".encode() + body
    parts = (
        f"{key_id}={hmac.digest(secret.encode(), signed, 'sha256').hex()}"
        for key_id, secret in signing
    )
    return ",".join([f"t={seconds}", *parts])


async def _end(engine: AsyncEngine, tenant_id: int, row: Row[Any], result: _Result) -> None:
    moment = now()
    next_at = moment + _pause(row.attempts)
    state = "delivered" if result.is_taken else "due"
    if state == "due" and next_at > row.first_due_at + GIVE_UP_AFTER:
        state = "dead"
        logger.warning("webhook_given_up", delivery_id=str(row.delivery_id), fault=result.fault)

    async def end(conn: AsyncConnection) -> None:
        await execute(
            conn,
            load_sql(_PACKAGE, "end_webhook_attempt"),
            tenant_id,
            row.delivery_id,
            row.attempts,
            state,
            next_at,
            result.status,
            result.fault,
        )
        if state == "dead":
            await pause_failing_endpoint(
                conn,
                tenant_id=tenant_id,
                endpoint_id=row.endpoint_id,
                since=moment - GIVE_UP_AFTER,
                at=moment,
            )

    await write_transaction(engine, end, tenant_id=tenant_id)


def _pause(attempts: int) -> timedelta:
    """Half a minute, doubled with each attempt up to six hours, a fifth more or less by chance."""
    seconds = min(_FIRST_PAUSE_SECONDS << min(attempts - 1, 20), _LONGEST_PAUSE_SECONDS)
    percent = 100 + random.randint(-_JITTER_PERCENT, _JITTER_PERCENT)  # noqa: S311  # no secret
    return timedelta(seconds=seconds * percent // 100)
