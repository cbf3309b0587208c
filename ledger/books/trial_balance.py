"""Trial balance (试算平衡) of a book: now, or as of an accounting date."""

from datetime import date

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql

_NOW = load_sql("ledger.books", "trial_balance")
_AT = load_sql("ledger.books", "trial_balance_at")


class TrialBalanceLine(msgspec.Struct, frozen=True):
    """One chart position; totals in the smallest unit of the book."""

    account_code: str
    name_zh: str
    name_en: str
    normal_side: int
    holder_kind: str
    accounts: int
    debits: int
    credits: int

    @property
    def balance(self) -> int:
        """The net of both sides, on the position's normal side."""
        return (self.debits - self.credits) * self.normal_side


class TrialBalance(msgspec.Struct, frozen=True):
    """All positions of a book; ``debits`` equal ``credits`` or the books are broken."""

    book_code: str
    as_of: date | None
    lines: tuple[TrialBalanceLine, ...]

    @property
    def debits(self) -> int:
        """Sum of debits over the book."""
        return sum(line.debits for line in self.lines)

    @property
    def credits(self) -> int:
        """Sum of credits over the book."""
        return sum(line.credits for line in self.lines)


async def get_trial_balance(
    conn: AsyncConnection, *, tenant_id: int, book_code: str, as_of: date | None = None
) -> TrialBalance:
    """The trial balance of everything posted, or of what was booked up to ``as_of``."""
    if as_of is None:
        rows = await fetch_all(conn, _NOW, tenant_id, book_code)
    else:
        rows = await fetch_all(conn, _AT, tenant_id, book_code, as_of)
    return TrialBalance(book_code, as_of, tuple(TrialBalanceLine(*tuple(row)) for row in rows))
