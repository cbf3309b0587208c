"""Money that the bank, a payment provider or the public brings, and what is accrued for it."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.posting import Outcome
from ledger.programmes.trust.bookings import Booking, CashDetail, book


class BankEvent(StrEnum):
    """What one line of a bank statement can be by itself."""

    INTEREST = "TR20"
    BANK_FEE = "TR21"
    PARKING = "TR07"
    SITE_RENT = "TR09"
    UNIDENTIFIED = "TR24"


_AMOUNT_NAMES = {BankEvent.INTEREST: "interest", BankEvent.BANK_FEE: "fee"}


async def record_bank_event(
    conn: AsyncConnection,
    event: BankEvent,
    *,
    tenant_id: int,
    bank_account_id: UUID,
    amount: int,
    booking: Booking,
    cash: CashDetail | None = None,
) -> Outcome:
    """Interest, bank fee, parking, site rent, or money nobody recognises yet. Amount in fen.

    Raises:
        LedgerError: refused; the class names the reason.
    """
    return await book(
        conn,
        event.value,
        tenant_id=tenant_id,
        booking=booking,
        sent={"event": event.value, "bank_account_id": bank_account_id, "amount": amount},
        amounts={_AMOUNT_NAMES.get(event, "received"): amount},
        owners={"bank": bank_account_id},
        cash=cash or CashDetail(),
    )


async def settle_provider(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    provider_id: UUID,
    bank_account_id: UUID,
    net: int,
    fee: int,
    booking: Booking,
    cash: CashDetail,
) -> Outcome:
    """A payment provider pays out net of its fee (TR06). Amounts in fen.

    Raises:
        LedgerError: refused; the class names the reason.
    """
    return await book(
        conn,
        "TR06",
        tenant_id=tenant_id,
        booking=booking,
        sent={"provider": provider_id, "bank_account_id": bank_account_id, "net": net, "fee": fee},
        amounts={"net": net, "fee": fee},
        owners={"provider": provider_id, "bank": bank_account_id},
        cash=cash,
    )


async def bill_revenue(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    contract_id: UUID,
    revenue_account: str,
    amount: int,
    booking: Booking,
) -> Outcome:
    """Public revenue becomes due under a contract (TR08). Amount in fen.

    Raises:
        EventAccountNotAllowed: not an account of public revenue.
        LedgerError: refused; the class names the reason.
    """
    return await book(
        conn,
        "TR08",
        tenant_id=tenant_id,
        booking=booking,
        sent={"contract_id": contract_id, "account": revenue_account, "amount": amount},
        amounts={"billed": amount},
        owners={"contract": contract_id},
        accounts={"revenue": revenue_account},
        subject_id=contract_id,
    )


async def record_revenue_receipt(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    contract_id: UUID,
    amount: int,
    bank_account_id: UUID,
    booking: Booking,
    cash: CashDetail | None = None,
) -> Outcome:
    """Money due under a revenue contract arrives (TR39). Amount in fen.

    Raises:
        InsufficientBalance: not so much is due.
    """
    return await book(
        conn,
        "TR39",
        tenant_id=tenant_id,
        booking=booking,
        sent={"contract_id": contract_id, "amount": amount, "bank_account_id": bank_account_id},
        amounts={"received": amount},
        owners={"contract": contract_id, "bank": bank_account_id},
        cash=cash or CashDetail(),
        subject_id=contract_id,
    )


async def accrue_expense(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    supplier_id: UUID,
    expense_account: str,
    amount: int,
    booking: Booking,
) -> Outcome:
    """An expense within the budget is owed to a supplier (TR11). Amount in fen.

    Raises:
        EventAccountNotAllowed: not an account of expenses.
        LedgerError: refused; the class names the reason.
    """
    return await book(
        conn,
        "TR11",
        tenant_id=tenant_id,
        booking=booking,
        sent={"supplier_id": supplier_id, "account": expense_account, "amount": amount},
        amounts={"expense": amount},
        owners={"supplier": supplier_id},
        accounts={"expense": expense_account},
        subject_id=supplier_id,
    )
