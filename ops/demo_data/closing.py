"""Close the months of the history that are over, book by book, as their owners would have."""

import asyncio
from datetime import date

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.periods import close_period
from ledger.foundation.chart import ESTATE_BOOKS, PROGRAMME_BOOKS
from ops.demo_data.built import BuiltDistrict
from ops.demo_data.days import Span, month_before
from ops.demo_data.people import SYSTEM

#: Day of the month after which the month before is closed: the rule period.close of the domain.
_PROGRAMME_CLOSES_AFTER, _TRUST_CLOSES_AFTER = 5, 10


async def close_months(engine: AsyncEngine, built: BuiltDistrict, span: Span) -> None:
    """Close what is over; the last month stays open until its day of closing has come."""
    work = [
        _close(
            engine,
            programme.tenant.tenant_id,
            PROGRAMME_BOOKS,
            months=_over(span, _PROGRAMME_CLOSES_AFTER),
            caller_id=SYSTEM,
        )
        for programme in built.programmes
    ]
    work += [
        _close(
            engine,
            estate.tenant.tenant_id,
            ESTATE_BOOKS,
            months=[month_before(span.first), *_over(span, _TRUST_CLOSES_AFTER)],
            caller_id=estate.manager.caller_id,
        )
        for estate in built.estates
    ]
    await asyncio.gather(*work)


def _over(span: Span, closes_after: int) -> list[date]:
    """The months before this one, the last only when its day of closing is over."""
    months = span.months()[:-1]
    return months if span.today.day > closes_after else months[:-1]


async def _close(
    engine: AsyncEngine,
    tenant_id: int,
    books: tuple[str, ...],
    *,
    months: list[date],
    caller_id: int,
) -> None:
    for month in months:
        for book_code in books:
            await close_period(
                engine,
                tenant_id=tenant_id,
                book_code=book_code,
                month=month,
                reason="月末结账",
                caller_id=caller_id,
            )
