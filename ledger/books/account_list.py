"""Accounts of a tenant, page by page, with their balances now."""

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import AccountStatus
from ledger.schema import books as schema

MAX_ACCOUNTS = 1000


class ListedAccount(msgspec.Struct, frozen=True):
    """An account with its name on the chart; balance on its normal side, smallest units."""

    account_id: int
    public_id: UUID
    book_code: str
    account_code: str
    holder_id: UUID | None
    status: AccountStatus
    unit_code: str
    name_zh: str
    name_en: str
    normal_side: int
    debits_posted: int
    credits_posted: int
    version: int

    @property
    def balance(self) -> int:
        """The net of both sides, on the normal side."""
        return (self.debits_posted - self.credits_posted) * self.normal_side


class AccountFilter(msgspec.Struct, frozen=True):
    """Which accounts; None: all of them."""

    book_code: str | None = None
    account_code: str | None = None
    holder_id: UUID | None = None
    status: AccountStatus | None = None


async def list_accounts(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    wanted: AccountFilter,
    limit: int,
    after: int | None = None,
    holders: Collection[UUID] | None = None,
) -> list[ListedAccount]:
    """A page of accounts in the order of opening, going on after the account id ``after``.

    ``holders`` narrows the list to what these hold; None: everything.
    """
    account, chart, book = schema.account.c, schema.chart_account.c, schema.book.c
    on_chart = (
        (account.tenant_id == chart.tenant_id)
        & (account.book_code == chart.book_code)
        & (account.account_code == chart.account_code)
    )
    in_book = (account.tenant_id == book.tenant_id) & (account.book_code == book.book_code)
    columns = [
        {**account, **{c.name: c for c in (book.unit_code, chart.name_zh, chart.name_en)}}[name]
        for name in ListedAccount.__struct_fields__
    ]
    statement = (
        select(*columns)
        .join_from(schema.account, schema.chart_account, on_chart)
        .join(schema.book, in_book)
        .where(account.tenant_id == tenant_id)
        .order_by(account.account_id)
        .limit(min(limit, MAX_ACCOUNTS))
    )
    conditions: tuple[tuple[Any, Callable[[Any], ColumnElement[bool]]], ...] = (
        (after, account.account_id.__gt__),
        (wanted.book_code, account.book_code.__eq__),
        (wanted.account_code, account.account_code.__eq__),
        (wanted.holder_id, account.holder_id.__eq__),
        (wanted.status, account.status.__eq__),
        (holders, account.holder_id.in_),
    )
    for given, condition in conditions:
        if given is not None:
            statement = statement.where(condition(given))
    return [_listed(row) for row in await conn.execute(statement)]


def _listed(row: Any) -> ListedAccount:
    fields = {name: getattr(row, name) for name in ListedAccount.__struct_fields__}
    return ListedAccount(**{**fields, "status": AccountStatus(row.status)})
