"""Let verified services take effect once nobody can object any more. Runs daily; twice is once.

What goes beyond the storage cap goes to the public pool; what the member owes from a clawback is
taken at once from what becomes available.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.idempotency import idempotency_key
from ledger.clock import SHANGHAI
from ledger.database import execute, fetch_all, load_sql
from ledger.foundation.events import EventCommand, post_events
from ledger.foundation.policies import policy_value
from ledger.programmes.service_records.records import PACKAGE

#: A service takes at most two entries: a run stays below what one posting takes.
LARGEST_RUN = 400

_BOOKS = {"time": "TB", "points": "SP"}
_RECOVERIES = {"time": "TB25", "points": "SP24"}


class ReleaseRun(msgspec.Struct, frozen=True):
    """What one run did."""

    tried: int
    effective: int
    #: Minutes that went to the public pool.
    overflow_minutes: int
    #: Record → code of the refusal; tried again on a later day.
    refused: dict[UUID, str]


class _Stock(msgspec.Struct):
    """What a member has stored and owes in a book, as the run goes on."""

    stored: int = 0
    owed: int = 0


async def release_services(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    on: date,
    caller_id: int,
    limit: int = LARGEST_RUN,
) -> ReleaseRun:
    """Release services whose objection window ended before ``on``; call until ``tried`` is 0."""
    statement = load_sql(PACKAGE, "lock_services_to_release")
    rows = await fetch_all(conn, statement, tenant_id, on, limit)
    if not rows:
        return ReleaseRun(0, 0, 0, {})
    stocks = await _lock_stocks(conn, tenant_id, sorted({row.provider_id for row in rows}))
    cap = await policy_value(conn, key="time.storage_cap_min", on=on, tenant_id=tenant_id)
    run = _Run(on, caller_id, cap.value)
    commands = [
        command
        for row in rows
        for command in run.plan(row, stocks.setdefault((row.provider_id, row.funds), _Stock()))
    ]
    outcomes = await post_events(conn, tenant_id=tenant_id, commands=commands)
    entries: dict[UUID, UUID] = {}
    refused: dict[UUID, str] = {}
    overflow = 0
    for command, outcome in zip(commands, outcomes, strict=True):
        if command.event in _RECOVERIES.values() or command.subject_id is None:
            continue
        if outcome.refusal is not None:
            refused[command.subject_id] = outcome.refusal
            continue
        entries[command.subject_id] = outcome.entry_id
        overflow += _overflow(command)
    await execute(
        conn,
        load_sql(PACKAGE, "mark_released"),
        tenant_id,
        [row.record_id for row in rows],
        [entries.get(row.record_id) for row in rows],
        [row.record_id not in refused for row in rows],
        on,
    )
    return ReleaseRun(len(rows), len(rows) - len(refused), overflow, refused)


async def _lock_stocks(
    conn: AsyncConnection, tenant_id: int, members: list[UUID]
) -> dict[tuple[UUID, str], _Stock]:
    """What each member has and owes, by member and funds; nobody else releases to them now."""
    await execute(conn, load_sql(PACKAGE, "lock_members"), tenant_id, members)
    rows = await fetch_all(conn, load_sql(PACKAGE, "list_stored_units"), tenant_id, members)
    funds = {book: name for name, book in _BOOKS.items()}
    return {(row.member_id, funds[row.book_code]): _Stock(row.stored, row.owed) for row in rows}


class _Run(msgspec.Struct, frozen=True):
    """What every entry of a run shares."""

    on: date
    caller_id: int
    storage_cap: int

    def plan(self, row: Any, stock: _Stock) -> Iterator[EventCommand]:
        """The entries that make one service effective: release, recovery of what is owed."""
        if row.funds == "time":
            amount = row.credited_minutes
            released = min(amount, max(0, self.storage_cap - stock.stored))
            event = "TB04" if released == amount else "TB05"
        else:
            amount = released = row.credited_points
            event = "SP21"
        if not amount:
            return
        amounts = {"released": released}
        if released < amount:
            amounts["overflow"] = amount - released
        yield self.command(row, event, amounts, row.expires_on)
        recovered = min(stock.owed, released)
        stock.stored += released - recovered
        stock.owed -= recovered
        if recovered:
            yield self.command(row, _RECOVERIES[row.funds], {"recovered": recovered}, None)

    def command(
        self, row: Any, event: str, amounts: dict[str, int], expires_on: date | None
    ) -> EventCommand:
        """An entry about a service. Each attempt has its own keys: a refusal must not last."""
        return EventCommand(
            event=event,
            key=idempotency_key(f"service {row.record_id} {event} {row.release_attempts}"),
            caller_id=self.caller_id,
            occurred_at=datetime.combine(self.on, time.min, SHANGHAI),
            amounts=amounts,
            owners={"member": row.provider_id},
            expires_on=expires_on,
            booked_on=self.on,
            subject_id=row.record_id,
            policy_version=row.policy_version,
        )


def _overflow(command: EventCommand) -> int:
    """Minutes that a release sends to the pool."""
    overflow = command.amounts.get("overflow", 0)
    assert isinstance(overflow, int)
    return overflow
