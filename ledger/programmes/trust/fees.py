"""Property fees: a rate by square metre, billed once a unit and month.

What a unit has paid ahead is taken first (TR04), the rest becomes receivable (TR01). When all of
a bill was reversed, the month is billed to the unit anew.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.idempotency import fingerprint, idempotency_key
from ledger.books.posting import MAX_BATCH
from ledger.clock import month_of, today
from ledger.database import execute, fetch_all, fetch_one, fetch_optional, fetch_value, load_sql
from ledger.errors import InvalidInput, LedgerError
from ledger.foundation.events import EventCommand, post_events
from ledger.foundation.organisations import check_page_size
from ledger.identifiers import uuid7
from ledger.programmes.trust.bookings import Booking, balances_of

_PACKAGE = "ledger.programmes.trust"
_SET_RATE = load_sql(_PACKAGE, "set_fee_rate")
_FIND_RATE = load_sql(_PACKAGE, "find_fee_rate")
_LOCK_UNITS = load_sql(_PACKAGE, "lock_units")
_LIST_UNBILLED = load_sql(_PACKAGE, "list_unbilled_units")
_ADD_BILLS = load_sql(_PACKAGE, "add_fee_bills")
_TOTAL = load_sql(_PACKAGE, "total_fee_bills")
_LIST_RATES = load_sql(_PACKAGE, "list_fee_rates")
_LIST_BILLS = load_sql(_PACKAGE, "list_fee_bills")

DM2_A_M2 = 100
LARGEST_RATE = 100_000
#: A wrong year cannot be taken back: bills are never unbilled, and rates only follow one another.
LONGEST_DECIDED_AHEAD = timedelta(days=3 * 366)


class FeeRateMissing(LedgerError):
    """No rate was decided for the month."""

    template = "No fee rate is in force in {month}."


class FeeRateRetroactive(LedgerError):
    """A new rate begins after the last one and after the last month billed."""

    template = "A new fee rate can begin in {earliest} at the earliest."


class FeeRate(msgspec.Struct, frozen=True):
    """Fee per month and m² from a month on, fen."""

    valid_from: date
    fen_per_m2: int
    document_no: str
    recorded_at: datetime


class FeeBill(msgspec.Struct, frozen=True):
    """What a unit was billed for a month, and by which entries; fen."""

    unit_id: UUID
    month: date
    #: 1; more: all that was billed before was reversed.
    bill_no: int
    amount_fen: int
    from_prepaid_fen: int
    #: Undone by reversals since; all of it: the month can be billed anew.
    reversed_fen: int
    billed_entry_id: UUID | None
    recognised_entry_id: UUID | None
    billed_at: datetime


class Bill(msgspec.Struct, frozen=True):
    """What a unit owes for a month, and how much of it was paid ahead; fen."""

    unit_id: UUID
    bill_no: int
    amount_fen: int
    from_prepaid_fen: int
    #: Entries TR01 and TR04; None: that part is nothing.
    billed_entry_id: UUID | None
    recognised_entry_id: UUID | None


class BillingTotals(msgspec.Struct, frozen=True):
    """What was billed for a month and stands, this run and earlier ones together; fen."""

    units: int
    amount_fen: int
    from_prepaid_fen: int
    #: Units billed by this run; none when it had been done before.
    new_units: int


def monthly_fee(area_dm2: int, fen_per_m2: int) -> int:
    """The fee of a month in fen, half up."""
    return (area_dm2 * fen_per_m2 + DM2_A_M2 // 2) // DM2_A_M2


async def set_fee_rate(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    valid_from: date,
    fen_per_m2: int,
    document_no: str,
    caller_id: int,
) -> None:
    """Record the fee per month and m² that holds from a month on.

    Raises:
        InvalidInput: a rate out of range, a day within a month, or one years ahead.
        FeeRateRetroactive: a month from then on is billed already, or a later rate is recorded.
    """
    if not 1 <= fen_per_m2 <= LARGEST_RATE:
        raise InvalidInput(
            field="fen_per_m2", value=fen_per_m2, remedy=f"Give fen from 1 to {LARGEST_RATE}."
        )
    if valid_from.day != 1:
        raise InvalidInput(
            field="valid_from", value=str(valid_from), remedy="Give the first day of a month."
        )
    _check_not_beyond("valid_from", valid_from, today() + LONGEST_DECIDED_AHEAD)
    row = await fetch_one(
        conn, _SET_RATE, tenant_id, valid_from, fen_per_m2, document_no, caller_id
    )
    if not row.is_recorded:
        raise FeeRateRetroactive(earliest=row.earliest)


async def list_fee_rates(conn: AsyncConnection, *, tenant_id: int) -> list[FeeRate]:
    """Every rate that was recorded, the latest first."""
    return [FeeRate(*tuple(row)) for row in await fetch_all(conn, _LIST_RATES, tenant_id)]


async def list_fee_bills(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    limit: int,
    month: date | None = None,
    unit_id: UUID | None = None,
    after: tuple[date, UUID, int] | None = None,
) -> list[FeeBill]:
    """A page of bills, the latest month first; ``after``: month, unit and number of the last."""
    rows = await fetch_all(
        conn,
        _LIST_BILLS,
        tenant_id,
        month,
        unit_id,
        *(after or (None, None, None)),
        check_page_size(limit),
    )
    return [FeeBill(*tuple(row)) for row in rows]


async def bill_fees(
    conn: AsyncConnection, *, tenant_id: int, month: date, booking: Booking
) -> BillingTotals:
    """Bill a month's fee to every unit without one that stands; doing it again does nothing.

    All of the run stands or falls together. Keys follow from unit and month; that of ``booking``
    is not used. A bill stands while one of its entries is not reversed.

    Raises:
        InvalidInput: the month begins after the next month.
        FeeRateMissing: no rate is in force in that month.
        LedgerError: an entry was refused, as when the period is closed.
    """
    month = month_of(month)
    _check_not_beyond("month", month, month_of(month_of(today()) + timedelta(days=31)))
    rate = await fetch_optional(conn, _FIND_RATE, tenant_id, month)
    if rate is None:
        raise FeeRateMissing(month=f"{month:%Y-%m}")
    await fetch_value(conn, _LOCK_UNITS, tenant_id)
    rows = await fetch_all(conn, _LIST_UNBILLED, tenant_id, month)
    holders = [row.unit_id for row in rows]
    prepaid = await balances_of(conn, tenant_id=tenant_id, account_code="2203", holders=holders)
    bills = [
        _new_bill(row.unit_id, row.bill_no, fee, prepaid[row.unit_id])
        for row in rows
        if (fee := monthly_fee(row.area_dm2, rate.fen_per_m2))
    ]
    commands = [command for bill in bills for command in _commands(bill, month, booking)]
    for start in range(0, len(commands), MAX_BATCH):
        batch = commands[start : start + MAX_BATCH]
        for outcome in await post_events(conn, tenant_id=tenant_id, commands=batch):
            if outcome.refusal is not None:
                raise outcome.error()
    await execute(
        conn,
        _ADD_BILLS,
        tenant_id,
        month,
        [bill.unit_id for bill in bills],
        [bill.bill_no for bill in bills],
        [bill.amount_fen for bill in bills],
        [bill.from_prepaid_fen for bill in bills],
        [bill.billed_entry_id for bill in bills],
        [bill.recognised_entry_id for bill in bills],
        booking.caller_id,
    )
    total = await fetch_one(conn, _TOTAL, tenant_id, month)
    return BillingTotals(total.units, total.amount_fen, total.from_prepaid_fen, len(bills))


def _check_not_beyond(field: str, month: date, last: date) -> None:
    if month > last:
        remedy = f"Give a month until {last:%Y-%m}."
        raise InvalidInput(field=field, value=f"{month:%Y-%m}", remedy=remedy)


def _new_bill(unit_id: UUID, bill_no: int, fee: int, prepaid_fen: int) -> Bill:
    from_prepaid = min(fee, prepaid_fen)
    return Bill(
        unit_id,
        bill_no,
        fee,
        from_prepaid,
        uuid7() if from_prepaid < fee else None,
        uuid7() if from_prepaid else None,
    )


def _commands(bill: Bill, month: date, booking: Booking) -> list[EventCommand]:
    """The entries of a bill: what was paid ahead, then what is due."""
    again = f"/{bill.bill_no}" if bill.bill_no > 1 else ""
    parts = (
        ("TR04", "recognised", bill.from_prepaid_fen, bill.recognised_entry_id),
        ("TR01", "billed", bill.amount_fen - bill.from_prepaid_fen, bill.billed_entry_id),
    )
    return [
        EventCommand(
            event=event,
            key=idempotency_key(f"trust/bill/{bill.unit_id}/{month}/{event}{again}"),
            caller_id=booking.caller_id,
            occurred_at=booking.occurred_at,
            booked_on=booking.booked_on,
            memo=booking.memo,
            amounts={name: amount},
            owners={"unit": bill.unit_id},
            subject_id=bill.unit_id,
            entry_id=entry_id,
            fingerprint=fingerprint(f"trust/bill/{event}", [bill.unit_id, month]),
        )
        for event, name, amount, entry_id in parts
        if entry_id is not None
    ]
