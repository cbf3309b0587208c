"""The users of a run, and the verdict at its end; started by `python -m load_tests`."""

from collections.abc import Callable
from typing import Any

from locust import FastHttpUser, between, events, task

from load_tests.budgets import Measured, find_breaches, read_budgets
from load_tests.journeys import (
    Auditor,
    JourneyBroken,
    Merchant,
    Purses,
    RequestFailed,
    Volunteer,
)
from load_tests.settings import read_load_settings

_SETTINGS = read_load_settings()
_PURSES = Purses()
_broken: set[str] = set()


def _attempt(step: Callable[[], None]) -> None:
    """One step; a refused request is counted already, anything else is noted for the verdict."""
    try:
        step()
    except RequestFailed:
        return
    except JourneyBroken as broken:
        _broken.add(str(broken))


class _Person(FastHttpUser):
    """Signs in once; a person who cannot get in ends."""

    abstract = True
    wait_time = between(0.2, 1.0)

    def begin(self) -> None:
        """Sign in and find one's place."""
        raise NotImplementedError

    def on_start(self) -> None:
        """Locust calls it for each new user."""
        try:
            self.begin()
        except JourneyBroken as broken:
            _broken.add(str(broken))
            self.stop()


class VolunteerUser(_Person):
    """Half of the users."""

    weight = 2

    def begin(self) -> None:
        """Sign in as the volunteer."""
        self.journey = Volunteer(self.client, _SETTINGS.login("volunteer"))

    @task
    def look(self) -> None:
        """Balance and statement."""
        _attempt(self.journey.look)


class MerchantUser(_Person):
    """A quarter of the users."""

    weight = 1

    def begin(self) -> None:
        """Sign in as the merchant."""
        login = _SETTINGS.login("merchant")
        self.journey = Merchant(self.client, login, _SETTINGS.api_key, _PURSES)

    @task(4)
    def sell(self) -> None:
        """A purchase from code to receipt."""
        _attempt(self.journey.sell)

    @task(1)
    def look(self) -> None:
        """Today's list."""
        _attempt(self.journey.look)


class AuditorUser(_Person):
    """A quarter of the users."""

    weight = 1

    def begin(self) -> None:
        """Sign in as the auditor."""
        self.journey = Auditor(self.client, _SETTINGS.login("auditor"))

    @task
    def look(self) -> None:
        """Trial balance and breaks."""
        _attempt(self.journey.look)


def judge(environment: Any, **_: Any) -> None:
    """Compare the run with its budgets; a broken one makes the exit code 1."""
    run = [
        Measured(
            name=entry.name,
            requests=entry.num_requests,
            failures=entry.num_failures,
            p95_ms=entry.get_response_time_percentile(0.95),
            p99_ms=entry.get_response_time_percentile(0.99),
        )
        for entry in environment.stats.entries.values()
    ]
    breaches = find_breaches(read_budgets(), run)
    breaches += [f"journey broken off: {words}" for words in sorted(_broken)]
    for words in breaches:
        print(f"over budget: {words}")
    if not breaches:
        print(f"within budget: {sum(one.requests for one in run)} requests")
    environment.process_exit_code = 1 if breaches else 0


events.quitting.add_listener(judge)  # type: ignore[no-untyped-call]
