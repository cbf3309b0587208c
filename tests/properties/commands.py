"""Random commands for the engine: mostly sensible, now and then anything but."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from ledger.books.holds import CAPTURE, EXPIRE, VOID, HoldRefund, HoldRequest, HoldResolution
from ledger.books.posting import MAX_AMOUNT, Command, EntryRequest, Line
from ledger.books.reversals import ReversalRequest
from ledger.clock import now, today
from ledger.identifiers import uuid7
from tests.model import ENTRY, Model
from tests.small_books import SmallBooks, entry, hold, refund, resolution, reversal

MINUTES = ("I", "V1", "V2", "V3", "P", "M1", "M2", "L1", "R1", "X")
OTHERS = ("SP:I", "SP:V1", "PG:I", "PG:M1", "PG:P", "TR:M1")
OWNERS = ("V1", "V2", "V3")
TARGETS = ("M1", "M2", "V1", "P")

UNTIL = (None, today() - timedelta(days=20), today() + timedelta(days=20), date.max)
OCCURRED = (timedelta(days=-30), timedelta(days=-10), timedelta(0), timedelta(0))
BACKDATED = (date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 1))
NOT_BOOKABLE = (date(2023, 12, 31), today() + timedelta(days=40))
ODD_AMOUNTS = (0, -7, MAX_AMOUNT, MAX_AMOUNT + 1)


class Commands:
    """Draws commands on one tenant's accounts that fit what the model knows to be there."""

    def __init__(self, books: SmallBooks, model: Model, draw: random.Random) -> None:
        self.draw = draw
        self.ids: dict[str, int] = {}
        self._books = books
        self._model = model

    async def open(self) -> list[Any]:
        """Open every account that commands may name."""
        names = [*MINUTES, "H1", "H2", "H3", *OTHERS]
        accounts = await self._books.open(*names)
        self.ids = {name: account.account_id for name, account in zip(names, accounts, strict=True)}
        return accounts

    def odds(self, one_in: int) -> bool:
        """True once in so many times."""
        return self.draw.randrange(one_in) == 0

    def amount(self) -> int:
        """Mostly 1 to 60."""
        return self.draw.choice(ODD_AMOUNTS) if self.odds(25) else self.draw.randint(1, 60)

    def dates(self) -> dict[str, Any]:
        """When it happened and when it is booked."""
        draw = self.draw
        occurred_at = now() + draw.choice(OCCURRED)
        booked_on = draw.choice(BACKDATED) if self.odds(5) else None
        return {
            "occurred_at": occurred_at + timedelta(days=40) if self.odds(40) else occurred_at,
            "booked_on": draw.choice(NOT_BOOKABLE) if self.odds(40) else booked_on,
        }

    def line(self) -> Line:
        """A transfer; every other one brings minutes into the books."""
        draw = self.draw
        if draw.random() < 0.5:
            debit, credit = "I", draw.choice(OWNERS)
        elif self.odds(12):
            debit, credit = draw.choice(OTHERS), draw.choice((*MINUTES, *OTHERS))
        elif self.odds(4):
            debit, credit = "PG:I", draw.choice(("PG:M1", "PG:P"))
        else:
            debit, credit = draw.choice(MINUTES[1:]), draw.choice(MINUTES)
        return Line(self.ids[debit], self.ids[credit], self.amount(), draw.choice(UNTIL))

    def new_entry(self) -> EntryRequest:
        """An entry with up to four lines, seldom none."""
        count = 0 if self.odds(30) else self.draw.choice((1, 1, 2, 3, 4))
        return entry(*(self.line() for _ in range(count)), **self.dates())

    def new_hold(self) -> HoldRequest:
        """A hold whose time is over already, once in four times."""
        owner = self.draw.choice(OWNERS)
        late = now() - timedelta(hours=1) if self.odds(4) else None
        return hold(
            self.ids[owner],
            self.ids[owner.replace("V", "H")],
            self.amount(),
            expires_at=late,
            **self.dates(),
        )

    def new_resolution(self, hold_id: UUID) -> HoldResolution:
        """Capture, void or expiry of a hold."""
        action = self.draw.choice((CAPTURE, CAPTURE, CAPTURE, VOID, EXPIRE))
        if action != CAPTURE:
            return resolution(hold_id, action, **self.dates())
        amount = None if self.odds(3) else self.amount() // self.draw.choice((1, 2, 4))
        target = self.ids[self.draw.choice(TARGETS)]
        return resolution(hold_id, action, amount, to=target, **self.dates())

    def new_refund(self, hold_id: UUID) -> HoldRefund:
        """Some captured units back, perhaps with another date."""
        until = self.draw.choice((None, today() + timedelta(days=50)))
        return refund(
            hold_id, self.draw.choice((0, 1, 2, 5, 40)), expires_from=until, **self.dates()
        )

    def new_reversal(self, entry_id: UUID) -> ReversalRequest:
        """The mirror of an entry."""
        return reversal(entry_id, **self.dates())

    def some_holds(self, kind: int) -> list[UUID]:
        """A few holds, mostly those that stand as asked; seldom one that does not exist."""
        fitting = [hold_id for hold_id, found in self._model.holds.items() if found.kind == kind]
        return self._some(fitting, list(self._model.holds))

    def some_entries(self) -> list[UUID]:
        """A few entries, mostly plain ones; seldom one that does not exist."""
        entries = self._model.entries
        plain = [entry_id for entry_id, found in entries.items() if found.kind == ENTRY]
        return self._some(plain, list(entries))

    def _some(self, fitting: Sequence[UUID], others: Sequence[UUID]) -> list[UUID]:
        pool = others if self.odds(6) else fitting
        found = self.draw.sample(pool, min(len(pool), self.draw.randint(1, 4)))
        return [*found, uuid7()] if self.odds(20) or not found else found

    def changed(self, command: Command) -> Command:
        """The same key with another content."""
        fields = {name: getattr(command, name) for name in command.__struct_fields__}
        return type(command)(**{**fields, "entry_id": uuid7(), "fingerprint": b"another content"})
