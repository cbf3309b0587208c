"""Who decides where through a unit: what a change of units would give, or take.

Source: docs/decisions/0046-units-and-ties.md
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql

_PACKAGE = "ledger.foundation"


class UnitRight(msgspec.Struct, frozen=True):
    """A role that two people give, held in a place because the place lies in a unit."""

    #: Public id of the programme or estate.
    place_id: UUID
    role: str
    #: Public id; None: a connected system.
    person_id: UUID | None


async def list_unit_rights(
    conn: AsyncConnection, *, tenant_ids: Collection[int], on: date
) -> list[UnitRight]:
    """Who holds such roles in these programmes and estates on a day."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_unit_rights"), list(tenant_ids), on)
    return [UnitRight(*tuple(row)) for row in rows]


async def list_tenants_in_unit(conn: AsyncConnection, *, org_unit_id: UUID, on: date) -> list[int]:
    """The programmes and estates that lie in a unit on a day."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_tenants_in_unit"), org_unit_id, on)
    return [row.scope_tenant_id for row in rows]
