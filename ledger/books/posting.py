"""Posting: commands in, outcomes out, through one set-based SQL function.

Source: docs/decisions/0004-posting.md
"""

import os
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from operator import index
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.idempotency import differing_field
from ledger.books.refusals import BatchTooLarge, refusal_error
from ledger.database import fetch_one, load_sql
from ledger.errors import LedgerError
from ledger.sheets.cells import UNSHOWN

MAX_BATCH = 1000
MAX_AMOUNT = 2**53 - 1
NEVER = date.max  # travels as PostgreSQL's infinity

POST_BATCH = load_sql("ledger.books", "post_batch")


class Line(msgspec.Struct, frozen=True):
    """One transfer asked for. Amount in the smallest unit of the accounts' book, 1 … 2^53−1."""

    debit_account_id: int
    credit_account_id: int
    amount: int
    #: Expiry bucket taken from and given to; None: first-expiring-first, or never.
    expires_on: date | None = None


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What every posting command carries, whatever it asks for."""

    #: uuid v7 made by the application; the public id of the entry if it is posted.
    entry_id: UUID
    caller_id: int
    key: UUID
    fingerprint: bytes
    #: Business event of the catalogue.
    event_code: str
    occurred_at: datetime
    #: Accounting date; None: today in Shanghai.
    booked_on: date | None = None
    #: Names of the fingerprinted fields, to name the one that differs.
    field_names: tuple[str, ...] = ()


class EntryRequest(Command, frozen=True, kw_only=True):
    """An entry asked for: transfers that stand or fall together."""

    lines: tuple[Line, ...]
    subject_id: UUID | None = None
    policy_version: int | None = None
    memo: str | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What became of one command."""

    entry_id: UUID
    #: Code of the refusal; None: posted.
    refusal: str | None
    replayed: bool
    posted_at: datetime | None
    booked_on: date | None
    #: Attributes of the refusal.
    detail: dict[str, Any] | None = None

    def error(self) -> LedgerError:
        """The refusal as an error; only for refused outcomes."""
        assert self.refusal is not None
        return refusal_error(self.refusal, self.detail)


async def post_batch(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    requests: Sequence[EntryRequest],
    statement: str = POST_BATCH,
) -> list[Outcome]:
    """Post entries to the journal; each stands or falls alone.

    Takes 1 to 1,000 entries. Locks the touched accounts in id order. A key seen before returns its
    first result, marked replayed. Another ``statement`` refuses some by rules of its own.

    Raises:
        BatchTooLarge: more than 1,000 entries.

    Source: docs/decisions/0004-posting.md
    """
    check_batch_size(len(requests))
    if not requests:
        return []
    row = await fetch_one(conn, statement, *batch_arguments(tenant_id, requests))
    return read_outcomes(row, requests)


async def post_entry(conn: AsyncConnection, *, tenant_id: int, request: EntryRequest) -> Outcome:
    """Post one entry.

    Raises:
        LedgerError: the entry was refused; the class names the reason.
    """
    (outcome,) = await post_batch(conn, tenant_id=tenant_id, requests=(request,))
    if outcome.refusal is not None:
        raise outcome.error()
    return outcome


def check_batch_size(count: int) -> None:
    """Refuse a batch beyond what one posting transaction may hold locks for.

    Raises:
        BatchTooLarge: more than 1,000 commands.
    """
    if count > MAX_BATCH:
        raise BatchTooLarge(count=count, limit=MAX_BATCH)


def batch_arguments(tenant_id: int, requests: Sequence[EntryRequest]) -> tuple[Any, ...]:
    """The arrays ``books.post_batch`` takes; accounts as positions in their sorted list."""
    accounts = sorted(
        {
            account
            for request in requests
            for line in request.lines
            for account in (line.debit_account_id, line.credit_account_id)
        }
    )
    place = {account: position for position, account in enumerate(accounts, start=1)}
    lines = [line for request in requests for line in request.lines]
    return (
        tenant_id,
        *command_arrays(requests),
        _given([request.subject_id for request in requests]),
        _given([request.policy_version for request in requests]),
        accounts,
        [len(request.lines) for request in requests],
        [place[line.debit_account_id] for line in lines],
        [place[line.credit_account_id] for line in lines],
        [index(line.amount) for line in lines],  # the driver would cut a fraction off
        _given([line.expires_on for line in lines]),
        *memo_arrays([request.memo for request in requests]),
    )


def _given(values: list[Any]) -> list[Any] | None:
    """None when no element has a value: an array of nothing is not worth its way."""
    return None if values.count(None) == len(values) else values


def command_arrays(requests: Sequence[Command]) -> tuple[list[Any], ...]:
    """Ids, callers, keys, fingerprints, events and dates, one element a command."""
    return (
        [request.entry_id for request in requests],
        [request.caller_id for request in requests],
        [request.key for request in requests],
        [request.fingerprint for request in requests],
        [request.event_code for request in requests],
        [request.occurred_at for request in requests],
        [request.booked_on for request in requests],
    )


def memo_arrays(memos: Sequence[str | None]) -> tuple[list[Any] | None, ...]:
    """Memos with a fresh salt and the commitment sha256(salt || memo); all None without memos.

    Marks that show nothing are left out: what is committed to is what everybody reads.
    """
    if not any(memos):
        return None, None, None
    shown = [UNSHOWN.sub("", memo).strip() or None if memo else None for memo in memos]
    salts = [os.urandom(16) if memo else None for memo in shown]
    commitments = [
        sha256(salt + memo.encode()).digest() if salt and memo else None
        for salt, memo in zip(salts, shown, strict=True)
    ]
    return list(shown), salts, commitments


def read_outcomes(row: Any, commands: Sequence[Command]) -> list[Outcome]:
    """One outcome a command from the row of arrays a posting function answers with."""
    codes, replayed, entry_ids, posted_at, booked_on, details = row
    if codes is None:  # all were posted, at one moment
        return [
            Outcome(command.entry_id, None, False, posted_at[0], booked_on[item])
            for item, command in enumerate(commands)
        ]
    return [
        Outcome(
            entry_ids[item],
            codes[item],
            replayed[item],
            posted_at[item],
            booked_on[item],
            None if details[item] is None else _read_detail(codes[item], details[item], command),
        )
        for item, command in enumerate(commands)
    ]


def _read_detail(code: str, detail: str, command: Command) -> dict[str, Any]:
    attributes: dict[str, Any] = msgspec.json.decode(detail)
    if code == "idempotency_conflict":
        first = bytes.fromhex(attributes["first"])
        return {"field": differing_field(first, command.fingerprint, command.field_names)}
    return attributes
