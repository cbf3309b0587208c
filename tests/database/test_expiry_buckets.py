"""Expiry buckets in one batch: what is read of them, taken from them and added to them."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.posting import Line
from ledger.clock import now
from tests.small_books import SmallBooks, create_small_books, entry

YEAR = now().year + 1
SOON, LATER, LAST = date(YEAR, 1, 31), date(YEAR, 6, 30), date(YEAR, 12, 31)


async def books_with_lots(engine: AsyncEngine) -> SmallBooks:
    """V1 has 10 for each of three dates, V2 has 10 for the last of them."""
    books = await create_small_books(engine)
    for until in (SOON, LATER, LAST):
        await books.issue("V1", 10, until=until)
    await books.issue("V2", 10, until=LAST)
    return books


async def test_what_the_first_bucket_holds_leaves_the_others_alone(engine: AsyncEngine) -> None:
    books = await books_with_lots(engine)
    await books.post(
        entry(await books.line("V1", "V2", 4)),
        entry(await books.line("V1", "V3", 6)),
        entry(await books.line("V2", "V1", 1)),
    )
    assert await books.buckets("V1") == {SOON: 1, LATER: 10, LAST: 10}
    assert await books.buckets("V2") == {SOON: 3, LAST: 10}
    assert await books.buckets("V3") == {SOON: 6}


async def test_more_than_the_first_bucket_holds_goes_on_to_the_next(engine: AsyncEngine) -> None:
    books = await books_with_lots(engine)
    await books.post(
        entry(await books.line("V1", "V2", 9)),
        entry(await books.line("V1", "V2", 9)),
        entry(await books.line("V2", "V1", 1, until=LAST)),
    )
    assert await books.buckets("V1") == {LATER: 2, LAST: 11}
    assert await books.buckets("V2") == {SOON: 10, LATER: 8, LAST: 9}


async def test_units_received_in_the_batch_are_spent_in_their_turn(engine: AsyncEngine) -> None:
    books = await books_with_lots(engine)
    await books.post(
        entry(await books.line("V1", "V2", 5)),
        entry(await books.line("V2", "V3", 12)),
        entry(await books.line("V1", "V2", 5)),
    )
    assert await books.buckets("V2") == {SOON: 5, LAST: 3}
    assert await books.buckets("V3") == {SOON: 5, LAST: 7}


async def test_a_refused_entry_leaves_no_trace_in_the_buckets(engine: AsyncEngine) -> None:
    books = await books_with_lots(engine)
    into_four = await books.line("V2", "V4", 3)
    too_much = await books.line("V1", "V4", 31)
    outcomes = await books.post(
        entry(into_four, too_much),
        entry(await books.line("V1", "V3", 10)),
        entry(Line(into_four.debit_account_id, into_four.credit_account_id, -5)),
    )
    assert [outcome.refusal for outcome in outcomes] == [
        "insufficient_balance",
        None,
        "invalid_amount",
    ]
    assert outcomes[0].detail is not None
    assert outcomes[0].detail["available"] == 30
    assert await books.buckets("V1") == {LATER: 10, LAST: 10}
    assert await books.buckets("V2") == {LAST: 10}
    assert await books.buckets("V4") == {}
