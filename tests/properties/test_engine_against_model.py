"""The engine decides every command as the model in memory does, in whatever order they come."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.accounts import AccountStatus
from ledger.books.holds import place_holds, refund_holds, resolve_holds
from ledger.books.periods import EarlierPeriodOpen, PeriodAlreadyClosed, close_period
from ledger.books.posting import Command, Line, Outcome, post_batch
from ledger.books.proofs import run_proofs
from ledger.books.refusals import AccountNotEmpty
from ledger.books.reversals import reverse_batch
from ledger.clock import now
from ledger.database import create_engine, fetch_all, read_transaction
from tests.database_server import Database
from tests.model import CAPTURED, HOLD, Model
from tests.properties.commands import MINUTES, OWNERS, TARGETS, UNTIL, Commands
from tests.small_books import CALLER, FIRST_PERIOD, SmallBooks, create_small_books, entry

MONTHS = (date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1))
EXAMPLES, STEPS = 80, 30
WALKS, WALK_STEPS = 8, 200
STATUSES = st.sampled_from((AccountStatus.OPEN, *AccountStatus))
SEEDS = st.integers(0, 2**32 - 1)

_STATE = """
SELECT a.account_id, a.debits_posted, a.credits_posted, a.version,
    ARRAY(SELECT b.expires_on FROM books.expiry_bucket b WHERE b.tenant_id = $1
        AND b.account_id = a.account_id AND b.balance > 0 ORDER BY b.expires_on) AS dates,
    ARRAY(SELECT b.balance FROM books.expiry_bucket b WHERE b.tenant_id = $1
        AND b.account_id = a.account_id AND b.balance > 0 ORDER BY b.expires_on) AS balances
