"""What the three kinds of users do, request by request; each request has its name in budgets.toml.

A journey is given a client and raises ``JourneyBroken`` where a page does not lead on.
"""

import random
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from load_tests.settings import Login

_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_HIDDEN = re.compile(r'name="(form_token|form_key)" value="([^"]*)"')
#: 0.10 points: small, so that no cap of the day ends the run.
_PRICE = "0.10"
#: A hundred purchases; the members of a small demo have no more than a few of these.
_WORTH_KEEPING = 1_000
_DONE = range(200, 400)

#: An HTTP session of locust; typed here as what it is used for.
Client = Any


class JourneyBroken(Exception):
    """A page or answer lacks what the journey needs next."""


class RequestFailed(JourneyBroken):
    """A request was refused; it is counted as a failure."""


@dataclass(frozen=True)
class Answer:
    """An answer after its redirects."""

    url: str
    text: str
    json: Any


def ask(client: Client, method: str, path: str, name: str, **request: Any) -> Answer:
    """Send a request and count it under a name; anything but success is a failure.

    Raises:
        RequestFailed: it was refused.
    """
    with client.request(method, path, name=name, catch_response=True, **request) as answer:
        if answer.status_code not in _DONE:
            answer.failure(f"{answer.status_code} {_code_of(answer)}")
            raise RequestFailed(name)
        answer.success()
        is_json = "json" in _media_type(answer)
        return Answer(str(answer.url), answer.text or "", answer.json() if is_json else None)


def _media_type(answer: Any) -> str:
    """What an answer says it is; nothing when there was none."""
    return (answer.headers or {}).get("content-type") or ""


def _code_of(answer: Any) -> str:
    """The code of a problem; nothing of a page, which differs each time."""
    if "problem+json" not in _media_type(answer):
        return ""
    return str(answer.json().get("code", ""))


def sign_in(client: Client, login: Login) -> Answer:
    """Through the page's form, as people do; returns the page one lands on."""
    ask(client, "GET", "/sign-in", "sign-in page")
    form = {"name": login.name, "password": login.password}
    return ask(client, "POST", "/sign-in", "sign in", data=form)


def _find(pattern: str, page: Answer) -> str:
    found = re.search(pattern, f"{page.url}\n{page.text}")
    if found is None:
        raise JourneyBroken(f"no {pattern} on {page.url}")
    return found[0]


def _hidden_fields(page: Answer) -> dict[str, str]:
    return dict(_HIDDEN.findall(page.text))


class Volunteer:
    """Looks at the balance and at the last movements."""

    def __init__(self, client: Client, login: Login) -> None:
        self._client = client
        landed = sign_in(client, login)
        self._home = _find(rf"/programmes/{_ID}/volunteer", landed)
        self._api = "/v1" + self._home.removesuffix("/volunteer")
        query = {"book": "SP", "code": "2101"}
        page = ask(client, "GET", f"{self._api}/accounts", "volunteer: accounts", params=query)
        if not page.json["items"]:
            raise JourneyBroken("the volunteer has no account of points")
        self._account = f"{self._api}/accounts/{page.json['items'][0]['id']}"

    def look(self) -> None:
        """Home page, then balance and statement as an app would ask for them."""
        ask(self._client, "GET", self._home, "volunteer: home page")
        ask(self._client, "GET", f"{self._account}/balance", "volunteer: balance")
        ask(
            self._client,
            "GET",
            f"{self._account}/statement",
            "volunteer: statement",
            params={"limit": "20"},
        )
        ask(self._client, "GET", f"{self._home}/statement/SP", "volunteer: statement page")


class Purses:
    """Members with points, each lent to one purchase at a time: a new code replaces the last."""

    def __init__(self) -> None:
        self._free: deque[str] | None = None

    def is_filled(self) -> bool:
        """Whether the members are known."""
        return self._free is not None

    def fill(self, member_ids: list[str]) -> None:
        """Make the members known."""
        if not member_ids:
            raise JourneyBroken("no member has points to spend")
        random.shuffle(member_ids)
        self._free = deque(member_ids)

    @contextmanager
    def borrow(self) -> Iterator[str | None]:
        """A member whom nobody else uses now; None when all are in use."""
        assert self._free is not None, "filled before"
        member_id = self._free.popleft() if self._free else None
        try:
            yield member_id
        finally:
            if member_id is not None:
                self._free.append(member_id)


class Merchant:
    """Takes points at the counter's pages against codes that the staff issue for members."""

    def __init__(self, client: Client, login: Login, api_key: str, purses: Purses) -> None:
        self._client = client
        self._purses = purses
        self._bearer = {"Authorization": f"Bearer {api_key}"}
        landed = sign_in(client, login)
        self._counter = _find(rf"/programmes/{_ID}/merchants/{_ID}", landed)
        self._api = "/v1" + _find(rf"/programmes/{_ID}", landed)
        if not purses.is_filled():
            purses.fill(self._members_with_points())

    def _members_with_points(self) -> list[str]:
        query = {"book": "SP", "code": "2101", "limit": "200"}
        path = f"{self._api}/accounts"
        page = ask(
            self._client, "GET", path, "merchant: members", params=query, headers=self._bearer
        )
        return [
            account["holder_id"]
            for account in page.json["items"]
            if account["balance"] >= _WORTH_KEEPING and account["status"] == "open"
        ]

    def sell(self) -> None:
        """A code, the form at the counter, what will be taken, and taking it."""
        with self._purses.borrow() as member_id:
            if member_id is None:
                return
            code = ask(
                self._client,
                "POST",
                f"{self._api}/redemption-codes",
                "merchant: code",
                json={"member_id": member_id, "ground": "本人在集市上当面请办"},
                headers={**self._bearer, "Idempotency-Key": str(uuid4())},
            )
            counter = ask(self._client, "GET", self._counter, "merchant: counter page")
            form = {**_hidden_fields(counter), "code": code.json["digits"], "amount": _PRICE}
            check = ask(self._client, "POST", self._counter, "merchant: hold", data=form)
            form = {**_hidden_fields(check), "act": "take"}
            path = _find(rf"{self._counter}/take/{_ID}", check)
            receipt = ask(self._client, "POST", path, "merchant: take", data=form)
            _find(rf"{self._counter}/receipts/{_ID}", receipt)

    def look(self) -> None:
        """Today's list."""
        ask(self._client, "GET", f"{self._counter}/today", "merchant: today page")


class Auditor:
    """Reads a trial balance and what only one side of a bank account has."""

    def __init__(self, client: Client, login: Login) -> None:
        self._client = client
        sign_in(client, login)
        books = ask(client, "GET", "/audit", "auditor: accounts page")
        self._programme = "/v1" + _find(rf"/programmes/{_ID}", books)
        self._bank = "/v1" + _find(rf"/estates/{_ID}/bank-accounts/{_ID}", books)

    def look(self) -> None:
        """Trial balance, breaks, the 余额调节表."""
        book = random.choice(("TB", "SP", "PG"))  # noqa: S311  # any book will do
        path = f"{self._programme}/books/{book}/trial-balance"
        found = ask(self._client, "GET", path, "auditor: trial balance")
        if found.json["debits"] != found.json["credits"]:
            raise JourneyBroken(f"{book}: debits and credits differ")
        ask(self._client, "GET", f"{self._bank}/breaks", "auditor: breaks")
        path = f"{self._bank.removeprefix('/v1')}/adjustment"
        ask(self._client, "GET", path, "auditor: 余额调节表 page")
