"""Where a member belongs and belonged within a programme: households and teams, for herself."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql

_LIST = load_sql("ledger.foundation", "list_belongings")


class MemberBelonging(msgspec.Struct, frozen=True):
    """A member's time in a household or team; ``ends_on`` is the first day after it."""

    kind: Literal["household", "team"]
    name: str
    #: She is its head or leader.
    heads: bool
    begins_on: date
    ends_on: date | None


async def list_belongings(
    conn: AsyncConnection, *, tenant_id: int, member_id: UUID
) -> list[MemberBelonging]:
    """All of a member's households and teams, the present ones first."""
    rows = await fetch_all(conn, _LIST, tenant_id, member_id)
    return [MemberBelonging(*tuple(row)) for row in rows]
