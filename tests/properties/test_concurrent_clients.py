"""What several clients do at once equals what they would have done one after another.

Every batch is stamped under its locks. In the order of these stamps, and within a batch in its own
order, the model in memory must decide every command as the engine did, and end with the same books.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.holds import HoldRequest, HoldResolution, place_holds, refund_holds, resolve_holds
from ledger.books.posting import Command, EntryRequest, Line, Outcome, post_batch
from ledger.books.reversals import reverse_batch
from ledger.clock import now, today
from ledger.database import create_engine, fetch_all, read_transaction
from tests.database_server import Database
from tests.model import CAPTURED, ENTRY, HOLD, RESOLVED_AS, Entry, Model, ModelHold
from tests.properties.commands import OWNERS, UNTIL, Commands
from tests.properties.test_engine_against_model import model_state, read_state
from tests.small_books import FIRST_PERIOD, SmallBooks, create_small_books, entry

CLIENTS, BATCHES, ROUNDS = 8, 25, 5

_STAMPS = """
SELECT c.key, coalesce(e.posted_at, f.refused_at) AS decided_at
FROM books.command c
LEFT JOIN books.entry e ON e.tenant_id = $1 AND e.entry_id = c.entry_id
LEFT JOIN books.command_refusal f
    ON f.tenant_id = $1 AND f.caller_id = c.caller_id AND f.key = c.key
WHERE c.tenant_id = $1
"""


class Client:
    """Sends random batches, with some commands that other clients have sent already."""

    def __init__(self, commands: Commands, view: Model, draw: random.Random) -> None:
        self.answers: list[tuple[Command, Outcome]] = []
        self._commands = commands
        #: What any client was told of: the holds and entries that commands may refer to.
        self._view = view
        self._draw = draw

    async def work(self, books: SmallBooks, sent: dict[Any, list[Command]]) -> None:
        """Post batch after batch; ``sent`` is shared by all clients."""
        for _ in range(BATCHES):
            function, requests = self._next()
            if function in (post_batch, place_holds):
                known = sent[function]
                requests += self._draw.sample(known, min(len(known), self._draw.choice((0, 2))))
                known += requests
            outcomes = await books.run(function, requests)
            self.answers += zip(requests, outcomes, strict=True)
            for request, outcome in zip(requests, outcomes, strict=True):
                if outcome.refusal is None and not outcome.replayed:
                    self._learn(request)

    def _next(self) -> tuple[Any, list[Any]]:
        commands, draw = self._commands, self._draw
        commands.draw = draw
        wish = draw.choices((0, 1, 2, 3, 4), weights=(6, 5, 5, 3, 3))[0]
        if wish == 1:
            return place_holds, [commands.new_hold() for _ in range(3)]
        if wish == 2:
            return resolve_holds, [commands.new_resolution(x) for x in commands.some_holds(HOLD)]
        if wish == 3:
            return refund_holds, [commands.new_refund(x) for x in commands.some_holds(CAPTURED)]
        if wish == 4:
            return reverse_batch, [commands.new_reversal(x) for x in commands.some_entries()]
        return post_batch, [commands.new_entry() for _ in range(draw.randint(1, 5))]

    def _learn(self, request: Command) -> None:
        match request:
            case EntryRequest():
                self._view.entries[request.entry_id] = Entry(ENTRY, today(), [])
            case HoldRequest():
                self._view.entries[request.entry_id] = Entry(HOLD, today(), [])
                self._view.holds[request.entry_id] = ModelHold(request, [])
            case HoldResolution():
                self._view.holds[request.hold_id].kind = RESOLVED_AS[request.action]


async def test_clients_at_once_give_the_books_of_a_serial_order(
    database: Database, seed: int
) -> None:
    wide = create_engine(database.service_url, pool_size=CLIENTS)
    told: set[str | None] = set()
    for number in range(ROUNDS):
        told |= await one_round(wide, random.Random(f"{seed}/{number}"))
    await wide.dispose()
    assert len(told) > 15, told


async def one_round(engine: AsyncEngine, draw: random.Random) -> set[str | None]:
    """Clients work at once on one tenant; the model then repeats them one after another."""
    books = await create_small_books(engine)
    model, view = Model(FIRST_PERIOD), Model(FIRST_PERIOD)
    commands = Commands(books, view, draw)
    for account in await commands.open():
        model.add(account)
    lines = [
        Line(commands.ids["I"], commands.ids[name], 200, until)
        for name in OWNERS
        for until in UNTIL
    ]
    first = entry(*lines, occurred_at=now() - timedelta(days=30))
    answers = [(first, outcome) for outcome in await books.post(first)]
    clients = [Client(commands, view, random.Random(draw.random())) for _ in range(CLIENTS)]
    sent: dict[Any, list[Command]] = defaultdict(list)
    await asyncio.gather(*(client.work(books, sent) for client in clients))
    answers += [answer for client in clients for answer in client.answers]
    decided = first_answers(answers)
    stamps = await read_stamps(books)
    assert set(stamps) == set(decided)
    # sorted() is stable, and a client's answers stand in the order of its batches
    for key in sorted(decided, key=lambda key: stamps[key]):
        request, outcome = decided[key]
        assert (outcome.refusal, False) == model.answer(request), request
    assert await read_state(books) == model_state(model)
    return {outcome.refusal for _, outcome in decided.values()}


def first_answers(
    answers: Sequence[tuple[Command, Outcome]],
) -> dict[UUID, tuple[Command, Outcome]]:
    """The one decision of each key; every other answer must repeat it."""
    decided: dict[UUID, tuple[Command, Outcome]] = {}
    for request, outcome in answers:
        if not outcome.replayed:
            assert request.key not in decided, "a key was decided twice"
            decided[request.key] = request, outcome
    for request, outcome in answers:
        _, first = decided[request.key]
        assert (outcome.refusal, outcome.entry_id, outcome.posted_at) == (
            first.refusal,
            first.entry_id,
            first.posted_at,
        )
    return decided


async def read_stamps(books: SmallBooks) -> dict[UUID, Any]:
    """When each key was decided, under the locks of its batch."""
    async with read_transaction(books.engine, tenant_id=books.tenant_id) as conn:
        rows = await fetch_all(conn, _STAMPS, books.tenant_id)
    return {row.key: row.decided_at for row in rows}
