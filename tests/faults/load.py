"""Writers that post through lanes without a pause, and a reckoning afterwards."""

import asyncio
import random
from typing import Any

from ledger.books.command_kinds import ENTRY
from ledger.books.lanes import Lanes, OutcomeUnknown, ServiceBusy
from ledger.books.posting import EntryRequest, Line, Outcome
from tests.small_books import SmallBooks, entry

WRITERS = 24
BATCH = 200


class Load:
    """What was asked for, and what the askers were told."""

    def __init__(self, books: SmallBooks, lines: list[Line], draw: random.Random) -> None:
        self.books = books
        self.acknowledged: list[tuple[EntryRequest, Outcome]] = []
        #: May have been posted, and may not.
        self.unknown: list[EntryRequest] = []
        #: Was certainly not posted.
        self.turned_away: list[EntryRequest] = []
        self._lines = lines
        self._draw = draw
        self._stopping = False

    async def run(self, lanes: Lanes) -> None:
        """Post until told to stop."""
        await asyncio.gather(*(self._write(lanes) for _ in range(WRITERS)))

    def stop(self) -> None:
        """Let each writer finish what it has begun; from any thread."""
        self._stopping = True

    async def _write(self, lanes: Lanes) -> None:
        while not self._stopping:
            request = entry(*self._draw.sample(self._lines, self._draw.choice((1, 1, 2))))
            try:
                outcome = await lanes.submit(self.books.tenant_id, ENTRY, request)
            except OutcomeUnknown:
                self.unknown.append(request)
            except ServiceBusy:
                self.turned_away.append(request)
                await asyncio.sleep(0.05)
            else:
                self.acknowledged.append((request, outcome))

    async def reckon(self) -> dict[str, int]:
        """Send everything again with its key, and compare with what was told before."""
        again = await self._post([request for request, _ in self.acknowledged])
        for (request, first), second in zip(self.acknowledged, again, strict=True):
            assert second.replayed, f"lost: {request.entry_id} was acknowledged"
            assert facts(second) == facts(first)
        unknown = await self._post(self.unknown)
        away = await self._post(self.turned_away)
        assert not any(outcome.replayed for outcome in away), "posted, and said to be not posted"
        for outcomes, requests in ((unknown, self.unknown), (away, self.turned_away)):
            third = await self._post(requests)
            assert [facts(o) for o in third] == [facts(o) for o in outcomes]
        return {
            "acknowledged": len(again),
            "unknown": len(unknown),
            "of them posted": sum(outcome.replayed for outcome in unknown),
            "turned away": len(away),
        }

    async def _post(self, requests: list[EntryRequest]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for start in range(0, len(requests), BATCH):
            outcomes += await self.books.post(*requests[start : start + BATCH])
        return outcomes


def facts(outcome: Outcome) -> tuple[Any, ...]:
    """What an answer says, replayed or not."""
    return outcome.entry_id, outcome.refusal, outcome.posted_at, outcome.booked_on, outcome.detail


async def new_load(books: SmallBooks, draw: random.Random) -> Load:
    """Writers that issue, spend, overdraw now and then, and number vouchers."""
    lines = [
        await books.line("I", "V1", 3),
        await books.line("I", "V2", 3),
        await books.line("V1", "M1", 2),
        await books.line("V2", "M1", 2),
        await books.line("M1", "M2", 1),
        await books.line("M2", "M1", 1),
        await books.line("V3", "M1", 1),
        await books.line("I", "M1", 5, book_code="PG"),
    ]
    return Load(books, lines, draw)
