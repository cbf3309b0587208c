"""Between two programs: a wire that is cut, falls silent, delays or crumbles.

Between the service and PostgreSQL, or between a client and the service.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum, auto
from urllib.parse import parse_qs, urlsplit, urlunsplit

_CHUNK = 65_536

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Cut(Enum):
    """Where the wire is cut when the program sends something."""

    REQUEST = auto()  # before the server hears of it
    ANSWER = auto()  # when the server has answered
    BOTH = auto()  # while the server is at work
    SILENCE = auto()  # nothing comes back, nothing is closed
    TORN_REQUEST = auto()  # somewhere within what the program sends
    TORN_ANSWER = auto()  # somewhere within what the server answers


class Proxy:
    """One listening wire. `decide` is asked about each piece the program sends."""

    def __init__(self, server_url: str, draw: random.Random | None = None) -> None:
        self.draw = draw or random.Random()
        self._server_url = server_url
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.decide: Callable[[bytes], Cut | None] = lambda _piece: None
        self.delay_seconds = 0.0
        self.piece_bytes = _CHUNK
        self.cuts = 0

    @property
    def url(self) -> str:
        """The server's address, by way of this wire."""
        assert self._listener is not None
        port = self._listener.sockets[0].getsockname()[1]
        parts = urlsplit(self._server_url)
        login = "".join(parts.netloc.rpartition("@")[:2])
        return urlunsplit(parts._replace(netloc=f"{login}127.0.0.1:{port}", query=""))

    def cut_once(self, cut: Cut, when: bytes = b"") -> None:
        """Cut at the next piece that contains `when`, then carry on as before."""

        def decide(piece: bytes) -> Cut | None:
            if when not in piece:
                return None
            self.decide = lambda _piece: None
            return cut

        self.decide = decide

    async def start(self) -> None:
        """Listen."""
        self._listener = await asyncio.start_server(self._carry, "127.0.0.1", 0)

    async def hang_up(self) -> None:
        """Close every connection; new ones are taken."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def stop(self) -> None:
        """Close everything."""
        assert self._listener is not None
        self._listener.close()
        for _ in range(5):  # what was accepted just now begins, and can be closed
            await asyncio.sleep(0)
        await self.hang_up()
        await self._listener.wait_closed()

    async def _connect(self) -> Streams:
        parts = urlsplit(self._server_url)
        directory = parse_qs(parts.query).get("host")
        port = parts.port or 5432
        if directory:
            return await asyncio.open_unix_connection(f"{directory[0]}/.s.PGSQL.{port}")
        return await asyncio.open_connection(parts.hostname, port)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            # cancelled: hung up; no connection: the server is away
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await _Wire(self, (reader, writer), await self._connect()).run()
        finally:
            writer.transport.abort()
            self._tasks.discard(task)


class _Wire:
    """One connection of the program, with the server's end of it."""

    def __init__(self, proxy: Proxy, program: Streams, server: Streams) -> None:
        self._proxy = proxy
        self._program = program
        self._server = server
        self._cut: Cut | None = None

    async def run(self) -> None:
        """Carry both directions until one end closes or the wire is cut."""
        ways = [asyncio.create_task(self._forth()), asyncio.create_task(self._back())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for _, writer in (self._program, self._server):
                writer.transport.abort()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _forth(self) -> None:
        reader, writer = self._program[0], self._server[1]
        with contextlib.suppress(OSError):
            while piece := await reader.read(_CHUNK):
                if self._cut is None:
                    self._cut = self._proxy.decide(piece)
                    self._proxy.cuts += self._cut is not None
                if self._cut is Cut.REQUEST:
                    return
                if self._cut is Cut.TORN_REQUEST:
                    await self._send(writer, self._torn(piece))
                    return
                await self._send(writer, piece)
                if self._cut is Cut.BOTH:
                    return

    async def _back(self) -> None:
        reader, writer = self._server[0], self._program[1]
        with contextlib.suppress(OSError):
            while piece := await reader.read(_CHUNK):
                if self._cut is Cut.ANSWER:
                    return
                if self._cut is Cut.TORN_ANSWER:
                    await self._send(writer, self._torn(piece))
                    return
                if self._cut is not Cut.SILENCE:
                    await self._send(writer, piece)

    def _torn(self, piece: bytes) -> bytes:
        return piece[: self._proxy.draw.randrange(len(piece))]

    async def _send(self, writer: asyncio.StreamWriter, piece: bytes) -> None:
        if self._proxy.delay_seconds:
            await asyncio.sleep(self._proxy.delay_seconds)
        step = self._proxy.piece_bytes
        for start in range(0, len(piece), step):
            writer.write(piece[start : start + step])
            await writer.drain()
            if step < _CHUNK:
                await asyncio.sleep(0)


@asynccontextmanager
async def running_proxy(server_url: str, draw: random.Random | None = None) -> AsyncIterator[Proxy]:
    """A proxy in front of a server."""
    proxy = Proxy(server_url, draw)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
