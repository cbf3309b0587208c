"""Who takes part at present: members, merchants and tills are suspended, taken up again, or leave.

Each change is on record with its day and reason. What a standing forbids is refused by the
programmes, which look at it while they act.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now, today
from ledger.database import execute, fetch_all, fetch_optional, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.free_words import told_reason
from ledger.foundation.leaving import end_counter, end_ties_of_member
from ledger.foundation.organisations import get_member
from ledger.foundation.personal_data import PersonErased
from ledger.foundation.words_about import refuse_names
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
Subject = Literal["member", "merchant", "terminal"]
Standing = Literal["active", "suspended", "left"]
#: What a standing may become; a till is never gone for good.
FOLLOWING: dict[Standing, tuple[Standing, ...]] = {
    "active": ("suspended", "left"),
    "suspended": ("active", "left"),
    "left": ("active",),
}


class StandingUnchanged(LedgerError):
    """Somebody has this standing already, or cannot get it from the present one."""

    template = "It is {status} now and cannot become {wanted}."


class MemberNotActive(LedgerError):
    """The member is suspended or has left."""

    template = "The member does not take part at present."


class MemberHasLeft(MemberNotActive):
    """Who left is tied to nobody, until she comes back."""

    template = "{member} has left the programme: take them up again first."


class MerchantLeft(LedgerError):
    """At a merchant that has left nobody works."""

    template = "This merchant has left; take it up again first."


class StandingChange(msgspec.Struct, frozen=True):
    """One change of a standing."""

    change_id: UUID
    status: str
    effective_on: date
    reason: str
    changed_by: int
    changed_at: datetime


class LockedMember(msgspec.Struct, frozen=True):
    """A member of whom something is being decided; ``data_key`` is gone once erased."""

    member_id: UUID
    person_id: int
    volunteer_no: str
    status: str
    caller_id: int
    data_key: bytes | None


async def set_standing(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    kind: Subject,
    subject_id: UUID,
    status: Standing,
    reason: str,
    caller_id: int,
    effective_on: date | None = None,
) -> StandingChange:
    """Give a member, merchant or till another standing, from now on.

    ``effective_on``: the day of the cause, today or before. Who leaves has no ties here any more;
    a merchant's tills and operators end with it.

    Raises:
        MerchantLeft: the till stands at a merchant that has left.
        NotFound: no such member, merchant or till here.
        PersonErased: the member is gone for good.
        StandingUnchanged: it has this standing, or cannot get it.
        InvalidInput: a day to come or before the member joined, no reason, or one with a name.
    """
    day = past_day("effective_on", effective_on)
    words = told_reason(reason)
    row = await fetch_optional(
        conn, load_sql(_PACKAGE, f"lock_{kind}_status"), tenant_id, subject_id
    )
    if row is None:
        raise NotFound(kind=kind, id=str(subject_id))
    if kind == "member" and row.erased_at is not None:
        raise PersonErased
    if kind == "member" and day < row.joined_on:
        remedy = f"Give {row.joined_on} or a later day: the member joined then."
        raise InvalidInput(field="effective_on", value=day.isoformat(), remedy=remedy)
    if kind == "terminal" and status == "active" and row.merchant_status == "left":
        raise MerchantLeft
    if status not in FOLLOWING[row.status] or (kind == "terminal" and status == "left"):
        raise StandingUnchanged(status=row.status, wanted=status)
    if kind == "member":
        await refuse_names(conn, "reason", words, person_ids=[row.person_id])
    await execute(conn, load_sql(_PACKAGE, f"set_{kind}_status"), tenant_id, subject_id, status)
    change = StandingChange(uuid7(), status, day, words, caller_id, now())
    await execute(
        conn,
        load_sql(_PACKAGE, "record_participation"),
        tenant_id,
        change.change_id,
        kind,
        subject_id,
        *msgspec.structs.astuple(change)[1:],
    )
    await record_action(
        conn,
        caller_id=caller_id,
        action=f"{kind}.{status}",
        tenant_id=tenant_id,
        object_kind=kind,
        object_id=str(subject_id),
        behalf_person_id=row.person_id if kind == "member" else None,
        reason=words,
    )
    if status == "left":
        how: dict[str, Any] = {"tenant_id": tenant_id, "reason": words, "caller_id": caller_id}
        if kind == "merchant":
            await end_counter(conn, merchant_id=subject_id, **how)
        else:
            await end_ties_of_member(
                conn, member_id=subject_id, person_id=row.person_id, on=day, **how
            )
    return change


async def list_standings(
    conn: AsyncConnection, *, tenant_id: int, subject_id: UUID
) -> list[StandingChange]:
    """How a standing changed, the latest first; at most a hundred changes."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_participation"), tenant_id, subject_id)
    return [StandingChange(*tuple(row)) for row in rows]


