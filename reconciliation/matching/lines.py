"""What the passes see of a bank line and a book line, and what a match says.

Both sides are signed from the account's point of view: money in is positive.
"""

from collections.abc import Hashable, Iterable
from datetime import date

import msgspec

from reconciliation.matching.kinds import Kind, read_kind
from reconciliation.matching.payers import normalise_payer
from reconciliation.matching.rooms import Room, read_room, read_room_label


class BankLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A statement line, as far as matching needs it."""

    id: Hashable
    booked_on: date
    #: Chronological place among the lines of its account.
    sequence: int
    amount_fen: int
    counterparty: str = ""
    summary: str = ""
    remark: str = ""
    reference: str = ""
    #: Another line of its side, perhaps matched long ago, has its amount within a month.
    crowded: bool = False
    #: In a report of a past day: by now it is matched, with something dated after that day.
    matched_later: bool = False
    room: Room | None = None
    payer: str = ""
    kind: Kind | None = None
    channel: str = ""


class BookLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An entry of the books, as far as it moves the bank account's ledger account."""

    id: Hashable
    entry_id: Hashable
    booked_on: date
    amount_fen: int
    counterparty: str = ""
    memo: str = ""
    #: bank, wechat, alipay, pos, cash, debit, psp (one of those), or empty: the books do not say.
    channel: str = ""
    order_no: str = ""
    #: The entry that this one reverses (红冲).
    reverses: Hashable | None = None
    #: Another line of its side, perhaps matched long ago, has its amount within a month.
    crowded: bool = False
    #: In a report of a past day: by now it is matched, with something dated after that day.
    matched_later: bool = False
    room: Room | None = None
    payer: str = ""
    kind: Kind | None = None


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that belong together, by which rule, and what speaks for it."""

    rule: str
    version: int
    bank: tuple[Hashable, ...] = ()
    book: tuple[Hashable, ...] = ()
    #: 0 to 100; orders suggestions, decides nothing.
    score: int
    #: How many other lines came near enough to be thought of.
    rivals: int = 0
    #: Bank sum less book sum; 0 for every automatic match of today's rules.
    residual_fen: int = 0
    evidence: tuple[str, ...] = ()


def read_bank_line(line: BankLine) -> BankLine:
    """The line with its keys read from its texts."""
    text = f"{line.remark} {line.summary}"
    return msgspec.structs.replace(
        line,
        room=read_room(line.remark),
        payer=normalise_payer(line.counterparty),
        kind=read_kind(line.remark) or read_kind(line.summary),
        channel=read_channel(f"{line.counterparty} {text}"),
    )


def read_book_line(line: BookLine, *, room_label: str = "") -> BookLine:
    """The line with its keys read from its room, or from its memo where it has none.

    A purpose that the line brings holds where the memo names none.
    """
    return msgspec.structs.replace(
        line,
        room=read_room_label(room_label) or read_room(line.memo),
        payer=normalise_payer(line.counterparty),
        kind=read_kind(line.memo) or line.kind,
    )


#: Words by which a settlement of many payments shows itself on a statement.
_CHANNEL_WORDS = (
    ("wechat", ("财付通", "微信支付", "微信结算")),
    ("alipay", ("支付宝",)),
    ("pos", ("银联商务", "POS", "收单")),
    ("debit", ("批量代扣", "批量扣款", "代扣批次")),
)


def read_channel(text: str) -> str:
    """The channel whose settlement a bank line is; empty for a payment of one payer."""
    upper = text.upper()
    for channel, words in _CHANNEL_WORDS:
        if any(word in upper for word in words):
            return channel
    return ""


class Workspace:
    """The lines still open while the passes take theirs, in an order that input cannot change."""

    def __init__(self, bank: Iterable[BankLine], book: Iterable[BookLine]) -> None:
        self.all_bank = sorted(
            (line for line in bank if line.amount_fen), key=lambda line: (line.sequence, line.id)
        )
        self.all_book = sorted(
            (line for line in book if line.amount_fen), key=lambda line: (line.booked_on, line.id)
        )
        self._taken_bank: set[Hashable] = set()
        self._taken_book: set[Hashable] = set()
        self.matches: list[Match] = []

    def open_bank(self) -> list[BankLine]:
        """Bank lines that no pass has taken."""
        return [line for line in self.all_bank if line.id not in self._taken_bank]

    def open_book(self) -> list[BookLine]:
        """Book lines that no pass has taken."""
        return [line for line in self.all_book if line.id not in self._taken_book]

    def take(self, match: Match) -> None:
        """Record a match; its lines are open no longer, and none may have been taken before."""
        assert self._taken_bank.isdisjoint(match.bank), "a bank line is matched once"
        assert self._taken_book.isdisjoint(match.book), "a book line is matched once"
        self._taken_bank.update(match.bank)
        self._taken_book.update(match.book)
        self.matches.append(match)
