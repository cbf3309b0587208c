"""Objections: while one is open, or once it was upheld, what it is held against takes no effect."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_all, fetch_optional, load_sql
from ledger.errors import LedgerError, NotFound
from ledger.foundation.free_words import told_words
from ledger.foundation.notices import notify
from ledger.foundation.words_about import refuse_names
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"

Decision = Literal["upheld", "dismissed"]


class ObjectionAlreadyDecided(LedgerError):
    """An objection is decided once."""

    template = "The objection was {decision} already."


class DeciderIsObjector(LedgerError):
    """Nobody decides an objection of their own."""

    template = "Somebody else must decide the objection you raised."


class Objection(msgspec.Struct, frozen=True):
    """What is held against a record, and how it was decided."""

    objection_id: UUID
    subject_id: UUID
    reason: str
    raised_by: int
    raised_at: datetime
    decision: Decision | None
    decision_reason: str | None
    decided_by: int | None
    decided_at: datetime | None


async def raise_objection(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    subject_id: UUID,
    reason: str,
    caller_id: int,
    at: datetime | None = None,
) -> UUID:
    """Object to a record. The programme checks beforehand that it can still be objected to."""
    objection_id = uuid7()
    statement = load_sql(_PACKAGE, "raise_objection")
    await execute(
        conn, statement, tenant_id, objection_id, subject_id, reason, caller_id, at or now()
    )
    return objection_id


async def decide_objection(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    objection_id: UUID,
    decision: Decision,
    reason: str,
    caller_id: int,
    at: datetime | None = None,
) -> Objection:
    """Uphold or dismiss an objection. The programme then undoes the record, or goes on with it.

    Raises:
        NotFound: no such objection here.
        ObjectionAlreadyDecided: it was decided before.
        DeciderIsObjector: one person did both.
    """
    words = told_words("reason", reason)
    statement = load_sql(_PACKAGE, "lock_objection")
    row = await fetch_optional(conn, statement, tenant_id, objection_id)
    if row is None:
        raise NotFound(kind="objection", id=str(objection_id))
    if row.decision is not None:
        raise ObjectionAlreadyDecided(decision=row.decision)
    if row.raised_by == caller_id:
        raise DeciderIsObjector
    await refuse_names(conn, "reason", words, caller_ids=[row.raised_by])
    decided_at = at or now()
    statement = load_sql(_PACKAGE, "decide_objection")
    await execute(conn, statement, tenant_id, objection_id, decision, words, caller_id, decided_at)
    await notify(
        conn,
        kind="objection_answered",
        caller_id=row.raised_by,
        tenant_id=tenant_id,
        subject_id=objection_id,
    )
    return msgspec.structs.replace(
        _objection(row),
        decision=decision,
        decision_reason=words,
        decided_by=caller_id,
        decided_at=decided_at,
    )


async def list_objections(
    conn: AsyncConnection, *, tenant_id: int, limit: int, subject_id: UUID | None = None
) -> list[Objection]:
    """Objections to one record, or the open ones of the tenant, the oldest first."""
    statement = load_sql(_PACKAGE, "list_objections")
    rows = await fetch_all(conn, statement, tenant_id, subject_id, limit)
    return [_objection(row) for row in rows]


def _objection(row: Any) -> Objection:
    return Objection(
        row.objection_id,
        row.subject_id,
        row.reason,
        row.raised_by,
        row.raised_at,
        row.decision,
        row.decision_reason,
        row.decided_by,
        row.decided_at,
    )
