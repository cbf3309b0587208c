"""Requests as no library would send them, at the socket: an answer or an end, never a failure."""

import re
import socket
from collections.abc import Iterator

import pytest

from tests.api.live import live_service
from tests.api.world import SECRET
from tests.database_server import create_database, drop_database
from tests.waiting import wait_for

PATIENCE_SECONDS = 5
HOST = b"Host: books.test\r\n"
CLOSE = b"Connection: close\r\n\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"

#: What is sent, and the statuses that may come; None: the connection simply ends.
CASES: dict[str, tuple[bytes, set[int | None]]] = {
    "no host": (b"GET /health/live HTTP/1.1\r\n" + CLOSE, {400}),
    "no host before 1.1": (b"GET /health/live HTTP/1.0\r\n" + CLOSE, {200}),
    "two hosts": (
        b"GET /health/live HTTP/1.1\r\n" + HOST + b"Host: evil.test\r\n" + CLOSE, {400},
    ),
    "another host": (b"GET /sign-in HTTP/1.1\r\nHost: evil.test\r\n" + CLOSE, {200}),
    "host with a line end": (b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n" + CLOSE, {200, 303, 400}),
    "absolute form": (
        b"GET http://evil.test/health/live HTTP/1.1\r\n" + HOST + CLOSE, {200, 400, 404},
    ),
    "authority form": (b"CONNECT evil.test:443 HTTP/1.1\r\n" + HOST + CLOSE, {400, 404, 405, None}),
    "asterisk": (b"OPTIONS * HTTP/1.1\r\n" + HOST + CLOSE, {204, 400, 404, 405}),
    "no method": (b" / HTTP/1.1\r\n" + HOST + CLOSE, {400, None}),
    "odd method": (b"G@T / HTTP/1.1\r\n" + HOST + CLOSE, {400, None}),
    "version 0.9": (b"GET /\r\n\r\n", {400, None}),
    "version 3": (b"GET / HTTP/3.0\r\n" + HOST + CLOSE, {400, 505, None}),
    "line feeds alone": (b"GET /health/live HTTP/1.1\nHost: a\nConnection: close\n\n", {200, 400}),
    "NUL in the path": (b"GET /\x00 HTTP/1.1\r\n" + HOST + CLOSE, {400, 404, None}),
    "bytes in the path": (b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + CLOSE, {400, 404, None}),
    "broken escape": (b"GET /%zz%2 HTTP/1.1\r\n" + HOST + CLOSE, {400, 404}),
    "escaped slashes": (b"GET /static/..%2f..%2fapp.py HTTP/1.1\r\n" + HOST + CLOSE, {400, 404}),
    "a path of 60 kB": (
        b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\n" + HOST + CLOSE, {400, 404, 414, 431},
    ),
    "a header of a megabyte": (
        b"GET /health/live HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 1_000_000 + b"\r\n" + CLOSE,
        {400, 431, None},
    ),
    "10,000 headers": (
        b"GET /health/live HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 10_000 + CLOSE, {400, 431, None},
    ),
    "header without a colon": (b"GET / HTTP/1.1\r\n" + HOST + b"nonsense\r\n" + CLOSE, {400, None}),
    "space before the colon": (
        b"GET /health/live HTTP/1.1\r\n" + HOST + b"X : a\r\n" + CLOSE, {200, 400, None},
    ),
    "NUL in a header": (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n" + CLOSE, {400, None}),
    "two lengths": (
        b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM
        + b"Content-Length: 1\r\nContent-Length: 2\r\n" + CLOSE + b"ab",
        {400, None},
    ),
    "length and chunks": (
        b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM
        + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + CLOSE + b"0\r\n\r\n",
        {400, 403, 422, None},
    ),
    "negative length": (
        b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: -1\r\n" + CLOSE,
        {400, None},
    ),
    "length in words": (
        b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: ten\r\n" + CLOSE,
        {400, None},
    ),
    "a length of 400 digits": (
        b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: " + b"9" * 400 + b"\r\n"
        + CLOSE,
        {400, 413, None},
    ),
    "length of a terabyte": (
        b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 1099511627776\r\n" + CLOSE,
        {413},
    ),
    "unknown transfer coding": (
        b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: gzip\r\n" + CLOSE,
        {400, 501, None},
    ),
    "broken chunks": (
        b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: chunked\r\n" + CLOSE
        + b"zz\r\nabc\r\n0\r\n\r\n",
        {400, 422, None},
    ),
    "a chunk of 2^64": (
        b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: chunked\r\n" + CLOSE
        + b"ffffffffffffffff1\r\nabc\r\n",
        {400, 413, None},
    ),
    "expecting something odd": (
        b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Expect: 200-maybe\r\nContent-Length: 0\r\n"
        + CLOSE,
        {400, 417, 422},
    ),
    "an upgrade": (
        b"GET /health/live HTTP/1.1\r\n" + HOST
        + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        {200, 400, 404, 426, None},
    ),
    "TLS on the plain port": (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64, {400, None},
    ),
    "HTTP/2 at once": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505, None}),
    "noise": (bytes(range(256)) * 16, {400, None}),
}  # fmt: skip


@pytest.fixture(scope="module")
def address(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """A running service; these requests leave nothing behind, so one serves them all."""
    server = request.getfixturevalue("database_server")
    database = wait_for(create_database(server))
    try:
        with live_service(database.service_url, SECRET) as url:
            host, port = url.removeprefix("http://").split(":")
            yield host, int(port)
    finally:
        wait_for(drop_database(server, database))


def exchange(address: tuple[str, int], sent: bytes) -> bytes:
    """Everything that comes back until the connection ends or nothing comes any more."""
    received = b""
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as connection:
        try:
            connection.sendall(sent)
            while part := connection.recv(65_536):
                received += part
        except (ConnectionError, TimeoutError):
            return received
    return received


def statuses(received: bytes) -> list[int]:
    return [int(code) for code in re.findall(rb"HTTP/1\.[01] ([0-9]{3})", received)]


@pytest.mark.parametrize("name", CASES)
def test_an_odd_request_gets_one_answer_or_an_end(address: tuple[str, int], name: str) -> None:
    sent, allowed = CASES[name]
    received = exchange(address, sent)
    found = statuses(received)
    assert len(found) <= 1, f"two answers to one request: {received[:500]!r}"
    assert (found[0] if found else None) in allowed, received[:500]
    assert b"Traceback" not in received
    assert b"evil.test" not in received
