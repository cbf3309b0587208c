"""Lines that carry the same number: an order number in the remark, the bank's serial in the memo.

The amount must be equal and the number must point to one line on either side.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from reconciliation.matching.lines import BankLine, BookLine, Match, Workspace

RULE = "reference"
VERSION = 1

#: Shorter numbers repeat: rooms, months, batch counters.
_SHORTEST_NUMBER = 8
_TOKEN = re.compile(r"[0-9A-Z]+(?:-[0-9A-Z]+)*")
_HAS_DIGITS = re.compile(r"(?:.*\d){6}")
_WITHIN = timedelta(days=31)


def match_references(space: Workspace) -> None:
    """Pair lines whose numbers and amounts agree, one to one."""
    by_number: dict[tuple[str, int], list[BookLine]] = defaultdict(list)
    for book_line in space.open_book():
        for number in set(_numbers(f"{book_line.order_no} {book_line.memo}")):
            by_number[number, book_line.amount_fen].append(book_line)
    found: dict[BankLine, set[BookLine]] = {}
    claimed: dict[BookLine, set[BankLine]] = defaultdict(set)
    for line in space.open_bank():
        numbers = set(_numbers(f"{line.reference} {line.remark}"))
        books = {
            book_line
            for number in numbers
            for book_line in by_number.get((number, line.amount_fen), ())
            if abs(line.booked_on - book_line.booked_on) <= _WITHIN
        }
        found[line] = books
        for book_line in books:
            claimed[book_line].add(line)
    for line, books in found.items():
        if len(books) != 1:
            continue
        (book_line,) = books
        if len(claimed[book_line]) == 1:
            space.take(
                Match(
                    rule=RULE,
                    version=VERSION,
                    bank=(line.id,),
                    book=(book_line.id,),
                    score=100,
                    evidence=("number_equal",),
                )
            )


def _numbers(text: str) -> Iterator[str]:
    for token in _TOKEN.findall(text.upper()):
        if len(token) >= _SHORTEST_NUMBER and _HAS_DIGITS.match(token):
            yield token
