"""What was asked for before: payments that wait, what they leave of a debt, the one last paid."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import Account, AccountName, get_accounts
from ledger.books.balances import list_balances
from ledger.books.refusals import InsufficientBalance
from ledger.database import execute, fetch_all, fetch_optional, load_sql
from ledger.errors import LedgerError

_PACKAGE = "ledger.programmes.trust"
_LIST = load_sql(_PACKAGE, "list_waiting_payments")
_LOCK = load_sql(_PACKAGE, "lock_payable")
_FIND_BY_KEY = load_sql(_PACKAGE, "find_payment_by_key")
_LAST_PAID = load_sql(_PACKAGE, "find_last_paid")


class PaymentWaitsAlready(LedgerError):
    """Together with what was asked for before, more would be paid than is owed."""

    template = (
        "{held} fen of the {available} fen that are owed were asked for already, in request "
        "{approval}; {needed} fen more would exceed it."
    )


class WaitingPayment(msgspec.Struct, frozen=True):
    """A payment that was asked for and that nobody has decided, fen."""

    payment_id: UUID
    event: str
    payee_id: UUID | None
    amount_fen: int
    purpose: str
    requested_by: int
    requested_at: datetime


class PaidPayment(msgspec.Struct, frozen=True):
    """A payment that was approved and booked, fen."""

    payment_id: UUID
    amount_fen: int
    purpose: str
    paid_at: datetime


async def find_payment_by_key(
    conn: AsyncConnection, *, tenant_id: int, caller_id: int, key: UUID
) -> UUID | None:
    """The payment that somebody asked for under a key, whatever became of it; None: none."""
    row = await fetch_optional(conn, _FIND_BY_KEY, tenant_id, caller_id, key)
    return None if row is None else row.payment_id


async def find_last_paid(
    conn: AsyncConnection, *, tenant_id: int, event: str, payee_id: UUID | None
) -> PaidPayment | None:
    """What an event paid last to a payee; None: nothing so far."""
    row = await fetch_optional(conn, _LAST_PAID, tenant_id, event, payee_id)
    return None if row is None else PaidPayment(*tuple(row))


async def list_waiting_payments(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    event: str | None = None,
    payee_id: UUID | None = None,
) -> list[WaitingPayment]:
    """What waits, the newest first; of one event only what is to be paid to ``payee_id``."""
    rows = await fetch_all(conn, _LIST, tenant_id, event, payee_id)
    return [WaitingPayment(*tuple(row)) for row in rows]


async def require_owed(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    account: Account,
    event: str,
    payee_id: UUID | None,
    payment_id: UUID,
    amount: int,
) -> None:
    """See that what is owed covers a payment that was just asked for, and all that wait besides.

    A cost is paid as it arises: its account has no floor, and nothing is owed before.

    Raises:
        PaymentWaitsAlready: not with what was asked for before.
        InsufficientBalance: not even alone.
    """
    if account.floor is None:
        return
    await execute(conn, _LOCK, tenant_id, account.public_id)
    # What waits is read before what is owed: approved in between, it counts twice, never not at all
    waiting = await list_waiting_payments(conn, tenant_id=tenant_id, event=event, payee_id=payee_id)
    others = [one for one in waiting if one.payment_id != payment_id]
    (held,) = await list_balances(conn, tenant_id=tenant_id, account_ids=[account.account_id])
    owed, asked = held.balance - account.floor, sum(one.amount_fen for one in others)
    if amount > owed:
        raise InsufficientBalance(
            account=str(account.public_id),
            line=1,
            available=max(owed, 0),
            needed=amount,
            unit=account.unit_code,
        )
    if others and amount + asked > owed:
        raise PaymentWaitsAlready(
            approval=str(others[0].payment_id),
            available=owed,
            held=asked,
            needed=amount,
            unit=account.unit_code,
        )


async def require_funds(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    bank: UUID,
    amount: int,
    is_booked: bool = False,
) -> None:
    """See that a bank account holds a payment by the books: receipts are recorded first.

    The account itself has no floor, since a bank fee or a clawback stands whatever it holds.
    ``is_booked``: the payment is booked already in this transaction, so that others wait for it.

    Raises:
        InsufficientBalance: it holds less.
    """
    names = [AccountName("TR", "1002", bank)]
    (account,) = await get_accounts(conn, tenant_id=tenant_id, names=names)
    (held,) = await list_balances(conn, tenant_id=tenant_id, account_ids=[account.account_id])
    available = held.balance + amount if is_booked else held.balance
    if amount > available:
        raise InsufficientBalance(
            account=str(account.public_id),
            line=1,
            available=max(available, 0),
            needed=amount,
            unit=account.unit_code,
        )
