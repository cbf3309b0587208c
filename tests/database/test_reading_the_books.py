"""Statements, lists of entries, balances: complete and in a stable order, whatever goes on."""

import random
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.balances import list_balances
from ledger.books.entries import EntryFilter, get_entry, list_entries
from ledger.books.holds import CAPTURE, place_holds, resolve_holds
from ledger.books.reversals import reverse_batch
from ledger.books.statements import StatementFilter, StatementLine, StatementPage, get_statement
from ledger.database import fetch_all, load_sql, read_transaction
from ledger.identifiers import uuid7
from tests.small_books import SmallBooks, create_small_books, entry, hold, resolution, reversal


async def page(books: SmallBooks, name: str, **more: object) -> StatementPage:
    """One page of a statement."""
    (account,) = await books.open(name)
    async with read_transaction(books.engine, tenant_id=books.tenant_id) as conn:
        return await get_statement(
            conn,
            tenant_id=books.tenant_id,
            account=account,
            **more,  # type: ignore[arg-type]
        )


async def whole_statement(
    books: SmallBooks, name: str, *, between: bool = False, **more: object
) -> list[StatementLine]:
    """All pages; ``between``: something is posted between any two of them."""
    lines: list[StatementLine] = []
    from_version = None
    for _ in range(200):
        found = await page(books, name, from_version=from_version, **more)
        lines += found.lines
        from_version = found.next_version
        if from_version is None:
            return lines
        if between:
            await books.post(entry(await books.line("I", name, 1)))
    raise AssertionError("the statement does not end")


