"""A service with clients that post to it, and what has to be so afterwards."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from ops.embedded_postgres import EmbeddedPostgres
from tests.faults.http_load import HttpLoad
from tests.faults.serving import Address, until
from tests.proofs import failed_proofs

#: Acknowledged between two faults.
SOME = 20


@asynccontextmanager
async def loaded(load: HttpLoad, url: str) -> AsyncIterator[asyncio.Task[None]]:
    """Clients that post to the service, whatever becomes of it."""
    posting = asyncio.create_task(load.run(url))
    try:
        yield posting
    finally:
        load.stop()
        await posting


async def reckoned(load: HttpLoad, address: Address, data_dir: Path, url: str) -> None:
    """Nothing is lost, nothing doubled, the books hold; by the service and behind its back."""
    print(await load.reckon(url))
    server = EmbeddedPostgres(data_dir)
    assert server.join_running()
    assert await address.balance(server.service_url) == load.minutes
    assert await failed_proofs(server.admin_url) == []


async def some_more(load: HttpLoad, posting: asyncio.Task[None]) -> None:
    """Wait until so many more are acknowledged; a client that fails says why at once."""
    more = load.has_acknowledged(SOME)
    await until(lambda: more() or posting.done())
    if posting.done():
        await posting


def goes_on(load: HttpLoad, rounds: int) -> Iterator[int]:
    """The numbers of the rounds; more of them while no client has noticed a fault.

    Few requests are left open: a lane whose connection dies asks again, and answers with the truth.
    """
    for number in range(rounds * 5):
        if number >= rounds and load.told:
            return
        yield number
    assert load.told, "no fault met a request"
