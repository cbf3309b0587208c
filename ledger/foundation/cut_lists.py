"""Lists that nobody turns the pages of: they hold one page, and say when they go on."""

from typing import TypeVar

from ledger.foundation.organisations import LARGEST_PAGE

#: What such a list asks for.
ONE_MORE = LARGEST_PAGE + 1
T = TypeVar("T")


def cut_page(found: list[T]) -> tuple[list[T], bool]:
    """What one page holds of a list that asked for one more, and whether there is one more."""
    return found[:LARGEST_PAGE], len(found) > LARGEST_PAGE
