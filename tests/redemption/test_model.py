"""Any sequence of commands does to the books what it does to a model of a few lines."""

import asyncio
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.database import create_engine, fetch_one, read_transaction
from ledger.programmes.redemption.contracts import price
from tests.database_server import Database
from tests.redemption.market import RATE, Market, create_market

START = 10000
PURCHASES = 6

amounts = st.one_of(st.integers(1, 6000), st.sampled_from([0, -1, 10001]))
numbers = st.integers(0, PURCHASES - 1)
commands = st.one_of(
    st.tuples(st.just("authorise"), numbers, amounts),
    st.tuples(st.just("capture"), numbers, st.none() | amounts),
    st.tuples(st.just("void"), numbers, st.none()),
    st.tuples(st.just("refund"), numbers, st.none() | amounts),
)


@dataclass
class Model:
    """What should be: points available, and per purchase [held, captured, refunded, state]."""

    available: int = START
    purchases: dict[int, list[int]] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)

    def authorise(self, number: int, amount: int) -> str | None:
        if amount < 1:
            return "invalid_amount"
        if amount > self.available:
            return "insufficient_balance"
        self.available -= amount
        self.purchases[number], self.states[number] = [amount, 0, 0], "held"
        return None

    def capture(self, number: int, amount: int | None) -> str | None:
        held = self.purchases[number][0]
        taken = held if amount is None else amount
        if taken < 1:
            return "invalid_amount"
        if self.states[number] != "held":
            return "hold_already_resolved"
        if taken > held:
            return "capture_exceeds_hold"
        self.purchases[number][1], self.states[number] = taken, "captured"
        self.available += held - taken
        return None

    def void(self, number: int, _: None) -> str | None:
        if self.states[number] != "held":
            return "hold_already_resolved"
        self.states[number] = "void"
        self.available += self.purchases[number][0]
        return None

    def refund(self, number: int, amount: int | None) -> str | None:
        _, captured, refunded = self.purchases[number]
        left = captured - refunded
        back = max(left, 1) if amount is None else amount
        if back < 1:
            return "invalid_amount"
        if self.states[number] != "captured":
            return "hold_not_captured"
        if back > left:
            return "refund_exceeds_capture"
        self.purchases[number][2] += back
        self.available += back
        return None

    @property
    def held(self) -> int:
        return sum(p[0] for n, p in self.purchases.items() if self.states[n] == "held")

    @property
    def payable(self) -> int:
        return sum(captured - refunded for _, captured, refunded in self.purchases.values())

    @property
    def fen(self) -> int:
        return sum(price(p[1], RATE) for p in self.purchases.values()) - sum(
            price(p[1], RATE) - price(p[1] - p[2], RATE) for p in self.purchases.values()
        )


async def play(market: Market, sequence: list[tuple[str, int, int | None]]) -> None:
    model, done = Model(), 0
    for verb, number, amount in sequence:
        if verb == "authorise":
            done += 1
            name = number if number not in model.purchases else done + PURCHASES
            outcome = await market.authorise(f"P{name}", "V1", "M1", amount or 0)
            assert outcome.refusal == model.authorise(name, amount or 0)
        elif number in model.purchases:
            act = {"capture": market.capture, "refund": market.refund, "void": market.void}[verb]
            outcome = await act(f"P{number}", *(() if verb == "void" else (amount,)))
            assert outcome.refusal == getattr(model, verb)(number, amount), (verb, number, amount)
    assert await market.balance("V1", "2101") == model.available
    assert await market.balance("V1", "2102") == model.held
    assert await market.balance("M1", "2301") == model.payable
    async with read_transaction(market.engine, tenant_id=market.tenant_id) as conn:
        row = await fetch_one(
            conn,
            "SELECT (SELECT coalesce(sum(value_fen), 0) FROM programmes.redemption_capture)"
            " - (SELECT coalesce(sum(value_fen), 0) FROM programmes.redemption_refund) AS fen",
        )
    assert row.fen == model.fen


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sequence=st.lists(commands, min_size=3, max_size=30))
def test_any_sequence_agrees_with_the_model(
    database: Database, sequence: list[tuple[str, int, int | None]]
) -> None:
    async def go() -> None:
        engine = create_engine(database.service_url)
        try:
            await play(await create_market(engine), sequence)
        finally:
            await engine.dispose()

    asyncio.run(go())
