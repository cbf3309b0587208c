"""Webhooks of a programme or estate: endpoints, their secrets, what was delivered."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.forms import EXAMPLE_ID, Command, PageSize, PathId, both, view
from ledger.database import read_transaction
from ledger.foundation.webhook_targets import LONGEST_URL
from ledger.foundation.webhooks import (
    EVENTS,
    MOST_ENDPOINTS,
    EventKind,
    create_endpoint,
    get_endpoint,
    list_deliveries,
    list_endpoints,
    ping_endpoint,
    replay_delivery,
    rotate_secret,
    set_endpoint_state,
)

DEFAULT_DELIVERIES = 50
Act = Literal["pause", "resume", "remove"]


class NewWebhook(Command, frozen=True):
    """Where to, and what of."""

    url: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=LONGEST_URL,
            description="https, port 443 or 8443, a public address.",
            examples=["https://erp.example.com/hooks/gongzhang"],
        ),
    ]
    events: Annotated[
        tuple[EventKind, ...], Meta(min_length=1, max_length=len(EVENTS), examples=[list(EVENTS)])
    ]


class WebhookAct(Command, frozen=True):
    """What is to be done with an endpoint."""

    act: Act


class Nothing(Command, frozen=True):
    """An empty command."""


class WebhookSecret(msgspec.Struct, frozen=True):
    """A secret that signs deliveries; absent when the same command came again."""

    webhook_id: UUID
    key_id: Annotated[UUID, Meta(description="Named in each signature.", examples=[EXAMPLE_ID])]
    secret: Annotated[str | None, Meta(description="Shown once, now.")] = None


class WebhookView(msgspec.Struct, frozen=True):
    """An endpoint and how its deliveries stand."""

    webhook_id: UUID
    url: str
    events: list[str]
    state: str
    paused_by_itself: Annotated[
        bool, Meta(description="Paused because nothing arrived for three days.")
    ]
    created_at: datetime
    due: int
    dead: int


class WebhookList(msgspec.Struct, frozen=True):
    """Every endpoint."""

    items: Annotated[list[WebhookView], Meta(max_length=MOST_ENDPOINTS)]


class DeliveryView(msgspec.Struct, frozen=True):
    """One event on its way to an endpoint."""

    delivery_id: UUID
    kind: str
    subject_id: UUID
    state: str
    attempts: int
    status: int | None
    fault: str | None
    first_due_at: datetime
    attempted_at: datetime | None
    next_attempt_at: datetime


class DeliveryList(msgspec.Struct, frozen=True):
    """The latest deliveries, the newest first."""

    items: list[DeliveryView]


class DeliveryStarted(msgspec.Struct, frozen=True):
    """A delivery that is tried within a minute."""

    delivery_id: UUID


class WebhookChanged(msgspec.Struct, frozen=True):
    """The endpoint as it is now."""

    webhook_id: UUID
    state: Literal["active", "paused", "removed"]


_AFTER: dict[Act, Literal["active", "paused", "removed"]] = {
    "pause": "paused",
    "resume": "active",
    "remove": "removed",
}


async def make_endpoint(call: Call, data: NewWebhook) -> Response[WebhookSecret]:
    """Set up an endpoint once for its key; the secret is in the first answer alone."""

    async def act(conn: AsyncConnection) -> WebhookSecret:
        made = await create_endpoint(
            conn,
            tenant_id=call.tenant_id,
            url=data.url,
            events=data.events,
            caller_id=call.caller_id,
            keys=call.service.personal_keys,
            loopback=call.service.settings.webhooks_to_loopback,
        )
        return WebhookSecret(made.endpoint_id, made.key_id, made.secret)

    return await once(call, data, act, shown_once=("secret",))


async def make_secret(call: Call, webhook_id: UUID) -> Response[WebhookSecret]:
    """Replace a secret once for its key; likewise."""

    async def act(conn: AsyncConnection) -> WebhookSecret:
        made = await rotate_secret(
            conn,
            tenant_id=call.tenant_id,
            endpoint_id=webhook_id,
            caller_id=call.caller_id,
            keys=call.service.personal_keys,
        )
        return WebhookSecret(made.endpoint_id, made.key_id, made.secret)

    return await once(call, Nothing(), act, shown_once=("secret",))


@post(both("/webhooks"), opt=may("webhooks.manage"), summary="Set up a webhook", tags=["webhooks"])
async def create(call: Call, data: JSONBody[NewWebhook]) -> Response[WebhookSecret]:
    """Tell another system of events from now on; the secret is shown in this answer alone."""
    return await make_endpoint(call, data)


@get(both("/webhooks"), opt=may("webhooks.manage"), summary="List webhooks", tags=["webhooks"])
async def list_all(call: Call) -> WebhookList:
    """Every endpoint with how many deliveries wait or were given up."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_endpoints(conn, tenant_id=call.tenant_id)
    return WebhookList(
        [WebhookView(one.endpoint_id, *msgspec.structs.astuple(one)[1:]) for one in found]
    )


