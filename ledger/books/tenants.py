"""Tenants: owners of books. A programme has several books, an estate trust has one."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_value, load_sql, set_tenant

_CREATE = load_sql("ledger.books", "create_tenant")

DEBIT_NORMAL = 1
CREDIT_NORMAL = -1


class Book(msgspec.Struct, frozen=True):
    """A set of accounts in one unit."""

    book_code: str
    unit_code: str
    #: Entries take 记-numbers, gap-free within each accounting month.
    numbers_vouchers: bool


class ChartAccount(msgspec.Struct, frozen=True):
    """A position of the chart of accounts (科目)."""

    book_code: str
    account_code: str
    name_zh: str
    name_en: str
    normal_side: int
    #: What holds such accounts; ``none``: the programme has exactly one.
    holder_kind: str
    #: Lowest balance on the normal side, smallest units; None: no floor.
    floor: int | None
    tracks_expiry: bool


async def create_tenant(
    conn: AsyncConnection,
    *,
    public_id: UUID,
    books: Sequence[Book],
    chart: Sequence[ChartAccount],
    first_period: date,
) -> int:
    """Create a tenant with its books and chart; returns its number and works for it from here on.

    ``first_period`` is the first month (its first day) whose accounting dates are accepted.
    """
    tenant_id = await fetch_value(
        conn,
        _CREATE,
        public_id,
        [book.book_code for book in books],
        [book.unit_code for book in books],
        [book.numbers_vouchers for book in books],
        first_period,
        [position.book_code for position in chart],
        [position.account_code for position in chart],
        [position.name_zh for position in chart],
        [position.name_en for position in chart],
        [position.normal_side for position in chart],
        [position.holder_kind for position in chart],
        [position.floor for position in chart],
        [position.tracks_expiry for position in chart],
    )
    assert isinstance(tenant_id, int)
    await set_tenant(conn, tenant_id)
    return tenant_id
