"""Units given without a service that wait as services do: awards, goods given, openings.

They take effect when as many days are over as verified services can be objected to, and not before
their own accounting date. An award that is reversed afterwards is taken back with what its release
posted, on the day of that release or later.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.entries import Entry
from ledger.books.reversals import ReversalRequest, reverse_entry
from ledger.clock import business_date
from ledger.database import execute, fetch_all, load_sql
from ledger.foundation.event_catalogue import event_catalogue
from ledger.foundation.policies import policy_value
from ledger.identifiers import uuid7
from ledger.programmes.service_records.records import PACKAGE
from ledger.programmes.service_records.verification import last_day_to_object

#: Book → what waits there is paid in.
FUNDS = {"TB": "time", "SP": "points"}
#: What makes pending units available.
RELEASES = ("TB04", "TB05", "SP21")
#: What takes from them at once what their member owes.
RECOVERIES = {"time": "TB25", "points": "SP24"}
_PENDING = "2103"


class Award(msgspec.Struct, frozen=True):
    """Units of one entry and one expiry date that a member cannot use yet."""

    entry_id: UUID
    member_id: UUID
    funds: str
    #: Minutes, or hundredths of a point.
    amount: int
    expires_on: date | None
    #: From this day on they can be used.
    effective_on: date


@cache
def award_events() -> tuple[str, ...]:
    """Events that put units into a pending account and keep no record of their own."""
    return tuple(
        code
        for code, event in event_catalogue().items()
        if event.posted_by is None
        and any(
            one.book_code in FUNDS and _PENDING in event.accounts_of(one.credit)
            for one in event.transfers
        )
    )


async def list_pending_awards(
    conn: AsyncConnection, *, tenant_id: int, members: Sequence[UUID] | None = None
) -> list[Award]:
    """What these members, or all, were given and cannot use yet; by member, the oldest first."""
    statement = load_sql(PACKAGE, "list_pending_awards")
    rows = await fetch_all(
        conn, statement, tenant_id, award_events(), RELEASES, members and list(members)
    )
    days = {}
    for day in {business_date(row.posted_at) for row in rows}:
        rule = await policy_value(conn, key="service.objection_days", on=day, tenant_id=tenant_id)
        days[day] = last_day_to_object(day, rule.value) + timedelta(days=1)
    return [
        Award(
            row.entry_id,
            row.member_id,
            FUNDS[row.book_code],
            row.amount,
            None if row.expires_on == date.max else row.expires_on,
            max(days[business_date(row.posted_at)], row.booked_on),
        )
        for row in rows
    ]


async def take_back_release(
    conn: AsyncConnection, *, tenant_id: int, entry: Entry, reversal: ReversalRequest
) -> None:
    """Before ``entry`` is reversed: reverse what made its units available, if it is an award.

    Raises:
        InsufficientBalance: the member has spent them.
    """
    if entry.head.event_code not in award_events():
        return
    members = sorted({one.credit_holder for one in entry.transfers if one.credit_holder})
    await execute(conn, load_sql(PACKAGE, "lock_members"), tenant_id, members)
    events = [*RELEASES, *RECOVERIES.values()]
    statement = load_sql(PACKAGE, "list_releases_of_award")
    for row in await fetch_all(conn, statement, tenant_id, entry.head.entry_id, events):
        asked = reversal.booked_on
        request = msgspec.structs.replace(
            reversal,
            entry_id=uuid7(),
            key=uuid7(),
            original_entry_id=row.entry_id,
            booked_on=None if asked is None else max(asked, row.booked_on),
        )
        await reverse_entry(conn, tenant_id=tenant_id, request=request)
