"""A second service: an operating system process that posts when told to.

    with posting_process(database.service_url, task) as process:
        process.go()
        outcomes = process.result()

A task is posted over several connections at once. It says it is ready, waits for a line on its
standard input, posts, and prints what came of it.
"""

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.posting import EntryRequest, Outcome, post_batch
from ledger.database import create_engine


class Task(msgspec.Struct, frozen=True):
    """What a process posts: for each connection, batches to post one after another."""

    tenant_id: int
    connections: list[list[list[EntryRequest]]]


class Posted(msgspec.Struct, frozen=True):
    """What became of one connection's batches: outcomes, or the SQLSTATE of a failure."""

    outcomes: list[Outcome]
    failures: list[str]


class Process:
    """A started process."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child

    def go(self) -> None:
        """Let it post."""
        assert self._child.stdin is not None
        self._child.stdin.write(b"go\n")
        self._child.stdin.flush()

    def result(self) -> list[Posted]:
        """Wait until it is done; one element a connection."""
        output, _ = self._child.communicate(timeout=60)
        assert self._child.returncode == 0
        return msgspec.json.decode(output, type=list[Posted])

    def kill(self) -> None:
        """Stop it wherever it is."""
        self._child.kill()
        self._child.wait()


@contextmanager
def posting_process(service_url: str, task: Task) -> Iterator[Process]:
    """Start a process and wait until it is ready."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.posting_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps(service_url).encode() + b"\n")
        child.stdin.write(msgspec.json.encode(task) + b"\n")
        child.stdin.flush()
        assert child.stdout.readline() == b"ready\n"
        yield Process(child)
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()


async def post_at_once(
    engine: AsyncEngine, tenant_id: int, connections: Sequence[Sequence[Sequence[EntryRequest]]]
) -> list[Posted]:
    """Post each connection's batches in order, all connections at the same time.

    Nothing is tried again, so that a deadlock would show.
    """

    async def post(batches: Sequence[Sequence[EntryRequest]]) -> Posted:
        outcomes: list[Outcome] = []
        failures: list[str] = []
        for batch in batches:
            try:
                async with engine.begin() as conn:
                    outcomes += await post_batch(conn, tenant_id=tenant_id, requests=batch)
            except Exception as error:  # noqa: BLE001  # the test shows whatever it was
                failures.append(getattr(getattr(error, "orig", None), "sqlstate", repr(error)))
        return Posted(outcomes, failures)

    return list(await asyncio.gather(*(post(batches) for batches in connections)))


async def _main() -> Any:
    url = json.loads(sys.stdin.buffer.readline())
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    count = len(task.connections)
    engine = create_engine(url, pool_size=count, max_overflow=0)
    connections = [await engine.connect() for _ in range(count)]
    for connection in connections:
        await connection.close()
    sys.stdout.buffer.write(b"ready\n")
    sys.stdout.buffer.flush()
    sys.stdin.buffer.readline()
    posted = await post_at_once(engine, task.tenant_id, task.connections)
    await engine.dispose()
    sys.stdout.buffer.write(msgspec.json.encode(posted))


def shuffled(seed: int, items: Sequence[Any]) -> list[Any]:
    """The items in another order, the same for the same seed."""
    found = list(items)
    random.Random(seed).shuffle(found)
    return found


if __name__ == "__main__":
    asyncio.run(_main())
