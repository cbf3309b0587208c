"""What people asked about their own data, as the staff of a programme find it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql

LARGEST_LIST = 100


class PrivacyRequest(msgspec.Struct, frozen=True):
    """A correction or an erasure that waits."""

    kind: Literal["correction", "erasure"]
    member_id: UUID
    volunteer_no: str
    display_name: str
    asked_at: datetime


async def list_privacy_requests(
    conn: AsyncConnection, *, tenant_id: int, limit: int = LARGEST_LIST
) -> list[PrivacyRequest]:
    """What waits about members of a programme, the oldest first."""
    statement = load_sql("ledger.foundation", "list_privacy_requests")
    rows = await fetch_all(conn, statement, tenant_id, limit)
    return [PrivacyRequest(*tuple(row)) for row in rows]
