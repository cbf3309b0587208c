"""Record a service, and read records: who, for whom, what, where, when, how long, who recorded it.

Minutes are exact and whole; travel is not counted. Spending what a service was credited with never
changes its record.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import SHANGHAI, business_date, now
from ledger.database import execute, fetch_all, fetch_one, fetch_optional, load_sql
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.acting_for import record_act_for
from ledger.foundation.free_words import refuse_numbers
from ledger.foundation.policies import Policies, get_policies
from ledger.foundation.words_about import refuse_names
from ledger.identifiers import uuid7
from ledger.programmes.service_records import ties
from ledger.programmes.service_records.refusals import ServiceInFuture, ServiceTooLate

PACKAGE = "ledger.programmes.service_records"
#: A service touches two calendar days at most: overlaps are looked for on these.
LONGEST = timedelta(hours=24)
LONGEST_TEXT = 200
NIGHT_ENDS = time(5)

Status = Literal["recorded", "verified", "effective", "declined", "cancelled"]
Funds = Literal["time", "points"]


class ServiceRecord(msgspec.Struct, frozen=True):
    """A service as it was recorded, and what came of it."""

    record_id: UUID
    provider_id: UUID
    recipient_id: UUID | None
    category: str
    activity: str
    place: str
    started_at: datetime
    ended_at: datetime
    minutes: int
    service_date: date
    recorded_by: int
    recorded_at: datetime
    #: Late, long, by night or among people who are close: two people verify it.
    needs_second: bool
    status: Status
    first_verifier: int | None = None
    decided_by: int | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None
    funds: Funds | None = None
    credited_minutes: int | None = None
    #: 1/100 point.
    credited_points: int | None = None
    expires_on: date | None = None
    objection_until: date | None = None
    credit_entry_id: UUID | None = None
    release_entry_id: UUID | None = None
    policy_version: int | None = None
    #: What ties who served to the recipient or recorder: recipient_household, recorder_kin …
    tie: str | None = None

    @property
    def participants(self) -> list[UUID]:
        """Who served, and who was served."""
        return [one for one in (self.provider_id, self.recipient_id) if one is not None]


class ServiceRegister(msgspec.Struct, frozen=True):
    """A member's service over some time, independent of every balance."""

    verified_minutes: int
    credited_minutes: int
    days: int


async def record_service(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    provider_id: UUID,
    started_at: datetime,
    ended_at: datetime,
    category: str,
    activity: str,
    place: str,
    caller_id: int,
    recipient_id: UUID | None = None,
    at: datetime | None = None,
) -> ServiceRecord:
    """Write down a service; nothing is credited before somebody else verifies it.

    Raises:
        ServiceForOwnFamily, RecorderTooClose: the rules about households and kin forbid it.
        InvalidInput: no duration, 24 hours or more, an unknown category, no text, or a name.
        ServiceInFuture, ServiceTooLate: it has not ended, or the time for late entries is over.
        NotFound: the provider or recipient is not an active member here.
    """
    recorded_at = at or now()
    service_date = business_date(started_at)
    minutes = (ended_at - started_at) // timedelta(minutes=1)
    if not timedelta(minutes=1) <= ended_at - started_at < LONGEST:
        remedy = "Give an end from one minute to less than 24 hours after the beginning."
        raise InvalidInput(field="ended_at", value=ended_at.isoformat(), remedy=remedy)
    if ended_at > recorded_at:
        raise ServiceInFuture(ended_at=ended_at.isoformat())
    check_text("activity", activity)
    check_text("place", place)
    if recipient_id == provider_id:
        remedy = "Nobody is credited for serving themselves."
        raise InvalidInput(field="recipient_id", value=str(recipient_id), remedy=remedy)
    policies = await get_policies(conn, keys=_RULES, on=service_date, tenant_id=tenant_id)
    late_days = (business_date(recorded_at) - service_date).days
    if late_days > policies["service.late_entry_last_days"]:
        limit = policies["service.late_entry_last_days"]
        raise ServiceTooLate(days=late_days, limit=limit)
    if category not in {known.code for known in policies["service.categories"]}:
        remedy = "Name a category from the list that held on the day of the service."
        raise InvalidInput(field="category", value=category, remedy=remedy)
    present = [member for member in (provider_id, recipient_id) if member is not None]
    await get_participants(conn, tenant_id=tenant_id, member_ids=present, active=True)
    record = ServiceRecord(
        uuid7(),
        provider_id,
        recipient_id,
        category,
        activity,
        place,
        started_at,
        ended_at,
        minutes,
        service_date,
        caller_id,
        recorded_at,
        _needs_second(started_at, ended_at, late_days, policies),
        "recorded",
    )
    tie = await ties.judge_ties(conn, tenant_id=tenant_id, record=record, policies=policies)
    if tie is not None:
        record = msgspec.structs.replace(record, tie=tie, needs_second=True)
    for field in ("activity", "place"):
        await refuse_names(conn, field, getattr(record, field), members=(tenant_id, present))
    await _write(conn, tenant_id, record)
    return record