FROM books.account a
WHERE a.tenant_id = $1
"""


async def read_state(books: SmallBooks) -> dict[int, Any]:
    """Totals, version and buckets of every account."""
    async with read_transaction(books.engine, tenant_id=books.tenant_id) as conn:
        rows = await fetch_all(conn, _STATE, books.tenant_id)
    return {
        row.account_id: (
            row.debits_posted,
            row.credits_posted,
            row.version,
            dict(zip(row.dates, row.balances, strict=True)),
        )
        for row in rows
    }


def model_state(model: Model) -> dict[int, Any]:
    """The same of the model."""
    return {
        account_id: (
            account.debits,
            account.credits,
            account.version,
            {day: amount for day, amount in account.buckets.items() if amount},
        )
        for account_id, account in model.accounts.items()
    }


async def failed_proofs(books: SmallBooks) -> list[Any]:
    """What the proofs say about one tenant."""
    async with read_transaction(books.engine) as conn:
        results = await run_proofs(conn, tenant_id=books.tenant_id)
    return [result for result in results if not result.holds]


class LedgerMachine(RuleBasedStateMachine):
    """One tenant, real and modelled. Batches are drawn from a seed that hypothesis shrinks."""

    def __init__(self, runner: asyncio.Runner, engine: AsyncEngine) -> None:
        super().__init__()
        self.runner = runner
        self.books = self.wait(create_small_books(engine))
        self.model = Model(FIRST_PERIOD)
        self.commands = Commands(self.books, self.model, random.Random(0))
        for account in self.wait(self.commands.open()):
            self.model.add(account)
        self.sent: dict[Any, list[Command]] = {}
        self.steps = 0

    def seeded(self, seed: int) -> random.Random:
        """Chance for one step; the same number at another step is another chance."""
        self.steps += 1
        self.commands.draw = random.Random(f"{seed}/{self.steps}")
        return self.commands.draw

    def wait(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    def send(self, function: Any, requests: Sequence[Command]) -> None:
        """Post for real and in the model; both must say the same."""
        expected = [self.model.answer(request) for request in requests]
        outcomes: list[Outcome] = self.wait(self.books.run(function, requests))
        assert [(o.refusal, o.replayed) for o in outcomes] == expected, requests
        self.sent.setdefault(function, []).extend(requests)

    def again(self, function: Any) -> list[Command]:
        """A few commands of earlier batches, some with another content under their key."""
        known = self.sent.get(function, [])
        chosen = self.commands.draw.sample(known, min(len(known), 2))
        return [
            self.commands.changed(command) if self.commands.odds(3) else command
            for command in chosen
        ]

    @initialize()
    def fund(self) -> None:
        """A little of everything, so that the first steps meet something."""
        ids = self.commands.ids
        lines = [Line(ids["I"], ids[name], 100, until) for name in OWNERS for until in UNTIL]
        self.send(post_batch, [entry(*lines, occurred_at=now() - timedelta(days=30))])

    @rule(seed=SEEDS)
    def post_entries(self, seed: int) -> None:
        draw = self.seeded(seed)
        requests = [self.commands.new_entry() for _ in range(draw.randint(1, 6))]
        requests += draw.sample(requests, draw.choice((0, 0, 1)))
        self.send(post_batch, [*requests, *self.again(post_batch)])

    @rule(seed=SEEDS)
    def place(self, seed: int) -> None:
        draw = self.seeded(seed)
        requests = [self.commands.new_hold() for _ in range(draw.randint(1, 4))]
        self.send(place_holds, [*requests, *self.again(place_holds)])

    @precondition(lambda self: self.model.holds)
    @rule(seed=SEEDS)
    def resolve(self, seed: int) -> None:
        self.seeded(seed)
        holds = self.commands.some_holds(HOLD)
        self.send(resolve_holds, [self.commands.new_resolution(hold_id) for hold_id in holds])

    @precondition(lambda self: resolve_holds in self.sent)
    @rule(seed=SEEDS)
    def resolve_again(self, seed: int) -> None:
        self.seeded(seed)
        if again := self.again(resolve_holds):
            self.send(resolve_holds, again[:1])

    @precondition(lambda self: any(hold.captured for hold in self.model.holds.values()))
    @rule(seed=SEEDS)
    def give_back(self, seed: int) -> None:
        self.seeded(seed)
        holds = self.commands.some_holds(CAPTURED)
        self.send(refund_holds, [self.commands.new_refund(hold_id) for hold_id in holds])

    @precondition(lambda self: refund_holds in self.sent)
    @rule(seed=SEEDS)
    def give_back_again(self, seed: int) -> None:
        self.seeded(seed)
        if again := self.again(refund_holds):
            self.send(refund_holds, again[:1])

    @rule(seed=SEEDS)
    def reverse(self, seed: int) -> None:
        self.seeded(seed)
        entries = self.commands.some_entries()
        self.send(reverse_batch, [self.commands.new_reversal(entry_id) for entry_id in entries])

    @rule(name=st.sampled_from((*OWNERS, *TARGETS)), status=STATUSES)
    def set_status(self, name: str, status: AccountStatus) -> None:
        account_id = self.commands.ids[name]
        closable = self.model.can_close(account_id)
        if status == AccountStatus.CLOSED and not closable:
            with pytest.raises(AccountNotEmpty):
                self.wait(self.books.set_status(name, status))
            return
        self.wait(self.books.set_status(name, status))
        self.model.accounts[account_id].status = status

    @rule(month=st.sampled_from(MONTHS), book_code=st.sampled_from(("TB", "PG")))
    def close_month(self, month: date, book_code: str) -> None:
        before = [(book_code, earlier) for earlier in MONTHS if earlier < month]
        closing = close_period(
            self.books.engine,
            tenant_id=self.books.tenant_id,
            book_code=book_code,
            month=month,
            reason="it is over",
            caller_id=CALLER,
        )
        if (book_code, month) in self.model.closed:
            with pytest.raises(PeriodAlreadyClosed):
                self.wait(closing)
        elif not self.model.closed.issuperset(before):
            with pytest.raises(EarlierPeriodOpen):
                self.wait(closing)
        else:
            self.wait(closing)
            self.model.closed.add((book_code, month))

    def teardown(self) -> None:
        assert self.wait(read_state(self.books)) == model_state(self.model)
        assert self.wait(failed_proofs(self.books)) == []


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """An event loop that lives as long as the test."""
    with asyncio.Runner() as found:
        yield found


def test_the_engine_agrees_with_the_model(runner: asyncio.Runner, database: Database) -> None:
    engine = create_engine(database.service_url, pool_size=2)
    try:
        run_state_machine_as_test(
            lambda: LedgerMachine(runner, engine),
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                suppress_health_check=list(HealthCheck),
                deadline=None,
            ),
        )
    finally:
        runner.run(engine.dispose())


@pytest.mark.slow
def test_long_walks_agree_with_the_model(
    runner: asyncio.Runner, database: Database, seed: int
) -> None:
    """What hypothesis seldom reaches: books in which much has happened."""
    engine = create_engine(database.service_url, pool_size=2)
    draw = random.Random(seed)
    told: set[str | None] = set()
    for _ in range(WALKS):
        machine = LedgerMachine(runner, engine)
        machine.fund()
        for _ in range(WALK_STEPS):
            take_a_step(machine, draw)
        machine.teardown()
        told |= {code for _, code in machine.model.results.values()}
    runner.run(engine.dispose())
    assert len(told) > 20, told


def take_a_step(machine: LedgerMachine, draw: random.Random) -> None:
    """One rule of the machine, the frequent ones more often."""
    (step,) = draw.choices(
        (
            machine.post_entries,
            machine.place,
            machine.resolve,
            machine.resolve_again,
            machine.give_back,
            machine.give_back_again,
            machine.reverse,
        ),
        weights=(8, 6, 6, 1, 4, 1, 4),
    )
    step(seed=draw.randrange(2**32))
    if draw.random() < 0.1:
        machine.set_status(draw.choice((*OWNERS, *TARGETS)), draw.choice(tuple(AccountStatus)))
        machine.post_entries(seed=draw.randrange(2**32))
        for name in (*OWNERS, *TARGETS):
            machine.set_status(name, AccountStatus.OPEN)
    if draw.random() < 0.02:
        machine.close_month(draw.choice(MONTHS), draw.choice(("TB", "PG")))


def test_the_machine_names_accounts_that_exist() -> None:
    assert set(OWNERS) | set(TARGETS) <= set(MINUTES)
