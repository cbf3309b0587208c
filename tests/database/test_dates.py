"""Three dates: what happened, what was booked, what was posted; months that open and close."""

import asyncio
import random
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.balances import (
    balance_at_booking,
    balance_at_business,
    balance_at_posting,
)
from ledger.books.periods import (
    EarlierPeriodOpen,
    LaterPeriodClosed,
    PeriodAlreadyClosed,
    PeriodNotClosed,
    PeriodNotFound,
    PeriodNotOver,
    SamePerson,
    close_period,
    list_periods,
    reopen_period,
)
from ledger.books.posting import EntryRequest, Outcome
from ledger.books.reversals import reverse_batch
from ledger.books.trial_balance import get_trial_balance
from ledger.clock import SHANGHAI, business_date, month_of, now, today
from ledger.database import (
    create_engine,
    execute,
    fetch_value,
    read_transaction,
    write_transaction,
)
from ledger.identifiers import uuid7
from tests.database_server import Database
from tests.posting_process import post_at_once
from tests.small_books import CALLER, SmallBooks, create_small_books, entry, reversal

JANUARY, FEBRUARY, MARCH = (date(2024, month, 1) for month in (1, 2, 3))
LAST_INSTANT = datetime(2026, 6, 30, 15, 59, 59, 999_999, tzinfo=UTC)  # of 30 June in Shanghai
NEXT_INSTANT = LAST_INSTANT + timedelta(microseconds=1)


async def close(books: SmallBooks, month: date, book_code: str = "TB") -> bytes:
    """Close a month."""
    return await close_period(
        books.engine,
        tenant_id=books.tenant_id,
        book_code=book_code,
        month=month,
        reason="it is over",
        caller_id=CALLER,
    )


async def reopen(books: SmallBooks, month: date, approver_id: int = 2) -> None:
    """Reopen a month that caller 1 asked for."""
    await write_transaction(
        books.engine,
        lambda conn: reopen_period(
            conn,
            tenant_id=books.tenant_id,
            book_code="TB",
            month=month,
            reason="a mistake was found",
            caller_id=1,
            approver_id=approver_id,
        ),
    )


async def book(books: SmallBooks, day: date, amount: int = 1) -> Outcome:
    """Issue minutes on an accounting date."""
    (outcome,) = await books.post(entry(await books.line("I", "V1", amount), booked_on=day))
    return outcome


