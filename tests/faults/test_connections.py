"""Who opens many connections and finishes no request keeps nobody out for long."""

import asyncio
import contextlib
import socket
from pathlib import Path

import httpx
import pytest

from ops import web_server
from tests.database_server import Database
from tests.faults.serving import PATIENCE_SECONDS, running_beside

ROOM, HALF_OPEN = 128, 240
HALF_A_HEAD = b"GET /health/live HTTP/1.1\r\nHost: books.test\r\nX-Half"


async def test_unfinished_and_silent_connections_beyond_the_room_end_and_others_are_served(
    database: Database, data_dir: Path
) -> None:
    """Half of them stop within the head, half say nothing at all."""
    settings = {"database_url": database.service_url, "worker": "separate", "connections": ROOM}
    async with running_beside(data_dir, **settings) as service:
        with contextlib.ExitStack() as stack:
            opened = []
            for number in range(HALF_OPEN):
                one = stack.enter_context(socket.create_connection(("127.0.0.1", service.port), 10))
                if number % 2:
                    one.sendall(HALF_A_HEAD)
                one.setblocking(False)
                opened.append(one)
            async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
                answer = await client.get(f"{service.url}/health/live")
            assert answer.status_code == 200
            async with asyncio.timeout(PATIENCE_SECONDS):
                loop = asyncio.get_running_loop()
                ends = await asyncio.gather(*(loop.sock_recv(one, 4096) for one in opened))
            assert set(ends) == {b""}, "the service ended each of them"


def test_the_room_is_what_was_asked_for_or_what_the_system_has_files_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    system = web_server.resource
    monkeypatch.setattr(system, "setrlimit", lambda _, bound: asked.append(bound))
    for has, wanted, room, raised in (
        ((1024, 524_288), 4096, 4096, [(4608, 524_288)]),
        ((1024, 4096), 4096, 3584, [(4096, 4096)]),
        ((65_536, 65_536), 4096, 4096, []),
        ((system.RLIM_INFINITY, system.RLIM_INFINITY), 4096, 4096, []),
    ):
        monkeypatch.setattr(system, "getrlimit", lambda _, has=has: has)
        assert web_server._room_for_connections(wanted) == room, has
        assert asked == raised, has
        asked.clear()
