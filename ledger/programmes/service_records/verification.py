"""Verify a service: by somebody who neither served, was served, recorded, nor verified it before.

The day's verified minutes are capped and rounded down as one sum; the record is credited with the
difference it makes. Its minutes fund time or points, as the programme's rule for that day says,
and what they fund stays pending until the objection window has ended.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.idempotency import idempotency_key
from ledger.clock import business_date, now
from ledger.database import execute, fetch_all, load_sql
from ledger.foundation.earning import credited_minutes, last_day_of_use, points_for
from ledger.foundation.events import post_event
from ledger.foundation.free_words import told_words
from ledger.foundation.notices import Facts, notify
from ledger.foundation.participation import require_active_member
from ledger.foundation.policies import Policies, get_policies
from ledger.foundation.words_about import refuse_names
from ledger.programmes.service_records.records import (
    PACKAGE,
    Funds,
    ServiceRecord,
    find_service_at_the_time,
    get_participants,
    lock_service,
)
from ledger.programmes.service_records.refusals import (
    ServiceAlreadyDecided,
    ServiceOverlaps,
    VerifierInvolved,
)
from ledger.programmes.service_records.ties import refuse_close_verifier

#: What the sum of a day is reckoned by.
DAY_RULES = ("time.rounding", "time.daily_cap_min", "points.mode", "points.rate_per_hour")
_RULES = (*DAY_RULES, "time.expiry_months", "points.expiry_months", "service.objection_days")


class DaySum(msgspec.Struct, frozen=True):
    """A member's verified service of a day and what it was credited with."""

    verified_minutes: int = 0
    credited_minutes: int = 0
    #: 1/100 point.
    credited_points: int = 0

    def with_service(self, minutes: int, policies: Policies) -> "DaySum":
        """The sums after a service of so many minutes more (or fewer)."""
        verified = self.verified_minutes + minutes
        credited = credited_minutes(
            verified,
            rounding=policies["time.rounding"],
            daily_cap=policies["time.daily_cap_min"],
        )
        in_points = policies["points.mode"] == "on_verify"
        rate = policies["points.rate_per_hour"] if in_points else 0
        return DaySum(verified, credited, points_for(credited, rate_per_hour=rate))


async def verify_service(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    record_id: UUID,
    caller_id: int,
    at: datetime | None = None,
) -> ServiceRecord:
    """Verify a record, or be the first of two to do so.

    Raises:
        NotFound: no such record here.
        ServiceAlreadyDecided: it was verified or declined before.
        MemberNotActive: who served is suspended, or gone.
        VerifierInvolved: the caller served, was served, recorded it, or verified it first.
        VerifierTooClose: the caller is of the household or kin of who served or was served.
        ServiceOverlaps: another verified service of the member lies in the same time.
        LedgerError: the books refused the posting.
    """
    decided_at = at or now()
    record = await _lock_undecided(conn, tenant_id, record_id, caller_id, decided_at)
    await require_active_member(conn, tenant_id=tenant_id, member_id=record.provider_id)
    if record.needs_second and record.first_verifier is None:
        statement = load_sql(PACKAGE, "verify_service_first")
        await execute(conn, statement, tenant_id, record_id, caller_id)
        return msgspec.structs.replace(record, first_verifier=caller_id)
    before = await lock_service_day(conn, tenant_id=tenant_id, record=record)
    overlapping = await find_service_at_the_time(
        conn,
        tenant_id=tenant_id,
        provider_id=record.provider_id,
        started_at=record.started_at,
        ended_at=record.ended_at,
        statuses=("verified", "effective"),
    )
    if overlapping is not None:
        raise ServiceOverlaps(record_id=str(overlapping.record_id))
    policies = await get_policies(conn, keys=_RULES, on=record.service_date, tenant_id=tenant_id)
    after = before.with_service(record.minutes, policies)
    verified = _credit(record, before, after, policies, caller_id=caller_id, decided_at=decided_at)
    entry_id = await _post_credit(
        conn, tenant_id, verified, booked_on=None if at is None else business_date(at)
    )
    verified = msgspec.structs.replace(verified, credit_entry_id=entry_id)
    await store_service_day(conn, tenant_id=tenant_id, record=record, day=after)
    await execute(
        conn,
        load_sql(PACKAGE, "verify_service"),
        tenant_id,
        *(getattr(verified, name) for name in _WRITTEN),
    )
    await _tell_volunteer(conn, tenant_id, verified)
    return verified


async def _tell_volunteer(conn: AsyncConnection, tenant_id: int, record: ServiceRecord) -> None:
    """Give the volunteer a notice of what came of her service."""
    in_points = record.funds == "points"
    facts = Facts(about=record.activity)
    if record.status == "verified":
        amount = record.credited_points if in_points else record.credited_minutes
        unit = "point" if in_points else "minute"
        facts = Facts(about=record.activity, amount=amount or 0, unit=unit)
    await notify(
        conn,
        kind=f"service_{record.status}",
        member_id=record.provider_id,
        tenant_id=tenant_id,
        subject_id=record.record_id,
        facts=facts,
        at=record.decided_at,
    )