async def require_active_member(conn: AsyncConnection, *, tenant_id: int, member_id: UUID) -> None:
    """Refuse to let a member earn or spend who does not take part.

    Raises:
        NotFound: not a member here.
        MemberNotActive: suspended, or gone.
    """
    if (await get_member(conn, tenant_id=tenant_id, member_id=member_id)).status != "active":
        raise MemberNotActive


async def require_merchant(conn: AsyncConnection, *, tenant_id: int, merchant_id: UUID) -> None:
    """Refuse to let anybody or anything work at a merchant that has left.

    Raises:
        NotFound: no such merchant here.
        MerchantLeft: it has left.
    """
    statement = load_sql(_PACKAGE, "lock_merchant_status")
    row = await fetch_optional(conn, statement, tenant_id, merchant_id)
    if row is None:
        raise NotFound(kind="merchant", id=str(merchant_id))
    if row.status == "left":
        raise MerchantLeft


async def lock_members(
    conn: AsyncConnection, *, tenant_id: int, member_ids: Sequence[UUID]
) -> dict[UUID, LockedMember]:
    """Members by id, held until the transaction ends, so that nothing else is decided of them.

    Raises:
        NotFound: one of them is not a member here.
    """
    rows = await fetch_all(conn, load_sql(_PACKAGE, "lock_members"), tenant_id, list(member_ids))
    found = {
        row.member_id: LockedMember(
            row.member_id,
            row.person_id,
            row.volunteer_no,
            row.status,
            row.caller_id,
            row.data_key,
        )
        for row in rows
    }
    for member_id in member_ids:
        if member_id not in found:
            raise NotFound(kind="member", id=str(member_id))
    return found


async def lock_members_to_tie(
    conn: AsyncConnection, *, tenant_id: int, member_ids: Sequence[UUID]
) -> dict[UUID, LockedMember]:
    """Members who are to be tied to somebody or something, held like ``lock_members``.

    Raises:
        NotFound: one of them is not a member here.
        MemberHasLeft: one of them has left.
    """
    found = await lock_members(conn, tenant_id=tenant_id, member_ids=member_ids)
    for one in found.values():
        if one.status == "left":
            raise MemberHasLeft(member=one.volunteer_no)
    return found


def past_day(field: str, day: date | None) -> date:
    """The day itself when it has come; None: today.

    Raises:
        InvalidInput: it is to come.
    """
    if day is not None and day > today():
        raise InvalidInput(
            field=field, value=day.isoformat(), remedy="Give today or an earlier day."
        )
    return day or today()


async def end_ties(
    conn: AsyncConnection, statement: str, tenant_id: int, *arguments: object
) -> Sequence[Any]:
    """The rows that a statement ends on a day.

    Raises:
        InvalidInput: one of them began after that day; no row is changed.
    """
    try:
        async with conn.begin_nested():
            return await fetch_all(conn, load_sql(_PACKAGE, statement), tenant_id, *arguments)
    except IntegrityError as error:
        if "_ends_after_it_began" not in str(error.orig):
            raise
        remedy = "Give the day of the beginning or a later one."
        raise InvalidInput(field="ends_on", value="…", remedy=remedy) from error
