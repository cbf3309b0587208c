"""What a trust's plan is made of: entries of the books, and movements at the bank.

They are planned together and end in two lists: in life only the 余额调节表 brings them together.
"""

from collections.abc import Iterable
from datetime import date, time
from typing import Literal

import msgspec

from ledger.programmes.trust.bookings import Channel

#: Bills of a month, which the fee rate and the units decide.
BILL = "BILL"
#: Who holds an account, by kind and name: ("unit", "1栋1单元101").
HolderKind = Literal["unit", "supplier", "psp", "contract", "trustee"]
Holder = tuple[HolderKind, str]


class TrustEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An entry to be made: an event of the catalogue, or a month's bills. Amounts in fen."""

    event: str
    day: date
    amount: int = 0
    #: What a payment provider keeps of a settlement.
    fee: int = 0
    #: Who owes, is owed, or has paid.
    holder: Holder | None = None
    #: Account of expense or revenue, where the event leaves a choice.
    account: str = ""
    counterparty: str | None = None
    channel: Channel = "bank"
    order_no: str | None = None
    memo: str | None = None


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """What the bank does: in positive, out negative, fen."""

    day: date
    moment: time
    amount_fen: int
    counterparty: str
    counterparty_account: str
    summary: str
    remark: str


class TrustPlan(msgspec.Struct):
    """The two sides of one trust, each in the order of its days."""

    events: list[TrustEvent] = []
    movements: list[Movement] = []

    def add(self, events: Iterable[TrustEvent] = (), movements: Iterable[Movement] = ()) -> None:
        """Take both sides of something that happened."""
        self.events.extend(events)
        self.movements.extend(movements)

    def sort(self) -> None:
        """Put each side in the order of its days; what was planned first stays first in a day."""
        self.events.sort(key=lambda event: event.day)
        self.movements.sort(key=lambda movement: (movement.day, movement.moment))

    def until(self, day: date) -> "TrustPlan":
        """What has happened up to a day."""
        return TrustPlan(
            [event for event in self.events if event.day <= day],
            [movement for movement in self.movements if movement.day <= day],
        )
