"""Connected systems that post over HTTP without a pause, and a reckoning afterwards."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.api.world import entry
from tests.faults.serving import Address

CLIENTS = 8
BATCH = 5
#: Of a request whose body did not come, and of a service that cannot at the moment.
PASSING = (408, 503)
#: Certainly not posted; every other refusal that passes leaves it open.
TURNED_AWAY = ("service_busy", "body_too_slow")


@dataclass(frozen=True)
class Sent:
    """One request: a single entry or a batch of them."""

    key: str
    path: str
    body: dict[str, Any]

    @property
    def minutes(self) -> int:
        """What it adds to the pool when it is posted."""
        entries = self.body.get("entries", [self.body])
        return sum(item["transfers"][0]["amount"] for item in entries)


class HttpLoad:
    """What was asked for, and what the askers were told."""

    def __init__(self, address: Address, draw: random.Random, *, patience: float = 20) -> None:
        self.acknowledged: list[tuple[Sent, Any]] = []
        #: May have been posted, and may not.
        self.unsure: list[Sent] = []
        #: Was certainly not posted.
        self.turned_away: list[Sent] = []
        self.told: Counter[str] = Counter()
        self.address = address
        self._draw = draw
        self._patience = patience
        self._stopping = False

    async def run(self, url: str) -> None:
        """Post until told to stop."""
        self._stopping = False
        async with self.client(url) as client:
            await asyncio.gather(*(self._post(client) for _ in range(CLIENTS)))

    def stop(self) -> None:
        """Let each client finish what it has begun."""
        self._stopping = True

    def client(self, url: str) -> httpx.AsyncClient:
        """A client with the key of the connected system."""
        headers = {"authorization": f"Bearer {self.address.secret}"}
        return httpx.AsyncClient(base_url=url, headers=headers, timeout=self._patience)

    def _new(self) -> Sent:
        bodies = [
            entry(self.address.debit, self.address.credit, self._draw.randint(1, 7))
            for _ in range(BATCH)
        ]
        key = str(uuid4())
        if self._draw.random() < 0.1:
            return Sent(key, f"{self.address.base}/entries/batch", {"entries": bodies})
        return Sent(key, f"{self.address.base}/entries", bodies[0])

    async def _post(self, client: httpx.AsyncClient) -> None:
        """One client: new requests, and now and then one that was acknowledged before."""
        while not self._stopping:
            if self.acknowledged and self._draw.random() < 0.1:
                await self._repeat(client, *self._draw.choice(self.acknowledged))
                continue
            sent = self._new()
            try:
                answer = await _send(client, sent)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                self.told["no connection"] += 1
            except httpx.TransportError:
                self.told["no answer"] += 1
                self.unsure.append(sent)
            else:
                self._note(sent, answer)
                if answer.is_success:
                    continue
            await asyncio.sleep(0.05)

    def _note(self, sent: Sent, answer: httpx.Response) -> None:
        if answer.is_success:
            # it may say "replayed" at once: the service itself has tried again
            self.acknowledged.append((sent, facts(answer.json())))
            return
        assert answer.status_code in PASSING, answer.text
        code = answer.json()["code"]
        assert answer.status_code == 408 or int(answer.headers["retry-after"]) > 0, code
        self.told[code] += 1
        (self.turned_away if code in TURNED_AWAY else self.unsure).append(sent)

    async def _repeat(self, client: httpx.AsyncClient, sent: Sent, first: Any) -> None:
        """What was acknowledged once is never answered otherwise, also amid the fault."""
        try:
            answer = await _send(client, sent)
        except httpx.TransportError:
            await asyncio.sleep(0.05)
            return
        if answer.is_success:
            found = answer.json()
            assert was_replayed(found), f"lost: {sent.key}"
            assert facts(found) == first
        else:
            assert answer.status_code in PASSING, answer.text

    async def reckon(self, url: str) -> dict[str, int]:
        """Send everything again with its key, and compare with what was told before."""
        async with self.client(url) as client:
            for found, (sent, first) in zip(
                await _send_all(client, [sent for sent, _ in self.acknowledged]),
                self.acknowledged,
                strict=True,
            ):
                assert was_replayed(found), f"lost: {sent.key} was acknowledged"
                assert facts(found) == first
            unsure = await _send_all(client, self.unsure)
            away = await _send_all(client, self.turned_away)
            assert not any(was_replayed(found) for found in away), "posted, and said to be not"
            for before, sent in ((unsure, self.unsure), (away, self.turned_away)):
                again = await _send_all(client, sent)
                assert [facts(found) for found in again] == [facts(found) for found in before]
        return {
            "acknowledged": len(self.acknowledged),
            "unsure": len(unsure),
            "of them posted": sum(was_replayed(found) for found in unsure),
            "turned away": len(away),
            **self.told,
        }

    @property
    def minutes(self) -> int:
        """What the pool holds after the reckoning, when each was posted once."""
        sent = [*(sent for sent, _ in self.acknowledged), *self.unsure, *self.turned_away]
        return sum(one.minutes for one in sent)

    def has_acknowledged(self, more: int) -> Any:
        """A condition: so many more than now have been acknowledged."""
        target = len(self.acknowledged) + more
        return lambda: len(self.acknowledged) >= target


async def _send(client: httpx.AsyncClient, sent: Sent) -> httpx.Response:
    return await client.post(sent.path, json=sent.body, headers={"idempotency-key": sent.key})


async def _send_all(client: httpx.AsyncClient, all_sent: list[Sent]) -> list[Any]:
    """The answers of an undisturbed service, in order."""
    free = asyncio.Semaphore(CLIENTS)

    async def send(sent: Sent) -> Any:
        async with free:
            answer = await _send(client, sent)
        assert answer.is_success, answer.text
        return answer.json()

    return list(await asyncio.gather(*(send(sent) for sent in all_sent)))


def was_replayed(answer: Any) -> bool:
    """Whether the service knew the key; of a batch, whether it knew all of it."""
    return all(item["replayed"] for item in answer.get("results", [answer]))


def facts(answer: Any) -> Any:
    """What an answer says, replayed or not."""
    return [
        {name: value for name, value in item.items() if name != "replayed"}
        for item in answer.get("results", [answer])
    ]
