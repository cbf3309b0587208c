"""Matches as they stand: listed with both sides and their reasons, undone one by one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import fetch_all, fetch_optional, fetch_value, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.free_words import refuse_numbers
from reconciliation.bank_accounts import lock_bank_accounts

_PACKAGE = "reconciliation"
LARGEST_PAGE = 500


class MatchReleasedBefore(LedgerError):
    """A match is undone once."""

    template = "Match {match_id} was undone before."


class StoredMatch(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that belong together, why, and whether that still holds."""

    match_id: UUID
    run_id: UUID
    status: str
    rule: str
    rule_version: int
    score: int
    rivals: int
    residual_fen: int
    evidence: tuple[str, ...]
    matched_at: datetime
    #: Who started the run, or chose the lines by hand.
    matched_by: int
    statement_line_ids: tuple[UUID, ...]
    entry_ids: tuple[UUID, ...]
    release_reason: str | None
    released_by: int | None
    released_at: datetime | None


async def list_matches(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    bank_account_id: UUID,
    match_ids: Sequence[UUID] | None = None,
    before: UUID | None = None,
    with_released: bool = False,
    limit: int = 100,
) -> list[StoredMatch]:
    """A page of matches, newest first; ``before`` is the last match of the page before."""
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "list_matches"),
        tenant_id,
        bank_account_id,
        None if match_ids is None else list(match_ids),
        before,
        with_released,
        min(limit, LARGEST_PAGE),
    )
    return [_read(row) for row in rows]


async def unmatch(
    conn: AsyncConnection, *, tenant_id: int, match_id: UUID, reason: str, caller_id: int
) -> None:
    """Undo one match; its lines are open again, every other match stays.

    Raises:
        NotFound: not a match of this tenant.
        InvalidInput: no reason given, or somebody's number in it.
        MatchReleasedBefore: it was undone already.
    """
    if not reason.strip():
        raise InvalidInput(field="reason", value=reason, remedy="Say why the match is wrong.")
    refuse_numbers("reason", reason)
    found = await fetch_optional(
        conn, load_sql(_PACKAGE, "find_match_account"), tenant_id, match_id
    )
    if found is None:
        raise NotFound(kind="match", id=str(match_id))
    await lock_bank_accounts(conn, tenant_id=tenant_id, bank_account_ids=[found.bank_account_id])
    released = await fetch_value(
        conn,
        load_sql(_PACKAGE, "release_match"),
        tenant_id,
        match_id,
        reason.strip(),
        caller_id,
        now(),
    )
    if not released:
        raise MatchReleasedBefore(match_id=str(match_id))


def _read(row: Any) -> StoredMatch:
    return StoredMatch(
        match_id=row.match_id,
        run_id=row.run_id,
        status=row.status,
        rule=row.rule,
        rule_version=row.rule_version,
        score=row.score,
        rivals=row.rivals,
        residual_fen=row.residual_fen,
        evidence=tuple(row.evidence),
        matched_at=row.matched_at,
        matched_by=row.matched_by,
        statement_line_ids=tuple(row.statement_line_ids or ()),
        entry_ids=tuple(row.entry_ids or ()),
        release_reason=row.release_reason,
        released_by=row.released_by,
        released_at=row.released_at,
    )
