"""kill -9 of PostgreSQL under the lanes: what was acknowledged is there, once."""

import asyncio
import os
import random
import signal
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from ledger.books.lanes import Lanes, lane_connector
from ledger.database import create_engine
from ops.embedded_postgres import EmbeddedPostgres
from ops.migrator import migrate
from tests.faults.load import Load, new_load
from tests.faults.rounds import short_and_long
from tests.proofs import failed_proofs
from tests.small_books import create_small_books
from tests.waiting import wait_for

PATIENCE_SECONDS = 60


@pytest.mark.parametrize("kills", short_and_long(2, 200))
def test_what_was_acknowledged_survives_the_kill_of_the_database(
    own_server: EmbeddedPostgres, seed: int, kills: int
) -> None:
    """The service works in a thread of its own, so it meets the server's absence too.

    The server itself belongs to the thread that started it, which is this one.
    """
    draw = random.Random(seed)
    wait_for(migrate(own_server.admin_url, service_login="gongzhang_app"))
    started: Future[Load] = Future()
    with ThreadPoolExecutor(max_workers=1) as service:
        counts = service.submit(asyncio.run, serve(own_server.service_url, seed, started))
        load = started.result(PATIENCE_SECONDS)
        try:
            for number in range(kills):
                wait_until_acknowledged(load, draw.randint(20, 200))
                time.sleep(draw.random() / 20)
                kill(own_server, with_backends=number % 2 == 0)
                time.sleep(draw.choice((0, 0.2)))
                own_server.restart()
            wait_until_acknowledged(load, 100)
        finally:
            load.stop()
        print(counts.result(PATIENCE_SECONDS))
    assert wait_for(failed_proofs(own_server.admin_url)) == []


async def serve(service_url: str, seed: int, started: "Future[Load]") -> dict[str, int]:
    """Lanes and their writers until they are stopped; then the reckoning."""
    engine = create_engine(service_url)
    load = await new_load(await create_small_books(engine), random.Random(seed))
    await engine.dispose()  # the connections will not survive
    lanes = Lanes(lane_connector(service_url), count=2, batch_cap=64, queue_cap=1_000)
    await lanes.start()
    started.set_result(load)
    await load.run(lanes)
    await lanes.stop()
    counts = await load.reckon()
    await engine.dispose()
    return counts


def wait_until_acknowledged(load: Load, count: int) -> None:
    """Wait until so many more have been acknowledged."""
    target, deadline = len(load.acknowledged) + count, time.monotonic() + PATIENCE_SECONDS
    while len(load.acknowledged) < target:
        assert time.monotonic() < deadline, "nothing is acknowledged any more"
        time.sleep(0.01)


def kill(server: EmbeddedPostgres, *, with_backends: bool) -> None:
    """The postmaster alone, whose backends then end by themselves; or all at once."""
    if with_backends:
        os.killpg(server.pid, signal.SIGKILL)
    else:
        os.kill(server.pid, signal.SIGKILL)
