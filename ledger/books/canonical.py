"""Canonical encoding of entries: the bytes that seals, exports and verifiers agree on for ever.

All integers are big-endian. ``text`` is a two-byte length and UTF-8. ``optional x`` is a byte 0, or
a byte 1 and x. Moments are microseconds since 1970-01-01T00:00:00Z, days are counted from
0001-01-01 = 1. An entry is

    version u8 = 1 · tenant uuid · entry uuid · kind u8 · event text · occurred_at i64 ·
    posted_at i64 · booked_on u32 · caller u32 · optional subject uuid ·
    optional policy version u32 · optional reversed entry uuid · optional memo commitment 32 bytes ·
    number of lines u32 · lines · number of vouchers u16 · vouchers

    line: debit account uuid · credit account uuid · book text · unit text · amount u64 ·
          expires_on u32 (0: never) · debit version u64 · balance after it i64 ·
          credit version u64 · balance after it i64
    voucher: book text · number u32

Source: docs/decisions/0006-canonical-encoding.md
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from struct import pack
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql

ENCODING_VERSION = 1

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LEAF_PREFIX = b"\x00"  # RFC 9162 §2.1.1: a leaf can never be taken for an inner node

_LIST_ENTRIES = load_sql("ledger.books", "list_sealable_entries")
_LIST_LINES = load_sql("ledger.books", "list_sealable_lines")
_LIST_VOUCHERS = load_sql("ledger.books", "list_sealable_vouchers")


class SealableLine(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer as the seal sees it: accounts by public id, amounts in the book's unit."""

    debit_account_id: UUID
    credit_account_id: UUID
    book_code: str
    unit_code: str
    amount: int
    #: date.max: the units never expire.
    expires_on: date
    debit_version: int
    debit_balance: int
    credit_version: int
    credit_balance: int


class SealableVoucher(msgspec.Struct, frozen=True):
    """A 记-number of the entry; its month is that of ``booked_on``."""

    book_code: str
    number: int


class SealableEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as the seal sees it. It holds no free text, only the commitment to it."""

    tenant_id: UUID
    entry_id: UUID
    kind: int
    event_code: str
    occurred_at: datetime
    posted_at: datetime
    booked_on: date
    caller_id: int
    subject_id: UUID | None
    policy_version: int | None
    reversed_entry_id: UUID | None
    memo_commitment: bytes | None
    lines: tuple[SealableLine, ...]
    vouchers: tuple[SealableVoucher, ...]


def encode_entry(entry: SealableEntry) -> bytes:
    """The entry's bytes; equal entries give equal bytes, and different ones different bytes."""
    return b"".join(
        (
            pack(">B", ENCODING_VERSION),
            entry.tenant_id.bytes,
            entry.entry_id.bytes,
            pack(">B", entry.kind),
            _text(entry.event_code),
            pack(">qq", _microseconds(entry.occurred_at), _microseconds(entry.posted_at)),
            pack(">II", entry.booked_on.toordinal(), entry.caller_id),
            _optional(None if entry.subject_id is None else entry.subject_id.bytes),
            _optional(None if entry.policy_version is None else pack(">I", entry.policy_version)),
            _optional(None if entry.reversed_entry_id is None else entry.reversed_entry_id.bytes),
            _optional(entry.memo_commitment),
            pack(">I", len(entry.lines)),
            *(_line(line) for line in entry.lines),
            pack(">H", len(entry.vouchers)),
            *(_text(voucher.book_code) + pack(">I", voucher.number) for voucher in entry.vouchers),
        )
    )


def leaf_hash(encoded: bytes) -> bytes:
    """The entry's leaf in the tenant's Merkle log. Source: RFC 9162 §2.1.1."""
    return sha256(_LEAF_PREFIX + encoded).digest()


async def read_sealable_entries(
    conn: AsyncConnection, *, tenant_id: int, entry_ids: Sequence[UUID]
) -> list[SealableEntry]:
    """The entries asked for, in that order; an entry that does not exist is a bug of the caller."""
    ids = list(entry_ids)
    lines: dict[UUID, list[SealableLine]] = defaultdict(list)
    for row in await fetch_all(conn, _LIST_LINES, tenant_id, ids):
        lines[row.entry_id].append(_read_line(row))
    vouchers: dict[UUID, list[SealableVoucher]] = defaultdict(list)
    for row in await fetch_all(conn, _LIST_VOUCHERS, tenant_id, ids):
        vouchers[row.entry_id].append(SealableVoucher(row.book_code, row.number))
    rows = await fetch_all(conn, _LIST_ENTRIES, tenant_id, ids)
    assert [row.entry_id for row in rows] == ids, "an entry asked for does not exist"
    return [
        SealableEntry(
            tenant_id=row.tenant_public_id,
            entry_id=row.entry_id,
            kind=row.kind,
            event_code=row.event_code,
            occurred_at=row.occurred_at,
            posted_at=row.posted_at,
            booked_on=row.booked_on,
            caller_id=row.caller_id,
            subject_id=row.subject_id,
            policy_version=row.policy_version,
            reversed_entry_id=row.reversed_entry_id,
            memo_commitment=row.commitment,
            lines=tuple(lines[row.entry_id]),
            vouchers=tuple(vouchers[row.entry_id]),
        )
        for row in rows
    ]


def _read_line(row: Any) -> SealableLine:
    return SealableLine(
        debit_account_id=row.debit_account_id,
        credit_account_id=row.credit_account_id,
        book_code=row.book_code,
        unit_code=row.unit_code,
        amount=row.amount,
        expires_on=row.expires_on,
        debit_version=row.debit_version,
        debit_balance=row.debit_balance,
        credit_version=row.credit_version,
        credit_balance=row.credit_balance,
    )


def _line(line: SealableLine) -> bytes:
    return b"".join(
        (
            line.debit_account_id.bytes,
            line.credit_account_id.bytes,
            _text(line.book_code),
            _text(line.unit_code),
            pack(">Q", line.amount),
            pack(">I", 0 if line.expires_on == date.max else line.expires_on.toordinal()),
            pack(">Qq", line.debit_version, line.debit_balance),
            pack(">Qq", line.credit_version, line.credit_balance),
        )
    )


def _text(value: str) -> bytes:
    encoded = value.encode()
    return pack(">H", len(encoded)) + encoded


def _optional(value: bytes | None) -> bytes:
    return b"\x00" if value is None else b"\x01" + value


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
