"""Holds: units reserved by a real posting, resolved exactly once.

A hold's id is the id of its placing entry. Capture takes first-expiring units first; what is
released or refunded comes back under the dates it had.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import IntEnum
from operator import index
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.idempotency import fingerprint, idempotency_key
from ledger.books.posting import Command, Outcome, check_batch_size, command_arrays, read_outcomes
from ledger.books.refusals import HoldNotFound
from ledger.clock import now
from ledger.database import fetch_all, fetch_one, fetch_optional, load_sql
from ledger.identifiers import uuid7

PLACE_HOLDS = load_sql("ledger.books", "place_holds")
RESOLVE_HOLDS = load_sql("ledger.books", "resolve_holds")
REFUND_HOLDS = load_sql("ledger.books", "refund_holds")
_FIND = load_sql("ledger.books", "find_hold")
_FIND_ACCOUNTS = load_sql("ledger.books", "find_hold_accounts")
_LIST_EXPIRED = load_sql("ledger.books", "list_expired_holds")

CAPTURE = "capture"
VOID = "void"
EXPIRE = "expire"


class HoldStatus(IntEnum):
    """Where a hold is in its life."""

    OPEN = 0
    CAPTURED = 1
    VOID = 2
    EXPIRED = 3


class HoldRequest(Command, frozen=True, kw_only=True):
    """A hold asked for: ``amount`` units from an available to a held account until then."""

    account_id: int
    held_account_id: int
    amount: int
    expires_at: datetime
    subject_id: UUID | None = None


class HoldResolution(Command, frozen=True, kw_only=True):
    """Capture, void or expiry of a hold. ``amount`` None: all of it (capture only)."""

    hold_id: UUID
    action: str
    amount: int | None = None
    capture_account_id: int | None = None
    #: Event of a capture in part; None: as for the whole.
    part_event_code: str | None = None
    subject_id: UUID | None = None


class HoldRefund(Command, frozen=True, kw_only=True):
    """Captured units asked back; those that have expired meanwhile expire on ``expires_from``."""

    hold_id: UUID
    amount: int
    expires_from: date | None = None
    subject_id: UUID | None = None


class Hold(msgspec.Struct, frozen=True):
    """A hold as it stands; accounts by public id, amounts in the smallest unit."""

    hold_id: UUID
    account_id: UUID
    holder_id: UUID | None
    capture_account_id: UUID | None
    amount: int
    captured: int
    refunded: int
    expires_at: datetime
    status: HoldStatus
    resolving_entry_id: UUID | None
    unit_code: str


class HoldAccounts(msgspec.Struct, frozen=True):
    """Between which places on the chart the units of a hold go, and how many were reserved."""

    book_code: str
    account_code: str
    held_code: str
    #: None: not captured.
    capture_code: str | None
    amount: int
    #: Whose units they are; None: the programme's.
    holder_id: UUID | None


async def place_holds(
    conn: AsyncConnection, *, tenant_id: int, requests: Sequence[HoldRequest]
) -> list[Outcome]:
    """Place holds; each stands or falls alone, as in ``post_batch``.

    Raises:
        BatchTooLarge: more than 1,000 holds.
    """
    check_batch_size(len(requests))
    row = await fetch_one(conn, PLACE_HOLDS, *place_arguments(tenant_id, requests))
    return read_outcomes(row, requests)


def place_arguments(tenant_id: int, requests: Sequence[HoldRequest]) -> tuple[object, ...]:
    """The arrays ``books.place_holds`` takes."""
    return (
        tenant_id,
        *command_arrays(requests),
        [request.subject_id for request in requests],
        [request.account_id for request in requests],
        [request.held_account_id for request in requests],
        [index(request.amount) for request in requests],
        [request.expires_at for request in requests],
    )


async def resolve_holds(
    conn: AsyncConnection, *, tenant_id: int, requests: Sequence[HoldResolution]
) -> list[Outcome]:
    """Capture, void or expire holds; a batch names each hold once.

    Raises:
        BatchTooLarge: more than 1,000 commands.
    """
    check_batch_size(len(requests))
    row = await fetch_one(conn, RESOLVE_HOLDS, *resolve_arguments(tenant_id, requests))
    return read_outcomes(row, requests)


def resolve_arguments(tenant_id: int, requests: Sequence[HoldResolution]) -> tuple[object, ...]:
    """The arrays ``books.resolve_holds`` takes."""
    _check_named_once(requests)
    return (
        tenant_id,
        *command_arrays(requests),
        [request.subject_id for request in requests],
        [request.hold_id for request in requests],
        [request.action for request in requests],
        [None if request.amount is None else index(request.amount) for request in requests],
        [request.capture_account_id for request in requests],
        [request.part_event_code for request in requests],
    )


async def refund_holds(
    conn: AsyncConnection, *, tenant_id: int, requests: Sequence[HoldRefund]
) -> list[Outcome]:
    """Give captured units back; a batch names each hold once.

    Raises:
        BatchTooLarge: more than 1,000 commands.
    """
    check_batch_size(len(requests))
    row = await fetch_one(conn, REFUND_HOLDS, *refund_arguments(tenant_id, requests))
    return read_outcomes(row, requests)


def refund_arguments(tenant_id: int, requests: Sequence[HoldRefund]) -> tuple[object, ...]:
    """The arrays ``books.refund_holds`` takes."""
    _check_named_once(requests)
    return (
        tenant_id,
        *command_arrays(requests),
        [request.subject_id for request in requests],
        [request.hold_id for request in requests],
        [index(request.amount) for request in requests],
        [request.expires_from for request in requests],
    )


async def expire_holds(
    conn: AsyncConnection, *, tenant_id: int, event_code: str, caller_id: int, limit: int = 1000
) -> list[Outcome]:
    """Expire open holds whose time is over; running it again finds nothing to do."""
    rows = await fetch_all(conn, _LIST_EXPIRED, tenant_id, limit)
    if not rows:
        return []
    requests = [
        HoldResolution(
            entry_id=uuid7(),
            caller_id=caller_id,
            key=idempotency_key(f"expire-hold:{row.hold_id}"),
            fingerprint=fingerprint("expire-hold", [str(row.hold_id)]),
            occurred_at=now(),
            event_code=event_code,
            hold_id=row.hold_id,
            action=EXPIRE,
        )
        for row in rows
    ]
    return await resolve_holds(conn, tenant_id=tenant_id, requests=requests)


async def get_hold(conn: AsyncConnection, *, tenant_id: int, hold_id: UUID) -> Hold:
    """One hold as it stands now.

    Raises:
        HoldNotFound: no such hold of this tenant.
    """
    row = await fetch_optional(conn, _FIND, tenant_id, hold_id)
    if row is None:
        raise HoldNotFound(hold=str(hold_id))
    return Hold(
        row.hold_id,
        row.account_id,
        row.holder_id,
        row.capture_account_id,
        row.amount,
        row.captured,
        row.refunded,
        row.expires_at,
        HoldStatus(row.status),
        row.resolving_entry_id,
        row.unit_code,
    )


async def find_hold_accounts(
    conn: AsyncConnection, *, tenant_id: int, hold_id: UUID
) -> HoldAccounts | None:
    """The accounts of a hold; None when it is not of this tenant."""
    row = await fetch_optional(conn, _FIND_ACCOUNTS, tenant_id, hold_id)
    return None if row is None else HoldAccounts(*tuple(row))


def _check_named_once(requests: Sequence[HoldResolution] | Sequence[HoldRefund]) -> None:
    """Lanes keep a second command of one hold for the next batch; see resolve_holds.sql."""
    new_keys = {(request.caller_id, request.key): request.hold_id for request in requests}
    assert len(set(new_keys.values())) == len(new_keys), "a batch names each hold once"
