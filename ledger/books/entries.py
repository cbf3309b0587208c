"""Entries (凭证) as they are read: one with everything on it, or a page of them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.refusals import EntryNotFound
from ledger.database import fetch_all, fetch_optional, load_sql
from ledger.schema import books_journal as schema

_FIND = load_sql("ledger.books", "find_entry")
_LIST_TRANSFERS = load_sql("ledger.books", "list_entry_transfers")
_LIST_VOUCHERS = load_sql("ledger.books", "list_entry_vouchers")

MAX_ENTRIES = 1000


class EntryHead(msgspec.Struct, frozen=True):
    """What an entry says besides its transfers; kind as in ``books.entry``."""

    entry_id: UUID
    kind: int
    event_code: str
    subject_id: UUID | None
    policy_version: int | None
    caller_id: int
    occurred_at: datetime
    booked_on: date
    posted_at: datetime


class EntryTransfer(msgspec.Struct, frozen=True):
    """One transfer of an entry; amount in the smallest unit of its book."""

    line_no: int
    book_code: str
    unit_code: str
    debit_account: UUID
    debit_code: str
    debit_holder: UUID | None
    credit_account: UUID
    credit_code: str
    credit_holder: UUID | None
    amount: int
    #: date.max: the units never expire.
    expires_on: date


class Voucher(msgspec.Struct, frozen=True):
    """A voucher number: 记 ``number`` of a book's month."""

    book_code: str
    period: date
    number: int


class Entry(msgspec.Struct, frozen=True):
    """One entry with everything on it."""

    head: EntryHead
    memo: str | None
    reverses: UUID | None
    reversed_by: UUID | None
    transfers: tuple[EntryTransfer, ...]
    vouchers: tuple[Voucher, ...]


class EntryFilter(msgspec.Struct, frozen=True):
    """Which entries; None: all of them."""

    booked_from: date | None = None
    booked_to: date | None = None
    event_code: str | None = None
    kind: int | None = None
    subject_id: UUID | None = None


async def get_entry(conn: AsyncConnection, *, tenant_id: int, entry_id: UUID) -> Entry:
    """One entry.

    Raises:
        EntryNotFound: no such entry of this tenant.
    """
    row = await fetch_optional(conn, _FIND, tenant_id, entry_id)
    if row is None:
        raise EntryNotFound(entry=str(entry_id))
    transfers = await fetch_all(conn, _LIST_TRANSFERS, tenant_id, entry_id)
    vouchers = await fetch_all(conn, _LIST_VOUCHERS, tenant_id, entry_id)
    return Entry(
        _head(row),
        row.memo,
        row.reverses,
        row.reversed_by,
        tuple(EntryTransfer(*tuple(transfer)) for transfer in transfers),
        tuple(Voucher(*tuple(voucher)) for voucher in vouchers),
    )


async def list_entries(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    wanted: EntryFilter,
    limit: int,
    before: UUID | None = None,
) -> list[EntryHead]:
    """A page of entries, the latest first, going on before the id ``before``.

    Ids are uuid v7, so their order is that of being made, and it never changes.
    """
    entry = schema.entry.c
    statement = (
        select(*(entry[name] for name in EntryHead.__struct_fields__))
        .where(entry.tenant_id == tenant_id)
        .order_by(entry.entry_id.desc())
        .limit(min(limit, MAX_ENTRIES))
    )
    conditions: tuple[tuple[Any, Callable[[Any], ColumnElement[bool]]], ...] = (
        (before, entry.entry_id.__lt__),
        (wanted.booked_from, entry.booked_on.__ge__),
        (wanted.booked_to, entry.booked_on.__le__),
        (wanted.event_code, entry.event_code.__eq__),
        (wanted.kind, entry.kind.__eq__),
        (wanted.subject_id, entry.subject_id.__eq__),
    )
    for given, condition in conditions:
        if given is not None:
            statement = statement.where(condition(given))
    return [_head(row) for row in await conn.execute(statement)]


def _head(row: Any) -> EntryHead:
    return EntryHead(*(getattr(row, name) for name in EntryHead.__struct_fields__))
