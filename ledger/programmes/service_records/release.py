"""Let verified services take effect once nobody can object any more. Runs daily; twice is once.

Awards and whatever else lies there without a record take effect after as many days.
What goes beyond the storage cap goes to the public pool; what the member owes from a clawback is
taken at once from what becomes available.
"""

from collections.abc import Iterable, Iterator
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
from ledger.programmes.service_records.awards import (
    FUNDS,
    RECOVERIES,
    Award,
    list_pending_awards,
)
from ledger.programmes.service_records.records import PACKAGE

#: A service takes at most two entries: a run stays below what one posting takes.
LARGEST_RUN = 400


class ReleaseRun(msgspec.Struct, frozen=True):
    """What one run did."""

    tried: int
    effective: int
    #: Minutes that went to the public pool.
    overflow_minutes: int
    #: Record → code of the refusal; tried again on a later day.
    refused: dict[UUID, str]


class _Due(msgspec.Struct, frozen=True):
    """Units that take effect: of a service, or of an entry without one."""

    subject_id: UUID
    member_id: UUID
    funds: str
    amount: int
    expires_on: date | None
    policy_version: int | None
    #: Begin and end of its keys. Each attempt has its own: a refusal must not last.
    name: str
    attempt: str


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
    run = await _begin(conn, tenant_id, on, caller_id)
    entries, refused, overflow = await run.post(conn, tenant_id, map(_service, rows), stocks)
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


async def release_awards(
    conn: AsyncConnection, *, tenant_id: int, on: date, caller_id: int, limit: int = LARGEST_RUN
) -> ReleaseRun:
    """Release what was given without a service and has waited; call until ``effective`` is 0."""
    found = await list_pending_awards(conn, tenant_id=tenant_id)
    members = sorted({one.member_id for one in found if one.effective_on <= on})
    if not members:
        return ReleaseRun(0, 0, 0, {})
    stocks = await _lock_stocks(conn, tenant_id, members)
    found = await list_pending_awards(conn, tenant_id=tenant_id, members=members)  # as it is now
    due = [one for one in found if one.effective_on <= on][:limit]
    run = await _begin(conn, tenant_id, on, caller_id)
    _, refused, overflow = await run.post(conn, tenant_id, (_award(one, on) for one in due), stocks)
    return ReleaseRun(len(due), len(due) - len(refused), overflow, refused)


def _service(row: Any) -> _Due:
    return _Due(
        subject_id=row.record_id,
        member_id=row.provider_id,
        funds=row.funds,
        amount=row.credited_minutes if row.funds == "time" else row.credited_points,
        expires_on=row.expires_on,
        policy_version=row.policy_version,
        name=f"service {row.record_id}",
        attempt=str(row.release_attempts),
    )


def _award(award: Award, on: date) -> _Due:
    return _Due(
        subject_id=award.entry_id,
        member_id=award.member_id,
        funds=award.funds,
        amount=award.amount,
        expires_on=award.expires_on,
        policy_version=None,
        name=f"award {award.entry_id} {award.expires_on}",
        attempt=f"{award.amount} {on}",
    )


async def _lock_stocks(
    conn: AsyncConnection, tenant_id: int, members: list[UUID]
) -> dict[tuple[UUID, str], _Stock]:
    """What each member has and owes, by member and funds; nobody else releases to them now."""
    await execute(conn, load_sql(PACKAGE, "lock_members"), tenant_id, members)
    rows = await fetch_all(conn, load_sql(PACKAGE, "list_stored_units"), tenant_id, members)
    return {(row.member_id, FUNDS[row.book_code]): _Stock(row.stored, row.owed) for row in rows}


async def _begin(conn: AsyncConnection, tenant_id: int, on: date, caller_id: int) -> "_Run":
    cap = await policy_value(conn, key="time.storage_cap_min", on=on, tenant_id=tenant_id)
    return _Run(on, caller_id, cap.value)


class _Run(msgspec.Struct, frozen=True):
    """What every entry of a run shares."""

    on: date
    caller_id: int
    storage_cap: int

    async def post(
        self,
        conn: AsyncConnection,
        tenant_id: int,
        due: Iterable[_Due],
        stocks: dict[tuple[UUID, str], _Stock],
    ) -> tuple[dict[UUID, UUID], dict[UUID, str], int]:
        """Post all; returns entries and refusals by subject, and the minutes that overflowed."""
        commands = [
            command
            for one in due
            for command in self.plan(one, stocks.setdefault((one.member_id, one.funds), _Stock()))
        ]
        outcomes = await post_events(conn, tenant_id=tenant_id, commands=commands)
        entries: dict[UUID, UUID] = {}
        refused: dict[UUID, str] = {}
        overflow = 0
        for command, outcome in zip(commands, outcomes, strict=True):
            if command.event in RECOVERIES.values() or command.subject_id is None:
                continue
            if outcome.refusal is not None:
                refused[command.subject_id] = outcome.refusal
                continue
            entries[command.subject_id] = outcome.entry_id
            overflow += _overflow(command)
        return entries, refused, overflow

    def plan(self, due: _Due, stock: _Stock) -> Iterator[EventCommand]:
        """The entries that make units effective: release, recovery of what is owed."""
        amount = released = due.amount
        if due.funds == "time":
            released = min(amount, max(0, self.storage_cap - stock.stored))
            event = "TB04" if released == amount else "TB05"
        else:
            event = "SP21"
        if not amount:
            return
        amounts = {"released": released}
        if released < amount:
            amounts["overflow"] = amount - released
        yield self.command(due, event, amounts, due.expires_on)
        recovered = min(stock.owed, released)
        stock.stored += released - recovered
        stock.owed -= recovered
        if recovered:
            yield self.command(due, RECOVERIES[due.funds], {"recovered": recovered}, None)

    def command(
        self, due: _Due, event: str, amounts: dict[str, int], expires_on: date | None
    ) -> EventCommand:
        """An entry about what takes effect."""
        return EventCommand(
            event=event,
            key=idempotency_key(f"{due.name} {event} {due.attempt}"),
            caller_id=self.caller_id,
            occurred_at=datetime.combine(self.on, time.min, SHANGHAI),
            amounts=amounts,
            owners={"member": due.member_id},
            expires_on=expires_on,
            booked_on=self.on,
            subject_id=due.subject_id,
            policy_version=due.policy_version,
        )


def _overflow(command: EventCommand) -> int:
    """Minutes that a release sends to the pool."""
    overflow = command.amounts.get("overflow", 0)
    assert isinstance(overflow, int)
    return overflow
