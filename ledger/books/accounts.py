"""Accounts: opened at enrolment, found by what they are, frozen, closed and reopened on record."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.refusals import AccountNotFound, refusal_error
from ledger.database import execute, fetch_all, fetch_value, load_sql
from ledger.identifiers import uuid7

_OPEN = load_sql("ledger.books", "open_accounts")
_FIND = load_sql("ledger.books", "find_accounts")
_FIND_BY_PUBLIC_ID = load_sql("ledger.books", "find_accounts_by_public_id")
_FIND_OF_HOLDER = load_sql("ledger.books", "find_accounts_of_holder")
_SET_STATUS = load_sql("ledger.books", "set_account_status")


class AccountStatus(IntEnum):
    """Whether an account takes entries."""

    OPEN = 0
    FROZEN = 1
    CLOSED = 2


class AccountName(msgspec.Struct, frozen=True):
    """What an account is: its book, its place on the chart, its holder (None: programme-wide)."""

    book_code: str
    account_code: str
    holder_id: UUID | None = None


class Account(msgspec.Struct, frozen=True):
    """What about an account never changes, and its status when it was read."""

    account_id: int
    public_id: UUID
    book_code: str
    account_code: str
    holder_id: UUID | None
    status: AccountStatus
    normal_side: int
    tracks_expiry: bool
    floor: int | None
    unit_code: str


async def open_accounts(
    conn: AsyncConnection, *, tenant_id: int, names: Sequence[AccountName]
) -> list[Account]:
    """Open the accounts that are missing; return all of them in the order asked for.

    Raises:
        IntegrityError: the chart has no such position (a bug of the caller).
    """
    await ensure_accounts(conn, tenant_id=tenant_id, names=names)
    return await get_accounts(conn, tenant_id=tenant_id, names=names)


async def ensure_accounts(
    conn: AsyncConnection, *, tenant_id: int, names: Sequence[AccountName]
) -> None:
    """Open the accounts that are missing, when nobody needs to know them yet.

    Raises:
        IntegrityError: the chart has no such position (a bug of the caller).
    """
    await execute(
        conn,
        _OPEN,
        tenant_id,
        [name.book_code for name in names],
        [name.account_code for name in names],
        [name.holder_id for name in names],
        [uuid7() for _ in names],
    )


async def find_accounts(
    conn: AsyncConnection, *, tenant_id: int, names: Sequence[AccountName]
) -> list[Account | None]:
    """The accounts asked for, in that order; None for each that does not exist."""
    rows = await fetch_all(
        conn,
        _FIND,
        tenant_id,
        [name.book_code for name in names],
        [name.account_code for name in names],
        [name.holder_id for name in names],
    )
    found: list[Account | None] = [None] * len(names)
    for row in rows:
        found[row.item - 1] = _read_account(row)
    return found


async def get_accounts(
    conn: AsyncConnection, *, tenant_id: int, names: Sequence[AccountName]
) -> list[Account]:
    """The accounts asked for, in that order.

    Raises:
        AccountNotFound: one was never opened; names its book, position and holder.
    """
    found = await find_accounts(conn, tenant_id=tenant_id, names=names)
    accounts: list[Account] = []
    for line, (name, account) in enumerate(zip(names, found, strict=True), start=1):
        if account is None:
            label = f"{name.book_code}-{name.account_code}:{name.holder_id or ''}".rstrip(":")
            raise AccountNotFound(account=label, line=line)
        accounts.append(account)
    return accounts


async def list_accounts_by_public_id(
    conn: AsyncConnection, *, tenant_id: int, public_ids: Sequence[UUID]
) -> dict[UUID, Account]:
    """The accounts of this tenant among the ids given."""
    rows = await fetch_all(conn, _FIND_BY_PUBLIC_ID, tenant_id, list(public_ids))
    return {row.public_id: _read_account(row) for row in rows}


async def list_accounts_of_holder(
    conn: AsyncConnection, *, tenant_id: int, holder_id: UUID
) -> list[Account]:
    """Every account of one holder, in the order of opening; there are a few."""
    rows = await fetch_all(conn, _FIND_OF_HOLDER, tenant_id, holder_id)
    return [_read_account(row) for row in rows]


async def get_account_by_public_id(
    conn: AsyncConnection, *, tenant_id: int, public_id: UUID
) -> Account:
    """One account by the id that travels.

    Raises:
        AccountNotFound: not an account of this tenant.
    """
    found = await list_accounts_by_public_id(conn, tenant_id=tenant_id, public_ids=[public_id])
    if public_id not in found:
        raise AccountNotFound(account=str(public_id), line=1)
    return found[public_id]


async def set_account_status(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    account: Account,
    status: AccountStatus,
    reason: str,
    caller_id: int,
) -> None:
    """Freeze, unfreeze, close or reopen an account, and keep who did it and why.

    Raises:
        AccountNotEmpty: closing an account that has a balance.
    """
    code = await fetch_value(
        conn,
        _SET_STATUS,
        tenant_id,
        account.account_id,
        int(status),
        reason,
        caller_id,
        uuid7(),
    )
    if code is not None:
        raise refusal_error(code, {"account": str(account.public_id)})


def _read_account(row: Any) -> Account:
    return Account(
        row.account_id,
        row.public_id,
        row.book_code,
        row.account_code,
        row.holder_id,
        AccountStatus(row.status),
        row.normal_side,
        row.tracks_expiry,
        row.floor,
        row.unit_code,
    )
