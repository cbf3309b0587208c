"""Cancel a credited service: an objection was upheld, or the service turned out not to be true.

The day is reckoned anew without it, which can also change what other services of that day were
credited with. What is pending is cancelled; what is available already is clawed back, and what is
no longer there becomes a receivable that later earnings pay first.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import AccountName, open_accounts
from ledger.books.balances import list_balances
from ledger.books.idempotency import idempotency_key
from ledger.clock import business_date, now
from ledger.database import execute, fetch_all, load_sql
from ledger.foundation.events import EventCommand, post_events
from ledger.foundation.free_words import told_words
from ledger.foundation.policies import get_policies
from ledger.foundation.words_about import refuse_names
from ledger.programmes.service_records.records import (
    PACKAGE,
    ServiceRecord,
    get_participants,
    lock_service,
    read_record,
)
from ledger.programmes.service_records.refusals import ServiceNotCredited, VerifierInvolved
from ledger.programmes.service_records.verification import (
    DAY_RULES,
    lock_service_day,
    store_service_day,
)


class _Events(msgspec.Struct, frozen=True):
    """The events of one unit."""

    book: str
    credit: str
    release: str
    cancel: str
    claw_back: str


_EVENTS = {
    "time": _Events("TB", "TB03", "TB04", "TB24", "TB14"),
    "points": _Events("SP", "SP20", "SP21", "SP26", "SP23"),
}


async def cancel_service(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    record_id: UUID,
    reason: str,
    caller_id: int,
    at: datetime | None = None,
) -> ServiceRecord:
    """Take a service back, whether it is pending or effective.

    Raises:
        NotFound: no such record here.
        ServiceNotCredited: it was never verified, or is cancelled already.
        VerifierInvolved: the caller served, was served, or recorded it.
        InsufficientBalance: the member spent meanwhile; try again.
    """
    words = told_words("reason", reason)
    record = await _lock_credited(conn, tenant_id, record_id, caller_id)
    await refuse_names(conn, "reason", words, members=(tenant_id, record.participants))
    day = await lock_service_day(conn, tenant_id=tenant_id, record=record)
    statement = load_sql(PACKAGE, "lock_services_of_day")
    rows = await fetch_all(conn, statement, tenant_id, record.provider_id, record.service_date)
    others = [other for other in map(read_record, rows) if other.record_id != record_id]
    others.sort(key=lambda other: other.status != record.status)
    policies = await get_policies(conn, keys=DAY_RULES, on=record.service_date, tenant_id=tenant_id)
    after = day.with_service(-record.minutes, policies)
    minutes = redistribute([o.credited_minutes or 0 for o in others], after.credited_minutes)
    points = redistribute([o.credited_points or 0 for o in others], after.credited_points)
    cancelled_at = at or now()
    undoing = _Undoing(conn, tenant_id, record, caller_id, cancelled_at, at is not None)
    await undoing.post(others, minutes if record.funds == "time" else points)
    await store_service_day(conn, tenant_id=tenant_id, record=record, day=after)
    ids = [other.record_id for other in others]
    await execute(conn, load_sql(PACKAGE, "recredit_services"), tenant_id, ids, minutes, points)
    statement = load_sql(PACKAGE, "cancel_service")
    await execute(conn, statement, tenant_id, record_id, caller_id, cancelled_at, words)
    return msgspec.structs.replace(
        record, status="cancelled", decision_reason=words, credited_minutes=0, credited_points=0
    )


async def _lock_credited(
    conn: AsyncConnection, tenant_id: int, record_id: UUID, caller_id: int
) -> ServiceRecord:
    """The record, once the caller may take it back."""
    record = await lock_service(conn, tenant_id=tenant_id, record_id=record_id)
    if record.status not in {"verified", "effective"}:
        raise ServiceNotCredited(status=record.status)
    callers = await get_participants(conn, tenant_id=tenant_id, member_ids=record.participants)
    if caller_id == record.recorded_by:
        raise VerifierInvolved(role="recorder")
    if caller_id in callers.values():
        raise VerifierInvolved(role="participant")
    return record


def redistribute(given: Sequence[int], total: int) -> list[int]:
    """The same number of credits with another sum.

    What is missing goes to the first; what is too much is taken from the first that have it.
    """
    spread = list(given)
    spare = total - sum(spread)
    if spare > 0:
        spread[0] += spare
    for place, credit in enumerate(spread):
        taken = min(credit, max(0, -spare))
        spread[place] -= taken
        spare += taken
    return spread


class _Undoing(msgspec.Struct, frozen=True):
    """One cancellation and what its entries share."""

    conn: AsyncConnection
    tenant_id: int
    record: ServiceRecord
    caller_id: int
    at: datetime
    is_dated: bool

    async def post(self, others: Sequence[ServiceRecord], anew: Sequence[int]) -> None:
        """Bring pending and available units to what the records say now."""
        own = _credit(self.record)
        change = {"verified": 0, "effective": 0}
        change[self.record.status] -= own
        for other, credit in zip(others, anew, strict=True):
            change[other.status] += credit - _credit(other)
        pending, available = change["verified"], change["effective"]
        events = _EVENTS[self.record.funds or ""]
        commands = []
        released = max(0, min(-pending, available))
        if released:
            commands.append(self.command(events.release, {"released": released}, dated=True))
        if pending + released < 0:
            cancelled = -pending - released
            commands.append(self.command(events.cancel, {"cancelled": cancelled}, dated=True))
        if pending > 0:
            commands.append(self.command(events.credit, {"credited": pending}, dated=True))
        if available < 0:
            amounts = await self.split(events.book, -available)
            commands.append(self.command(events.claw_back, amounts, dated=False))
        for outcome in await post_events(self.conn, tenant_id=self.tenant_id, commands=commands):
            if outcome.refusal is not None:
                raise outcome.error()

    async def split(self, book: str, amount: int) -> dict[str, int]:
        """What can be taken back at once, and what the member owes from now on."""
        names = [AccountName(book, code, self.record.provider_id) for code in ("2101", "1201")]
        available, _ = await open_accounts(self.conn, tenant_id=self.tenant_id, names=names)
        (balance,) = await list_balances(
            self.conn,
            tenant_id=self.tenant_id,
            account_ids=[available.account_id],
            on=business_date(self.at),
        )
        recovered = min(amount, balance.usable)
        return {"recovered": recovered, "receivable": amount - recovered}

    def command(self, event: str, amounts: dict[str, int], *, dated: bool) -> EventCommand:
        """An entry about the cancelled service."""
        return EventCommand(
            event=event,
            key=idempotency_key(f"service {self.record.record_id} cancelled {event}"),
            caller_id=self.caller_id,
            occurred_at=self.at,
            amounts=amounts,
            owners={"member": self.record.provider_id},
            expires_on=self.record.expires_on if dated else None,
            booked_on=business_date(self.at) if self.is_dated else None,
            subject_id=self.record.record_id,
            policy_version=self.record.policy_version,
        )


def _credit(record: ServiceRecord) -> int:
    """What a record is credited with, in the unit it funds."""
    return (record.credited_minutes if record.funds == "time" else record.credited_points) or 0
