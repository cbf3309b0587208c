"""What waits for one person's decision in every place at once: the platform, programmes, estates.

Source: docs/decisions/0047-approvals.md
"""

from collections.abc import Collection, Mapping, Set
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from ledger.foundation.approvals import State
from ledger.foundation.organisations import check_page_size

_PACKAGE = "ledger.foundation"

#: Place (0: the platform) → the kinds of requests that somebody may decide there.
DecidedIn = Mapping[int, Set[str]]


class WaitingMatter(msgspec.Struct, frozen=True):
    """A request that nobody has decided, with its place."""

    tenant_id: int
    approval_id: UUID
    kind: str
    reason: str
    requested_by: int
    requested_at: datetime
    expires_at: datetime
    state: State = "waiting"


class WaitingIn(msgspec.Struct, frozen=True):
    """How many requests wait in a place, and until when the first of them can be decided."""

    tenant_id: int
    requests: int
    first_end: datetime


async def list_waiting_everywhere(
    conn: AsyncConnection,
    *,
    decided_in: DecidedIn,
    person_id: int,
    limit: int,
    after: UUID | None = None,
) -> list[WaitingMatter]:
    """A page of what others asked for and this person may decide, the newest first."""
    places, kinds = _pairs(decided_in)
    asked = (places, kinds, person_id, after, check_page_size(limit))
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_waiting_everywhere"), *asked)
    return [WaitingMatter(*tuple(row)) for row in rows]


async def list_waiting_of_person(
    conn: AsyncConnection, *, person_id: int, named_by: Collection[UUID] = ()
) -> list[WaitingMatter]:
    """What one person asked for and nobody has decided, in every place, the oldest first.

    ``named_by``: also what others asked that names one of these ids.
    """
    asked = (person_id, list(named_by))
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_waiting_of_person"), *asked)
    return [WaitingMatter(*tuple(row)) for row in rows]


async def count_waiting_everywhere(
    conn: AsyncConnection, *, decided_in: DecidedIn, person_id: int
) -> dict[int, WaitingIn]:
    """How much of that waits in each place; places where nothing does are left out."""
    asked = (*_pairs(decided_in), person_id)
    rows = await fetch_all(conn, load_sql(_PACKAGE, "count_waiting_everywhere"), *asked)
    return {row.tenant_id: WaitingIn(*tuple(row)) for row in rows}


def _pairs(decided_in: DecidedIn) -> tuple[list[int], list[str]]:
    pairs = [(place, kind) for place in sorted(decided_in) for kind in sorted(decided_in[place])]
    return [place for place, _ in pairs], [kind for _, kind in pairs]
