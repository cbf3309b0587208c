"""Party branches (党支部) by name: two whose names nobody can tell apart are the same one."""

from collections.abc import Iterable
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_all, load_sql
from ledger.errors import NotFound
from ledger.foundation.names import branch_key, check_title
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"


class Branch(msgspec.Struct, frozen=True):
    """A Party branch."""

    branch_id: UUID
    name: str


async def ensure_branch(conn: AsyncConnection, *, tenant_id: int, name: str) -> Branch:
    """The Party branch of this name, however it is typed, made when it is not there."""
    plain = check_title(name)
    await execute(conn, load_sql(_PACKAGE, "lock_names"), tenant_id, "branch")
    known = by_name(await list_branches(conn, tenant_id=tenant_id))
    if (found := known.get(branch_key(plain))) is not None:
        return found
    branch = Branch(uuid7(), plain)
    await execute(conn, load_sql(_PACKAGE, "create_branch"), tenant_id, branch.branch_id, plain)
    return branch


def by_name(branches: Iterable[Branch]) -> dict[str, Branch]:
    """Branches by ``branch_key``; of those that stand twice, the one made first."""
    found: dict[str, Branch] = {}
    for branch in branches:
        found.setdefault(branch_key(branch.name), branch)
    return found


async def list_branches(conn: AsyncConnection, *, tenant_id: int) -> list[Branch]:
    """Every Party branch of a programme, in the order they were made."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_branches"), tenant_id)
    return [Branch(row.branch_id, row.name) for row in rows]


async def get_branch(conn: AsyncConnection, *, tenant_id: int, branch_id: UUID) -> Branch:
    """The Party branch with a public id.

    Raises:
        NotFound: not a branch of this programme.
    """
    for branch in await list_branches(conn, tenant_id=tenant_id):
        if branch.branch_id == branch_id:
            return branch
    raise NotFound(kind="Party branch", id=str(branch_id))
