"""What a browser does: accepts pages, keeps cookies, sends forms with their hidden fields."""

import re
from typing import Any
from uuid import UUID

import httpx

from api.edge import Edge
from ledger.clock import now
from ledger.database import execute, write_transaction
from ledger.foundation.sessions import end_session
from tests.api.world import ORIGIN, PASSWORD, World

_HIDDEN = re.compile(r'name="(form_token|form_key|papers)" value="([^"]*)"')
_LOOKED = re.compile(r'name="(looked)" value="([^"]*)"')


def visitor(app: Edge) -> httpx.AsyncClient:
    """A browser."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url=ORIGIN, headers={"accept": "text/html,*/*"}
    )


async def sign_in(client: httpx.AsyncClient, name: str = "wang") -> httpx.Response:
    """Sign in through the form."""
    return await send(client, "/sign-in", "/sign-in", name=name, password=PASSWORD)


def hidden(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of a page's last form."""
    return dict(_HIDDEN.findall(page.text))


async def send(client: httpx.AsyncClient, page: str, action: str, **values: Any) -> httpx.Response:
    """Open a page and send its form to an address."""
    opened = await client.get(page)
    return await client.post(action, data={**hidden(opened), **values})


async def look_and_ask(
    client: httpx.AsyncClient, page: str, looked_at: dict[str, Any], **changed: Any
) -> httpx.Response:
    """Look at what a form would do, then send it to ask for that, or for what was changed since."""
    looked = await send(client, page, page, act="look", **looked_at)
    seen = re.findall(r'name="looked" value="([^"]*)"', looked.text)
    fields = {**looked_at, **changed, "looked": "".join(seen)}
    return await send(client, page, page, act="ask", **fields)


async def look_and_confirm(client: httpx.AsyncClient, page: str, **values: Any) -> httpx.Response:
    """Look at what a form comes to, on the page the look leads to, and confirm what it shows."""
    looked = await client.post(page, data={**hidden(await client.get(page)), **values})
    if looked.status_code == 303:
        looked = await client.get(looked.headers["location"])
    return await client.post(page, data={**seen_in(looked), **values, "step": "confirm"})


def seen_in(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of a page's last form, with the digest of what it shows."""
    return {**hidden(page), **dict(_LOOKED.findall(page.text))}


async def look_for(client: httpx.AsyncClient, words: str, place: UUID | None = None) -> str:
    """The page of what a search finds, in a programme or estate or the reader's first."""
    values = {"q": words} if place is None else {"q": words, "in": str(place)}
    sent = await send(client, "/search", "/search", **values)
    assert sent.status_code == 303, sent.text
    return (await client.get(sent.headers["location"])).text


def home_of(world: World) -> str:
    """Where the member's pages begin."""
    return f"/programmes/{world.programme.public_id}/volunteer"


async def end_session_of(app: Edge, client: httpx.AsyncClient, world: World) -> None:
    """Let a visitor's session end, as by age: in the database, and in what the process keeps."""
    token = client.cookies["gongzhang"]
    await write_transaction(world.engine, lambda conn: end_session(conn, token=token, at=now()))
    app.app.state.service.identities.forget_session(token)


async def let_proofs_age(world: World, app: Edge, client: httpx.AsyncClient) -> None:
    """Let every sign-in be long ago, so that a sensitive act asks for a proof."""
    async with world.engine.begin() as conn:
        await execute(conn, "UPDATE foundation.session SET proved_at = now() - interval '1 hour'")
    app.app.state.service.identities.forget_session(client.cookies["gongzhang"])
