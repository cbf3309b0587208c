"""Statement lines in the database: stored many at once, read a page at a time."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_all, fetch_one, load_sql
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7
from reconciliation.intake.line_key import line_key
from reconciliation.intake.statement import StatementLine

_PACKAGE = "reconciliation"
_FIELD = "counterparty_account_no"
#: Lines of one INSERT; bounds the memory of its arrays.
_CHUNK_LINES = 5000
#: Shorter numbers are not account numbers, and masking them would hide amounts and rooms.
_SHORTEST_MASKED = 8
LARGEST_PAGE = 1000


class LineCursor(msgspec.Struct, frozen=True):
    """Where a page of lines ended."""

    booked_on: date
    statement_id: UUID
    sequence: int


class LineStates(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines are matched, open, and no money: written twice by the export, or of zero."""

    matched: int
    open: int
    not_money: int


class StoredStatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as pages, API and exports show it."""

    statement_line_id: UUID
    cursor: LineCursor
    file_line: int
    booked_on: date
    booked_time: time | None
    value_on: date | None
    amount_fen: int
    balance_after_fen: int | None
    counterparty_name: str
    counterparty_account_last4: str
    summary: str
    remark: str
    bank_reference: str
    #: The export wrote the line twice; this one is not money.
    repeated: bool
    #: The live match it belongs to.
    match_id: UUID | None


async def insert_lines(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    bank_account_id: UUID,
    statement_id: UUID,
    lines: Sequence[tuple[int, StatementLine]],
    account_no: str,
    keys: PersonalDataKeys,
) -> None:
    """Store lines with their chronological places; account numbers leave only a trace."""
    for start in range(0, len(lines), _CHUNK_LINES):
        chunk = lines[start : start + _CHUNK_LINES]
        columns = zip(
            *(_columns(place, line, account_no, keys) for place, line in chunk), strict=True
        )
        await execute(
            conn,
            load_sql(_PACKAGE, "insert_statement_lines"),
            tenant_id,
            bank_account_id,
            statement_id,
            *(list(column) for column in columns),
        )


def _columns(
    place: int, line: StatementLine, account_no: str, keys: PersonalDataKeys
) -> tuple[Any, ...]:
    number = line.counterparty_account
    return (
        uuid7(),
        line.position,
        line.line,
        place,
        line.booked_on,
        line.booked_time,
        line.value_on,
        line.amount_fen,
        line.balance_after_fen,
        line.counterparty_name,
        number[-4:],
        keys.blind_index(_FIELD, number) if number else None,
        line.summary,
        line.remark,
        line.bank_reference,
        _mask(_mask(line.raw, account_no), number),
        line_key(line),
        line.ordinal,
        line.repeats is not None,
    )


def _mask(text: str, number: str) -> str:
    """The text with a number reduced to its last four characters."""
    if len(number) < _SHORTEST_MASKED:
        return text
    return text.replace(number, "*" * (len(number) - 4) + number[-4:])


async def list_statement_lines(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    bank_account_id: UUID,
    booked_from: date | None = None,
    booked_to: date | None = None,
    after: LineCursor | None = None,
    limit: int = 100,
) -> list[StoredStatementLine]:
    """A page of lines, oldest first; the cursor of the last one asks for the next page."""
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "list_statement_lines"),
        tenant_id,
        bank_account_id,
        booked_from,
        booked_to,
        after.booked_on if after else None,
        after.statement_id if after else None,
        after.sequence if after else None,
        min(limit, LARGEST_PAGE),
    )
    return [_read(row) for row in rows]


async def count_line_states(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    bank_account_id: UUID,
    booked_from: date,
    booked_to: date,
) -> LineStates:
    """What became of the lines of these days."""
    row = await fetch_one(
        conn,
        load_sql(_PACKAGE, "count_line_states"),
        tenant_id,
        bank_account_id,
        booked_from,
        booked_to,
    )
    return LineStates(matched=row.matched, open=row.open, not_money=row.not_money)


def _read(row: Any) -> StoredStatementLine:
    return StoredStatementLine(
        statement_line_id=row.statement_line_id,
        cursor=LineCursor(row.booked_on, row.statement_id, row.sequence),
        file_line=row.file_line,
        booked_on=row.booked_on,
        booked_time=row.booked_time,
        value_on=row.value_on,
        amount_fen=row.amount_fen,
        balance_after_fen=row.balance_after_fen,
        counterparty_name=row.counterparty_name,
        counterparty_account_last4=row.counterparty_account_last4,
        summary=row.summary,
        remark=row.remark,
        bank_reference=row.bank_reference,
        repeated=row.repeated,
        match_id=row.match_id,
    )
