"""What a member can look forward to, and what she should use in time."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.formatting import unit_of_book
from api.web.member_books import MemberBook
from ledger.clock import today
from ledger.programmes.service_records.awards import list_pending_awards
from ledger.programmes.service_records.records import list_services

LISTED = 5
EXPIRY_ANNOUNCED = timedelta(days=60)
_BOOKS = {"time": "TB", "points": "SP"}


class Coming(msgspec.Struct, frozen=True):
    """Something that happens by itself on a day."""

    day: date
    kind: str
    amount: int
    unit: str


async def list_coming(
    conn: AsyncConnection, tenant_id: int, member_id: UUID, books: Mapping[str, MemberBook]
) -> list[Coming]:
    """Service and awards that take effect and units that expire, the next first."""
    verified = await list_services(
        conn, tenant_id=tenant_id, provider_id=member_id, status="verified", limit=LISTED
    )
    found = [
        Coming(
            record.objection_until + timedelta(days=1),
            f"{record.funds}_available",
            (record.credited_minutes if record.funds == "time" else record.credited_points) or 0,
            unit_of_book(_BOOKS[record.funds]),
        )
        for record in verified
        if record.objection_until is not None and record.funds is not None
    ]
    awards = await list_pending_awards(conn, tenant_id=tenant_id, members=[member_id])
    found += [
        Coming(
            one.effective_on, f"{one.funds}_available", one.amount, unit_of_book(_BOOKS[one.funds])
        )
        for one in awards
    ]
    for name, book_code in _BOOKS.items():
        found += [
            Coming(lot.expires_on, f"{name}_expires", lot.amount, unit_of_book(book_code))
            for lot in books[book_code].lots
            if lot.expires_on <= today() + EXPIRY_ANNOUNCED
        ]
    return sorted((one for one in found if one.amount), key=lambda one: one.day)[:LISTED]
