"""A programme and an estate to post events in, and money on the accounts that an event empties."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import AccountName, open_accounts
from ledger.books.posting import EntryRequest, Line, post_entry
from ledger.books.tenants import create_tenant
from ledger.database import write_transaction
from ledger.foundation.chart import (
    ESTATE_BOOKS,
    PROGRAMME_BOOKS,
    accounts_without_holder,
    chart_positions,
    list_books,
    load_chart,
)
from ledger.identifiers import uuid7

CALLER = 1
FIRST_PERIOD = date(2025, 1, 1)
HAPPENED_AT = datetime(2025, 11, 3, 2, 0, tzinfo=UTC)
#: Accounts without a floor from which a test may take what it needs.
SOURCES = {"TB": "5103", "SP": "5105", "ST": "5104", "PG": "3101", "TR": "3101"}

_NAMESPACE = UUID("6f1d0f5e-6f0d-4a57-9b55-6d1d35b0c1aa")


def holder(*names: object) -> UUID:
    """The same id for the same names."""
    return uuid5(_NAMESPACE, "/".join(map(str, names)))


async def create_books(conn: AsyncConnection, book_codes: Iterable[str]) -> int:
    """A tenant with these books and its accounts without holder."""
    codes = tuple(book_codes)
    tenant_id = await create_tenant(
        conn,
        public_id=uuid7(),
        books=list_books(codes),
        chart=load_chart(codes),
        first_period=FIRST_PERIOD,
    )
    await open_accounts(conn, tenant_id=tenant_id, names=accounts_without_holder(codes))
    return tenant_id


async def create_programme(engine: AsyncEngine) -> int:
    """A programme's books."""
    return await write_transaction(engine, lambda conn: create_books(conn, PROGRAMME_BOOKS))


async def create_estate(engine: AsyncEngine) -> int:
    """An estate trust's book."""
    return await write_transaction(engine, lambda conn: create_books(conn, ESTATE_BOOKS))


async def fund(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    name: AccountName,
    amount: int,
    expires_on: date | None = None,
) -> None:
    """Put an amount on the normal side of an account, by a plain entry of the engine."""
    source = AccountName(name.book_code, SOURCES[name.book_code])
    account, other = await open_accounts(conn, tenant_id=tenant_id, names=[name, source])
    debit_normal = chart_positions()[name.book_code, name.account_code].normal_side == "debit"
    debit, credit = (account, other) if debit_normal else (other, account)
    entry_id = uuid7()
    await post_entry(
        conn,
        tenant_id=tenant_id,
        request=EntryRequest(
            entry_id=entry_id,
            caller_id=CALLER,
            key=entry_id,
            fingerprint=b"",
            occurred_at=HAPPENED_AT,
            event_code="TEST",
            lines=(Line(debit.account_id, credit.account_id, amount, expires_on),),
        ),
    )
