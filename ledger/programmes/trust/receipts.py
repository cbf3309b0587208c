"""Money from owners: against what is billed first, the rest is held as paid ahead."""

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.posting import Outcome
from ledger.database import fetch_optional, load_sql
from ledger.errors import InvalidInput, NotFound
from ledger.programmes.trust.bookings import Booking, CashDetail, balances_of, book

_LOCK_UNIT = load_sql("ledger.programmes.trust", "lock_unit")


class Split(msgspec.Struct, frozen=True):
    """How money of a unit is spread, fen."""

    received_fen: int
    in_advance_fen: int

    @property
    def amounts(self) -> dict[str, int]:
        """As the events of receipts name them."""
        return {"received": self.received_fen, "in_advance": self.in_advance_fen}


async def record_receipt(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    unit_id: UUID,
    amount: int,
    bank_account_id: UUID,
    booking: Booking,
    cash: CashDetail | None = None,
) -> Outcome:
    """Fees received on a bank account (TR02; TR03 when nothing is due). Amount in fen.

    Raises:
        NotFound: not a unit of this estate.
        LedgerError: refused; the class names the reason.
    """
    split, label = await _split(conn, tenant_id, unit_id, amount)
    event = "TR02" if split.received_fen else "TR03"
    amounts = split.amounts if split.received_fen else {"in_advance": amount}
    return await book(
        conn,
        event,
        tenant_id=tenant_id,
        booking=booking,
        sent={"unit_id": unit_id, "amount": amount, "bank_account_id": bank_account_id},
        amounts=amounts,
        owners={"unit": unit_id, "bank": bank_account_id},
        cash=_with_room(cash or CashDetail(), label),
        subject_id=unit_id,
    )


async def record_code_receipt(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    unit_id: UUID,
    amount: int,
    provider_id: UUID,
    booking: Booking,
    cash: CashDetail,
) -> Outcome:
    """Fees paid by code, with the provider until it settles (TR05; TR41 when nothing is due).

    Raises:
        NotFound: not a unit of this estate.
        LedgerError: refused; the class names the reason.
    """
    split, label = await _split(conn, tenant_id, unit_id, amount)
    owners = {"provider": provider_id, "unit": unit_id}
    accounts: dict[str, str] = {}
    event, amounts = "TR05", split.amounts
    if not split.received_fen:
        event, amounts, accounts = "TR41", {"received": amount}, {"account": "2203"}
        owners = {"provider": provider_id, "holder": unit_id}
    return await book(
        conn,
        event,
        tenant_id=tenant_id,
        booking=booking,
        sent={"unit_id": unit_id, "amount": amount, "provider_id": provider_id},
        amounts=amounts,
        owners=owners,
        accounts=accounts,
        cash=_with_room(cash, label),
        subject_id=unit_id,
    )


async def identify_receipt(
    conn: AsyncConnection, *, tenant_id: int, unit_id: UUID, amount: int, booking: Booking
) -> Outcome:
    """An unidentified receipt turns out to be a unit's fees (TR25; TR45 when nothing is due).

    Raises:
        NotFound: not a unit of this estate.
        InsufficientBalance: not so much is unidentified.
    """
    split, _ = await _split(conn, tenant_id, unit_id, amount)
    event, owners, accounts = "TR25", {"unit": unit_id}, {}
    amounts = {"identified": split.received_fen, "in_advance": split.in_advance_fen}
    if not split.received_fen:
        event, owners, accounts = "TR45", {"holder": unit_id}, {"account": "2203"}
        amounts = {"identified": amount}
    return await book(
        conn,
        event,
        tenant_id=tenant_id,
        booking=booking,
        sent={"unit_id": unit_id, "amount": amount},
        amounts=amounts,
        owners=owners,
        accounts=accounts,
        subject_id=unit_id,
    )


async def record_deposit(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    unit_id: UUID,
    amount: int,
    bank_account_id: UUID,
    booking: Booking,
    cash: CashDetail | None = None,
) -> Outcome:
    """A unit's deposit received (TR36), as for building work.

    Raises:
        NotFound: not a unit of this estate.
        LedgerError: refused; the class names the reason.
    """
    _, label = await _split(conn, tenant_id, unit_id, amount)
    return await book(
        conn,
        "TR36",
        tenant_id=tenant_id,
        booking=booking,
        sent={"unit_id": unit_id, "amount": amount, "bank_account_id": bank_account_id},
        amounts={"received": amount},
        owners={"deposit": unit_id, "bank": bank_account_id},
        cash=_with_room(cash or CashDetail(), label),
        subject_id=unit_id,
    )


async def _split(
    conn: AsyncConnection, tenant_id: int, unit_id: UUID, amount: int
) -> tuple[Split, str]:
    """How an amount is spread over what is due and what is ahead; locks the unit."""
    if amount < 1:
        raise InvalidInput(field="amount", value=amount, remedy="Give fen, above zero.")
    row = await fetch_optional(conn, _LOCK_UNIT, tenant_id, unit_id)
    if row is None:
        raise NotFound(kind="unit", id=str(unit_id))
    due = await balances_of(conn, tenant_id=tenant_id, account_code="1122", holders=[unit_id])
    received = min(amount, due[unit_id])
    return Split(received, amount - received), row.label


def _with_room(cash: CashDetail, label: str) -> CashDetail:
    """The detail with the unit's own label where the sender gave no room."""
    return cash if cash.room is not None else msgspec.structs.replace(cash, room=label)
