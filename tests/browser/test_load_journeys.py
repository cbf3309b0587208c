"""What `make load` does many times goes through once: each journey on the pages as they are now."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from load_tests.journeys import Auditor, Merchant, Purses, Volunteer
from load_tests.settings import Login
from ops.demo_data.build import Demo


class _Answer:
    """An answer that is told what locust would count it as."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._answer, name)

    def success(self) -> None:
        """Nothing to count."""

    def failure(self, why: str) -> None:
        """A journey goes through, or the test says where not."""
        pytest.fail(f"{self._answer.request.method} {self._answer.url}: {why}")


class _Session:
    """What locust's session is used for."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    @contextmanager
    def request(
        self, method: str, path: str, *, name: str, catch_response: bool, **request: Any
    ) -> Iterator[_Answer]:
        """Send a request and follow where it leads."""
        assert name
        assert catch_response
        yield _Answer(self._client.request(method, path, follow_redirects=True, **request))


def test_each_journey_of_the_load_goes_through(address: str, demo: Demo) -> None:
    logins = {one.sign_in_name: Login(one.sign_in_name, one.password) for one in demo.sign_ins}
    with (
        httpx.Client(base_url=address) as volunteer,
        httpx.Client(base_url=address) as merchant,
        httpx.Client(base_url=address) as auditor,
    ):
        Volunteer(_Session(volunteer), logins["volunteer"]).look()
        counter = Merchant(_Session(merchant), logins["merchant"], demo.api_keys.staff, Purses())
        counter.sell()
        counter.look()
        Auditor(_Session(auditor), logins["auditor"]).look()
