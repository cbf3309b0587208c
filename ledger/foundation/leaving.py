"""What ends when somebody leaves: a member's ties in the programme, a merchant's counter.

It is never taken up again by itself: who comes back is tied anew.
"""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_all, load_sql
from ledger.errors import NotFound
from ledger.foundation.grants import end_grant

_PACKAGE = "ledger.foundation"


async def end_if_open(conn: AsyncConnection, *, grant_id: UUID, ended_by: int, reason: str) -> None:
    """End the role that a tie gave, unless an administrator ended it before."""
    try:
        await end_grant(conn, grant_id=grant_id, ended_by=ended_by, reason=reason)
    except NotFound:
        return


async def end_ties_of_member(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_id: UUID,
    person_id: int,
    on: date,
    reason: str,
    caller_id: int,
) -> None:
    """End a member's household, teams, kinships, guardianships and contacts, with their roles.

    A household or team that she headed has no head until another one is named.
    """
    scope = (tenant_id, member_id, on, caller_id)
    await execute(conn, load_sql(_PACKAGE, "end_households_of_member"), *scope)
    await execute(conn, load_sql(_PACKAGE, "end_groups_of_member"), *scope)
    await execute(conn, load_sql(_PACKAGE, "end_kin_of_member"), *scope, reason)
    statement = load_sql(_PACKAGE, "end_guardians_of_member")
    rows = [*await fetch_all(conn, statement, *scope, reason, person_id)]
    statement = load_sql(_PACKAGE, "end_contacts_of_person")
    rows += await fetch_all(conn, statement, tenant_id, person_id, on, caller_id)
    for row in rows:
        if row.grant_id is not None:
            await end_if_open(conn, grant_id=row.grant_id, ended_by=caller_id, reason=reason)


async def end_counter(
    conn: AsyncConnection, *, tenant_id: int, merchant_id: UUID, reason: str, caller_id: int
) -> None:
    """Let nobody work at a merchant's counter any longer, and suspend its tills."""
    statement = load_sql(_PACKAGE, "list_open_operators")
    for row in await fetch_all(conn, statement, tenant_id, merchant_id, now()):
        await end_if_open(conn, grant_id=row.grant_id, ended_by=caller_id, reason=reason)
    await execute(conn, load_sql(_PACKAGE, "suspend_tills_of_merchant"), tenant_id, merchant_id)
