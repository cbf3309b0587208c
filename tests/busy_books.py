"""Books in which everything has happened once, for proofs to look at."""

from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.accounts import AccountStatus
from ledger.books.holds import CAPTURE, VOID, expire_holds, place_holds, refund_holds, resolve_holds
from ledger.books.periods import close_period
from ledger.books.reversals import reverse_batch
from ledger.clock import now
from ledger.database import write_transaction
from tests.small_books import (
    CALLER,
    SmallBooks,
    create_small_books,
    entry,
    hold,
    refund,
    resolution,
    reversal,
)

EARLIER = date(2030, 1, 31)
LATER = date(2031, 1, 31)


async def create_busy_books(engine: AsyncEngine) -> SmallBooks:
    """Issues with dates, holds of every fate, a reversal, refusals, vouchers, memos, a closing."""
    books = await create_small_books(engine)
    await _close_a_month(books)
    await books.issue("V1", 100, until=EARLIER)
    await books.issue("V1", 100, until=LATER)
    mistaken = await books.issue("V2", 40, until=LATER)
    await _resolve_holds(books)
    await books.run(reverse_batch, [reversal(mistaken.entry_id, memo="entered twice")])
    await books.post(
        entry(await books.line("V1", "P", 30), await books.line("P", "X", 30)),
        entry(await books.line("V2", "M1", 1_000)),  # refused
        entry(await books.line("I", "L1", 20), memo="for the party"),
        entry(await books.line("I", "L1", 80)),
    )
    await books.issue("M1", 500, book_code="PG")
    await books.issue("M1", 700, book_code="PG")
    await books.open("R1")
    await books.set_status("V2", AccountStatus.FROZEN)
    return books


async def _close_a_month(books: SmallBooks) -> None:
    """January 2024 of the minutes, with an entry in it."""
    await books.post(entry(await books.line("I", "M2", 15), booked_on=date(2024, 1, 10)))
    await close_period(
        books.engine,
        tenant_id=books.tenant_id,
        book_code="TB",
        month=date(2024, 1, 1),
        reason="the month is over",
        caller_id=CALLER,
    )


async def _resolve_holds(books: SmallBooks) -> None:
    """One hold each: captured in part and refunded, void, expired, open."""
    available, held, merchant = [await books.id_of(name) for name in ("V1", "H1", "M1")]
    captured = hold(available, held, 60)
    void = hold(available, held, 10)
    late = hold(available, held, 5, expires_at=now() - timedelta(seconds=1))
    still_open = hold(available, held, 7)
    await books.run(place_holds, [captured, void, late, still_open])
    await books.run(
        resolve_holds,
        [
            resolution(captured.entry_id, CAPTURE, 40, to=merchant),
            resolution(void.entry_id, VOID),
        ],
    )
    await books.run(refund_holds, [refund(captured.entry_id, 15)])
    await write_transaction(
        books.engine,
        lambda conn: expire_holds(
            conn, tenant_id=books.tenant_id, event_code="EXPIRE", caller_id=CALLER
        ),
    )
