"""Budgets of requests, and which of them a run broke."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BUDGETS = Path(__file__).parent / "budgets.toml"
_DEFAULT = "default"


@dataclass(frozen=True)
class Budget:
    """Most that one kind of request may take, in milliseconds, and fail, in percent."""

    p95_ms: int
    p99_ms: int
    errors_percent: int


@dataclass(frozen=True)
class Budgets:
    """The budget of each kind of request."""

    judged_from: int
    default: Budget
    named: Mapping[str, Budget]

    def of(self, name: str) -> Budget:
        """The budget that holds for a kind of request."""
        return self.named.get(name, self.default)


@dataclass(frozen=True)
class Measured:
    """What a run saw of one kind of request; times in milliseconds."""

    name: str
    requests: int
    failures: int
    p95_ms: float
    p99_ms: float


def read_budgets(path: Path = BUDGETS) -> Budgets:
    """The budgets as the file has them."""
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    judged_from = int(table.pop("judged_from"))
    budgets = {name: Budget(**values) for name, values in table.items()}
    return Budgets(judged_from, budgets.pop(_DEFAULT), budgets)


def find_breaches(budgets: Budgets, run: Iterable[Measured]) -> list[str]:
    """Every broken budget in words; a kind of request with a budget that never came is one."""
    seen = {one.name: one for one in run if one.requests}
    missing = [f"{name}: never asked" for name in budgets.named if name not in seen]
    return missing + [words for one in seen.values() for words in _breaches_of(budgets, one)]


def _breaches_of(budgets: Budgets, one: Measured) -> Iterator[str]:
    budget = budgets.of(one.name)
    if one.failures * 100 > budget.errors_percent * one.requests:
        yield f"{one.name}: {one.failures} of {one.requests} failed"
    if one.requests < budgets.judged_from:
        return
    for name, found, most in (
        ("p95", one.p95_ms, budget.p95_ms),
        ("p99", one.p99_ms, budget.p99_ms),
    ):
        if found > most:
            yield f"{one.name}: {name} {found:.0f} ms, at most {most} ms"
