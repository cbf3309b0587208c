"""Households of a programme: who lives with whom, from when to when, one household at a time."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_all, fetch_optional, load_sql
from ledger.errors import LedgerError, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.free_words import required_words
from ledger.foundation.org_units import get_unit_history
from ledger.foundation.organisations import LARGEST_PAGE, check_page_size
from ledger.foundation.participation import end_ties, lock_members_to_tie, past_day
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"


class HouseholdNumberTaken(LedgerError):
    """Another household of the programme has the number."""

    template = "The programme has a household with this number already."


class LivesElsewhere(LedgerError):
    """A person lives in one household at a time."""

    template = "The member lives, or on a later day lived, in a household already."


class HeadLeaves(LedgerError):
    """A household with people has a head who lives there."""

    template = "Name another head first: others live in this household."


class Household(msgspec.Struct, frozen=True):
    """A household as it is now."""

    household_id: UUID
    number: str
    org_unit_id: UUID | None
    #: None: the head left, and no other one is named.
    head_member_id: UUID | None
    #: How many live there now.
    living: int


class Belonging(msgspec.Struct, frozen=True):
    """Somebody's time in a household or team; ``ends_on`` is the first day after it."""

    member_id: UUID
    volunteer_no: str
    display_name: str
    begins_on: date
    ends_on: date | None


async def create_household(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    number: str,
    head_member_id: UUID,
    caller_id: int,
    org_unit_id: UUID | None = None,
    begins_on: date | None = None,
) -> Household:
    """A new household, in which its head lives from ``begins_on`` (default: today).

    Raises:
        NotFound: the head is not a member here, or there is no such unit.
        HouseholdNumberTaken: the programme has this number.
        MemberHasLeft: the head has left.
        LivesElsewhere: the head lives in a household.
        InvalidInput: no number, or a day to come.
    """
    if org_unit_id is not None:
        await get_unit_history(conn, org_unit_id=org_unit_id)
    members = await lock_members_to_tie(conn, tenant_id=tenant_id, member_ids=[head_member_id])
    household_id, plain = uuid7(), required_words("number", number)
    created = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "create_household"),
        tenant_id,
        household_id,
        plain,
        org_unit_id,
        head_member_id,
        caller_id,
    )
    if created is None:
        raise HouseholdNumberTaken
    await _record(
        conn, tenant_id, caller_id, "create", household_id, members[head_member_id].person_id
    )
    await join_household(
        conn,
        tenant_id=tenant_id,
        household_id=household_id,
        member_id=head_member_id,
        caller_id=caller_id,
        begins_on=begins_on,
    )
    return Household(household_id, plain, org_unit_id, head_member_id, 1)


async def join_household(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    household_id: UUID,
    member_id: UUID,
    caller_id: int,
    begins_on: date | None = None,
) -> None:
    """Let a member live in a household from a day on (default: today); the first one is its head.

    Raises:
        NotFound: no such household or member here.
        MemberHasLeft: they have left.
        LivesElsewhere: they live, or on a later day lived, in a household.
        InvalidInput: a day to come.
    """
    day = past_day("begins_on", begins_on)
    await _lock(conn, tenant_id, household_id)
    members = await lock_members_to_tie(conn, tenant_id=tenant_id, member_ids=[member_id])
    statement = load_sql(_PACKAGE, "join_household")
    joined = await fetch_optional(
        conn, statement, tenant_id, household_id, member_id, day, caller_id
    )
    if joined is None:
        raise LivesElsewhere
    household = await get_household(conn, tenant_id=tenant_id, household_id=household_id)
    if household.living == 1:
        statement = load_sql(_PACKAGE, "set_household_head")
        await execute(conn, statement, tenant_id, household_id, member_id)
    await _record(conn, tenant_id, caller_id, "join", household_id, members[member_id].person_id)


async def leave_household(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    household_id: UUID,
    member_id: UUID,
    caller_id: int,
    ends_on: date | None = None,
) -> None:
    """Let a member live in a household no longer, from a day on (default: today).

    Raises:
        NotFound: no such household, or the member does not live there.
        HeadLeaves: the head, while others live there.
        InvalidInput: a day to come, or before the beginning.
    """
    day = past_day("ends_on", ends_on)
    head = (await _lock(conn, tenant_id, household_id)).head_member_id
    left = await end_ties(
        conn, "leave_household", tenant_id, household_id, member_id, day, caller_id
    )
    if not left:
        raise NotFound(kind="member", id=str(member_id))
    household = await get_household(conn, tenant_id=tenant_id, household_id=household_id)
    if head == member_id and household.living:
        raise HeadLeaves
    await _record(conn, tenant_id, caller_id, "leave", household_id, left[0].person_id)


async def set_household_head(
    conn: AsyncConnection, *, tenant_id: int, household_id: UUID, member_id: UUID, caller_id: int
) -> None:
    """Make another one of those who live there the head.

    Raises:
        NotFound: no such household, or the member does not live there.
    """
    await _lock(conn, tenant_id, household_id)
    statement = load_sql(_PACKAGE, "set_household_head")
    head = await fetch_optional(conn, statement, tenant_id, household_id, member_id)
    if head is None:
        raise NotFound(kind="member", id=str(member_id))
    await _record(conn, tenant_id, caller_id, "head", household_id, head.person_id)


async def _lock(conn: AsyncConnection, tenant_id: int, household_id: UUID) -> Any:
    row = await fetch_optional(conn, load_sql(_PACKAGE, "lock_household"), tenant_id, household_id)
    if row is None:
        raise NotFound(kind="household", id=str(household_id))
    return row


async def get_household(conn: AsyncConnection, *, tenant_id: int, household_id: UUID) -> Household:
    """The household with a public id.

    Raises:
        NotFound: not one of this programme.
    """
    statement = load_sql(_PACKAGE, "list_households")
    row = await fetch_optional(conn, statement, tenant_id, household_id, None, None, 1)
    if row is None:
        raise NotFound(kind="household", id=str(household_id))
    return Household(*tuple(row))


async def find_household_of(
    conn: AsyncConnection, *, tenant_id: int, member_id: UUID
) -> Household | None:
    """Where a member lives now."""
    statement = load_sql(_PACKAGE, "list_households")
    row = await fetch_optional(conn, statement, tenant_id, None, member_id, None, 1)
    return None if row is None else Household(*tuple(row))


async def list_households(
    conn: AsyncConnection, *, tenant_id: int, limit: int, after: str | None = None
) -> list[Household]:
    """A page of households by number, beginning after the number ``after``."""
    statement = load_sql(_PACKAGE, "list_households")
    page = check_page_size(limit)
    rows = await fetch_all(conn, statement, tenant_id, None, None, after, page)
    return [Household(*tuple(row)) for row in rows]


async def list_household_members(
    conn: AsyncConnection, *, tenant_id: int, household_id: UUID, limit: int = LARGEST_PAGE
) -> list[Belonging]:
    """Who lives there, then who lived there."""
    statement = load_sql(_PACKAGE, "list_household_members")
    rows = await fetch_all(conn, statement, tenant_id, household_id, limit)
    return [Belonging(*tuple(row)) for row in rows]


async def _record(
    conn: AsyncConnection,
    tenant_id: int,
    caller_id: int,
    act: str,
    household_id: UUID,
    person_id: int,
) -> None:
    await record_action(
        conn,
        caller_id=caller_id,
        action=f"household.{act}",
        tenant_id=tenant_id,
        object_kind="household",
        object_id=str(household_id),
        behalf_person_id=person_id,
    )
