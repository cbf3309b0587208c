"""Events of a plan on their way into the books: in batches, and no refusal goes unnoticed."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TypeVar

from ledger.books.posting import Outcome
from ops.demo_data.days import Span, at

T = TypeVar("T")
_LARGEST_BATCH = 500
_OFFICE_OPENS = 9


class PlanRefused(Exception):
    """The books refused something that the demo had planned: a bug of the demo."""

    def __init__(self, event: str, outcome: Outcome) -> None:
        super().__init__(f"{event} was refused: {outcome.refusal} {outcome.detail or ''}")


def in_batches(items: Sequence[T], size: int = _LARGEST_BATCH) -> Iterator[Sequence[T]]:
    """The items in order, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def moment_on(day: date, span: Span) -> datetime:
    """When somebody in an office did something that day: at nine, or just now."""
    return min(at(day, _OFFICE_OPENS), span.moment)
