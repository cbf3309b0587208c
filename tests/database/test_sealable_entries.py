"""Entries as the seal reads them out of the books."""

from datetime import date
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.canonical import SealableVoucher, encode_entry, read_sealable_entries
from ledger.books.reversals import reverse_batch
from ledger.database import execute, fetch_all, fetch_one, read_transaction
from tests.busy_books import create_busy_books
from tests.small_books import SmallBooks, create_small_books, entry, reversal

LAST_DAY = date(2030, 1, 31)


async def read_all(engine: AsyncEngine, books: SmallBooks) -> dict[UUID, bytes]:
    """The bytes of every entry of a tenant."""
    async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
        rows = await fetch_all(conn, "SELECT entry_id FROM books.entry ORDER BY entry_id")
        entries = await read_sealable_entries(
            conn, tenant_id=books.tenant_id, entry_ids=[row.entry_id for row in rows]
        )
    return {item.entry_id: encode_entry(item) for item in entries}


async def test_an_entry_is_read_with_everything_the_seal_covers(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    first = entry(
        await books.line("I", "V1", 120, until=LAST_DAY),
        await books.line("I", "M1", 500, book_code="PG"),
        memo="for the party",
        event="TB03",
    )
    second = reversal(first.entry_id)
    (posted,) = await books.post(first)
    await books.run(reverse_batch, [second])
    accounts = await books.open("I", "V1")
    async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
        mirror, original = await read_sealable_entries(
            conn, tenant_id=books.tenant_id, entry_ids=[second.entry_id, first.entry_id]
        )
        memo = await fetch_one(conn, "SELECT salt, memo FROM books.entry_memo")
    assert (original.entry_id, original.event_code) == (first.entry_id, "TB03")
    assert (original.occurred_at, original.posted_at) == (first.occurred_at, posted.posted_at)
    assert original.memo_commitment == sha256(memo.salt + memo.memo.encode()).digest()
    assert original.vouchers == (SealableVoucher("PG", 1),)
    minutes, money = original.lines
    assert [minutes.debit_account_id, minutes.credit_account_id] == [a.public_id for a in accounts]
    assert (minutes.amount, minutes.expires_on, minutes.credit_balance) == (120, LAST_DAY, 120)
    assert (money.book_code, money.unit_code, money.expires_on) == ("PG", "fen", date.max)
    assert (mirror.kind, mirror.reversed_entry_id) == (1, first.entry_id)
    assert [line.amount for line in mirror.lines] == [500, 120]


async def test_reading_again_gives_the_same_bytes_and_every_entry_others(
    engine: AsyncEngine,
) -> None:
    books = await create_busy_books(engine)
    encoded = await read_all(engine, books)
    assert encoded == await read_all(engine, books)
    assert len(set(encoded.values())) == len(encoded) > 10


async def test_erasing_a_memo_and_its_salt_changes_nothing_that_is_sealed(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    books = await create_busy_books(engine)
    before = await read_all(engine, books)
    async with admin_engine.begin() as conn:
        await execute(conn, "SET LOCAL session_replication_role = replica")
        await execute(conn, "UPDATE books.entry_memo SET memo = NULL, salt = NULL")
    assert await read_all(engine, books) == before