async def test_units_can_be_used_until_midnight_in_shanghai(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    line = await books.line("I", "V1", 10, until=date(2026, 6, 30))
    await books.post(entry(line, occurred_at=LAST_INSTANT - timedelta(days=30)))
    spend = await books.line("V1", "M1", 1)
    outcomes = await books.post(
        entry(spend, occurred_at=NEXT_INSTANT), entry(spend, occurred_at=LAST_INSTANT)
    )
    assert [outcome.refusal for outcome in outcomes] == ["insufficient_balance", None]


async def test_a_business_day_ends_at_midnight_in_shanghai(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    line = await books.line("I", "V1", 10)
    await books.post(entry(line, occurred_at=LAST_INSTANT), entry(line, occurred_at=NEXT_INSTANT))
    (account,) = await books.open("V1")
    async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
        found = [
            await balance_at_business(conn, tenant_id=books.tenant_id, account=account, day=day)
            for day in (date(2026, 6, 29), date(2026, 6, 30), date(2026, 7, 1))
        ]
    assert found == [0, 10, 20]


async def test_an_entry_is_booked_on_the_day_in_shanghai_unless_told_otherwise(
    engine: AsyncEngine,
) -> None:
    books = await create_small_books(engine)
    line = await books.line("I", "V1", 10)
    yesterday = today() - timedelta(days=1)
    outcomes = await books.post(
        entry(line), entry(line, booked_on=yesterday), entry(line, occurred_at=LAST_INSTANT)
    )
    posted_on = [business_date(outcome.posted_at or now()) for outcome in outcomes]
    assert [o.booked_on for o in outcomes] == [posted_on[0], yesterday, posted_on[2]]


async def test_one_month_ahead_can_be_booked_and_no_further(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    assert (await book(books, today() + timedelta(days=31))).refusal is None
    assert (await book(books, today() + timedelta(days=33))).refusal == "period_not_open"


async def test_what_is_backdated_is_seen_by_its_dates_and_never_by_its_posting(
    engine: AsyncEngine,
) -> None:
    books = await create_small_books(engine)
    (first,) = await books.post(entry(await books.line("I", "V1", 10)))
    (account,) = await books.open("V1")
    long_ago = datetime(2026, 6, 15, 4, tzinfo=UTC)
    assert first.posted_at is not None

    async def balances() -> tuple[int, int, int]:
        async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
            common = {"tenant_id": books.tenant_id, "account": account}
            return (
                await balance_at_posting(conn, moment=first.posted_at, **common),
                await balance_at_booking(conn, day=date(2026, 6, 30), **common),
                await balance_at_business(conn, day=date(2026, 6, 30), **common),
            )

    assert await balances() == (10, 0, 0)
    line = await books.line("I", "V1", 5)
    await books.post(entry(line, occurred_at=long_ago, booked_on=date(2026, 6, 20)))
    assert await balances() == (10, 5, 5)


async def test_balances_as_of_any_day_equal_a_recount(engine: AsyncEngine, seed: int) -> None:
    """Random dates, months closed in between, against sums over the list of what was posted."""
    books, draw = await create_small_books(engine), random.Random(seed)
    (account,) = await books.open("M1")
    lines = [
        (amount, await books.line(*(("I", "M1") if amount > 0 else ("M1", "I")), abs(amount)))
        for amount in (7, 3, -2, -5)
    ]
    kept: list[tuple[int, EntryRequest, Outcome]] = []
    for month in (None, JANUARY, FEBRUARY, MARCH, None):
        chosen = [draw.choice(lines) for _ in range(60)]
        requests = [
            entry(
                line,
                booked_on=date(2024, 1, 1) + timedelta(days=draw.randrange(150)),
                occurred_at=datetime(2024, 1, 1, tzinfo=UTC)
                + timedelta(hours=draw.randrange(150 * 24)),
            )
            for _, line in chosen
        ]
        outcomes = await books.post(*requests)
        kept += [
            (amount, request, outcome)
            for (amount, _), request, outcome in zip(chosen, requests, outcomes, strict=True)
            if outcome.refusal is None
        ]
        if month is not None:
            await close(books, month)
    assert 100 < len(kept) < 300
    async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
        for day in (date(2023, 12, 25) + timedelta(days=step) for step in range(0, 170, 3)):
            end = datetime.combine(day + timedelta(days=1), time.min, SHANGHAI)
            booked = sum(amount for amount, _, o in kept if o.booked_on and o.booked_on <= day)
            happened = sum(amount for amount, request, _ in kept if request.occurred_at < end)
            common = {"tenant_id": books.tenant_id, "account": account, "day": day}
            assert await balance_at_booking(conn, **common) == -booked * account.normal_side
            assert await balance_at_business(conn, **common) == -happened * account.normal_side
            trial = await get_trial_balance(
                conn, tenant_id=books.tenant_id, book_code="TB", as_of=day
            )
            (merchants,) = [item for item in trial.lines if item.account_code == "2301"]
            assert merchants.balance == -booked * account.normal_side
            assert trial.debits == trial.credits


async def test_months_close_in_order_when_they_are_over(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    with pytest.raises(EarlierPeriodOpen):
        await close(books, FEBRUARY)
    with pytest.raises(PeriodNotFound):
        await close(books, date(2023, 12, 1))
    with pytest.raises(PeriodNotFound):
        await close(books, date(2024, 1, 2))
    with pytest.raises(PeriodNotFound):
        await close(books, JANUARY, book_code="ZZ")
    with pytest.raises(PeriodNotOver):
        await close(books, month_of(today()))
    first = await close(books, JANUARY)
    with pytest.raises(PeriodAlreadyClosed):
        await close(books, JANUARY)
    second = await close(books, FEBRUARY)
    assert len(first) == len(second) == 32
    assert first != second
    async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
        periods = await list_periods(conn, tenant_id=books.tenant_id, book_code="TB")
    assert [(p.status, p.snapshot_hash) for p in sorted(periods, key=lambda p: p.month)] == [
        ("closed", first),
        ("closed", second),
    ]


async def test_a_closed_month_takes_nothing_more_and_other_books_go_on(
    engine: AsyncEngine,
) -> None:
    books = await create_small_books(engine)
    await book(books, date(2024, 1, 31))
    await close(books, JANUARY)
    assert (await book(books, date(2024, 1, 31))).refusal == "period_not_open"
    assert (await book(books, date(2024, 2, 1))).refusal is None
    points = await books.line("I", "V1", 5, book_code="SP")
    minutes = await books.line("I", "V1", 5)
    outcomes = await books.post(
        entry(points, booked_on=date(2024, 1, 31)),
        entry(points, minutes, booked_on=date(2024, 1, 31)),
    )
    assert [outcome.refusal for outcome in outcomes] == [None, "period_not_open"]
    assert outcomes[1].detail == {"line": 2, "book": "TB", "booked_on": "2024-01-31"}


async def test_a_reversal_is_booked_in_an_open_month_of_its_own(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    issued = entry(await books.line("I", "V1", 10), booked_on=date(2024, 1, 31))
    await books.post(issued)
    await close(books, JANUARY)
    for day, expected in ((date(2024, 1, 31), "period_not_open"), (date(2024, 2, 1), None)):
        (outcome,) = await books.run(reverse_batch, [reversal(issued.entry_id, booked_on=day)])
        assert outcome.refusal == expected
    (account,) = await books.open("V1")
    async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
        at_end = await balance_at_booking(
            conn, tenant_id=books.tenant_id, account=account, day=date(2024, 1, 31)
        )
    assert at_end == 10


async def test_a_month_is_reopened_by_two_people_and_closed_again(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    with pytest.raises(PeriodNotClosed):
        await reopen(books, JANUARY)
    await book(books, date(2024, 1, 31))
    first = await close(books, JANUARY)
    assert (await book(books, date(2024, 1, 31))).refusal == "period_not_open"
    with pytest.raises(SamePerson):
        await reopen(books, JANUARY, approver_id=1)
    await reopen(books, JANUARY)
    assert (await book(books, date(2024, 1, 31))).refusal is None
    second = await close(books, JANUARY)
    assert first != second
    await close(books, FEBRUARY)
    with pytest.raises(LaterPeriodClosed):
        await reopen(books, JANUARY)


async def test_a_reopened_month_closes_by_itself_for_new_entries(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    books = await create_small_books(engine)
    await close(books, JANUARY)
    await reopen(books, JANUARY)
    async with admin_engine.begin() as conn:  # a day later
        await execute(conn, "UPDATE books.period SET reopened_until = now() - interval '1 second'")
    assert (await book(books, date(2024, 1, 31))).refusal == "period_not_open"


async def test_what_a_closing_reports_never_changes_while_others_post(
    database: Database, engine: AsyncEngine
) -> None:
    """Writers book into the month while it closes; the proofs afterwards compare the snapshot."""
    books = await create_small_books(engine)
    line = await books.line("I", "M1", 1)
    wide = create_engine(database.service_url, pool_size=8)
    batches = [[[entry(line, booked_on=date(2024, 1, 31))] for _ in range(60)] for _ in range(8)]
    writing = asyncio.create_task(post_at_once(wide, books.tenant_id, batches))
    await asyncio.sleep(0.3)
    await close(books, JANUARY)
    reported = await january(books)
    posted = [outcome for p in await writing for outcome in p.outcomes]
    await wide.dispose()
    assert {outcome.refusal for outcome in posted} == {None, "period_not_open"}
    accepted = sum(outcome.refusal is None for outcome in posted)
    assert reported == accepted == await january(books)


async def january(books: SmallBooks) -> int:
    """What the merchant had at the end of January 2024."""
    (account,) = await books.open("M1")
    async with read_transaction(books.engine, tenant_id=books.tenant_id) as conn:
        return await balance_at_booking(
            conn, tenant_id=books.tenant_id, account=account, day=date(2024, 1, 31)
        )


async def test_the_same_closing_again_gives_the_first_result(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)

    async def close_as(change_id: UUID) -> bytes:
        return await close_period(
            books.engine,
            tenant_id=books.tenant_id,
            book_code="TB",
            month=JANUARY,
            reason="it is over",
            caller_id=CALLER,
            change_id=change_id,
        )

    await book(books, JANUARY)
    mine, other = uuid7(), uuid7()
    first, second = await asyncio.gather(close_as(mine), close_as(mine))
    assert first == second == await close_as(mine)
    with pytest.raises(PeriodAlreadyClosed):
        await close_as(other)
    with pytest.raises(PeriodAlreadyClosed):
        await close(books, JANUARY)


async def test_a_month_that_another_is_just_closing_stays_closed(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    await book(books, JANUARY)
    tenant_id, sql = books.tenant_id, "SELECT books.begin_closing($1, 'TB', $2)"
    await write_transaction(engine, lambda conn: execute(conn, sql, tenant_id, JANUARY))
    async with engine.begin() as first:
        await execute(
            first,
            "SELECT books.finish_closing($1, 'TB', $2, 'it is over', $3, $4)",
            tenant_id,
            JANUARY,
            CALLER,
            uuid7(),
        )
        late = asyncio.create_task(close(books, JANUARY))
        pid = await fetch_value(first, "SELECT pg_backend_pid()")
        while not await is_waited_for(engine, pid):
            assert not late.done(), "it did not wait for the one that was finishing"
    with pytest.raises(PeriodAlreadyClosed):
        await late


async def is_waited_for(engine: AsyncEngine, pid: int) -> bool:
    """Whether a session waits for a lock that the backend ``pid`` holds."""
    sql = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid)))"
    async with engine.connect() as conn:
        return bool(await fetch_value(conn, sql, pid))


async def test_of_two_closings_at_once_one_is_told_that_it_came_late(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    await book(books, JANUARY)
    results = await asyncio.gather(
        close(books, JANUARY), close(books, JANUARY), return_exceptions=True
    )
    assert sorted(map(type, results), key=str) == [bytes, PeriodAlreadyClosed]
