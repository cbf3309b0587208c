"""Service records: write one down, verify or decline it, read them; minutes into points."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.forms import (
    PROGRAMMES,
    Command,
    CursorText,
    Moment,
    PageSize,
    PathId,
    Total,
    Words,
    holder_in_reach,
    holder_wanted,
    view,
)
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.programmes.service_records.records import (
    Status,
    get_service,
    list_services,
    record_service,
)
from ledger.programmes.service_records.verification import decline_service, verify_service
from ledger.programmes.time_bank import convert_minutes


class _Filter(msgspec.Struct, frozen=True):
    provider_id: UUID | None = None
    status: Status | None = None


_CURSOR: CursorKind[_Filter, UUID] = CursorKind(_Filter, UUID)


class NewService(Command, frozen=True):
    """A service as it was; travel does not count."""

    provider_id: Annotated[UUID, Meta(description="Member who served.")]
    started_at: Moment
    ended_at: Moment
    category: Annotated[str, Meta(min_length=1, max_length=60, examples=["companionship"])]
    activity: Words
    place: Words
    recipient_id: Annotated[UUID | None, Meta(description="Member who was served.")] = None


class Decision(Command, frozen=True):
    """Verify a record, or decline it with a reason."""

    decision: Literal["verified", "declined"]
    reason: Words | None = None


class NewConversion(Command, frozen=True):
    """Available minutes to be turned into points."""

    member_id: UUID
    minutes: Annotated[int, Meta(ge=1, le=10**6, examples=[120])]


class ServiceView(msgspec.Struct, frozen=True):
    """A service record and what came of it; points in 1/100."""

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
    recorded_at: datetime
    needs_second: bool
    tie: Annotated[
        str | None,
        Meta(description="recipient_ or recorder_, and household or kin: why two must verify."),
    ]
    status: Status
    decided_at: datetime | None
    decision_reason: str | None
    funds: Literal["time", "points"] | None
    credited_minutes: int | None
    credited_points: int | None
    expires_on: date | None
    objection_until: date | None
    credit_entry_id: UUID | None
    release_entry_id: UUID | None


class ServicePage(msgspec.Struct, frozen=True):
    """A page of records, the newest first."""

    items: list[ServiceView]
    next_cursor: str | None


class ConversionView(msgspec.Struct, frozen=True):
    """Minutes that became points (1/100 point)."""

    entry_id: UUID
    minutes: int
    points: Total
    expires_on: date | None


@post(
    PROGRAMMES + "/service-records",
    opt=may("service_records.propose"),
    summary="Record a service",
    tags=["service records"],
)
async def record_one(call: Call, data: JSONBody[NewService]) -> Response[ServiceView]:
    """Write a service down; nothing is credited before somebody else verifies it."""
    holder_in_reach(call, "member", data.provider_id)

    async def record(conn: AsyncConnection) -> ServiceView:
        made = await record_service(
            conn,
            tenant_id=call.tenant_id,
            provider_id=data.provider_id,
            started_at=data.started_at,
            ended_at=data.ended_at,
            category=data.category,
            activity=data.activity,
            place=data.place,
            recipient_id=data.recipient_id,
            caller_id=call.caller_id,
        )
        return view(ServiceView, made)

    return await once(call, data, record)


@post(
    PROGRAMMES + "/service-records/{record_id:uuid}/decision",
    opt=may("service_records.verify"),
    summary="Verify or decline a service",
    tags=["service records"],
    status_code=200,
)
async def decide_one(
    call: Call, record_id: PathId, data: JSONBody[Decision]
) -> Response[ServiceView]:
    """Credit a service, or decline it; by somebody who neither served, was served nor recorded."""

    async def decide(conn: AsyncConnection) -> ServiceView:
        if data.decision == "declined":
            decided = await decline_service(
                conn,
                tenant_id=call.tenant_id,
                record_id=record_id,
                reason=data.reason or "",
                caller_id=call.caller_id,
            )
        else:
            decided = await verify_service(
                conn, tenant_id=call.tenant_id, record_id=record_id, caller_id=call.caller_id
            )
        return view(ServiceView, decided)

    return await once(call, data, decide, status=200)


@get(
    PROGRAMMES + "/service-records",
    opt=may("service_records.read"),
    summary="List service records",
    tags=["service records"],
)
async def list_all(
    call: Call,
    provider_id: FromQuery[UUID | None] = None,
    status: FromQuery[Status | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> ServicePage:
    """Records within reach; a member without a wider role sees the own ones."""
    wanted, after = _CURSOR.read(cursor, _Filter(provider_id, status), call.route)
    provider = holder_wanted(call, "member", wanted.provider_id)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_services(
            conn,
            tenant_id=call.tenant_id,
            limit=limit,
            provider_id=provider,
            status=wanted.status,
            after=after,
        )
    following = found[-1].record_id if len(found) == limit else None
    return ServicePage(
        [view(ServiceView, record) for record in found],
        None if following is None else _CURSOR.write(wanted, following, call.route),
    )


@get(
    PROGRAMMES + "/service-records/{record_id:uuid}",
    opt=may("service_records.read"),
    summary="Read a service record",
    tags=["service records"],
)
async def read_one(call: Call, record_id: PathId) -> ServiceView:
    """One record as it stands."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        record = await get_service(conn, tenant_id=call.tenant_id, record_id=record_id)
    if not any(map(call.reach.includes, (record.provider_id, record.recipient_id))):
        raise NotFound(kind="service record", id=str(record_id))
    return view(ServiceView, record)


@post(
    PROGRAMMES + "/conversions",
    opt=may("conversions.request"),
    summary="Turn minutes into points",
    tags=["service records"],
)
async def convert(call: Call, data: JSONBody[NewConversion]) -> Response[ConversionView]:
    """Turn available minutes into points at the programme's rate of the day (TB11)."""
    holder_in_reach(call, "member", data.member_id)

    async def act(conn: AsyncConnection) -> ConversionView:
        done = await convert_minutes(
            conn,
            tenant_id=call.tenant_id,
            member_id=data.member_id,
            minutes=data.minutes,
            key=call.key,
            caller_id=call.caller_id,
        )
        return view(ConversionView, done)

    return await once(call, data, act)


ROUTES = (record_one, decide_one, list_all, read_one, convert)
