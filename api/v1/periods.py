"""Accounting months and the trial balance (试算平衡)."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.idempotency import once, once_apart
from api.policies import may
from api.v1.forms import BookCode, Command, Total, Words, both
from ledger.books.idempotency import idempotency_key
from ledger.books.periods import Period, list_periods
from ledger.books.trial_balance import get_trial_balance
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.foundation.month_closing import close_book_month
from ledger.journeys.approvals.deciding import ask
from ledger.journeys.approvals.matters import PeriodReopening

Month = Annotated[
    date, Meta(description="First day of the accounting month.", examples=["2026-10-01"])
]


PeriodStatus = Literal["closed", "reopening_requested"]


class PeriodChange(Command, frozen=True):
    """A month of a book to close or reopen, and why."""

    book: BookCode
    month: Month
    reason: Words


class PeriodView(msgspec.Struct, frozen=True):
    """A month that is, or was, closed; every other month is open."""

    book: str
    month: date
    status: str
    changed_at: datetime
    snapshot_hash: Annotated[str, Meta(description="Hash of its balances, hexadecimal.")] | None
    reopened_until: datetime | None


class PeriodList(msgspec.Struct, frozen=True):
    """The months of a book."""

    items: list[PeriodView]


class PeriodChanged(msgspec.Struct, frozen=True):
    """The month as it is now."""

    book: str
    month: date
    status: PeriodStatus
    snapshot_hash: str | None
    approval_id: Annotated[
        UUID | None, Meta(description="The request for reopening, to be approved.")
    ] = None


class TrialBalanceLineView(msgspec.Struct, frozen=True):
    """One position of the chart."""

    code: str
    name_zh: str
    name_en: str
    accounts: int
    debits: Total
    credits: Total
    balance: Total


class TrialBalanceView(msgspec.Struct, frozen=True):
    """Every position of a book; debits equal credits."""

    book: str
    as_of: date | None
    debits: Total
    credits: Total
    lines: list[TrialBalanceLineView]


@get(
    both("/books/{book_code:str}/periods"),
    opt=may("periods.read"),
    summary="List closed months",
    tags=["periods"],
)
async def list_months(call: Call, book_code: FromPath[BookCode]) -> PeriodList:
    """Months that are or were closed, the earliest first."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_periods(conn, tenant_id=call.tenant_id, book_code=book_code)
    return PeriodList([_view(book_code, period) for period in found])


def _view(book_code: str, period: Period) -> PeriodView:
    return PeriodView(
        book_code,
        period.month,
        period.status,
        period.changed_at,
        None if period.snapshot_hash is None else period.snapshot_hash.hex(),
        period.reopened_until,
    )


@post(
    both("/periods/close"),
    opt=may("periods.close"),
    summary="Close a month (结账)",
    tags=["periods"],
    status_code=200,
)
async def close_month(call: Call, data: JSONBody[PeriodChange]) -> Response[PeriodChanged]:
    """Close a month of a book: it takes no more entries, and its balances are fixed."""

    async def close() -> PeriodChanged:
        digest = await close_book_month(
            call.service.engine,
            tenant_id=call.tenant_id,
            book_code=data.book,
            month=data.month,
            reason=data.reason,
            caller_id=call.caller_id,
            change_id=idempotency_key(f"{call.caller_id} {call.key}"),
        )
        return PeriodChanged(data.book, data.month, "closed", digest.hex())

    return await once_apart(call, data, close, status=200)


@post(
    both("/periods/reopen"),
    opt=may("periods.reopen"),
    summary="Reopen a month (反结账)",
    tags=["periods"],
    status_code=200,
)
async def reopen_month(call: Call, data: JSONBody[PeriodChange]) -> Response[PeriodChanged]:
    """Ask for reopening; another person who approves that request opens the month for a day."""

    async def reopen(conn: AsyncConnection) -> PeriodChanged:
        asked = await ask(
            conn,
            tenant_id=call.tenant_id,
            matter=PeriodReopening(book=data.book, month=data.month),
            reason=data.reason,
            caller_id=call.caller_id,
        )
        return PeriodChanged(data.book, data.month, "reopening_requested", None, asked.approval_id)

    return await once(call, data, reopen, status=200)


@get(
    both("/books/{book_code:str}/trial-balance"),
    opt=may("trial_balance.read"),
    summary="Read the trial balance",
    tags=["periods"],
)
async def read_trial_balance(
    call: Call,
    book_code: FromPath[BookCode],
    booked_on: Annotated[
        date | None, QueryParameter(description="As of this accounting date; absent: now.")
    ] = None,
) -> TrialBalanceView:
    """Debits and credits of every position of a book."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await get_trial_balance(
            conn, tenant_id=call.tenant_id, book_code=book_code, as_of=booked_on
        )
    if not found.lines:
        raise NotFound(kind="book", id=book_code)
    return TrialBalanceView(
        book_code,
        booked_on,
        found.debits,
        found.credits,
        [
            TrialBalanceLineView(
                line.account_code,
                line.name_zh,
                line.name_en,
                line.accounts,
                line.debits,
                line.credits,
                line.balance,
            )
            for line in found.lines
        ],
    )


ROUTES = (list_months, close_month, reopen_month, read_trial_balance)
