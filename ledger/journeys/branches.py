"""Party branches: made by name; a member joins one, goes over to another, or leaves hers.

It holds from today on. What was scored, and items of months before, stay with the branch they were
earned in; items of this month that are not scored go along, so that one branch scores her month.
Whoever leaves keeps what she has.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import ensure_accounts
from ledger.clock import month_of, now, today
from ledger.database import execute, fetch_all, load_sql
from ledger.errors import InvalidInput
from ledger.foundation.audit_log import record_action
from ledger.foundation.chart import accounts_of_holder
from ledger.foundation.grants import grant_role
from ledger.foundation.leaving import end_if_open
from ledger.foundation.organisations import get_member
from ledger.foundation.participation import lock_members_to_tie
from ledger.foundation.party_branches import Branch, ensure_branch, get_branch, list_branches
from ledger.journeys.enrolment import PARTY_BOOKS

_PACKAGE = "ledger.journeys"
_ROLE = "party_member"
#: The reason on record for the end of the role.
_LEFT = "不在党支部"


async def found_branch(
    conn: AsyncConnection, *, tenant_id: int, name: str, caller_id: int
) -> Branch:
    """The Party branch of this name, made when it is not there.

    Raises:
        InvalidInput: no name.
    """
    known = {one.branch_id for one in await list_branches(conn, tenant_id=tenant_id)}
    branch = await ensure_branch(conn, tenant_id=tenant_id, name=name)
    if branch.branch_id not in known:
        await record_action(
            conn,
            caller_id=caller_id,
            action="branch.found",
            tenant_id=tenant_id,
            object_kind="party_branch",
            object_id=str(branch.branch_id),
        )
    return branch


async def change_branch(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_id: UUID,
    branch_id: UUID | None,
    caller_id: int,
) -> None:
    """Let a member be of this Party branch from now on; None: of none.

    Raises:
        NotFound: no such member, or no such branch here.
        MemberHasLeft: nobody who left joins a branch.
        InvalidInput: it is hers already.
    """
    held = await lock_members_to_tie(conn, tenant_id=tenant_id, member_ids=[member_id])
    before = (await get_member(conn, tenant_id=tenant_id, member_id=member_id)).branch_id
    if branch_id is not None:
        await get_branch(conn, tenant_id=tenant_id, branch_id=branch_id)
    if branch_id == before:
        remedy = "Name another branch than the member's present one."
        raise InvalidInput(field="branch_id", value=str(branch_id), remedy=remedy)
    statement = load_sql(_PACKAGE, "move_to_branch")
    await execute(conn, statement, tenant_id, member_id, branch_id, month_of(today()))
    her = held[member_id]
    if branch_id is None:
        statement = load_sql(_PACKAGE, "list_roles_about_member")
        for row in await fetch_all(conn, statement, tenant_id, member_id, _ROLE, now()):
            await end_if_open(conn, grant_id=row.grant_id, ended_by=caller_id, reason=_LEFT)
    elif before is None:
        await grant_role(
            conn,
            caller_id=her.caller_id,
            role=_ROLE,
            tenant_id=tenant_id,
            object_id=member_id,
            granted_by=caller_id,
        )
    if branch_id is None:
        await _record(conn, tenant_id, "leave", before, caller_id, her.person_id)
    else:
        await _record(conn, tenant_id, "join", branch_id, caller_id, her.person_id)
        # last of all: whoever opens accounts holds the programme's row until the transaction ends
        names = accounts_of_holder("member", member_id, PARTY_BOOKS)
        await ensure_accounts(conn, tenant_id=tenant_id, names=names)


async def _record(
    conn: AsyncConnection,
    tenant_id: int,
    act: str,
    branch_id: UUID | None,
    caller_id: int,
    person_id: int,
) -> None:
    await record_action(
        conn,
        caller_id=caller_id,
        action=f"branch.{act}",
        tenant_id=tenant_id,
        object_kind="party_branch",
        object_id=str(branch_id),
        behalf_person_id=person_id,
    )
