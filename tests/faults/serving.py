"""`gongzhang serve` as a process of its own, and a programme in its books to post to."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from ledger.database import create_engine, fetch_value, read_transaction
from ops.embedded_postgres import EmbeddedPostgres
from ops.migrator import migrate
from tests.api.world import SECRET, World, create_world
from tests.benchmarks.service import free_port, is_ready
from tests.faults.process_tree import descendants

PATIENCE_SECONDS = 60

_BALANCE = """
SELECT a.credits_posted - a.debits_posted FROM books.account a
WHERE a.tenant_id = $1::int AND a.public_id = $2::uuid
"""


@dataclass(frozen=True)
class Address:
    """Where and as whom to post; entries move minutes from the first account to the second."""

    base: str
    secret: str
    debit: UUID
    credit: UUID
    tenant_id: int

    async def balance(self, service_url: str) -> int:
        """What the second account holds."""
        engine = create_engine(service_url, pool_size=1)
        try:
            async with read_transaction(engine, tenant_id=self.tenant_id) as conn:
                return int(await fetch_value(conn, _BALANCE, self.tenant_id, self.credit))
        finally:
            await engine.dispose()


async def address_in(world: World) -> Address:
    """A connected system that makes provisions."""
    return Address(
        world.base,
        await world.key("integration"),
        await world.account("PG", "5101"),
        await world.account("PG", "2501"),
        world.programme.tenant_id,
    )


async def prepare(server: EmbeddedPostgres) -> Address:
    """Migrate an empty server and make a programme with a key."""
    await migrate(server.admin_url, service_login="gongzhang_app")
    engine = create_engine(server.service_url, pool_size=1)
    try:
        return await address_in(await create_world(engine))
    finally:
        await engine.dispose()


@dataclass
class Service:
    """A running service."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pids(self) -> list[int]:
        """Every process of it, the parent first."""
        return [self.process.pid, *descendants(self.process.pid)]

    @property
    def postmaster(self) -> int:
        """The embedded server's first process; 0 while there is none."""
        return next((pid for pid in self.pids if name_of(pid) == "postgres"), 0)

    @property
    def own_children(self) -> list[int]:
        """Web processes and worker, without the database and Python's own tracker."""
        return [
            pid
            for pid in self.pids[1:]
            if name_of(pid) not in ("postgres", "") and "resource_tracker" not in command_of(pid)
        ]


@contextlib.contextmanager
def running_service(
    data_dir: Path,
    port: int,
    *,
    workers: int = 1,
    program: str = "ops.cli.main",
    **settings: Any,
) -> Iterator[Service]:
    """`gongzhang serve`, from ready to stopped; ``settings``: GONGZHANG_… in small letters."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("GONGZHANG_")
    } | {
        f"GONGZHANG_{name.upper()}": str(value)
        for name, value in {
            "data_dir": data_dir,
            "port": port,
            "log_level": "error",
            "secret_key": SECRET,
            "rate_limit_percent": 0,
            **settings,
        }.items()
    }
    process = subprocess.Popen(
        [sys.executable, "-m", program, "serve", "--workers", str(workers)],
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until(lambda: process.poll() is not None or is_ready(port))
        assert process.poll() is None, "the service ended before it was ready"
        yield Service(process, port)
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@contextlib.asynccontextmanager
async def running_beside(data_dir: Path, **settings: Any) -> AsyncIterator[Service]:
    """The same on a port of its own, while this event loop goes on."""
    with contextlib.ExitStack() as stack:
        service = running_service(data_dir, free_port(), **settings)
        yield await asyncio.to_thread(stack.enter_context, service)
        await asyncio.to_thread(stack.close)


def name_of(pid: int) -> str:
    """What the system calls a process; empty when it is gone, a zombie counts as gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    name, _, rest = fields.partition("(")[2].rpartition(")")
    return "" if rest.split()[0] == "Z" else name


def wait_until(condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)


def command_of(pid: int) -> str:
    """With what a process was started; empty when it is gone."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


async def until(condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is so, and let the event loop go on."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  a condition of other processes sets no event
            await asyncio.sleep(0.02)


def wait_until_gone(pids: list[int]) -> None:
    """Wait until every one of these processes has ended."""
    wait_until(lambda: not any(name_of(pid) for pid in pids))
