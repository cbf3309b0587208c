"""`gongzhang import-statement`: take a bank file into an estate's account, once and whole."""

import argparse
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import set_tenant
from ledger.errors import InvalidInput
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.secrets import open_secrets
from ledger.settings import read_settings
from ops.cli.database import settings_with_secret
from ops.cli.database_work import in_transaction
from ops.cli.frame import (
    CommandFailed,
    Subparsers,
    answer,
    cannot_be_read,
    check_file,
    new_parser,
)
from ops.cli.tenants import SYSTEM, get_tenant
from reconciliation.bank_accounts import register_bank_account
from reconciliation.import_statement import ImportResult, store_statement_file
from reconciliation.intake.detection import LARGEST_FILE_BYTES, parse_statement_file
from reconciliation.intake.statement import StatementFile
from reconciliation.runs import RunResult, run_matching
from reconciliation.wording import explain_finding


class Outcome(msgspec.Struct, frozen=True):
    """The import, and the runs of the rules that followed when they were asked for."""

    imported: ImportResult
    runs: tuple[RunResult, ...]


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "import-statement",
        summary="Import a bank file (CSV of ICBC, CCB, CMB; camt.053). Again adds nothing.",
        example=(
            "gongzhang import-statement --estate ID march.csv\n"
            "gongzhang import-statement --estate ID --register 中国建设银行 --match march.csv"
        ),
    )
    parser.add_argument("--estate", required=True, help="id of the estate; see: estate list")
    parser.add_argument(
        "--account", type=read_uuid, help="id of the bank account; absent: by the file's number"
    )
    parser.add_argument(
        "--register", metavar="BANK", help="register the file's account at this bank if it is new"
    )
    parser.add_argument("--match", action="store_true", help="match with the books afterwards")
    parser.add_argument("file", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Import the file; 0 also when it has findings, which are printed, 1 when it is refused."""
    settings = settings_with_secret(read_settings())
    keys = PersonalDataKeys(open_secrets(settings))
    file = parse_statement_file(_read_file(args.file), args.file.name)
    outcome = in_transaction(settings, lambda conn: _import(conn, args, file, keys))
    answer(args, "\n".join(_lines(outcome)), **_facts(outcome))
    return 0


def read_uuid(text: str) -> UUID:
    """An id.

    Raises:
        ArgumentTypeError: not one.
    """
    try:
        return UUID(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an id") from error


def _read_file(path: Path) -> bytes:
    """The file, at most a byte more than the intake takes, so that it can say so."""
    check_file(path)
    try:
        with path.open("rb") as source:
            return source.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise CommandFailed(cannot_be_read(path, error)) from error


async def _import(
    conn: AsyncConnection, args: argparse.Namespace, file: StatementFile, keys: PersonalDataKeys
) -> Outcome:
    tenant = await get_tenant(conn, args.estate)
    if tenant.form != "estate":
        raise InvalidInput(field="estate", value=args.estate, remedy="See: gongzhang estate list")
    await set_tenant(conn, tenant.tenant_id)
    if args.register is not None:
        for statement in file.statements:
            await register_bank_account(
                conn,
                tenant_id=tenant.tenant_id,
                bank=args.register,
                account_name=statement.account_name or tenant.name,
                account_no=statement.account_no,
                keys=keys,
                caller_id=SYSTEM,
            )
    imported = await store_statement_file(
        conn,
        tenant_id=tenant.tenant_id,
        file=file,
        keys=keys,
        caller_id=SYSTEM,
        bank_account_id=args.account,
    )
    account_ids = sorted({one.bank_account_id for one in imported.statements})
    runs = [
        await run_matching(
            conn,
            tenant_id=tenant.tenant_id,
            bank_account_id=account_id,
            caller_id=SYSTEM,
            undone_stays=True,
        )
        for account_id in account_ids
        if args.match
    ]
    return Outcome(imported, tuple(runs))


def _lines(outcome: Outcome) -> list[str]:
    imported = outcome.imported
    counts = (
        f"{imported.record_count} records, {imported.new_lines} new, "
        f"{imported.known_lines} known, {imported.rejected_lines} set aside"
    )
    findings = [finding for one in imported.statements for finding in one.findings]
    return [
        f"{imported.name} ({imported.format}): {counts}",
        *(explain_finding("en", finding) for finding in findings),
        *(
            f"{len(one.matches)} matches; open: {one.open_bank_count} at the bank, "
            f"{one.open_book_count} in the books"
            for one in outcome.runs
        ),
    ]


def _facts(outcome: Outcome) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(outcome.imported)
    facts["runs"] = [
        {
            "run_id": one.run_id,
            "as_of": one.as_of,
            "matches": len(one.matches),
            "open_at_bank": one.open_bank_count,
            "open_in_books": one.open_book_count,
        }
        for one in outcome.runs
    ]
    return facts
