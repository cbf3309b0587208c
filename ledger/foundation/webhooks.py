"""Webhooks: other systems are told of events, at addresses that a tenant's administrator sets up.

Events are written by ``foundation.announce`` inside the transaction of the act, only where an
endpoint wants them. They carry ids, never personal data; whoever is told fetches the rest with a
key of its own.

Source: docs/decisions/0050-edge.md
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import business_date, now
from ledger.database import execute, fetch_all, fetch_optional, load_sql
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.notices import Facts, notify
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.webhook_targets import check_url
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
#: Kinds of events, as foundation.announce_changes and the programmes' functions write them.
EventKind = Literal[
    "redemption.captured",
    "redemption.voided",
    "redemption.refunded",
    "payment.approved",
    "payment.declined",
    "period.closed",
    "period.reopened",
    "statement.imported",
    "member.enrolled",
    "approval.requested",
    "approval.decided",
    "approval.expired",
]
EVENTS: tuple[EventKind, ...] = get_args(EventKind)
MOST_ENDPOINTS = 10
#: After a rotation both secrets sign for so long.
OVERLAP = timedelta(days=1)
SEALED_FIELD = "webhook_secret"
_SECRET_BYTES = 32
#: The system's caller.
_BY_ITSELF = 1
_STATES = {"pause": "paused", "resume": "active", "remove": "removed"}


class Endpoint(msgspec.Struct, frozen=True):
    """Where one system is told of events."""

    endpoint_id: UUID
    url: str
    events: list[str]
    #: active or paused.
    state: str
    #: Paused because nothing arrived for three days.
    paused_by_itself: bool
    created_at: datetime
    #: Deliveries that wait or are tried again, and those given up.
    due: int
    dead: int


class NewSecret(msgspec.Struct, frozen=True):
    """A secret that signs deliveries; shown once, kept sealed."""

    endpoint_id: UUID
    key_id: UUID
    secret: str


class Delivery(msgspec.Struct, frozen=True):
    """One event on its way to one endpoint."""

    delivery_id: UUID
    kind: str
    subject_id: UUID
    #: due, delivered or dead.
    state: str
    attempts: int
    status: int | None
    fault: str | None
    first_due_at: datetime
    attempted_at: datetime | None
    next_attempt_at: datetime


async def create_endpoint(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    url: str,
    events: Sequence[str],
    caller_id: int,
    keys: PersonalDataKeys,
    loopback: bool = False,
) -> NewSecret:
    """An endpoint that is told from now on; returns its secret, which is shown once.

    Raises:
        WebhookTargetRefused: not an address we send to.
        InvalidInput: an unknown kind of event, none at all, or too many endpoints.
    """
    check_url(url, loopback=loopback)
    unknown = [kind for kind in events if kind not in EVENTS]
    if unknown or not events:
        remedy = f"Choose from {', '.join(EVENTS)}."
        raise InvalidInput(field="events", value=", ".join(unknown), remedy=remedy)
    if len(await list_endpoints(conn, tenant_id=tenant_id)) >= MOST_ENDPOINTS:
        remedy = f"At most {MOST_ENDPOINTS} at once; remove one first."
        raise InvalidInput(field="url", value=url, remedy=remedy)
    endpoint_id, moment = uuid7(), now()
    statement = load_sql(_PACKAGE, "create_webhook_endpoint")
    chosen = [kind for kind in EVENTS if kind in events]
    await execute(conn, statement, tenant_id, endpoint_id, url, chosen, caller_id, moment)
    await _record(conn, tenant_id, caller_id, "create", endpoint_id)
    return await _add_secret(conn, tenant_id, endpoint_id, keys, moment)


async def rotate_secret(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    endpoint_id: UUID,
    caller_id: int,
    keys: PersonalDataKeys,
) -> NewSecret:
    """A new secret; the one before signs beside it for a day.

    Raises:
        NotFound: no such endpoint.
    """
    await get_endpoint(conn, tenant_id=tenant_id, endpoint_id=endpoint_id)
    await _record(conn, tenant_id, caller_id, "rotate", endpoint_id)
    return await _add_secret(conn, tenant_id, endpoint_id, keys, now())


async def _add_secret(
    conn: AsyncConnection,
    tenant_id: int,
    endpoint_id: UUID,
    keys: PersonalDataKeys,
    moment: datetime,
) -> NewSecret:
    made = NewSecret(endpoint_id, uuid7(), f"whsec_{secrets.token_urlsafe(_SECRET_BYTES)}")
    sealed = keys.seal_for_all(SEALED_FIELD, made.secret)
    await execute(
        conn,
        load_sql(_PACKAGE, "add_webhook_secret"),
        tenant_id,
        endpoint_id,
        made.key_id,
        sealed,
        moment,
        moment + OVERLAP,
    )
    return made


async def list_endpoints(conn: AsyncConnection, *, tenant_id: int) -> list[Endpoint]:
    """Every endpoint of a tenant, the oldest first."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_webhook_endpoints"), tenant_id, None)
    return [msgspec.convert(row, Endpoint, from_attributes=True) for row in rows]


