"""How close people are: one household, verified kinship, guardianship, on a day."""

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_optional, load_sql

_PACKAGE = "ledger.foundation"
Closeness = Literal["household", "kin"]


class Tie(msgspec.Struct, frozen=True):
    """The closest tie that was found, and which of the members it is with."""

    member_id: UUID
    closeness: Closeness


async def find_closest_tie(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_ids: Sequence[UUID],
    on: date,
    other_member_id: UUID | None = None,
    other_caller_id: int | None = None,
) -> Tie | None:
    """What ties one of the members to somebody else: a member, or whoever a caller is.

    Relatives who are no members, and ties that nobody wrote down, are not known here.
    """
    row = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "find_closest_tie"),
        tenant_id,
        list(member_ids),
        other_member_id,
        other_caller_id,
        on,
    )
    return None if row is None else Tie(*tuple(row))