_WRITTEN = (
    *("record_id", "decided_by", "decided_at", "funds", "credited_minutes", "credited_points"),
    *("expires_on", "objection_until", "credit_entry_id", "policy_version"),
)


async def decline_service(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    record_id: UUID,
    reason: str,
    caller_id: int,
    at: datetime | None = None,
) -> ServiceRecord:
    """Decide that a record is not verified.

    Raises:
        NotFound, ServiceAlreadyDecided, VerifierInvolved, VerifierTooClose: as for
            ``verify_service``.
    """
    decided_at, words = at or now(), told_words("reason", reason)
    record = await _lock_undecided(conn, tenant_id, record_id, caller_id, decided_at)
    await refuse_names(conn, "reason", words, members=(tenant_id, record.participants))
    statement = load_sql(PACKAGE, "decline_service")
    await execute(conn, statement, tenant_id, record_id, caller_id, decided_at, words)
    declined = msgspec.structs.replace(
        record,
        status="declined",
        decided_by=caller_id,
        decided_at=decided_at,
        decision_reason=words,
    )
    await _tell_volunteer(conn, tenant_id, declined)
    return declined


async def _lock_undecided(
    conn: AsyncConnection, tenant_id: int, record_id: UUID, caller_id: int, decided_at: datetime
) -> ServiceRecord:
    """The record, once the caller may decide about it."""
    record = await lock_service(conn, tenant_id=tenant_id, record_id=record_id)
    if record.status != "recorded":
        raise ServiceAlreadyDecided(status=record.status)
    callers = await get_participants(conn, tenant_id=tenant_id, member_ids=record.participants)
    roles = {
        record.recorded_by: "recorder",
        record.first_verifier: "first verifier",
        callers.get(record.recipient_id) if record.recipient_id else None: "recipient",
        callers[record.provider_id]: "provider",
    }
    if caller_id in roles:
        raise VerifierInvolved(role=roles[caller_id])
    await refuse_close_verifier(
        conn,
        tenant_id=tenant_id,
        member_ids=record.participants,
        caller_id=caller_id,
        decided_on=business_date(decided_at),
    )
    return record


async def lock_service_day(
    conn: AsyncConnection, *, tenant_id: int, record: ServiceRecord
) -> DaySum:
    """The sums of the record's day; it and the next day, if touched, stay held."""
    days = sorted({record.service_date, business_date(record.ended_at)})
    provider_id = record.provider_id
    await execute(conn, load_sql(PACKAGE, "open_service_days"), tenant_id, provider_id, days)
    statement = load_sql(PACKAGE, "lock_service_days")
    row, *_ = await fetch_all(conn, statement, tenant_id, provider_id, days)
    return DaySum(row.verified_minutes, row.credited_minutes, row.credited_points)


async def store_service_day(
    conn: AsyncConnection, *, tenant_id: int, record: ServiceRecord, day: DaySum
) -> None:
    """Write down the new sums of the record's day."""
    await execute(
        conn,
        load_sql(PACKAGE, "credit_service_day"),
        tenant_id,
        record.provider_id,
        record.service_date,
        day.verified_minutes,
        day.credited_minutes,
        day.credited_points,
    )


def _credit(
    record: ServiceRecord,
    before: DaySum,
    after: DaySum,
    policies: Policies,
    *,
    caller_id: int,
    decided_at: datetime,
) -> ServiceRecord:
    """The record with what it is credited: the difference it makes to its day."""
    funds: Funds = "points" if policies["points.mode"] == "on_verify" else "time"
    months = policies["time.expiry_months" if funds == "time" else "points.expiry_months"]
    return msgspec.structs.replace(
        record,
        status="verified",
        decided_by=caller_id,
        decided_at=decided_at,
        funds=funds,
        credited_minutes=after.credited_minutes - before.credited_minutes,
        credited_points=after.credited_points - before.credited_points,
        expires_on=last_day_of_use(record.service_date, months=months),
        objection_until=last_day_to_object(
            business_date(decided_at), policies["service.objection_days"]
        ),
        policy_version=policies.version,
    )


def last_day_to_object(verified_on: date, days: int) -> date:
    """The day of verification does not count (Civil Code 201); without a window it is over."""
    return verified_on + timedelta(days=days or -1)


async def _post_credit(
    conn: AsyncConnection, tenant_id: int, record: ServiceRecord, *, booked_on: date | None
) -> UUID | None:
    """Put what the record is credited with into its provider's pending account."""
    event, credited = (
        ("TB03", record.credited_minutes)
        if record.funds == "time"
        else ("SP20", record.credited_points)
    )
    if not credited:
        return None
    assert record.decided_by is not None
    outcome = await post_event(
        conn,
        event,
        tenant_id=tenant_id,
        key=idempotency_key(f"service {record.record_id} credited"),
        caller_id=record.decided_by,
        occurred_at=record.started_at,
        amounts={"credited": credited},
        owners={"member": record.provider_id},
        expires_on=record.expires_on,
        booked_on=booked_on,
        subject_id=record.record_id,
        policy_version=record.policy_version,
    )
    return outcome.entry_id
