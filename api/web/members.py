"""The member that a caller is, and the stars of her service."""

from bisect import bisect_right
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.web.formatting import Language
from api.web.texts import text
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.foundation.organisations import Member, find_member
from ledger.programmes.redemption.purchases import PurchaseStatus, list_purchases
from ledger.programmes.service_records.records import list_services

#: Verified minutes from which a volunteer has one to five stars. Source: 100, 300, 600, 1,000 and
#: 1,500 hours of the rules of 2013 for recording voluntary service.
STAR_MINUTES = (6_000, 18_000, 36_000, 60_000, 90_000)
SUBJECTS = 100


class Stars(msgspec.Struct, frozen=True):
    """How many stars, and how many minutes are left to the next; 0: all five are there."""

    level: int
    minutes_to_next: int


def stars_of(verified_minutes: int) -> Stars:
    """The stars of so much verified service."""
    level = bisect_right(STAR_MINUTES, verified_minutes)
    following = STAR_MINUTES[level] - verified_minutes if level < len(STAR_MINUTES) else 0
    return Stars(level, following)


async def list_subjects(
    conn: AsyncConnection, tenant_id: int, member_id: UUID, language: Language
) -> dict[UUID, str]:
    """What a member's latest movements were for: merchants by purchase, activities by service.

    A purchase that its merchant has not confirmed says so: its points are held, not yet taken.
    """
    waits = text(language, "statement.unconfirmed")
    purchases = await list_purchases(conn, tenant_id=tenant_id, member_id=member_id, limit=SUBJECTS)
    services = await list_services(conn, tenant_id=tenant_id, provider_id=member_id, limit=SUBJECTS)
    return {
        **{
            one.redemption_id: f"{one.merchant_name} · {waits}"
            if one.status == PurchaseStatus.AUTHORISED
            else one.merchant_name
            for one in purchases
        },
        **{service.record_id: service.activity for service in services},
    }


async def get_own_member(conn: AsyncConnection, call: Call) -> Member:
    """The member that the caller is in this programme.

    Raises:
        NotFound: not a member here.
    """
    person = call.who.person
    if person is not None:
        member = await find_member(conn, tenant_id=call.tenant_id, person_id=person.person_id)
        if member is not None and call.reach.includes(member.member_id):
            return member
    raise NotFound(kind="member", id="")


async def read_own_member(call: Call) -> Member:
    """The same, in a transaction of its own."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        return await get_own_member(conn, call)


def may_here(call: Call, permission: str) -> bool:
    """Whether the caller's roles in this tenant include a permission."""
    return call.who.permissions.reach(permission, call.tenant_id) is not None


def may_everywhere(call: Call, permission: str) -> bool:
    """The same for the whole tenant, not only for the caller's own things."""
    reach = call.who.permissions.reach(permission, call.tenant_id)
    return reach is not None and reach.everything
