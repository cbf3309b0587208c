"""How trust money is booked: on whose word, when, and with what the bank may say about it."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import AccountName, find_accounts
from ledger.books.balances import list_balances
from ledger.books.idempotency import fingerprint
from ledger.books.posting import Outcome
from ledger.clock import now
from ledger.database import execute, load_sql
from ledger.foundation.events import EventCommand, post_events
from ledger.identifiers import uuid7

_ADD_CASH_DETAIL = load_sql("ledger.programmes.trust", "add_cash_detail")

Channel = Literal["bank", "wechat", "alipay", "pos", "cash"]


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """What every entry carries, whatever it books."""

    key: UUID
    caller_id: int
    occurred_at: datetime = msgspec.field(default_factory=now)
    #: Accounting date; None: today in Shanghai.
    booked_on: date | None = None
    memo: str | None = None


class CashDetail(msgspec.Struct, frozen=True, kw_only=True):
    """What a bank statement may say about money that moved; matching goes by it."""

    #: Payer or payee; a restricted column.
    counterparty: str | None = None
    #: Unit it is for, as 3-2-501.
    room: str | None = None
    channel: Channel = "bank"
    #: Order, slip or invoice number.
    order_no: str | None = None


async def book(
    conn: AsyncConnection,
    event: str,
    *,
    tenant_id: int,
    booking: Booking,
    sent: Mapping[str, Any],
    amounts: Mapping[str, int],
    owners: Mapping[str, UUID | None],
    accounts: Mapping[str, str] | None = None,
    cash: CashDetail | None = None,
    subject_id: UUID | None = None,
    entry_id: UUID | None = None,
) -> Outcome:
    """Post an event, with its cash detail where money moves.

    ``sent`` is what the caller asked for: a key used again with other content is refused by it,
    even where amounts were computed meanwhile.

    Raises:
        LedgerError: refused; the class names the reason.
    """
    fields = {**sent, "cash": cash, "booked_on": booking.booked_on, "memo": booking.memo}
    (outcome,) = await post_events(
        conn,
        tenant_id=tenant_id,
        commands=[
            EventCommand(
                event=event,
                key=booking.key,
                caller_id=booking.caller_id,
                occurred_at=booking.occurred_at,
                booked_on=booking.booked_on,
                memo=booking.memo,
                amounts=amounts,
                owners=owners,
                accounts=accounts or {},
                subject_id=subject_id,
                entry_id=entry_id or uuid7(),
                fingerprint=fingerprint("trust", list(fields.values())),
                field_names=tuple(fields),
            )
        ],
    )
    if outcome.refusal is not None:
        raise outcome.error()
    if cash is not None and not outcome.replayed:
        await execute(
            conn,
            _ADD_CASH_DETAIL,
            tenant_id,
            outcome.entry_id,
            cash.counterparty,
            cash.room,
            cash.channel,
            cash.order_no,
        )
    return outcome


async def balances_of(
    conn: AsyncConnection, *, tenant_id: int, account_code: str, holders: Collection[UUID]
) -> dict[UUID, int]:
    """Balances (fen) of one position by holder; those without such an account are left out."""
    names = [AccountName("TR", account_code, holder) for holder in holders]
    found = await find_accounts(conn, tenant_id=tenant_id, names=names)
    ids = [account.account_id for account in found if account is not None]
    balances = await list_balances(conn, tenant_id=tenant_id, account_ids=ids)
    return {row.holder_id: row.balance for row in balances if row.holder_id is not None}
