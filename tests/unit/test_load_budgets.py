"""The verdict of a load run, and what a run can be told; no load is put on anything here."""

import re
from pathlib import Path

import pytest

from load_tests.budgets import Budget, Budgets, Measured, find_breaches, read_budgets
from load_tests.settings import LoadRefused, LoadSettings, Login, read_load_settings

BUDGETS = Budgets(20, Budget(100, 200, 0), {"slow": Budget(1000, 2000, 5)})
SLOW = Measured("slow", 100, 0, 900, 1900)


def measured(**changes: object) -> Measured:
    return Measured(**({"name": "a", "requests": 100, "failures": 0, "p95_ms": 100, "p99_ms": 200}
                       | changes))  # fmt: skip


def test_a_run_at_its_limits_breaks_nothing() -> None:
    assert find_breaches(BUDGETS, [measured(), SLOW]) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"p95_ms": 101}, "a: p95 101 ms, at most 100 ms"),
        ({"p99_ms": 200.6}, "a: p99 201 ms, at most 200 ms"),
        ({"failures": 1}, "a: 1 of 100 failed"),
    ],
)
def test_each_limit_can_be_broken(changes: dict[str, object], words: str) -> None:
    assert find_breaches(BUDGETS, [measured(**changes), SLOW]) == [words]


def test_a_few_failures_can_be_allowed() -> None:
    assert find_breaches(BUDGETS, [Measured("slow", 100, 5, 1, 1)]) == []
    assert len(find_breaches(BUDGETS, [Measured("slow", 100, 6, 1, 1)])) == 1


def test_a_percentile_of_a_few_requests_is_not_judged_but_their_failures_are() -> None:
    assert find_breaches(BUDGETS, [measured(requests=19, p95_ms=9999), SLOW]) == []
    assert find_breaches(BUDGETS, [measured(requests=19, failures=1), SLOW]) != []


def test_what_has_a_budget_must_have_been_asked() -> None:
    assert find_breaches(BUDGETS, [measured()]) == ["slow: never asked"]
    nothing = Measured("slow", 0, 0, 0, 0)
    assert find_breaches(BUDGETS, [measured(), nothing]) == ["slow: never asked"]


def test_every_budget_is_for_a_request_of_a_journey() -> None:
    source = Path("load_tests/journeys.py").read_text(encoding="utf-8")
    names = set(re.findall(r'"((?:volunteer|merchant|auditor): [^"]+|sign in)"', source))
    assert set(read_budgets().named) <= names


def test_settings_say_where_how_many_and_as_whom() -> None:
    settings = read_load_settings(
        {"LOAD_URL": "http://127.0.0.1:8000", "LOAD_USERS": "3", "LOAD_VOLUNTEER": "wang:a:b"}
    )
    assert (settings.url, settings.users) == ("http://127.0.0.1:8000", 3)
    assert settings.login("volunteer") == Login("wang", "a:b")
    assert read_load_settings(settings.variables()) == settings


@pytest.mark.parametrize(
    "given",
    [
        {"LOAD_URL": "https://books.example"},
        {"LOAD_URL": "http://10.0.0.1:8000"},
        {"LOAD_URL": "127.0.0.1:8000"},
        {"LOAD_USERS": "0"},
        {"LOAD_USERS": "201"},
        {"LOAD_USERS": "many"},
        {"LOAD_SECONDS": "601"},
        {"LOAD_USER": "3"},
    ],
)
def test_other_machines_and_unbounded_runs_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(LoadRefused):
        read_load_settings(given)


def test_a_run_says_who_is_missing() -> None:
    with pytest.raises(LoadRefused, match="LOAD_AUDITOR"):
        LoadSettings().login("auditor")
