"""More than there is room for: connections taken, clients that are slow, stop or never read."""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from api import durable
from api import service as service_module
from ledger.database import Patience, execute
from tests.api.world import World, client_of, entry, new_key, running_app
from tests.database_server import Database
from tests.faults.crowd import Crowd, new_crowd
from tests.faults.proxy import Cut, running_proxy
from tests.faults.rounds import short_and_long
from tests.faults.serving import name_of, until

MORE_THAN_THE_POOL = 40
SLOW = 200
BRIEF = Patience(connection=1, lock=2, statement=2, idle_transaction=60)
#: What two processes may have grown by since the first of them were gone.
GROWTH_MIB = 20
#: Connections to the database that two processes may still open; a third of the slow are more.
POOLS = 40

HALF_A_HEAD = b"GET /health/ready HTTP/1.1\r\nHost: books.test\r\nX-Half"
HALF_A_BODY = (
    b"POST /sign-in HTTP/1.1\r\nHost: books.test\r\nContent-Length: 1000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname=wang"
)
NEVER_READ = b"GET /static/pages.css HTTP/1.1\r\nHost: books.test\r\n\r\n" * 50


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that waits for nobody long."""
    monkeypatch.setattr(service_module, "PATIENCE", BRIEF)


@pytest.mark.usefixtures("brief")
async def test_without_a_free_connection_one_is_told_to_come_back_and_posting_goes_on(
    database: Database, world: World, admin_engine: AsyncEngine
) -> None:
    """A transaction of somebody else's blocks what forty requests want to read."""
    issued, pool = await world.account("PG", "5101"), await world.account("PG", "2501")
    staff, system = await world.key("community_staff"), await world.key("integration")
    async with (
        running_app(database.service_url) as app,
        client_of(app, staff) as reader,
        client_of(app, system) as poster,
        admin_engine.connect() as blocking,
    ):
        path = f"{world.base}/entries"
        assert (await reader.get(f"{world.base}/groups")).status_code == 200
        first = await poster.post(path, json=entry(issued, pool), headers=new_key())
        assert first.status_code == 201
        await execute(blocking, "LOCK TABLE foundation.member_group")
        reading = [
            asyncio.create_task(reader.get(f"{world.base}/groups"))
            for _ in range(MORE_THAN_THE_POOL)
        ]
        while not all(one.done() for one in reading):
            posted = await poster.post(path, json=entry(issued, pool), headers=new_key())
            assert posted.status_code == 201, posted.text
            assert (await reader.get("/health/live")).status_code == 200
            await asyncio.sleep(0.05)
        answers = [one.result() for one in reading]
        assert {a.status_code for a in answers} == {503}
        assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
        await blocking.rollback()
        again = [reader.get(f"{world.base}/groups") for _ in range(MORE_THAN_THE_POOL)]
        assert {answer.status_code for answer in await asyncio.gather(*again)} == {200}


@pytest.mark.usefixtures("brief")
async def test_a_write_without_a_connection_is_certainly_not_done(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that got no connection until its time was over may be sent as a new one as well."""
    monkeypatch.setattr(durable, "DEADLINE_SECONDS", 1)
    issued, pool = await world.account("PG", "5101"), await world.account("PG", "2501")
    path, batch = f"{world.base}/entries/batch", {"entries": [entry(issued, pool)]}
    async with (
        running_app(database.service_url) as app,
        client_of(app, await world.key("integration")) as poster,
        contextlib.AsyncExitStack() as taken,
    ):
        assert (await poster.post(path, json=batch, headers=new_key())).status_code == 200
        engine = app.app.state.service.engine
        with contextlib.suppress(PoolTimeout):
            while True:
                await taken.enter_async_context(engine.connect())
        answer = await poster.post(path, json=batch, headers=new_key())
        assert (answer.status_code, answer.json()["code"]) == (503, "service_busy")
        assert int(answer.headers["retry-after"]) > 0


@pytest.mark.usefixtures("brief")
async def test_requests_give_up_a_silent_wire_and_its_connections_are_replaced(
    database: Database, world: World
) -> None:
    """The database is there and says nothing: no connection is lost to the pool for ever."""
    staff = await world.key("community_staff")
    async with (
        running_proxy(database.service_url) as proxy,
        running_app(proxy.url) as app,
        client_of(app, staff) as reader,
    ):

        async def read() -> Counter[int]:
            asked = [reader.get(f"{world.base}/groups") for _ in range(MORE_THAN_THE_POOL)]
            async with asyncio.timeout(30):
                return Counter(answer.status_code for answer in await asyncio.gather(*asked))

        assert await read() == {200: MORE_THAN_THE_POOL}
        proxy.decide = lambda _piece: Cut.SILENCE
        for _ in range(2):
            assert await read() == {503: MORE_THAN_THE_POOL}
        proxy.decide = lambda _piece: None
        assert await read() == {200: MORE_THAN_THE_POOL}


@pytest.fixture
def crowd(database: Database, data_dir: Path) -> Iterator[Crowd]:
    """A service as it is started by users."""
    with new_crowd(database, data_dir, worker="separate") as found:
        yield found


@pytest.mark.parametrize("rounds", short_and_long(2, 20))
async def test_slow_clients_keep_nobody_from_being_served_and_leave_nothing_behind(
    crowd: Crowd, rounds: int
) -> None:
    body = entry(crowd.issued, crowd.provision, 1)
    path = f"{crowd.base}/entries"
    async with crowd.client(crowd.poster) as client:

        async def serves() -> None:
            for _ in range(10):
                assert (await client.get("/health/live")).status_code == 200
                assert (await client.get("/sign-in")).status_code == 200
                posted = await client.post(path, json=body, headers=new_key())
                assert posted.status_code == 201, posted.text

        await serves()
        opened, sizes = descriptors(crowd), []
        for _ in range(rounds):
            with slow_clients(crowd.service.port):
                await serves()
            await serves()
            await until(lambda: descriptors(crowd) <= opened + POOLS)
            sizes.append(resident_mib(crowd))
        print(sizes)
        assert sizes[-1] <= sizes[0] + GROWTH_MIB  # the first time, much is loaded that stays


@contextlib.contextmanager
def slow_clients(port: int) -> Iterator[None]:
    """A third stop within the head, a third within the body, a third never read what they ask."""
    with contextlib.ExitStack() as stack:
        for number in range(SLOW):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                connection.sendall((HALF_A_HEAD, HALF_A_BODY, NEVER_READ)[number % 3])
        yield


def descriptors(crowd: Crowd) -> int:
    """Open files and sockets of every process of the service."""
    return sum(
        len(list(Path(f"/proc/{pid}/fd").iterdir()))
        for pid in crowd.service.own_children
        if name_of(pid)
    )


def resident_mib(crowd: Crowd) -> int:
    """Memory of every process of the service."""
    pages = [
        int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in crowd.service.own_children
    ]
    return sum(pages) * 4096 // 1024**2


@pytest.mark.slow
async def test_a_half_sent_request_is_ended_by_the_service(crowd: Crowd) -> None:
    """Neither head nor body is waited for longer than half a minute, and the end is an answer."""
    port = crowd.service.port
    ends = await asyncio.gather(
        *(asyncio.to_thread(end_of, port, sent) for sent in (HALF_A_HEAD, HALF_A_BODY))
    )
    assert b" 408 " in ends[1]
    assert b"Traceback" not in ends[0] + ends[1]


def end_of(port: int, sent: bytes) -> bytes:
    """Everything that comes until the service ends the connection."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), 50) as connection:
        connection.sendall(sent)
        while part := connection.recv(65_536):
            received += part
    return received
