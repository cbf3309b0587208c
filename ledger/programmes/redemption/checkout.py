"""A purchase from the counter's point of view: build the commands, or do it all in one go.

The builders serve lanes and transactions alike: ``lanes.submit(tenant_id, CAPTURE, command)`` or
``run_commands(conn, CAPTURE, tenant_id=…, requests=[command])``.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.holds import EXPIRE
from ledger.books.idempotency import fingerprint, idempotency_key
from ledger.books.posting import Outcome
from ledger.clock import now
from ledger.database import fetch_all, load_sql
from ledger.identifiers import uuid7
from ledger.programmes.redemption.commands import (
    AUTHORISE,
    CAPTURE,
    VOID_PURCHASE,
    Authorisation,
    Capture,
    Refund,
    Void,
    run_commands,
)
from ledger.programmes.redemption.terms import Terms

_LIST_OVERDUE = load_sql("ledger.programmes.redemption", "list_overdue_purchases")
#: Days that points live on which expired between capture and refund. Source: edge case 19 of the
#: domain study, "restore with grace 30 days".
GRACE_DAYS = 30


def new_authorisation(
    *,
    key: UUID,
    caller_id: int,
    terms: Terms,
    merchant_id: UUID,
    amount: int,
    code_hash: bytes | None = None,
    member_id: UUID | None = None,
    terminal: str = "",
    merchant_reference: str | None = None,
    occurred_at: datetime | None = None,
) -> Authorisation:
    """A command to hold points: by the hash of a presented code, or for a member named."""
    sent = {
        "merchant_id": merchant_id,
        "amount": amount,
        "code": code_hash,
        "member_id": member_id,
        "terminal": terminal,
        "merchant_reference": merchant_reference,
    }
    return Authorisation(
        entry_id=uuid7(),
        caller_id=caller_id,
        key=key,
        fingerprint=fingerprint("redemption/authorise", list(sent.values())),
        field_names=tuple(sent),
        occurred_at=occurred_at or now(),
        merchant_id=merchant_id,
        amount=amount,
        hold_seconds=terms.hold_seconds,
        code_hash=code_hash,
        member_id=member_id,
        terminal=terminal,
        merchant_reference=merchant_reference,
        daily_cap=terms.daily_cap,
        merchant_cap=terms.merchant_cap,
        policy_version=terms.policy_version,
    )


def new_capture(
    *,
    key: UUID,
    caller_id: int,
    merchant_id: UUID,
    redemption_id: UUID,
    amount: int | None = None,
    terminal: str = "",
    occurred_at: datetime | None = None,
) -> Capture:
    """A command to take what is held; ``amount`` None: all of it."""
    sent = {
        "merchant_id": merchant_id,
        "redemption_id": redemption_id,
        "amount": amount,
        "terminal": terminal,
    }
    return Capture(
        entry_id=uuid7(),
        caller_id=caller_id,
        key=key,
        fingerprint=fingerprint("redemption/capture", list(sent.values())),
        field_names=tuple(sent),
        occurred_at=occurred_at or now(),
        merchant_id=merchant_id,
        redemption_id=redemption_id,
        amount=amount,
        terminal=terminal,
    )


def new_void(
    *,
    key: UUID,
    caller_id: int,
    redemption_id: UUID,
    merchant_id: UUID | None = None,
    booked_on: date | None = None,
    occurred_at: datetime | None = None,
) -> Void:
    """A command to release what is held; ``merchant_id`` limits it to that merchant's purchases."""
    sent = {
        "redemption_id": redemption_id,
        "merchant_id": merchant_id,
        "booked_on": booked_on,
    }
    return Void(
        entry_id=uuid7(),
        caller_id=caller_id,
        key=key,
        fingerprint=fingerprint("redemption/void", list(sent.values())),
        field_names=tuple(sent),
        occurred_at=occurred_at or now(),
        booked_on=booked_on,
        redemption_id=redemption_id,
        merchant_id=merchant_id,
    )


def new_refund(
    *,
    key: UUID,
    caller_id: int,
    terms: Terms,
    merchant_id: UUID,
    redemption_id: UUID,
    amount: int | None = None,
    terminal: str = "",
    booked_on: date | None = None,
    occurred_at: datetime | None = None,
) -> Refund:
    """A command to give captured points back; ``amount`` None: all that is left."""
    sent = {
        "merchant_id": merchant_id,
        "redemption_id": redemption_id,
        "amount": amount,
        "terminal": terminal,
        "booked_on": booked_on,
    }
    return Refund(
        entry_id=uuid7(),
        caller_id=caller_id,
        key=key,
        fingerprint=fingerprint("redemption/refund", list(sent.values())),
        field_names=tuple(sent),
        occurred_at=occurred_at or now(),
        booked_on=booked_on,
        merchant_id=merchant_id,
        redemption_id=redemption_id,
        amount=amount,
        terminal=terminal,
        window_days=terms.refund_days,
        grace_days=GRACE_DAYS,
    )


async def redeem(
    conn: AsyncConnection, *, tenant_id: int, authorisation: Authorisation
) -> tuple[UUID, Outcome]:
    """Authorise and capture the whole in one transaction; returns the purchase and the outcome.

    A replay of the authorisation replays the capture. When the capture is refused, the hold stays
    until it is voided or its time is over.
    """
    (held,) = await run_commands(conn, AUTHORISE, tenant_id=tenant_id, requests=[authorisation])
    if held.refusal is not None:
        return held.entry_id, held
    command = new_capture(
        key=idempotency_key(f"{authorisation.key}/capture"),
        caller_id=authorisation.caller_id,
        merchant_id=authorisation.merchant_id,
        redemption_id=held.entry_id,
        terminal=authorisation.terminal,
        occurred_at=authorisation.occurred_at,
    )
    (taken,) = await run_commands(conn, CAPTURE, tenant_id=tenant_id, requests=[command])
    return held.entry_id, taken


async def expire_purchases(
    conn: AsyncConnection, *, tenant_id: int, caller_id: int, limit: int = 1000
) -> list[Outcome]:
    """Release authorised purchases whose time is over; running it again finds nothing to do.

    Every attempt has a key of its own: a stored refusal must not outlive its reason, and a hold
    resolves once anyway.
    """
    rows = await fetch_all(conn, _LIST_OVERDUE, tenant_id, limit)
    requests = [
        Void(
            entry_id=uuid7(),
            caller_id=caller_id,
            key=uuid7(),
            fingerprint=fingerprint("redemption/expire", [row.hold_id]),
            occurred_at=now(),
            redemption_id=row.hold_id,
            action=EXPIRE,
        )
        for row in rows
    ]
    return await run_commands(conn, VOID_PURCHASE, tenant_id=tenant_id, requests=requests)
