"""Closing a month of the books, for a reason that tells nobody's number.

The books know no people, so what may stand in the reason is looked at here.
"""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.periods import close_period
from ledger.foundation.free_words import refuse_numbers


async def close_book_month(
    engine: AsyncEngine,
    *,
    tenant_id: int,
    book_code: str,
    month: date,
    reason: str,
    caller_id: int,
    change_id: UUID,
) -> bytes:
    """As ``close_period``.

    Raises:
        InvalidInput: a reason with somebody's number.
        PeriodNotOver, EarlierPeriodOpen, PeriodAlreadyClosed, PeriodNotFound: not to be closed now.
        PeriodBusy: a transaction stays open; the month takes no entries, and can be closed later.
    """
    refuse_numbers("reason", reason)
    return await close_period(
        engine,
        tenant_id=tenant_id,
        book_code=book_code,
        month=month,
        reason=reason,
        caller_id=caller_id,
        change_id=change_id,
    )
