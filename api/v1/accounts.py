"""Accounts: a page of them, one, its balance now and as of a date, its freezing and closing."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call, GatedCall
from api.idempotency import once
from api.policies import may
from api.refusals import InvalidParameter
from api.v1.forms import (
    BookCode,
    Command,
    CursorText,
    PageSize,
    PathId,
    Total,
    UnitCode,
    Words,
    both,
    expiry,
)
from ledger.books.account_list import AccountFilter, ListedAccount, list_accounts
from ledger.books.accounts import (
    Account,
    AccountStatus,
    get_account_by_public_id,
    list_accounts_by_public_id,
)
from ledger.books.balances import (
    balance_at_booking,
    balance_at_business,
    balance_at_posting,
    list_balances,
    list_expiring,
)
from ledger.books.refusals import AccountNotFound
from ledger.database import read_transaction
from ledger.foundation.account_standing import change_account_status
from ledger.foundation.chart import chart_positions

Status = Literal["open", "frozen", "closed"]
_CURSOR: CursorKind[AccountFilter, UUID] = CursorKind(AccountFilter, UUID)
_STATUS_NAMES: dict[AccountStatus, Status] = {
    AccountStatus.OPEN: "open",
    AccountStatus.FROZEN: "frozen",
    AccountStatus.CLOSED: "closed",
}


class AccountView(msgspec.Struct, frozen=True):
    """An account with its balance now, on its normal side."""

    id: UUID
    book: str
    code: str
    name_zh: str
    name_en: str
    holder_id: UUID | None
    status: Status
    unit: UnitCode
    balance: Total
    version: Annotated[int, Meta(description="Count of its movements, without gaps.")]


class AccountPage(msgspec.Struct, frozen=True):
    """A page of accounts."""

    items: list[AccountView]
    next_cursor: str | None


class ExpiringPart(msgspec.Struct, frozen=True):
    """Units that share a last day of use; null: they never expire."""

    expires_on: date | None
    amount: Total


class BalanceView(msgspec.Struct, frozen=True):
    """A balance now, or as of the date or moment asked for."""

    account_id: UUID
    unit: UnitCode
    balance: Total
    usable: Annotated[int | None, Meta(description="The part not expired; null for the past.")]
    expiring: Annotated[
        list[ExpiringPart] | None, Meta(description="What expires when; null for the past.")
    ]
    as_of: Literal["now", "posting", "booking", "business"]


class StatusChange(Command, frozen=True):
    """Freeze, close or reopen an account, and why."""

    status: Status
    reason: Words


class StatusChanged(msgspec.Struct, frozen=True):
    """The account as it is now."""

    id: UUID
    status: Status


@get(both("/accounts"), opt=may("accounts.read"), summary="List accounts", tags=["accounts"])
async def list_all(
    call: Call,
    book: FromQuery[BookCode | None] = None,
    code: Annotated[str | None, QueryParameter(max_length=4)] = None,
    holder_id: FromQuery[UUID | None] = None,
    status: FromQuery[Status | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> AccountPage:
    """Accounts within reach of the caller, in the order of their opening."""
    if code is not None and code not in {known for _, known in chart_positions()}:
        raise InvalidParameter(parameter="code", reason="the chart of accounts has no such code")
    given = AccountFilter(
        book, code, holder_id, None if status is None else AccountStatus[status.upper()]
    )
    wanted, last = _CURSOR.read(cursor, given, call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        after = None if last is None else await _number_of(conn, call, last)
        found = await list_accounts(
            conn,
            tenant_id=call.tenant_id,
            wanted=wanted,
            limit=limit + 1,
            after=after,
            holders=None if call.reach.everything else call.reach.holders,
        )
    more = len(found) > limit
    return AccountPage(
        [_view(account) for account in found[:limit]],
        _CURSOR.write(wanted, found[limit - 1].public_id, call.route) if more else None,
    )


async def _number_of(conn: AsyncConnection, call: GatedCall, public_id: UUID) -> int:
    """By what the list goes on; numbers of accounts never leave the service."""
    known = await list_accounts_by_public_id(conn, tenant_id=call.tenant_id, public_ids=[public_id])
    if public_id not in known:
        raise InvalidParameter(parameter="cursor", reason="it is not one that this list gave")
    return known[public_id].account_id


def _view(account: ListedAccount) -> AccountView:
    return AccountView(
        id=account.public_id,
        book=account.book_code,
        code=account.account_code,
        name_zh=account.name_zh,
        name_en=account.name_en,
        holder_id=account.holder_id,
        status=_STATUS_NAMES[account.status],
        unit=account.unit_code,
        balance=account.balance,
        version=account.version,
    )


async def account_in_reach(conn: AsyncConnection, call: GatedCall, account_id: UUID) -> Account:
    """The account, when the caller may see it; otherwise it looks missing.

    Raises:
        AccountNotFound: not of this tenant, or out of the caller's reach.
    """
    account = await get_account_by_public_id(conn, tenant_id=call.tenant_id, public_id=account_id)
    if not call.reach.includes(account.holder_id):
        raise AccountNotFound(account=str(account_id), line=1)
    return account


@get(
    both("/accounts/{account_id:uuid}"),
    opt=may("accounts.read"),
    summary="Read an account",
    tags=["accounts"],
)
async def read_one(call: Call, account_id: PathId) -> AccountView:
    """One account with its balance now."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        account = await account_in_reach(conn, call, account_id)
        (found,) = await list_accounts(
            conn,
            tenant_id=call.tenant_id,
            wanted=AccountFilter(account.book_code, account.account_code),
            limit=1,
            after=account.account_id - 1,
        )
    return _view(found)


