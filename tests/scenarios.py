"""Ledger stories as tables: an event a line, and what must come of it.

    issue    V1 100 minutes until 2030-01-31    posted
    hold     H1 V1->M1 60 minutes               held
    capture  H1 75 minutes                      capture_exceeds_hold
    capture  H1 40 minutes                      captured
    balance  V1 posted 60 held 0

The first word is the verb; the outcome stands two or more spaces after what is asked for. E1 and
H1 name entries and holds for later lines. Accounts are those of ``tests.small_books``; the unit
chooses the book.

    issue    [E1] V1 100 minutes [until DATE]        from nothing
    move     [E1] V1->V2 30 minutes [until DATE]
    hold     H1 V1->M1 60 minutes [lapsed]           lapsed: its time is over already
    capture  H1 [40 minutes]                         into M1
    void     H1
    expire   H1
    refund   H1 10 minutes [from DATE]               expires no earlier than DATE
    reverse  [E2] E1                                 E2 is the mirror of E1
    freeze   V1          and unfreeze, close, reopen
    balance  V1 posted 60 held 0
    buckets  V1 2030-01-31:60 never:40

Every command takes [key K] [booked DATE] [occurred DATE]. The outcome is the word of the deed, the
code of a refusal, or either after "replayed".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from ledger.books.accounts import AccountStatus
from ledger.books.holds import place_holds, refund_holds, resolve_holds
from ledger.books.posting import Outcome
from ledger.books.reversals import reverse_batch
from ledger.clock import SHANGHAI, now
from ledger.errors import LedgerError
from tests.small_books import (
    UNIT_BOOKS,
    SmallBooks,
    entry,
    hold,
    refund,
    resolution,
    reversal,
)

DEEDS = {
    "issue": "posted",
    "move": "posted",
    "hold": "held",
    "capture": "captured",
    "void": "void",
    "expire": "expired",
    "refund": "refunded",
    "reverse": "reversed",
}
STATUSES = {
    "freeze": (AccountStatus.FROZEN, "frozen"),
    "unfreeze": (AccountStatus.OPEN, "open"),
    "close": (AccountStatus.CLOSED, "closed"),
    "reopen": (AccountStatus.OPEN, "open"),
}
_OPTIONS = ("until", "from", "key", "booked", "occurred")


@dataclass
class Step:
    """One line of a table."""

    verb: str
    words: list[str]
    options: dict[str, str]
    expected: str
    text: str

    @property
    def label(self) -> str | None:
        """E1 or H1, when the line names its entry or hold."""
        return self.words[0] if re.fullmatch(r"[EH]\d+", self.words[0]) else None

    def amount(self) -> tuple[int, str] | None:
        """Amount and book of ``60 minutes``, when there is one."""
        for number, unit in zip(self.words, self.words[1:], strict=False):
            if unit in UNIT_BOOKS:
                return int(number), UNIT_BOOKS[unit]
        return None

    def day(self, option: str) -> date | None:
        """The date of an option; ``never`` is the last there is."""
        text = self.options.get(option)
        if text is None:
            return None
        return date.max if text == "never" else date.fromisoformat(text)


def parse(table: str) -> Iterator[Step]:
    """The steps of a table; empty lines and ``#`` comments are skipped."""
    for raw in table.splitlines():
        text = raw.strip()
        if not text or text.startswith("#"):
            continue
        verb, _, others = text.partition(" ")
        asked, *rest = re.split(r"\s{2,}", others.strip())
        assert len(rest) <= 1, f"too many columns: {text}"
        words, options = [], {}
        tokens = iter(asked.split())
        for token in tokens:
            if token in _OPTIONS:
                options[token] = next(tokens)
            else:
                words.append(token)
        yield Step(verb, words, options, *(rest or [""]), text)


