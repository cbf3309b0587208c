"""Store one statement: held against the days that are stored, what is new kept, the odd noted."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_all, load_sql
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7
from reconciliation.bank_accounts import BankAccount
from reconciliation.intake.statement import Finding, Statement
from reconciliation.overlap import CoveredPeriod, StoredLine, find_new_lines
from reconciliation.statement_lines import insert_lines

_PACKAGE = "reconciliation"
_ONE_DAY = timedelta(days=1)


async def store_statement(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    file_id: UUID,
    position: int,
    statement: Statement,
    account: BankAccount,
    keys: PersonalDataKeys,
    imported_on: date,
) -> int:
    """Store what is new of one statement; returns how many lines that is.

    Raises:
        OverlapDisagrees: it tells stored days differently; nothing of the file may be kept.
    """
    covered = await _covered_periods(conn, tenant_id, account)
    stored = await _stored_lines(conn, tenant_id, account, statement)
    fresh = find_new_lines(statement, stored, covered)
    statement_id = uuid7()
    last = statement.period_to
    await execute(
        conn,
        load_sql(_PACKAGE, "insert_statement"),
        tenant_id,
        statement_id,
        file_id,
        account.bank_account_id,
        position,
        statement.period_from,
        last,
        None if last is None else min(last, imported_on - _ONE_DAY),
        statement.opening_fen,
        statement.closing_fen,
        statement.record_count(),
        len(fresh),
        len(statement.lines) - len(fresh),
        statement.rejected_count,
    )
    findings = [*statement.findings, *_join(statement, covered)]
    await _insert_findings(conn, tenant_id, statement_id, findings)
    await insert_lines(
        conn,
        tenant_id=tenant_id,
        bank_account_id=account.bank_account_id,
        statement_id=statement_id,
        lines=fresh,
        account_no=statement.account_no,
        keys=keys,
    )
    return len(fresh)


async def _covered_periods(
    conn: AsyncConnection, tenant_id: int, account: BankAccount
) -> list[CoveredPeriod]:
    rows = await fetch_all(
        conn, load_sql(_PACKAGE, "list_covered_periods"), tenant_id, account.bank_account_id
    )
    return [
        CoveredPeriod(
            row.period_from, row.period_to, row.complete_to, row.closing_fen, row.file_name
        )
        for row in rows
    ]


async def _stored_lines(
    conn: AsyncConnection, tenant_id: int, account: BankAccount, statement: Statement
) -> list[StoredLine]:
    if statement.period_from is None:
        return []
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "list_line_keys"),
        tenant_id,
        account.bank_account_id,
        statement.period_from,
        statement.period_to,
    )
    return [
        StoredLine(
            (row.line_key, row.ordinal),
            row.repeated,
            row.booked_on,
            row.booked_time,
            row.amount_fen,
            row.file_line,
            row.file_name,
        )
        for row in rows
    ]


def _join(statement: Statement, covered: Sequence[CoveredPeriod]) -> list[Finding]:
    """Whether the statement goes on where an earlier one ended."""
    first = statement.period_from
    earlier = [period for period in covered if first is not None and period.period_to < first]
    if first is None or not earlier:
        return []
    last = max(earlier, key=lambda period: period.period_to)
    gap_days = (first - last.period_to).days - 1
    if gap_days and not any(period.period_from <= first <= period.period_to for period in covered):
        return [Finding(code="period_gap", expected_count=0, found_count=gap_days)]
    if gap_days or last.closing_fen is None or statement.opening_fen in (None, last.closing_fen):
        return []
    return [
        Finding(
            code="opening_balance_differs",
            expected_fen=last.closing_fen,
            found_fen=statement.opening_fen,
        )
    ]


async def _insert_findings(
    conn: AsyncConnection, tenant_id: int, statement_id: UUID, findings: Sequence[Finding]
) -> None:
    if not findings:
        return
    await execute(
        conn,
        load_sql(_PACKAGE, "insert_statement_findings"),
        tenant_id,
        statement_id,
        [finding.code for finding in findings],
        [finding.line for finding in findings],
        [finding.other_line for finding in findings],
        [finding.expected_fen for finding in findings],
        [finding.found_fen for finding in findings],
        [finding.expected_count for finding in findings],
        [finding.found_count for finding in findings],
    )
