"""Import a bank file: all of it or nothing, each record stored once, nothing lost.

The same file again adds nothing. An overlapping file adds what is new, and is refused whole when
it tells stored days differently.
Source: docs/decisions/0020-statement-intake.md
"""

import asyncio
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import business_date, now
from ledger.database import execute, fetch_optional, load_sql
from ledger.errors import LedgerError
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7
from reconciliation.bank_accounts import (
    BankAccount,
    account_no_digests,
    find_bank_accounts,
    get_bank_account,
    lock_bank_accounts,
    renew_account_index,
)
from reconciliation.intake.detection import parse_statement_file
from reconciliation.intake.errors import LineInFuture
from reconciliation.intake.statement import Statement, StatementFile
from reconciliation.statements import ImportedStatement, list_statements
from reconciliation.store_statement import store_statement

_PACKAGE = "reconciliation"


class UnknownBankAccount(LedgerError):
    """The file is about an account that is not registered here."""

    template = "The file is about account …{account_no_last4}, which is not registered here."


class OtherBankAccount(LedgerError):
    """The file is about another account than the one it was uploaded for."""

    template = "The file is about account …{found_last4}, not about …{expected_last4}."


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did; the counts of all statements add up to the records of the file."""

    statement_file_id: UUID
    name: str
    format: str
    #: The same bytes were imported before; nothing was added.
    replayed: bool
    record_count: int
    new_lines: int
    known_lines: int
    rejected_lines: int
    statements: tuple[ImportedStatement, ...]


async def import_statement(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    data: bytes,
    filename: str,
    keys: PersonalDataKeys,
    caller_id: int,
    bank_account_id: UUID | None = None,
    imported_at: datetime | None = None,
) -> ImportResult:
    """Read a file and store what is new in it.

    ``bank_account_id`` None: each statement goes to the account whose number it carries.

    Raises:
        StatementRefused: the file cannot be read as a statement; says where and why.
        UnknownBankAccount, OtherBankAccount: not the account it should be about.
        OverlapDisagrees: it tells days differently that are stored; names the first line.
    """
    file = await asyncio.to_thread(parse_statement_file, data, filename)
    return await store_statement_file(
        conn,
        tenant_id=tenant_id,
        file=file,
        keys=keys,
        caller_id=caller_id,
        bank_account_id=bank_account_id,
        imported_at=imported_at,
    )


async def store_statement_file(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    file: StatementFile,
    keys: PersonalDataKeys,
    caller_id: int,
    bank_account_id: UUID | None = None,
    imported_at: datetime | None = None,
) -> ImportResult:
    """Store a file that was read before the transaction began; as ``import_statement``."""
    accounts = await _find_accounts(
        conn, tenant_id=tenant_id, file=file, keys=keys, expected_id=bank_account_id
    )
    await lock_bank_accounts(
        conn,
        tenant_id=tenant_id,
        bank_account_ids=sorted({account.bank_account_id for account in accounts}),
    )
    known = await fetch_optional(
        conn, load_sql(_PACKAGE, "find_statement_file"), tenant_id, file.sha256
    )
    if known is not None:
        return await _result(conn, tenant_id, file, known.statement_file_id, new=None)
    moment = imported_at or now()
    _check_over(file, business_date(moment))
    file_id = uuid7()
    await execute(
        conn,
        load_sql(_PACKAGE, "insert_statement_file"),
        tenant_id,
        file_id,
        file.sha256,
        file.name,
        file.format,
        file.size_bytes,
        caller_id,
        moment,
    )
    new = 0
    for position, (statement, account) in enumerate(zip(file.statements, accounts, strict=True)):
        new += await store_statement(
            conn,
            tenant_id=tenant_id,
            file_id=file_id,
            position=position,
            statement=_as_far_as_it_goes(statement, business_date(moment)),
            account=account,
            keys=keys,
            imported_on=business_date(moment),
        )
    return await _result(conn, tenant_id, file, file_id, new=new)


def _check_over(file: StatementFile, on: date) -> None:
    """A day to come would be the last one covered for as long as it has not come.

    One day is let through: a bank may keep the calendar of another place.
    """
    last = on + timedelta(days=1)
    for statement in file.statements:
        if statement.period_from is not None and statement.period_from > last:
            raise LineInFuture(line=1, booked_on=statement.period_from)
        for line in statement.lines:
            if line.booked_on > last:
                raise LineInFuture(line=line.line, booked_on=line.booked_on)


def _as_far_as_it_goes(statement: Statement, on: date) -> Statement:
    """The statement without the days to come that were asked for with it ("this month")."""
    days = (statement.period_from, *(line.booked_on for line in statement.lines), on)
    last = max(day for day in days if day is not None)
    if statement.period_to is None or statement.period_to <= last:
        return statement
    return msgspec.structs.replace(statement, period_to=last)


async def _find_accounts(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    file: StatementFile,
    keys: PersonalDataKeys,
    expected_id: UUID | None,
) -> list[BankAccount]:
    """The account of each statement, in the file's order."""
    expected = None
    if expected_id is not None:
        expected = await get_bank_account(conn, tenant_id=tenant_id, bank_account_id=expected_id)
    digests = [account_no_digests(keys, statement.account_no) for statement in file.statements]
    every = [digest for several in digests for digest in several]
    found = {
        account.account_no_digest: account
        for account in await find_bank_accounts(conn, tenant_id=tenant_id, digests=every)
    }
    accounts = []
    for statement, several in zip(file.statements, digests, strict=True):
        if expected is not None and expected.account_no_digest not in several:
            raise OtherBankAccount(
                found_last4=statement.account_no[-4:], expected_last4=expected.account_no_last4
            )
        account = next((found[digest] for digest in several if digest in found), None)
        if account is None:
            raise UnknownBankAccount(account_no_last4=statement.account_no[-4:])
        if account.key_id is None:  # from before numbers were kept: here it is
            await renew_account_index(
                conn,
                tenant_id=tenant_id,
                account=account,
                account_no=statement.account_no,
                keys=keys,
            )
        accounts.append(account)
    return accounts


async def _result(
    conn: AsyncConnection, tenant_id: int, file: StatementFile, file_id: UUID, *, new: int | None
) -> ImportResult:
    """What the import did; ``new`` None: the file was there before."""
    statements = await list_statements(
        conn, tenant_id=tenant_id, statement_file_id=file_id, limit=len(file.statements)
    )
    records = sum(statement.record_count() for statement in file.statements)
    rejected = sum(statement.rejected_count for statement in file.statements)
    return ImportResult(
        statement_file_id=file_id,
        name=file.name,
        format=file.format,
        replayed=new is None,
        record_count=records,
        new_lines=new or 0,
        known_lines=records - rejected - (new or 0),
        rejected_lines=rejected,
        statements=tuple(statements),
    )
