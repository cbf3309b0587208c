"""How far each branch is with a month of star points, for those who must take the next step."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import month_of, today
from ledger.database import fetch_all, load_sql

_LIST = load_sql("ledger.programmes.star_points", "list_branch_months")


class BranchMonth(msgspec.Struct, frozen=True, kw_only=True):
    """A branch's month as far as it has come."""

    branch_id: UUID
    name: str
    month: date
    #: Items are proposed that nobody has decided.
    has_proposed: bool
    #: The month is scored.
    has_results: bool
    #: Last day of publicity while results are not yet effective.
    publicity_until: date | None

    def step(self) -> str:
        """What is to be done next: propose, approve, score, publish (wait) or release; or done."""
        if self.has_results:
            if self.publicity_until is None:
                return "done"
            return "release" if self.publicity_until < today() else "publish"
        if self.has_proposed:
            return "approve"
        return "score" if month_of(today()) > self.month else "propose"


async def list_branch_months(
    conn: AsyncConnection, *, tenant_id: int, months: Sequence[date]
) -> list[BranchMonth]:
    """Every branch of a programme in each of these months, by name."""
    rows = await fetch_all(conn, _LIST, tenant_id, list(months))
    return [
        BranchMonth(
            branch_id=row.branch_id,
            name=row.name,
            month=row.month,
            has_proposed=row.has_proposed,
            has_results=row.has_results,
            publicity_until=row.publicity_until,
        )
        for row in rows
    ]
