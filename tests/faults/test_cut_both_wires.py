"""Over HTTP, with a bad wire before the service and another behind it: nothing lost or doubled.

Clients reach the service, and the service its database, through proxies of ours that cut at any
byte, fall silent, delay or crumble. A client that hears nothing gives up and asks again later.
"""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.world import World
from tests.database_server import Database
from tests.faults.http_load import HttpLoad
from tests.faults.proxy import Cut, Proxy, running_proxy
from tests.faults.rounds import short_and_long
from tests.faults.serving import address_in, running_beside, until
from tests.faults.under_load import goes_on, loaded, some_more

CLIENT_PATIENCE_SECONDS = 3
CUTS_A_ROUND = 3
CUTS = (Cut.REQUEST, Cut.ANSWER, Cut.BOTH, Cut.TORN_REQUEST, Cut.TORN_ANSWER)


@asynccontextmanager
async def cutting(proxy: Proxy, draw: random.Random) -> AsyncIterator[None]:
    """One piece in ten is cut, anyhow."""
    proxy.decide = lambda _piece: draw.choice(CUTS) if draw.random() < 0.1 else None
    yield
    proxy.decide = lambda _piece: None


@asynccontextmanager
async def silent(proxy: Proxy, _draw: random.Random) -> AsyncIterator[None]:
    """Nothing is heard any more; in the end all that waits is hung up on."""
    proxy.decide = lambda _piece: Cut.SILENCE
    yield
    proxy.decide = lambda _piece: None
    await proxy.hang_up()


@asynccontextmanager
async def slow(proxy: Proxy, _draw: random.Random) -> AsyncIterator[None]:
    """Each piece comes 200 ms later."""
    proxy.delay_seconds = 0.2
    yield
    proxy.delay_seconds = 0.0


@asynccontextmanager
async def crumbling(proxy: Proxy, _draw: random.Random) -> AsyncIterator[None]:
    """One byte after another."""
    whole, proxy.piece_bytes = proxy.piece_bytes, 1
    yield
    proxy.piece_bytes = whole


FAULTS = (cutting, slow, crumbling, silent)


@pytest.mark.parametrize("rounds", short_and_long(4, 60))
async def test_bad_wires_before_and_behind_the_service_lose_and_double_nothing(
    database: Database, world: World, engine: AsyncEngine, data_dir: Path, seed: int, rounds: int
) -> None:
    draw = random.Random(seed)
    load = HttpLoad(await address_in(world), draw, patience=CLIENT_PATIENCE_SECONDS)
    await engine.dispose()
    async with (
        running_proxy(database.service_url, draw) as behind,
        running_beside(data_dir, database_url=behind.url) as service,
    ):
        async with running_proxy(service.url, draw) as before, loaded(load, before.url) as posting:
            for number in goes_on(load, rounds):
                fault = FAULTS[number % len(FAULTS)]
                for proxy in (before, behind):
                    async with fault(proxy, draw):
                        if fault in (cutting, silent):
                            await until(enough_cuts(proxy))
                        if fault is not silent:
                            await some_more(load, posting)
            await some_more(load, posting)
        print(before.cuts, behind.cuts, await load.reckon(service.url))
    assert await load.address.balance(database.service_url) == load.minutes


def enough_cuts(proxy: Proxy) -> Callable[[], bool]:
    """So many more than until now."""
    target = proxy.cuts + CUTS_A_ROUND
    return lambda: proxy.cuts >= target
