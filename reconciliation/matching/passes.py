"""The passes in their order. Each takes what it is sure of and leaves the rest to the next.

Still to come between and behind these: channel settlements, batch numbers, split and merge inside
one household, netted fees, suggestions.
Source: docs/decisions/0021-matching.md
"""

from collections.abc import Callable, Iterable

from reconciliation.matching.contra import pair_returns, pair_reversals
from reconciliation.matching.keyed import match_keyed
from reconciliation.matching.lines import (
    BankLine,
    BookLine,
    Match,
    Workspace,
)
from reconciliation.matching.open_ends import settle_open_ends
from reconciliation.matching.reference import match_references

#: Grows with every change of a rule, so that an old match can be replayed by the rules of its day.
RULES_VERSION = 1

PASSES: tuple[Callable[[Workspace], None], ...] = (
    pair_reversals,
    pair_returns,
    match_references,
    match_keyed,
)


def match_lines(bank: Iterable[BankLine], book: Iterable[BookLine]) -> list[Match]:
    """Every match that follows from the lines without a person; the order of input is no matter."""
    books = list(book)
    households = [line.room for line in books if line.room is not None]
    space = Workspace(settle_open_ends(bank, households), books)
    for run_pass in PASSES:
        run_pass(space)
    return space.matches
