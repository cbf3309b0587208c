"""The disk fills up while entries are posted: 503, nothing lost, and it heals when there is room.

The data directory lies on a file system of fixed size, filled to its last byte. First no table can
grow; later the log cannot, with which PostgreSQL ends and cannot come up again.
"""

import random
from pathlib import Path

import asyncpg
import httpx
import pytest

from ops.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from tests.benchmarks.service import free_port
from tests.faults.http_load import HttpLoad
from tests.faults.rounds import short_and_long
from tests.faults.serving import Address, prepare, running_service, until
from tests.faults.small_disk import small_disk
from tests.faults.under_load import loaded, reckoned, some_more

MEBIBYTES = 320
REFUSED = "database_unavailable"

#: A new segment of the log; what is written before it lets it begin.
_NEW_SEGMENT = "SELECT pg_logical_emit_message(false, '', 'x'); SELECT pg_switch_wal()"


@pytest.mark.parametrize("rounds", short_and_long(1, 10))
async def test_a_full_disk_loses_nothing_and_heals_by_itself(seed: int, rounds: int) -> None:
    with small_disk(MEBIBYTES) as disk:
        data_dir = disk.path / "data"
        with EmbeddedPostgres(data_dir, durable_setup=False) as server:
            address = await prepare(server)
        load = HttpLoad(address, random.Random(seed))
        with running_service(data_dir, free_port()) as service:
            url = service.url
            async with loaded(load, url) as posting, reader_of(address, url) as reader:
                for _ in range(rounds):
                    await some_more(load, posting)
                    admin = await connected(data_dir)  # on a full disk no session may begin
                    await begin_segments(admin, 1)  # room in the log, and none for tables
                    disk.fill()
                    await some_refused(load)
                    assert service.postmaster != 0, "it ended though its log had room"
                    assert (await reader.get(f"{address.base}/entries")).status_code == 200
                    await begin_segments(admin, 1_000)
                    admin.terminate()
                    await until(lambda: service.postmaster == 0)
                    await some_refused(load)
                    await check_that_it_lives(reader, address)
                    disk.make_room()
                await some_more(load, posting)
            await reckoned(load, address, data_dir, url)


def test_what_could_not_begin_on_a_full_disk_begins_when_there_is_room() -> None:
    with small_disk(MEBIBYTES) as disk:
        server = EmbeddedPostgres(disk.path / "data", durable_setup=False)
        with server:
            pass
        disk.fill()
        for _ in range(2):
            with pytest.raises(EmbeddedPostgresError, match=r"No space left|disk is full"):
                server.start()
        disk.make_room()
        with server:
            assert server.is_running


def reader_of(address: Address, url: str) -> httpx.AsyncClient:
    """A client with the key of the connected system."""
    headers = {"authorization": f"Bearer {address.secret}"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=20)


async def some_refused(load: HttpLoad) -> None:
    """Wait until some have been told to come back."""
    before = load.told[REFUSED]
    await until(lambda: load.told[REFUSED] > before + 5)


async def connected(data_dir: Path) -> asyncpg.Connection:
    """A connection to the server of the service."""
    server = EmbeddedPostgres(data_dir)
    assert server.join_running()
    return await asyncpg.connect(server.admin_url)


async def begin_segments(admin: asyncpg.Connection, count: int) -> None:
    """Begin so many segments of the log, or as many as there is room for."""
    try:
        for _ in range(count):
            await admin.execute(_NEW_SEGMENT)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        assert count > 1, "there was room"


async def check_that_it_lives(reader: httpx.AsyncClient, address: Address) -> None:
    """Without its database the service lives, and says to everything else when to come back."""
    assert (await reader.get("/health/live")).status_code == 200
    for path in ("/health/ready", f"{address.base}/entries"):
        answer = await reader.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, REFUSED)
        assert int(answer.headers["retry-after"]) > 0
