"""The time bank: members turn available minutes into points, in one entry over both books.

Rate and life of the points are those of the programme's rules on the day.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.idempotency import fingerprint
from ledger.books.posting import NEVER, Outcome
from ledger.clock import business_date, now
from ledger.database import fetch_one, load_sql
from ledger.errors import InvalidInput
from ledger.foundation.acting_for import record_act_for
from ledger.foundation.earning import last_day_of_use, points_for
from ledger.foundation.events import EventCommand, post_events
from ledger.foundation.participation import require_active_member
from ledger.foundation.policies import get_policies

_RULES = ("points.rate_per_hour", "points.expiry_months")
_SENT = ("member_id", "minutes")


class Conversion(msgspec.Struct, frozen=True):
    """Minutes that became points."""

    entry_id: UUID
    minutes: int
    #: 1/100 point.
    points: int
    #: Last day of use; None: never.
    expires_on: date | None
    replayed: bool


async def convert_minutes(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_id: UUID,
    minutes: int,
    key: UUID,
    caller_id: int,
    at: datetime | None = None,
) -> Conversion:
    """Turn available minutes into points (TB11). The same key gives the first result again.

    Raises:
        InvalidInput: not a positive number of minutes, or so few that they make no points.
        NotFound: not a member here.
        MemberNotActive: suspended, or gone.
        InsufficientBalance: fewer minutes are available.
        IdempotencyConflict: the key was used for another member or another number of minutes.
        LedgerError: the books refused it for another reason.
    """
    if minutes <= 0:
        raise InvalidInput(field="minutes", value=minutes, remedy="Give 1 or more.")
    occurred_at = at or now()
    day = business_date(occurred_at)
    policies = await get_policies(conn, keys=_RULES, on=day, tenant_id=tenant_id)
    points = points_for(minutes, rate_per_hour=policies["points.rate_per_hour"])
    if points == 0:
        remedy = "Convert more minutes: these make less than 0.01 point."
        raise InvalidInput(field="minutes", value=minutes, remedy=remedy)
    command = EventCommand(
        event="TB11",
        key=key,
        caller_id=caller_id,
        occurred_at=occurred_at,
        amounts={"minutes": minutes, "points": points},
        owners={"member": member_id},
        expires_on=last_day_of_use(day, months=policies["points.expiry_months"]),
        booked_on=None if at is None else day,
        policy_version=policies.version,
        fingerprint=fingerprint("time_bank/convert", [member_id, minutes]),
        field_names=_SENT,
    )
    (outcome,) = await post_events(conn, tenant_id=tenant_id, commands=[command])
    if outcome.refusal is not None:
        raise outcome.error()
    if not outcome.replayed:
        # what was done before the member was suspended stays done
        await require_active_member(conn, tenant_id=tenant_id, member_id=member_id)
        await record_act_for(
            conn,
            tenant_id=tenant_id,
            member_id=member_id,
            caller_id=caller_id,
            action="time.convert",
            object_kind="entry",
            object_id=outcome.entry_id,
        )
    return await _read_conversion(conn, tenant_id, outcome)


async def _read_conversion(conn: AsyncConnection, tenant_id: int, outcome: Outcome) -> Conversion:
    """What the entry says, which for a replay is what the rules said then."""
    statement = load_sql("ledger.programmes", "find_conversion")
    row: Any = await fetch_one(conn, statement, tenant_id, outcome.entry_id)
    return Conversion(
        outcome.entry_id,
        row.minutes,
        row.points,
        None if row.expires_on == NEVER else row.expires_on,
        outcome.replayed,
    )
