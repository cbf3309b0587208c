"""Who sends a body too slowly is told so; who was not heard because we stood still is not."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from api.bodies import BODY_TIMEOUT_SECONDS
from api.edge import Edge
from tests.api.world import World, client_of, entry, new_key

STANDSTILL_SECONDS = 10 * BODY_TIMEOUT_SECONDS
#: Of the loop, for all that is called meanwhile to have its turn.
TURNS = 10


class Clock:
    """The clock of the running event loop, put forward by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        real = loop.time
        self.ahead = 0.0
        monkeypatch.setattr(loop, "time", lambda: real() + self.ahead)

    async def forward(self, seconds: float) -> None:
        """Let what is due after so long have its turn."""
        self.ahead += seconds
        for _ in range(TURNS):
            await asyncio.sleep(0)


class Sender:
    """Sends an entry in two pieces, over the hot route or, with a cookie, the ordinary one."""

    def __init__(self, client: httpx.AsyncClient, world: World, body: bytes, first: int) -> None:
        self._client, self._path = client, f"{world.base}/entries"
        self._body, self._first = body, first
        self.began = asyncio.Event()
        self.go_on = asyncio.Event()

    async def _content(self) -> AsyncIterator[bytes]:
        self.began.set()
        if self._first:
            yield self._body[: self._first]
        await self.go_on.wait()
        yield self._body[self._first :]

    async def send(self, **headers: str) -> httpx.Response:
        given = {"content-type": "application/json", "content-length": str(len(self._body))}
        return await self._client.post(
            self._path, content=self._content(), headers=given | new_key() | headers
        )


@pytest.fixture
async def body(world: World) -> bytes:
    issued = await world.account("PG", "5101")
    available = await world.account("PG", "2501")
    return msgspec.json.encode(entry(issued, available))


@pytest.mark.parametrize("first", [0, 20], ids=["nothing", "some"])
@pytest.mark.parametrize("cookie", ["", "language=en"], ids=["hot", "ordinary"])
async def test_what_we_did_not_hear_while_we_stood_still_is_not_the_clients_slowness(
    app: Edge,
    world: World,
    body: bytes,
    cookie: str,
    first: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever says nothing at all is ended as well as who stops after some bytes."""
    headers = {"cookie": cookie} if cookie else {}
    async with client_of(app, await world.key("integration")) as client:
        path = f"{world.base}/entries"
        known = await client.post(
            path, content=body, headers={"content-type": "application/json", **new_key()}
        )
        assert known.status_code == 201, known.text
        heard = Sender(client, world, body, first)
        clock = Clock(monkeypatch)
        task = asyncio.create_task(heard.send(**headers))
        await heard.began.wait()
        await clock.forward(0)
        await clock.forward(STANDSTILL_SECONDS)
        assert not task.done()
        heard.go_on.set()
        assert (await task).status_code == 201

        silent = Sender(client, world, body, first)
        task = asyncio.create_task(silent.send(**headers))
        await silent.began.wait()
        await clock.forward(0)
        began = clock.ahead
        while not task.done():
            assert clock.ahead - began <= 2 * BODY_TIMEOUT_SECONDS
            await clock.forward(1)
        assert clock.ahead - began >= BODY_TIMEOUT_SECONDS - 1
        answer = await task
        assert (answer.status_code, answer.json()["code"]) == (408, "body_too_slow")