async def test_a_page_opens_where_the_one_before_closed(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    for amount in range(1, 13):
        await books.issue("M1", amount)
    first = await page(books, "M1", limit=5)
    second = await page(books, "M1", limit=5, from_version=first.next_version)
    third = await page(books, "M1", limit=5, from_version=second.next_version)
    assert [p.opening for p in (first, second, third)] == [0, 15, 55]
    assert [p.closing for p in (first, second, third)] == [15, 55, 78]
    assert [len(p.lines) for p in (first, second, third)] == [5, 5, 2]
    assert third.next_version is None


async def test_entries_posted_while_paging_neither_skip_nor_repeat_a_line(
    engine: AsyncEngine,
) -> None:
    books = await create_small_books(engine)
    for _ in range(10):
        await books.issue("M1", 1)
    forwards = await whole_statement(books, "M1", limit=4, between=True)
    assert [line.version for line in forwards] == list(range(1, len(forwards) + 1))
    known = len(forwards)
    backwards = await whole_statement(books, "M1", limit=4, between=True, latest_first=True)
    assert [line.version for line in backwards] == list(range(known, 0, -1))


async def test_lines_of_one_moment_keep_their_order(engine: AsyncEngine) -> None:
    """Entries of one batch, and lines of one entry, share every date they have."""
    books = await create_small_books(engine)
    lines = [await books.line("I", "M1", amount) for amount in (3, 1, 2)]
    requests = [entry(*lines) for _ in range(3)]
    await books.post(*requests)
    found = await whole_statement(books, "M1")
    assert len({line.posted_at for line in found}) == 1
    assert [(line.entry_id, line.line_no, line.amount) for line in found] == [
        (request.entry_id, number, amount)
        for request in requests
        for number, amount in ((1, 3), (2, 1), (3, 2))
    ]
    latest = await whole_statement(books, "M1", latest_first=True, limit=2)
    assert latest == found[::-1]


async def test_a_filtered_statement_keeps_its_filter_over_all_pages(
    engine: AsyncEngine, seed: int
) -> None:
    books, draw = await create_small_books(engine), random.Random(seed)
    line = await books.line("I", "M1", 1)
    made = [
        entry(line, event=draw.choice("ABC"), booked_on=date(2026, draw.choice((1, 2, 3)), 10))
        for _ in range(200)
    ]
    await books.post(*made)
    wanted = StatementFilter(("A", "B"), date(2026, 2, 1), date(2026, 3, 31))
    expected = [
        request.entry_id
        for request in made
        if request.event_code in ("A", "B") and request.booked_on != date(2026, 1, 10)
    ]
    for latest_first in (False, True):
        found = await whole_statement(
            books, "M1", limit=7, wanted=wanted, latest_first=latest_first, between=True
        )
        ids = [found_line.entry_id for found_line in found]
        assert ids == (expected[::-1] if latest_first else expected)


async def test_a_reversal_a_hold_and_a_capture_are_seen_as_such(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    issued = await books.issue("V1", 10)
    mistaken = await books.issue("V1", 5)
    undone = reversal(mistaken.entry_id, memo="entered twice")
    await books.run(reverse_batch, [undone])
    placed = hold(await books.id_of("V1"), await books.id_of("H1"), 10)
    await books.run(place_holds, [placed])
    capture = resolution(placed.entry_id, CAPTURE, 4, to=await books.id_of("M1"))
    await books.run(resolve_holds, [capture])
    found = await whole_statement(books, "V1")
    assert [(line.kind, line.amount, line.entry_id) for line in found] == [
        (0, 10, issued.entry_id),
        (0, 5, mistaken.entry_id),
        (1, -5, undone.entry_id),
        (2, -10, placed.entry_id),
        (3, 6, capture.entry_id),
    ]
    assert [line.memo for line in found][2] == "entered twice"
    async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
        original = await get_entry(conn, tenant_id=books.tenant_id, entry_id=mistaken.entry_id)
        mirror = await get_entry(conn, tenant_id=books.tenant_id, entry_id=undone.entry_id)
    assert (original.reversed_by, mirror.reverses) == (undone.entry_id, mistaken.entry_id)


async def list_ids(books: SmallBooks, wanted: EntryFilter, *, between: bool = False) -> list[UUID]:
    """All pages of a list of entries."""
    found: list[UUID] = []
    while True:
        async with read_transaction(books.engine, tenant_id=books.tenant_id) as conn:
            heads = await list_entries(
                conn,
                tenant_id=books.tenant_id,
                wanted=wanted,
                limit=6,
                before=found[-1] if found else None,
            )
        if not heads:
            return found
        found += [head.entry_id for head in heads]
        if between:
            await books.issue("M1", 1)


async def test_entries_are_listed_by_date_kind_event_and_subject(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    line, subject = await books.line("I", "M1", 1), uuid7()
    made = [
        entry(line, event=event, booked_on=day, subject_id=about)
        for event in ("A", "B")
        for day in (date(2026, 1, 10), date(2026, 2, 10))
        for about in (subject, None)
        for _ in range(3)
    ]
    await books.post(*made)
    undone = reversal(made[0].entry_id)
    await books.run(reverse_batch, [undone])

    def those(**wanted: object) -> list[UUID]:
        return [
            request.entry_id
            for request in reversed(made)
            if all(getattr(request, name) == value for name, value in wanted.items())
        ]

    every = EntryFilter(booked_to=date(2026, 2, 10))
    assert await list_ids(books, every, between=True) == those()
    assert await list_ids(books, EntryFilter(event_code="A", kind=0)) == those(event_code="A")
    assert await list_ids(books, EntryFilter(subject_id=subject, kind=0)) == those(
        subject_id=subject
    )
    january = EntryFilter(booked_from=date(2026, 1, 1), booked_to=date(2026, 1, 31))
    assert await list_ids(books, january) == those(booked_on=date(2026, 1, 10))
    assert await list_ids(books, EntryFilter(kind=1)) == [undone.entry_id]


async def test_a_balance_is_read_without_looking_at_any_movement(engine: AsyncEngine) -> None:
    """So it takes as long after a million movements as after one."""
    books = await create_small_books(engine)
    await books.issue("V1", 10)
    async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
        statement = load_sql("ledger.books", "list_balances")
        plan = await fetch_all(conn, f"EXPLAIN {statement}", 1, [1], date(2026, 1, 1))
        (balance,) = await list_balances(
            conn, tenant_id=books.tenant_id, account_ids=[await books.id_of("V1")]
        )
    assert balance.balance == 10
    assert not [row for row in plan if "transfer" in row[0] or "entry" in row[0]]