@dataclass
class Story:
    """A running table: the books, and the entries and holds named so far."""

    books: SmallBooks
    entries: dict[str, UUID] = field(default_factory=dict)
    hold_targets: dict[str, int] = field(default_factory=dict)

    async def run(self, table: str) -> None:
        """Run every line and compare what came of it."""
        for step in parse(table):
            found = await self._do(step)
            assert found == step.expected, f"{step.text}\n  came out as: {found}"

    async def _do(self, step: Step) -> str:
        if step.verb == "balance":
            return await self._check_balance(step)
        if step.verb == "buckets":
            return await self._check_buckets(step)
        if step.verb in STATUSES:
            return await self._set_status(step)
        outcome = await getattr(self, f"_{step.verb}")(step)
        if step.label and outcome.refusal is None and step.verb in ("issue", "move", "hold"):
            self.entries[step.label] = outcome.entry_id
        return ("replayed " if outcome.replayed else "") + (outcome.refusal or DEEDS[step.verb])

    async def _issue(self, step: Step) -> Outcome:
        names = [word for word in step.words if word != step.label]
        return await self._transfer(step, "I", names[0])

    async def _move(self, step: Step) -> Outcome:
        return await self._transfer(step, *_arrow(step))

    async def _transfer(self, step: Step, debit: str, credit: str) -> Outcome:
        asked = step.amount()
        assert asked, step.text
        line = await self.books.line(
            debit, credit, asked[0], until=step.day("until"), book_code=asked[1]
        )
        (outcome,) = await self.books.post(entry(line, **_common(step)))
        return outcome

    async def _hold(self, step: Step) -> Outcome:
        asked = step.amount()
        assert asked, step.text
        assert step.label, step.text
        amount, book_code = asked
        owner, target = _arrow(step)
        self.hold_targets[step.label] = await self.books.id_of(target, book_code)
        request = hold(
            await self.books.id_of(owner, book_code),
            await self.books.id_of(owner.replace("V", "H"), book_code),
            amount,
            expires_at=now() - timedelta(seconds=1) if "lapsed" in step.words else None,
            **_common(step),
        )
        (outcome,) = await self.books.run(place_holds, [request])
        return outcome

    async def _capture(self, step: Step) -> Outcome:
        return await self._resolve(step, self.hold_targets[step.words[0]])

    async def _void(self, step: Step) -> Outcome:
        return await self._resolve(step)

    async def _expire(self, step: Step) -> Outcome:
        return await self._resolve(step)

    async def _resolve(self, step: Step, target: int | None = None) -> Outcome:
        asked = step.amount()
        request = resolution(
            self.entries[step.words[0]],
            step.verb,
            None if asked is None else asked[0],
            to=target,
            **_common(step),
        )
        (outcome,) = await self.books.run(resolve_holds, [request])
        return outcome

    async def _refund(self, step: Step) -> Outcome:
        asked = step.amount()
        assert asked, step.text
        request = refund(
            self.entries[step.words[0]], asked[0], expires_from=step.day("from"), **_common(step)
        )
        (outcome,) = await self.books.run(refund_holds, [request])
        return outcome

    async def _reverse(self, step: Step) -> Outcome:
        *names, original = step.words
        request = reversal(self.entries[original], **_common(step))
        (outcome,) = await self.books.run(reverse_batch, [request])
        if names and outcome.refusal is None:
            self.entries[names[0]] = outcome.entry_id
        return outcome

    async def _set_status(self, step: Step) -> str:
        status, word = STATUSES[step.verb]
        try:
            await self.books.set_status(step.words[0], status)
        except LedgerError as refusal:
            return refusal.code
        return word

    async def _check_balance(self, step: Step) -> str:
        name, *pairs = step.words
        for kind, value in zip(pairs[::2], pairs[1::2], strict=True):
            account = name.replace("V", "H") if kind == "held" else name
            found = await self.books.balance(account)
            assert found == int(value), f"{step.text}\n  {kind} is {found}"
        return ""

    async def _check_buckets(self, step: Step) -> str:
        name, *wanted = step.words
        found = {
            "never" if day == date.max else day.isoformat(): amount
            for day, amount in (await self.books.buckets(name)).items()
        }
        expected = {day: int(amount) for day, amount in (word.split(":") for word in wanted)}
        assert found == expected, f"{step.text}\n  they are {found}"
        return ""


def _arrow(step: Step) -> tuple[str, str]:
    (arrow,) = [word for word in step.words if "->" in word]
    debit, credit = arrow.split("->")
    return debit, credit


def _common(step: Step) -> dict[str, Any]:
    """The options every command has."""
    fields: dict[str, Any] = {"key": step.options.get("key"), "booked_on": step.day("booked")}
    if (day := step.day("occurred")) is not None:
        fields["occurred_at"] = datetime.combine(day, time(12), SHANGHAI).astimezone(UTC)
    return fields
