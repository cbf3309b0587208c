"""Webhooks as pages: set one up, see what was delivered, test, pause, replace its secret."""

from typing import cast, get_args
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may
from api.v1.webhooks import Act, NewWebhook, WebhookSecret, make_endpoint, make_secret
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    done_of,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    read_uuid,
    see,
    show,
)
from api.web.places import reader_place
from api.web.refused import words_of_refusal
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError
from ledger.foundation.webhook_targets import LONGEST_URL
from ledger.foundation.webhooks import (
    EVENTS,
    get_endpoint,
    list_deliveries,
    list_endpoints,
    ping_endpoint,
    replay_delivery,
    set_endpoint_state,
)

HOMES = ["/programmes/{programme_id:uuid}/staff/webhooks", "/estates/{estate_id:uuid}/webhooks"]
ONE = [f"{home}/{{webhook_id:uuid}}" for home in HOMES]
LISTED = 30
#: What never happens in a place is not offered there.
_ELSEWHERE = {"estate": ("redemption.", "member."), "programme": ("payment.", "statement.")}
_ACTS: tuple[Act, ...] = get_args(Act)


@get(HOMES, opt=may("webhooks.manage"))
async def webhooks_page(request: PageRequest, call: Call) -> Page:
    """Every endpoint, and the form for a new one."""
    return await _webhooks_page(request, call, empty_form(request), chosen=_kinds(call))


def _kinds(call: GatedCall) -> tuple[str, ...]:
    """The events that happen in this programme or estate."""
    return tuple(one for one in EVENTS if not one.startswith(_ELSEWHERE[call.tenant.form]))


async def _webhooks_page(
    request: PageRequest, call: Call, form: Form, *, chosen: tuple[str, ...], status: int = 200
) -> Page:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_endpoints(conn, tenant_id=call.tenant_id)
    return show(
        request,
        "admin/webhooks.html",
        reader_place(call.who.permissions, call.tenant),
        current="nav.webhooks",
        status=status,
        form=form,
        endpoints=found,
        kinds=_kinds(call),
        chosen=chosen,
        longest=LONGEST_URL,
        address=request.url.path,
    )


@post(HOMES, opt=may("webhooks.manage"))
async def webhook_sent(request: PageRequest, call: Call) -> Page:
    """Set one up and show its secret, once."""
    form = await read_form(request)
    key_of_form(call)
    url = form.text("url", limit=LONGEST_URL)
    wanted = (await request.form()).getall("events", [])
    events = tuple(kind for kind in EVENTS if kind in wanted)
    if not events:
        form.refuse("events", "webhooks.choose_events")
    if form.errors or url is None:
        return await _webhooks_page(request, call, form, chosen=events, status=422)
    try:
        made = _made(await make_endpoint(call, NewWebhook(url=url, events=events)))
    except LedgerError as refusal:
        form.errors["url"] = words_of_refusal(refusal, language_of_page(request))
        return await _webhooks_page(request, call, form, chosen=events, status=422)
    return await _one_page(request, call, made.webhook_id, made=made)


@get(ONE, opt=may("webhooks.manage"))
async def webhook_page(request: PageRequest, call: Call, webhook_id: FromPath[UUID]) -> Page:
    """One endpoint with its latest deliveries."""
    return await _one_page(request, call, webhook_id)


def _made(answer: Response[WebhookSecret]) -> WebhookSecret:
    """What an answer of the interface says, encoded as it is."""
    return msgspec.json.decode(cast("bytes", answer.content), type=WebhookSecret)


async def _one_page(
    request: PageRequest, call: Call, webhook_id: UUID, *, made: WebhookSecret | None = None
) -> Page:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        endpoint = await get_endpoint(conn, tenant_id=call.tenant_id, endpoint_id=webhook_id)
        deliveries = await list_deliveries(
            conn, tenant_id=call.tenant_id, endpoint_id=webhook_id, limit=LISTED
        )
    home = request.url.path.removesuffix(f"/{webhook_id}")
    return show(
        request,
        "admin/webhook.html",
        reader_place(call.who.permissions, call.tenant),
        current="nav.webhooks",
        endpoint=endpoint,
        deliveries=deliveries,
        home=home,
        address=f"{home}/{webhook_id}",
        made=made,
        done=done_of(request, ("1",)),
    )


@post(ONE, opt=may("webhooks.manage"))
async def webhook_changed(request: PageRequest, call: Call, webhook_id: FromPath[UUID]) -> Page:
    """Test, pause, resume or remove it, replace its secret, or send a delivery again."""
    form = await read_form(request)
    key_of_form(call)
    wanted = form.values.get("act", "")
    if wanted == "rotate":
        made = _made(await make_secret(call, webhook_id))
        return await _one_page(request, call, webhook_id, made=made)

    async def act(conn: AsyncConnection) -> None:
        await _do(conn, call, webhook_id, wanted, read_uuid(form.values.get("delivery")))

    await write_transaction(call.service.engine, act, tenant_id=call.tenant_id)
    address = request.url.path
    if wanted == "remove":
        return see(address.removesuffix(f"/{webhook_id}"))
    return see(f"{address}?done=1" if wanted in ("ping", "replay") else address)


async def _do(
    conn: AsyncConnection, call: Call, webhook_id: UUID, wanted: str, delivery_id: UUID | None
) -> None:
    """What a button asks for; anything else does nothing but look whether the endpoint is there."""
    caller_id = call.caller_id
    if wanted == "ping":
        await ping_endpoint(
            conn, tenant_id=call.tenant_id, endpoint_id=webhook_id, caller_id=caller_id
        )
    elif wanted == "replay" and delivery_id is not None:
        await replay_delivery(
            conn,
            tenant_id=call.tenant_id,
            endpoint_id=webhook_id,
            delivery_id=delivery_id,
            caller_id=caller_id,
        )
    elif wanted in _ACTS:
        await set_endpoint_state(
            conn,
            tenant_id=call.tenant_id,
            endpoint_id=webhook_id,
            act=wanted,
            caller_id=caller_id,
        )
    else:
        await get_endpoint(conn, tenant_id=call.tenant_id, endpoint_id=webhook_id)


ROUTES = [webhooks_page, webhook_sent, webhook_page, webhook_changed]