@post(
    both("/webhooks/{webhook_id:uuid}/secret"),
    opt=may("webhooks.manage"),
    summary="Replace the secret of a webhook",
    tags=["webhooks"],
)
async def rotate(
    call: Call, webhook_id: PathId, data: JSONBody[Nothing]
) -> Response[WebhookSecret]:
    """A new secret; the one before signs beside it for a day."""
    return await make_secret(call, webhook_id)


@post(
    both("/webhooks/{webhook_id:uuid}/state"),
    opt=may("webhooks.manage"),
    summary="Pause, resume or remove a webhook",
    tags=["webhooks"],
    status_code=200,
)
async def change(
    call: Call, webhook_id: PathId, data: JSONBody[WebhookAct]
) -> Response[WebhookChanged]:
    """What happens while it is paused is not sent later; what waited already is."""

    async def act(conn: AsyncConnection) -> WebhookChanged:
        await set_endpoint_state(
            conn,
            tenant_id=call.tenant_id,
            endpoint_id=webhook_id,
            act=data.act,
            caller_id=call.caller_id,
        )
        return WebhookChanged(webhook_id, _AFTER[data.act])

    return await once(call, data, act, status=200)


@post(
    both("/webhooks/{webhook_id:uuid}/ping"),
    opt=may("webhooks.manage"),
    summary="Send a test event",
    tags=["webhooks"],
)
async def ping(
    call: Call, webhook_id: PathId, data: JSONBody[Nothing]
) -> Response[DeliveryStarted]:
    """A delivery of the kind ping, to this endpoint alone."""

    async def act(conn: AsyncConnection) -> DeliveryStarted:
        return DeliveryStarted(
            await ping_endpoint(
                conn, tenant_id=call.tenant_id, endpoint_id=webhook_id, caller_id=call.caller_id
            )
        )

    return await once(call, data, act)


@get(
    both("/webhooks/{webhook_id:uuid}/deliveries"),
    opt=may("webhooks.manage"),
    summary="List deliveries",
    tags=["webhooks"],
)
async def list_sent(
    call: Call, webhook_id: PathId, limit: PageSize = DEFAULT_DELIVERIES
) -> DeliveryList:
    """The latest deliveries to an endpoint, the newest first."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_endpoint(conn, tenant_id=call.tenant_id, endpoint_id=webhook_id)
        found = await list_deliveries(
            conn, tenant_id=call.tenant_id, endpoint_id=webhook_id, limit=limit
        )
    return DeliveryList([view(DeliveryView, one) for one in found])


@post(
    both("/webhooks/{webhook_id:uuid}/deliveries/{delivery_id:uuid}/replay"),
    opt=may("webhooks.manage"),
    summary="Send a delivery again",
    tags=["webhooks"],
)
async def replay(
    call: Call, webhook_id: PathId, delivery_id: PathId, data: JSONBody[Nothing]
) -> Response[DeliveryStarted]:
    """Delivered or given up, it is tried again from the beginning."""

    async def act(conn: AsyncConnection) -> DeliveryStarted:
        await replay_delivery(
            conn,
            tenant_id=call.tenant_id,
            endpoint_id=webhook_id,
            delivery_id=delivery_id,
            caller_id=call.caller_id,
        )
        return DeliveryStarted(delivery_id)

    return await once(call, data, act)


ROUTES = (create, list_all, rotate, change, ping, list_sent, replay)
