"""Imported statements and their findings, for pages, API and reports."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from reconciliation.intake.statement import Finding

_PACKAGE = "reconciliation"
LARGEST_PAGE = 500


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says about one account, all its statements together."""

    name: str
    format: str
    period_from: date | None
    period_to: date | None
    opening_fen: int | None
    closing_fen: int | None
    record_count: int
    new_count: int
    known_count: int
    rejected_count: int
    findings: tuple[Finding, ...]


class ImportedStatement(Brought, frozen=True, kw_only=True):
    """One account over one period as a file states it, and what of it was new."""

    statement_id: UUID
    statement_file_id: UUID
    bank_account_id: UUID
    size_bytes: int
    imported_at: datetime
    caller_id: int


async def list_statements(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    bank_account_id: UUID | None = None,
    statement_file_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 100,
) -> list[ImportedStatement]:
    """Statements with their files, newest import first; ``before``: the page before's last."""
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "list_statements"),
        tenant_id,
        bank_account_id,
        statement_file_id,
        min(limit, LARGEST_PAGE),
        before,
    )
    findings = await _list_findings(
        conn, tenant_id, [row.statement_id for row in rows if row.finding_count]
    )
    return [_read(row, findings[row.statement_id]) for row in rows]


def sum_up(statements: Sequence[ImportedStatement]) -> Brought:
    """The statements of one file about one account as one; usually there is just one."""
    dated = sorted(statements, key=lambda one: (one.period_from or date.max, one.statement_id))
    first, last = dated[0], dated[-1]
    return Brought(
        name=first.name,
        format=first.format,
        period_from=first.period_from,
        period_to=max((one.period_to for one in dated if one.period_to), default=None),
        opening_fen=first.opening_fen,
        closing_fen=last.closing_fen,
        record_count=sum(one.record_count for one in dated),
        new_count=sum(one.new_count for one in dated),
        known_count=sum(one.known_count for one in dated),
        rejected_count=sum(one.rejected_count for one in dated),
        findings=tuple(finding for one in dated for finding in one.findings),
    )


async def _list_findings(
    conn: AsyncConnection, tenant_id: int, statement_ids: list[UUID]
) -> dict[UUID, list[Finding]]:
    found: dict[UUID, list[Finding]] = defaultdict(list)
    if not statement_ids:
        return found
    for row in await fetch_all(conn, load_sql(_PACKAGE, "list_findings"), tenant_id, statement_ids):
        found[row.statement_id].append(
            Finding(
                code=row.code,
                line=row.line,
                other_line=row.other_line,
                expected_fen=row.expected_fen,
                found_fen=row.found_fen,
                expected_count=row.expected_count,
                found_count=row.found_count,
            )
        )
    return found


def _read(row: Any, findings: list[Finding]) -> ImportedStatement:
    return ImportedStatement(
        statement_id=row.statement_id,
        statement_file_id=row.statement_file_id,
        bank_account_id=row.bank_account_id,
        name=row.name,
        format=row.format,
        size_bytes=row.size_bytes,
        imported_at=row.imported_at,
        caller_id=row.caller_id,
        period_from=row.period_from,
        period_to=row.period_to,
        opening_fen=row.opening_fen,
        closing_fen=row.closing_fen,
        record_count=row.record_count,
        new_count=row.new_count,
        known_count=row.known_count,
        rejected_count=row.rejected_count,
        findings=tuple(findings),
    )
