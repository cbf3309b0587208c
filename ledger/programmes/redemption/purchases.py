"""Reading purchases: one of them, by the merchant's own number, a member's, a merchant's day."""

from datetime import date, datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, fetch_one, fetch_value, load_sql
from ledger.errors import NotFound
from ledger.foundation.organisations import check_page_size
from ledger.programmes.redemption.refusals import HoldOfPurchase

_PACKAGE = "ledger.programmes.redemption"
_LIST = load_sql(_PACKAGE, "list_purchases")
_TOTAL = load_sql(_PACKAGE, "total_day")
_ACTS = load_sql(_PACKAGE, "list_purchase_acts")


class PurchaseStatus(IntEnum):
    """Where a purchase is in its life; the numbers are those of its hold."""

    AUTHORISED = 0
    CAPTURED = 1
    VOID = 2
    EXPIRED = 3


class Purchase(msgspec.Struct, frozen=True):
    """A purchase as it stands, with what a receipt shows. Points in 1/100 point."""

    redemption_id: UUID
    member_id: UUID
    #: Masked: the first character and a star.
    member_name: str
    merchant_id: UUID
    merchant_name: str
    terminal: str
    merchant_reference: str | None
    amount: int
    captured: int
    refunded: int
    status: PurchaseStatus
    authorised_at: datetime
    expires_at: datetime
    captured_at: datetime | None
    fen_per_100_points: int | None
    #: Value of what was captured and not refunded, fen; None: not captured.
    value_fen: int | None
    #: That less the share which the merchant bears.
    payable_fen: int | None
    refundable: bool | None


class PurchaseAct(msgspec.Struct, frozen=True):
    """Something done with a purchase; points in 1/100 point."""

    #: held, captured or refunded
    act: str
    entry_id: UUID
    caller_id: int
    #: Where the till stands, else its number; None: not told.
    till: str | None
    points: int
    done_at: datetime


class DayTotals(msgspec.Struct, frozen=True):
    """What a merchant took and gave back on a day; amounts before refunds, and those refunds."""

    captures: int
    points: int
    value_fen: int
    payable_fen: int
    refunds: int
    refunded_points: int
    refunded_value_fen: int
    refunded_payable_fen: int


async def get_purchase(
    conn: AsyncConnection, *, tenant_id: int, redemption_id: UUID, merchant_id: UUID | None = None
) -> Purchase:
    """One purchase; with ``merchant_id`` only if it is that merchant's.

    Raises:
        NotFound: no such purchase of this programme, or of this merchant.
    """
    found = await _list(
        conn, tenant_id, redemption_id=redemption_id, merchant_id=merchant_id, limit=1
    )
    if not found:
        raise NotFound(kind="redemption", id=str(redemption_id))
    return found[0]


async def list_purchase_acts(
    conn: AsyncConnection, *, tenant_id: int, redemption_id: UUID
) -> list[PurchaseAct]:
    """What was done with a purchase, in that order; nothing for one that is not there."""
    rows = await fetch_all(conn, _ACTS, tenant_id, redemption_id)
    return [PurchaseAct(*tuple(row)) for row in rows]


async def check_no_purchase(conn: AsyncConnection, *, tenant_id: int, hold_id: UUID) -> None:
    """Let the general hold functions pass by a purchase's hold.

    Raises:
        HoldOfPurchase: it is one.
    """
    if await fetch_value(conn, load_sql(_PACKAGE, "is_purchase"), tenant_id, hold_id):
        raise HoldOfPurchase(hold=str(hold_id))


async def find_by_reference(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    merchant_id: UUID,
    merchant_reference: str,
    terminal: str | None = None,
) -> list[Purchase]:
    """Purchases with the merchant's own transaction number: one a terminal at the most."""
    return await _list(
        conn,
        tenant_id,
        merchant_id=merchant_id,
        terminal=terminal,
        merchant_reference=merchant_reference,
        limit=check_page_size(100),
    )


async def list_purchases(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    limit: int,
    merchant_id: UUID | None = None,
    member_id: UUID | None = None,
    after: UUID | None = None,
) -> list[Purchase]:
    """A page of purchases, the newest first, beginning after the purchase ``after``."""
    return await _list(
        conn,
        tenant_id,
        merchant_id=merchant_id,
        member_id=member_id,
        limit=check_page_size(limit),
        after=after,
    )


async def list_day(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    merchant_id: UUID,
    day: date,
    limit: int,
    after: UUID | None = None,
) -> list[Purchase]:
    """A page of what a merchant authorised, captured or refunded on a day, the newest first."""
    return await _list(
        conn,
        tenant_id,
        merchant_id=merchant_id,
        day=day,
        limit=check_page_size(limit),
        after=after,
    )


async def total_day(
    conn: AsyncConnection, *, tenant_id: int, merchant_id: UUID, day: date
) -> DayTotals:
    """What a merchant took and gave back on a day, in points and fen."""
    return DayTotals(*tuple(await fetch_one(conn, _TOTAL, tenant_id, merchant_id, day)))


async def _list(
    conn: AsyncConnection,
    tenant_id: int,
    *,
    limit: int,
    redemption_id: UUID | None = None,
    merchant_id: UUID | None = None,
    terminal: str | None = None,
    merchant_reference: str | None = None,
    member_id: UUID | None = None,
    day: date | None = None,
    after: UUID | None = None,
) -> list[Purchase]:
    rows = await fetch_all(
        conn,
        _LIST,
        tenant_id,
        redemption_id,
        merchant_id,
        terminal,
        merchant_reference,
        member_id,
        day,
        limit,
        after,
    )
    return [_read(row) for row in rows]


def _read(row: Any) -> Purchase:
    fields = row._asdict()
    fields["status"] = PurchaseStatus(fields["status"])
    fields["authorised_at"] = fields.pop("occurred_at")
    return Purchase(**fields)
