"""Events of a plan on their way into the books: in batches, and no refusal goes unnoticed."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.posting import Outcome
from ledger.database import write_transaction
from ledger.foundation.events import EventCommand, post_events
from ops.demo_data.days import Span, at
from ops.demo_data.progress import Progress

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


async def post_all(
    engine: AsyncEngine, *, tenant_id: int, commands: Sequence[EventCommand], progress: Progress
) -> None:
    """Post events in their order, a transaction for each batch.

    Raises:
        PlanRefused: one was refused.
    """
    for batch in in_batches(commands):

        async def post(
            conn: AsyncConnection, batch: Sequence[EventCommand] = batch
        ) -> list[Outcome]:
            return await post_events(conn, tenant_id=tenant_id, commands=batch)

        outcomes = await write_transaction(engine, post, tenant_id=tenant_id)
        for command, outcome in zip(batch, outcomes, strict=True):
            if outcome.refusal is not None:
                raise PlanRefused(f"{command.event} of {command.booked_on}", outcome)
        progress.advance(len(batch))