async def get_endpoint(conn: AsyncConnection, *, tenant_id: int, endpoint_id: UUID) -> Endpoint:
    """One endpoint.

    Raises:
        NotFound: there is none.
    """
    statement = load_sql(_PACKAGE, "list_webhook_endpoints")
    row = await fetch_optional(conn, statement, tenant_id, endpoint_id)
    if row is None:
        raise NotFound(kind="webhook", id=str(endpoint_id))
    return msgspec.convert(row, Endpoint, from_attributes=True)


async def set_endpoint_state(
    conn: AsyncConnection, *, tenant_id: int, endpoint_id: UUID, act: str, caller_id: int
) -> None:
    """``pause``, ``resume`` or ``remove`` an endpoint; what waits is sent after it is resumed.

    Raises:
        NotFound: there is none, or it is removed.
    """
    statement = load_sql(_PACKAGE, "set_webhook_state")
    row = await fetch_optional(conn, statement, tenant_id, endpoint_id, _STATES[act], now())
    if row is None:
        raise NotFound(kind="webhook", id=str(endpoint_id))
    await _record(conn, tenant_id, caller_id, act, endpoint_id)


async def pause_failing_endpoint(
    conn: AsyncConnection, *, tenant_id: int, endpoint_id: UUID, since: datetime, at: datetime
) -> None:
    """Pause an active endpoint that took nothing since a moment, and tell who may mend it.

    One that was set up or resumed after that moment has its time.
    """
    row = await fetch_optional(
        conn, load_sql(_PACKAGE, "pause_failing_webhook"), tenant_id, endpoint_id, since, at
    )
    if row is None:
        return
    await _record(conn, tenant_id, _BY_ITSELF, "pause", endpoint_id)
    await notify(
        conn,
        kind="webhook_paused",
        permission="webhooks.manage",
        tenant_id=tenant_id,
        subject_id=endpoint_id,
        facts=Facts(about=str(urlsplit(row.url).hostname), day=business_date(at)),
        at=at,
    )


async def ping_endpoint(
    conn: AsyncConnection, *, tenant_id: int, endpoint_id: UUID, caller_id: int
) -> UUID:
    """A test event for this endpoint alone; returns its delivery.

    Raises:
        NotFound: no such endpoint.
    """
    await get_endpoint(conn, tenant_id=tenant_id, endpoint_id=endpoint_id)
    delivery_id = uuid7()
    statement = load_sql(_PACKAGE, "announce_ping")
    await execute(conn, statement, tenant_id, endpoint_id, uuid7(), delivery_id, now())
    await _record(conn, tenant_id, caller_id, "ping", endpoint_id)
    return delivery_id


async def list_deliveries(
    conn: AsyncConnection, *, tenant_id: int, endpoint_id: UUID, limit: int
) -> list[Delivery]:
    """The latest deliveries to an endpoint, the newest first."""
    statement = load_sql(_PACKAGE, "list_webhook_deliveries")
    rows = await fetch_all(conn, statement, tenant_id, endpoint_id, limit)
    return [msgspec.convert(row, Delivery, from_attributes=True) for row in rows]


async def replay_delivery(
    conn: AsyncConnection, *, tenant_id: int, endpoint_id: UUID, delivery_id: UUID, caller_id: int
) -> None:
    """Send an event once more, delivered or given up as it may be.

    Raises:
        NotFound: no such endpoint, or it has no such delivery.
    """
    await get_endpoint(conn, tenant_id=tenant_id, endpoint_id=endpoint_id)
    statement = load_sql(_PACKAGE, "replay_webhook_delivery")
    row = await fetch_optional(conn, statement, tenant_id, endpoint_id, delivery_id, now())
    if row is None:
        raise NotFound(kind="delivery", id=str(delivery_id))
    await _record(conn, tenant_id, caller_id, "replay", endpoint_id)


async def _record(
    conn: AsyncConnection, tenant_id: int, caller_id: int, act: str, endpoint_id: UUID
) -> None:
    await record_action(
        conn,
        caller_id=caller_id,
        action=f"webhook.{act}",
        tenant_id=tenant_id,
        object_kind="webhook",
        object_id=str(endpoint_id),
    )