async def _write(conn: AsyncConnection, tenant_id: int, record: ServiceRecord) -> None:
    await execute(
        conn,
        load_sql(PACKAGE, "record_service"),
        tenant_id,
        *(getattr(record, name) for name in _WRITTEN),
    )
    await record_act_for(
        conn,
        tenant_id=tenant_id,
        member_id=record.provider_id,
        caller_id=record.recorded_by,
        action="service.record",
        object_kind="service_record",
        object_id=record.record_id,
    )


_RULES = (
    "service.categories",
    "service.late_entry_days",
    "service.late_entry_last_days",
    "service.long_day_min",
    *ties.RULES,
)
_WRITTEN = (
    *("record_id", "provider_id", "recipient_id", "category", "activity", "place", "started_at"),
    *("ended_at", "minutes", "service_date", "recorded_by", "recorded_at", "needs_second"),
    "tie",
)


def _needs_second(
    started_at: datetime, ended_at: datetime, late_days: int, policies: Policies
) -> bool:
    """Recorded late, longer than a working day, or between midnight and five."""
    is_long = ended_at - started_at > timedelta(minutes=policies["service.long_day_min"])
    starts, ends = started_at.astimezone(SHANGHAI), ended_at.astimezone(SHANGHAI)
    by_night = starts.time() < NIGHT_ENDS or ends.date() > starts.date()
    return is_long or by_night or late_days > policies["service.late_entry_days"]


def check_text(field: str, text: str) -> None:
    """Refuse a text that is empty, longer than 200 characters, or tells somebody's number.

    Raises:
        InvalidInput: it is.
    """
    if not text.strip() or len(text) > LONGEST_TEXT:
        remedy = f"Write 1 to {LONGEST_TEXT} characters."
        raise InvalidInput(field=field, value=text[:LONGEST_TEXT], remedy=remedy)
    refuse_numbers(field, text)


async def get_participants(
    conn: AsyncConnection, *, tenant_id: int, member_ids: Iterable[UUID], active: bool = False
) -> dict[UUID, int]:
    """The callers of members' persons, by member.

    Raises:
        NotFound: one is not a member here, or not an active one when that is asked for.
    """
    wanted = list(member_ids)
    rows = await fetch_all(conn, load_sql(PACKAGE, "find_participants"), tenant_id, wanted)
    found = {row.member_id: row.caller_id for row in rows if not active or row.status == "active"}
    for member_id in wanted:
        if member_id not in found:
            raise NotFound(kind="member", id=str(member_id))
    return found


async def get_service(conn: AsyncConnection, *, tenant_id: int, record_id: UUID) -> ServiceRecord:
    """One service record.

    Raises:
        NotFound: no such record here.
    """
    row = await fetch_optional(conn, load_sql(PACKAGE, "find_service"), tenant_id, record_id)
    return _found(row, record_id)


async def lock_service(conn: AsyncConnection, *, tenant_id: int, record_id: UUID) -> ServiceRecord:
    """One service record, held until the transaction ends.

    Raises:
        NotFound: no such record here.
    """
    row = await fetch_optional(conn, load_sql(PACKAGE, "lock_service"), tenant_id, record_id)
    return _found(row, record_id)


async def find_service_at_the_time(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    provider_id: UUID,
    started_at: datetime,
    ended_at: datetime,
    besides: UUID | None = None,
    statuses: Sequence[Status] = ("recorded", "verified", "effective"),
) -> ServiceRecord | None:
    """Another service of the member's in this time; by default one that is, or may be, credited."""
    statement = load_sql(PACKAGE, "find_service_at_the_time")
    row = await fetch_optional(
        conn, statement, tenant_id, provider_id, started_at, ended_at, besides, list(statuses)
    )
    return None if row is None else _found(row, row.record_id)


async def list_services(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    limit: int,
    provider_id: UUID | None = None,
    status: Status | None = None,
    after: UUID | None = None,
) -> list[ServiceRecord]:
    """A page of records, the newest service first, beginning after the record ``after``."""
    statement = load_sql(PACKAGE, "list_services")
    rows = await fetch_all(conn, statement, tenant_id, provider_id, status, after, limit)
    return [read_record(row) for row in rows]


async def get_service_register(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_id: UUID,
    first: date | None = None,
    last: date | None = None,
) -> ServiceRegister:
    """A member's verified service from one day to another (志愿服务时长)."""
    statement = load_sql(PACKAGE, "sum_service_minutes")
    row = await fetch_one(conn, statement, tenant_id, member_id, first, last)
    return ServiceRegister(row.verified_minutes, row.credited_minutes, row.days)


def _found(row: Any, record_id: UUID) -> ServiceRecord:
    if row is None:
        raise NotFound(kind="service record", id=str(record_id))
    return read_record(row)


def read_record(row: Any) -> ServiceRecord:
    """A row whose columns are in the order of the fields."""
    return ServiceRecord(*row)
