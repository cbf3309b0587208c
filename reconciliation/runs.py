"""Run the rules over what is open of a bank account, and keep what they decided and why."""

import hashlib
from collections.abc import Hashable, Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now, today
from ledger.database import execute, fetch_all, load_sql
from ledger.errors import LedgerError
from ledger.identifiers import uuid7
from reconciliation.bank_accounts import BankAccount, get_bank_account, lock_bank_accounts
from reconciliation.matching.lines import Match
from reconciliation.matching.passes import RULES_VERSION, match_lines
from reconciliation.open_lines import OpenLines, list_open_lines

_PACKAGE = "reconciliation"

#: Decided by the rules, or by a person.
MatchStatus = Literal["auto", "confirmed"]


class NoStatementYet(LedgerError):
    """Nothing can be compared before a statement of the account was imported."""

    template = "No statement of account …{account_no_last4} covers {as_of} yet. Import one first."


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a run saw and made."""

    #: None: a dry run, which stores nothing.
    run_id: UUID | None
    as_of: date
    bank_line_count: int
    book_line_count: int
    matches: tuple[Match, ...]
    open_bank_count: int
    open_book_count: int


async def run_matching(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    bank_account_id: UUID,
    caller_id: int,
    as_of: date | None = None,
    dry_run: bool = False,
    undone_stays: bool = False,
) -> RunResult:
    """Match what is open up to ``as_of`` (None: today); waits for other runs of the account.

    ``undone_stays``: a group that a person took apart is left apart, as after an import, where
    nobody asked for it again.

    Raises:
        NotFound: not a bank account of this tenant.
        NoStatementYet: nothing to compare with.
    """
    await lock_bank_accounts(conn, tenant_id=tenant_id, bank_account_ids=[bank_account_id])
    account = await get_bank_account(conn, tenant_id=tenant_id, bank_account_id=bank_account_id)
    last = as_of or today()
    first = first_day_compared(account, as_of=last)
    lines = await list_open_lines(
        conn, tenant_id=tenant_id, account=account, first=first, last=last, as_it_was=False
    )
    matches = match_lines(lines.bank, lines.book)
    if undone_stays:
        undone = await _list_undone(conn, tenant_id, bank_account_id)
        matches = [
            one for one in matches if (frozenset(one.bank), frozenset(one.book)) not in undone
        ]
    run_id = None
    if not dry_run:
        run_id = await store_run(
            conn,
            tenant_id=tenant_id,
            account=account,
            as_of=last,
            lines=lines,
            matches=matches,
            caller_id=caller_id,
        )
    return RunResult(
        run_id=run_id,
        as_of=last,
        bank_line_count=len(lines.bank),
        book_line_count=len(lines.book),
        matches=tuple(matches),
        open_bank_count=len(lines.bank) - sum(len(match.bank) for match in matches),
        open_book_count=len(lines.book) - sum(len(match.book) for match in matches),
    )


def first_day_compared(account: BankAccount, *, as_of: date) -> date:
    """The first day on which both sides of an account are compared.

    Raises:
        NoStatementYet: no statement reaches back to ``as_of``.
    """
    first = account.compared_from()
    if first is None or account.covered_from is None or max(first, account.covered_from) > as_of:
        raise NoStatementYet(account_no_last4=account.account_no_last4, as_of=as_of)
    return first


async def _list_undone(
    conn: AsyncConnection, tenant_id: int, bank_account_id: UUID
) -> set[tuple[frozenset[Hashable], frozenset[Hashable]]]:
    rows = await fetch_all(
        conn, load_sql(_PACKAGE, "list_undone_groups"), tenant_id, bank_account_id
    )
    return {
        (frozenset(row.statement_line_ids or ()), frozenset(row.entry_ids or ())) for row in rows
    }


async def store_run(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    account: BankAccount,
    as_of: date,
    lines: OpenLines,
    matches: Sequence[Match],
    caller_id: int,
    status: MatchStatus = "auto",
) -> UUID:
    """Record what was seen and what was matched of it; the caller holds the account's lock."""
    run_id, moment = uuid7(), now()
    await execute(
        conn,
        load_sql(_PACKAGE, "insert_run"),
        tenant_id,
        run_id,
        account.bank_account_id,
        as_of,
        RULES_VERSION,
        len(lines.bank),
        len(lines.book),
        len(matches),
        _evidence_digest(lines),
        caller_id,
        moment,
    )
    await _store_matches(conn, tenant_id, account, run_id, matches, moment, status)
    return run_id


async def _store_matches(
    conn: AsyncConnection,
    tenant_id: int,
    account: BankAccount,
    run_id: UUID,
    matches: Sequence[Match],
    moment: datetime,
    status: MatchStatus,
) -> None:
    ids = [uuid7() for _ in matches]
    await execute(
        conn,
        load_sql(_PACKAGE, "insert_matches"),
        tenant_id,
        run_id,
        account.bank_account_id,
        moment,
        ids,
        [match.rule for match in matches],
        [match.version for match in matches],
        [match.score for match in matches],
        [match.rivals for match in matches],
        [match.residual_fen for match in matches],
        [" ".join(match.evidence) for match in matches],
        status,
    )
    bank = [(match_id, line) for match_id, m in zip(ids, matches, strict=True) for line in m.bank]
    await execute(
        conn,
        load_sql(_PACKAGE, "insert_match_bank_lines"),
        tenant_id,
        [match_id for match_id, _ in bank],
        [line for _, line in bank],
    )
    book = [(match_id, line) for match_id, m in zip(ids, matches, strict=True) for line in m.book]
    await execute(
        conn,
        load_sql(_PACKAGE, "insert_match_ledger_lines"),
        tenant_id,
        account.ledger_account_id,
        [match_id for match_id, _ in book],
        [line for _, line in book],
    )


def _evidence_digest(lines: OpenLines) -> bytes:
    """Digest of what the rules saw, so that a replay can show that it saw the same."""
    seen = hashlib.sha256()
    for bank_line in lines.bank:
        seen.update(f"B{bank_line.id}{bank_line.booked_on}{bank_line.amount_fen}\n".encode())
    for book_line in lines.book:
        seen.update(f"L{book_line.id}{book_line.booked_on}{book_line.amount_fen}\n".encode())
    return seen.digest()
