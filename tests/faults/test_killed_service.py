"""kill -9 while entries are posted over HTTP: every 201 is there afterwards, once.

The service is `gongzhang serve` on its embedded database. Whatever of it is killed comes back by
itself, but for the parent: with that everything ends, and an administrator starts it again.
"""

import asyncio
import contextlib
import os
import random
import signal
from pathlib import Path

import pytest

from ops.embedded_postgres import EmbeddedPostgres
from tests.benchmarks.service import free_port
from tests.faults.http_load import HttpLoad
from tests.faults.process_tree import descendants
from tests.faults.rounds import short_and_long
from tests.faults.serving import (
    Address,
    prepare,
    running_service,
    until,
    wait_until_gone,
)
from tests.faults.under_load import goes_on, loaded, reckoned, some_more


async def prepared(data_dir: Path) -> Address:
    """A database as the service will find it."""
    with EmbeddedPostgres(data_dir, durable_setup=False) as server:
        return await prepare(server)


@pytest.mark.parametrize("kills", short_and_long(10, 200))
async def test_every_201_is_there_after_the_kill_of_the_database(
    data_dir: Path, seed: int, kills: int
) -> None:
    """The service goes on, waits or answers 503 meanwhile, and starts its database again."""
    draw = random.Random(seed)
    address = await prepared(data_dir)
    load = HttpLoad(address, draw)
    with running_service(data_dir, free_port()) as service:
        async with loaded(load, service.url) as posting:
            for number in range(kills):
                await some_more(load, posting)
                await asyncio.sleep(draw.random() / 20)
                postmaster = service.postmaster
                kill(postmaster, *(descendants(postmaster) if number % 2 else ()))
                await until(lambda old=postmaster: service.postmaster not in (0, old))
            await some_more(load, posting)
        await reckoned(load, address, data_dir, service.url)


@pytest.mark.parametrize("rounds", short_and_long(2, 60))
async def test_every_201_is_there_after_the_kill_of_the_service(
    data_dir: Path, seed: int, rounds: int
) -> None:
    """First a child, which is replaced; then the parent, or all processes at once."""
    draw = random.Random(seed)
    address, port = await prepared(data_dir), free_port()
    load = HttpLoad(address, draw)
    for number in goes_on(load, rounds):
        with running_service(data_dir, port, program="tests.faults.brief_orphans") as service:
            async with loaded(load, service.url) as posting:
                await some_more(load, posting)
                kill(draw.choice(service.own_children))
                await some_more(load, posting)
                await asyncio.sleep(draw.random() / 5)
                every = service.pids
                kill(*(every if number % 2 else every[:1]))
                service.process.wait()
                wait_until_gone(every)
    with running_service(data_dir, port) as service:
        await reckoned(load, address, data_dir, service.url)


def kill(*pids: int) -> None:
    """kill -9, also of what has just ended."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
