"""Large bodies at once: as many bytes as a process has room for, and they are given back."""

import asyncio
from collections.abc import AsyncIterator

import httpx

from api.edge import Edge
from api.large_bodies import LargeBodies
from ledger.sheets.rows import LARGEST_FILE, MIB
from tests.api.world import World, client_of, new_key

LARGE = 2 * MIB


class Upload:
    """A list of a given length that stops after its first byte, until it is told to go on."""

    def __init__(self) -> None:
        self.was_read = asyncio.Event()
        self.go_on = asyncio.Event()

    async def content(self) -> AsyncIterator[bytes]:
        self.was_read.set()
        yield b"a"
        await self.go_on.wait()
        yield b"\0" * (LARGE - 1)

    async def send(
        self, client: httpx.AsyncClient, world: World, length: int | None = LARGE
    ) -> httpx.Response:
        headers = {"content-type": "text/csv", **new_key()}
        if length is not None:
            headers["content-length"] = str(length)
        address = f"{world.base}/imports?kind=people"
        return await client.post(address, content=self.content(), headers=headers)


async def test_beyond_the_room_for_large_bodies_senders_come_back_unread(
    app: Edge, world: World
) -> None:
    service = app.app.state.service
    service.large_bodies = room = LargeBodies(LARGE + MIB)
    async with client_of(app, await world.key("community_staff")) as client:
        stalled, more = Upload(), Upload()
        async with asyncio.timeout(20):
            task = asyncio.create_task(stalled.send(client, world))
            await stalled.was_read.wait()
            assert room.taken == LARGE
            for length in (LARGE, None):
                answer = await more.send(client, world, length)
                assert (answer.status_code, answer.json()["code"]) == (503, "service_busy")
                assert answer.headers["retry-after"] == "5"
            too_large = await more.send(client, world, LARGEST_FILE + 1)
            assert too_large.status_code == 413
            assert not more.was_read.is_set()
            small = await client.post(
                f"{world.base}/imports?kind=merchants",
                content="商户名称\n老李面馆\n".encode(),
                headers={"content-type": "text/csv", **new_key()},
            )
            assert small.status_code == 201, "what is small has room"
            assert room.taken == LARGE
            stalled.go_on.set()
            assert (await task).status_code == 422
    assert room.taken == 0


async def test_who_stalls_with_large_files_keeps_others_from_nothing(
    app: Edge, world: World
) -> None:
    """Whoever has a share of the room has no second one; another caller has room beside it."""
    service = app.app.state.service
    service.large_bodies = room = LargeBodies(4 * LARGE, share=LARGE)
    async with (
        client_of(app, await world.key("community_staff")) as client,
        client_of(app, await world.key("community_staff")) as another,
    ):
        stalled, more, others = Upload(), Upload(), Upload()
        async with asyncio.timeout(20):
            first = asyncio.create_task(stalled.send(client, world))
            await stalled.was_read.wait()
            answer = await more.send(client, world)
            assert (answer.status_code, answer.json()["code"]) == (503, "service_busy")
            assert not more.was_read.is_set()
            second = asyncio.create_task(others.send(another, world))
            await others.was_read.wait()
            assert room.taken == 2 * LARGE
            for upload, task in ((stalled, first), (others, second)):
                upload.go_on.set()
                assert (await task).status_code == 422
    assert room.taken == 0


async def test_who_goes_away_gives_the_room_back(app: Edge, world: World) -> None:
    service = app.app.state.service
    async with client_of(app, await world.key("community_staff")) as client:
        for length, taken in ((LARGE, LARGE), (None, LARGEST_FILE)):
            stalled = Upload()
            async with asyncio.timeout(20):
                task = asyncio.create_task(stalled.send(client, world, length))
                await stalled.was_read.wait()
                assert service.large_bodies.taken == taken
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            assert service.large_bodies.taken == 0
