"""kill -9 of the service while entries are posted over HTTP: every 201 is there after the restart.

The service is `gongzhang serve` on its embedded database, which goes down with it.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from ledger.database import create_engine
from ops.embedded_postgres import EmbeddedPostgres
from ops.migrator import migrate
from tests.api.world import create_world, entry
from tests.benchmarks.service import free_port, is_ready
from tests.faults.process_tree import descendants
from tests.faults.test_killed_database import KILLS
from tests.proofs import failed_proofs
from tests.waiting import wait_for

CLIENTS = 8
PATIENCE_SECONDS = 60


@dataclass
class Address:
    """Where and as whom to post."""

    base: str
    secret: str
    debit: UUID
    credit: UUID


@dataclass
class Told:
    """What clients sent, and what they were told."""

    posted: dict[str, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    unanswered: dict[str, dict[str, Any]] = field(default_factory=dict)


@pytest.mark.parametrize("kills", [1, pytest.param(KILLS, marks=pytest.mark.slow)])
def test_every_201_is_there_after_the_kill_of_the_service(
    data_dir: Path, seed: int, kills: int
) -> None:
    draw = random.Random(seed)
    address, told, port = prepare(data_dir), Told(), free_port()
    for _ in range(kills):
        with running_service(data_dir, port) as service:
            clients = [
                threading.Thread(target=post_until_it_dies, args=(port, address, told))
                for _ in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            wait_until(partial(has_told, told, len(told.posted) + 50))
            time.sleep(draw.random() / 5)
            kill(service.pid, with_database=draw.random() < 0.5)
            for client in clients:
                client.join(PATIENCE_SECONDS)
    assert told.unanswered
    with running_service(data_dir, port), client_of(port, address) as client:
        for key, (body, first) in told.posted.items():
            again = post(client, address, key, body)
            assert again.status_code == 201
            assert again.json() == {**first, "replayed": True}
        for key, body in told.unanswered.items():
            assert post(client, address, key, body).status_code == 201
            assert post(client, address, key, body).json()["replayed"]
    expected = sum(
        body["transfers"][0]["amount"]
        for body in (*(body for body, _ in told.posted.values()), *told.unanswered.values())
    )
    with EmbeddedPostgres(data_dir, durable_setup=False) as server:
        assert wait_for(failed_proofs(server.admin_url)) == []
        assert wait_for(balance(server.service_url)) == expected


def kill(service_pid: int, *, with_database: bool) -> None:
    """The service and its web processes at once; its database follows, or is killed as well."""
    for pid in (service_pid, *descendants(service_pid)):
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            if with_database or Path(f"/proc/{pid}/comm").read_text().strip() != "postgres":
                os.kill(pid, signal.SIGKILL)


def prepare(data_dir: Path) -> Address:
    """A migrated database with a programme and an API key, as the service will find it."""

    async def build(server: EmbeddedPostgres) -> Address:
        await migrate(server.admin_url, service_login="gongzhang_app")
        engine = create_engine(server.service_url, pool_size=1)
        world = await create_world(engine)
        address = Address(
            f"{world.base}/entries",
            await world.key("integration"),
            await world.account("TB", "5103"),
            await world.account("TB", "2201"),
        )
        await engine.dispose()
        return address

    with EmbeddedPostgres(data_dir, durable_setup=False) as server:
        return wait_for(build(server))


async def balance(service_url: str) -> int:
    """What the programme's pool holds."""
    engine = create_engine(service_url, role=None, pool_size=1)
    try:
        async with engine.connect() as conn:
            await conn.exec_driver_sql("SELECT set_config('gongzhang.tenant_id', '3', true)")
            found = await conn.exec_driver_sql(
                "SELECT credits_posted - debits_posted FROM books.account"
                " WHERE book_code = 'TB' AND account_code = '2201'"
            )
            return int(found.scalar_one())
    finally:
        await engine.dispose()


@contextlib.contextmanager
def running_service(data_dir: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`gongzhang serve`, from ready to stopped."""
    environment = {
        **os.environ,
        "GONGZHANG_DATA_DIR": str(data_dir),
        "GONGZHANG_PORT": str(port),
        "GONGZHANG_LOG_LEVEL": "error",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "ops.cli.main", "serve"],
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until(lambda: process.poll() is not None or is_ready(port))
        assert process.poll() is None, "the service ended before it was ready"
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def client_of(port: int, address: Address) -> httpx.Client:
    """A client with the key of a connected system."""
    headers = {"authorization": f"Bearer {address.secret}"}
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=20)


def post(client: httpx.Client, address: Address, key: str, body: dict[str, Any]) -> httpx.Response:
    """Post one entry under a key."""
    return client.post(address.base, json=body, headers={"idempotency-key": key})


def post_until_it_dies(port: int, address: Address, told: Told) -> None:
    """Post one entry after another; the last one gets no answer."""
    with client_of(port, address) as client:
        while True:
            key = str(uuid4())
            body = entry(address.debit, address.credit, 1 + len(told.posted) % 7)
            try:
                answer = post(client, address, key, body)
            except httpx.HTTPError:
                told.unanswered[key] = body
                return
            assert answer.status_code == 201, answer.text
            told.posted[key] = body, answer.json()


def has_told(told: Told, count: int) -> bool:
    """So many have been posted."""
    return len(told.posted) >= count


def wait_until(condition: Any) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)