@get(
    both("/accounts/{account_id:uuid}/balance"),
    opt=may("accounts.read"),
    summary="Read a balance",
    tags=["accounts"],
)
async def read_balance(
    call: Call,
    account_id: PathId,
    posted_at: Annotated[
        datetime | None, QueryParameter(description="As of a posting moment; never changes later.")
    ] = None,
    booked_on: Annotated[
        date | None, QueryParameter(description="As of an accounting date (记账日期).")
    ] = None,
    occurred_on: Annotated[
        date | None, QueryParameter(description="As of a business date (业务日期) in Shanghai.")
    ] = None,
) -> BalanceView:
    """The balance now, or as of one of three dates."""
    given = [name for name in (posted_at, booked_on, occurred_on) if name is not None]
    if len(given) > 1:
        raise InvalidParameter(parameter="booked_on", reason="give one date, not several")
    if posted_at is not None and posted_at.tzinfo is None:
        raise InvalidParameter(parameter="posted_at", reason="give the time with its zone")
    tenant_id = call.tenant_id
    async with read_transaction(call.service.engine, tenant_id=tenant_id) as conn:
        account = await account_in_reach(conn, call, account_id)
        if posted_at is not None:
            past = await balance_at_posting(
                conn, tenant_id=tenant_id, account=account, moment=posted_at
            )
            return _past(account, past, "posting")
        if booked_on is not None:
            past = await balance_at_booking(
                conn, tenant_id=tenant_id, account=account, day=booked_on
            )
            return _past(account, past, "booking")
        if occurred_on is not None:
            past = await balance_at_business(
                conn, tenant_id=tenant_id, account=account, day=occurred_on
            )
            return _past(account, past, "business")
        return await _balance_now(conn, tenant_id, account)


async def _balance_now(conn: AsyncConnection, tenant_id: int, account: Account) -> BalanceView:
    (balance,) = await list_balances(conn, tenant_id=tenant_id, account_ids=[account.account_id])
    parts = (
        await list_expiring(conn, tenant_id=tenant_id, account_id=account.account_id)
        if account.tracks_expiry
        else []
    )
    return BalanceView(
        account.public_id,
        account.unit_code,
        balance.balance,
        balance.usable,
        [ExpiringPart(expiry(part.expires_on), part.amount) for part in parts],
        "now",
    )


def _past(
    account: Account, balance: int, as_of: Literal["posting", "booking", "business"]
) -> BalanceView:
    return BalanceView(account.public_id, account.unit_code, balance, None, None, as_of)


@post(
    both("/accounts/{account_id:uuid}/status"),
    opt=may("accounts.manage"),
    summary="Freeze, close or reopen an account",
    tags=["accounts"],
    status_code=200,
)
async def change_status(
    call: Call, account_id: PathId, data: JSONBody[StatusChange]
) -> Response[StatusChanged]:
    """A frozen or closed account takes no entries; only an empty one can be closed."""

    async def change(conn: AsyncConnection) -> StatusChanged:
        account = await account_in_reach(conn, call, account_id)
        await change_account_status(
            conn,
            tenant_id=call.tenant_id,
            account=account,
            status=AccountStatus[data.status.upper()],
            reason=data.reason,
            caller_id=call.caller_id,
        )
        return StatusChanged(account_id, data.status)

    return await once(call, data, change, status=200)


ROUTES = (list_all, read_one, read_balance, change_status)
