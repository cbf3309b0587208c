"""What speaks for and against one bank line being one book line, beyond amount and date."""

from datetime import timedelta

import msgspec

from reconciliation.matching.lines import BankLine, BookLine
from reconciliation.matching.payers import Likeness, compare_payers

#: The bank may book this long after the books do, and this long before: transfers on Friday
#: evening, holidays of eight days, entries made from a slip that arrives later.
BANK_AFTER_BOOK = timedelta(days=10)
BANK_BEFORE_BOOK = timedelta(days=5)
#: A name of two characters inside a text may be the beginning of another name.
_SHORTEST_NAME_IN_TEXT = 3

_ROOM_EQUAL = 50
_PAYER_EQUAL = 35
_NAME_IN_TEXT = 35
_ROOM_MAY_BE = 10
_PAYER_MASKED_ALIKE = 10
_KIND_EQUAL = 15
_CHANNEL_EQUAL = 15


class Evidence(msgspec.Struct, frozen=True):
    """The weight of what agrees; ``strong`` alone may decide without a person."""

    score: int
    strong: bool
    notes: tuple[str, ...]


def in_window(bank: BankLine, book: BookLine) -> bool:
    """Whether the two dates can belong to one payment."""
    lag = bank.booked_on - book.booked_on
    return -BANK_BEFORE_BOOK <= lag <= BANK_AFTER_BOOK


def weigh(bank: BankLine, book: BookLine) -> Evidence | None:
    """The evidence for a pair of equal amount, or None where something contradicts it.

    A different room, purpose or channel contradicts. A different payer contradicts only where no
    room says otherwise, since families pay for each other.
    """
    if bank.kind and book.kind and bank.kind is not book.kind:
        return None
    if not _channels_agree(bank.channel, book.channel):
        return None
    payer = compare_payers(bank.payer, book.payer)
    named = _names_payer(bank, book)
    same_room = bank.room is not None and book.room is not None and bank.room.names(book.room)
    if bank.room is not None and book.room is not None and not bank.room.may_be(book.room):
        return None
    if payer is Likeness.DIFFERENT and not (same_room or named):
        return None
    found = (
        ("room_equal", same_room, _ROOM_EQUAL),
        ("room_may_be", not same_room and bool(bank.room and book.room), _ROOM_MAY_BE),
        ("payer_equal", payer is Likeness.EQUAL, _PAYER_EQUAL),
        ("name_in_text", named and payer is not Likeness.EQUAL, _NAME_IN_TEXT),
        ("payer_masked_alike", payer is Likeness.MASKED_ALIKE, _PAYER_MASKED_ALIKE),
        ("kind_equal", bank.kind is not None and bank.kind is book.kind, _KIND_EQUAL),
        ("channel_equal", bool(bank.channel), _CHANNEL_EQUAL),
    )
    # A cut number that happens to be whole, from a payer who is not the owner, is no proof.
    doubtful = bank.room is not None and bank.room.open_ended and payer is Likeness.DIFFERENT
    return Evidence(
        score=min(100, sum(weight for _, holds, weight in found if holds)),
        strong=(same_room and not doubtful) or payer is Likeness.EQUAL or named,
        notes=tuple(note for note, holds, _ in found if holds),
    )


def _channels_agree(bank: str, book: str) -> bool:
    """A settlement against an entry of its channel; a plain payment against a plain one."""
    if book == "psp":
        return bank in ("wechat", "alipay", "pos")
    return bank == (book if book not in ("bank", "cash") else "")


def _names_payer(bank: BankLine, book: BookLine) -> bool:
    """The remark names the payer of the books, as when a son transfers for his mother."""
    return (
        len(book.payer) >= _SHORTEST_NAME_IN_TEXT
        and "*" not in book.payer
        and book.payer in "".join(bank.remark.split()).upper()
    )
