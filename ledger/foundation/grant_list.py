"""Who holds which role, for those who give roles: by person, by place, also what is over."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import today
from ledger.database import fetch_all, load_sql
from ledger.errors import NotFound
from ledger.foundation.organisations import check_page_size

_LIST = load_sql("ledger.foundation", "list_grants")
_LIST_EXCLUDING = load_sql("ledger.foundation", "list_excluding_roles")


class Grant(msgspec.Struct, frozen=True):
    """A role given to somebody, with where and until when."""

    grant_id: UUID
    role: str
    caller_id: int
    #: None: a connected system.
    person_id: UUID | None
    person_name: str | None
    volunteer_no: str | None
    #: Neither tenant nor unit: the whole platform.
    tenant_id: int | None
    org_unit_id: UUID | None
    object_id: UUID | None
    valid_from: datetime
    valid_to: datetime | None
    granted_by: int
    ended_by: int | None
    end_reason: str | None
    approval_id: UUID | None
    unit_name: str | None


async def list_grants(
    conn: AsyncConnection,
    *,
    limit: int,
    tenant_id: int | None = None,
    person_id: int | None = None,
    in_force: bool = True,
    after: UUID | None = None,
    roles: list[str] | None = None,
) -> list[Grant]:
    """A page of grants, the newest first.

    Of a tenant: whatever reaches it, also from a unit or from the platform. ``in_force`` leaves out
    what is over, and keeps what is still to come. ``roles``: only these.
    """
    size = check_page_size(limit)
    rows = await fetch_all(
        conn, _LIST, tenant_id, person_id, None, in_force, today(), after, size, roles
    )
    return [Grant(*tuple(row)) for row in rows]


async def get_grant(conn: AsyncConnection, *, grant_id: UUID) -> Grant:
    """One grant.

    Raises:
        NotFound: there is none with this id.
    """
    rows = await fetch_all(conn, _LIST, None, None, grant_id, False, today(), None, 1, None)
    if not rows:
        raise NotFound(kind="grant", id=str(grant_id))
    return Grant(*tuple(rows[0]))


async def list_excluding_roles(
    conn: AsyncConnection,
    *,
    caller_id: int,
    valid_from: datetime,
    valid_to: datetime | None = None,
    tenant_id: int | None = None,
    org_unit_id: UUID | None = None,
) -> dict[str, str]:
    """The roles that a caller cannot be given in a place and time, each with one held against it.

    Neither tenant nor unit: on the platform, where everything that is held anywhere counts.
    """
    rows = await fetch_all(
        conn, _LIST_EXCLUDING, caller_id, tenant_id, org_unit_id, valid_from, valid_to
    )
    return {row.role_code: row.held_code for row in rows}
