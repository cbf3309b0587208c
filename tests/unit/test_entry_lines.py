"""The lines of a voucher: debit and credit as posted, each of several holders' together."""

from datetime import date
from uuid import UUID

from api.web.vouchers import entry_lines
from ledger.books.entries import Entry, EntryHead, EntryTransfer
from ledger.clock import now
from ledger.identifiers import uuid7

GIVER, RECEIVER = uuid7(), uuid7()
NAMES = {GIVER: "王*", RECEIVER: "李*"}


def entry_of(*transfers: tuple[UUID | None, UUID | None, int]) -> Entry:
    """One entry; each transfer debits and credits a holder, or nobody."""
    head = EntryHead(uuid7(), 0, "TB08", None, None, 1, now(), date(2026, 6, 1), now())
    lines = tuple(
        EntryTransfer(
            number, "TB", "minute", uuid7(), "2101", debit, uuid7(), "2101", credit, amount,
            date(2026, 6, 30),
        )
        for number, (debit, credit, amount) in enumerate(transfers)
    )  # fmt: skip
    return Entry(head, None, None, None, lines, ())


def read(entry: Entry) -> list[tuple[str | None, int, int]]:
    return [
        (one.owner, one.debit, one.credit) for one in entry_lines(entry, "zh-CN", holders=NAMES)
    ]


def test_each_holder_stands_together_where_an_entry_is_about_several() -> None:
    assert read(entry_of((GIVER, RECEIVER, 30), (GIVER, RECEIVER, 20))) == [
        ("王*", 30, 0),
        ("王*", 20, 0),
        ("李*", 0, 30),
        ("李*", 0, 20),
    ]


def test_the_lines_about_one_holder_stay_as_they_were_posted() -> None:
    assert read(entry_of((GIVER, None, 30), (None, GIVER, 20))) == [
        ("王*", 30, 0),
        (None, 0, 30),
        (None, 20, 0),
        ("王*", 0, 20),
    ]
