"""A load generator in a process of its own: keep-alive connections, one request each at a time.

    python -m tests.benchmarks.http_load PLAN.json

Prints one JSON object: requests answered, by status, latencies, and a sample of answers. Requests
in flight at the end are waited for, so what it counts as posted is exactly what was acknowledged.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import uvloop

from ledger.identifiers import uuid7

SAMPLE = 20


class _Client(asyncio.Protocol):
    """One connection: sends the next request when the answer to the last is complete."""

    def __init__(self, load: "_Load") -> None:
        self._load = load
        self._transport: Any = None
        self._buffer = b""
        self._sent_at = 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        if time.perf_counter() >= self._load.ends_at:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._load.request())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        start = head.index(b"content-length:") + 15
        end = head.find(b"\r\n", start)
        length = int(head[start : end if end > 0 else None])
        if len(self._buffer) < head_end + 4 + length:
            return
        body = self._buffer[head_end + 4 :]
        self._buffer = b""
        self._load.answered(int(head[9:12]), time.perf_counter() - self._sent_at, body)
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None:
            self._load.broken += 1
        self.done.set_result(None)


class _Load:
    def __init__(self, plan: dict[str, Any]) -> None:
        self._accounts = plan["accounts"]
        self._hot = plan.get("hot")
        self._entries = plan.get("entries", 1)
        self._moment = plan["occurred_at"]
        self._head = (
            f"POST {plan['path']} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            f"authorization: Bearer {plan['api_key']}\r\ncontent-type: application/json\r\n"
        )
        self.ends_at = 0.0
        self.statuses: dict[int, int] = {}
        self.latencies: list[float] = []
        self.sample: list[str] = []
        self.broken = 0
        self.posted = 0

    def request(self) -> bytes:
        body = (
            self._entry()
            if self._entries == 1
            else '{"entries":[' + ",".join(self._entry() for _ in range(self._entries)) + "]}"
        )
        return (
            f"{self._head}idempotency-key: {uuid7()}\r\ncontent-length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def _entry(self) -> str:
        debit = random.choice(self._accounts)
        credit = self._hot or debit
        while credit == debit:
            credit = random.choice(self._accounts)
        return (
            f'{{"event_code":"TB08","occurred_at":"{self._moment}","transfers":[{{'
            f'"debit_account":"{debit}","credit_account":"{credit}","amount":1}}]}}'
        )

    def answered(self, status: int, seconds: float, body: bytes) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.latencies.append(seconds)
        if status == 201:
            self.posted += 1
        elif status == 200:
            self.posted += json.loads(body)["posted"]
        if len(self.sample) < SAMPLE or status >= 400:
            self.sample = [*self.sample[-SAMPLE:], body[:300].decode(errors="replace")]

    async def run(self, plan: dict[str, Any]) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        self.ends_at = began + plan["seconds"]
        clients = [
            (await loop.create_connection(lambda: _Client(self), "127.0.0.1", plan["port"]))[1]
            for _ in range(plan["connections"])
        ]
        await asyncio.gather(*(client.done for client in clients))
        seconds = time.perf_counter() - began
        self.latencies.sort()
        return {
            "seconds": seconds,
            "posted": self.posted,
            "statuses": self.statuses,
            "broken": self.broken,
            "p50_ms": 1000 * self._quantile(0.5),
            "p99_ms": 1000 * self._quantile(0.99),
            "sample": self.sample,
        }

    def _quantile(self, share: float) -> float:
        return self.latencies[min(int(len(self.latencies) * share), len(self.latencies) - 1)]


def main() -> None:
    """Run the plan in the file named on the command line."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps(uvloop.run(_Load(plan).run(plan))))


if __name__ == "__main__":
    main()
