"""A branch's month as it stands: its items, its results, what is to be done next and by whom."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.web.places import staff_home
from ledger.clock import month_of, today
from ledger.errors import NotFound
from ledger.foundation.organisations import Branch, get_branch, list_branches
from ledger.programmes.star_points.claims import StarClaim, list_claims
from ledger.programmes.star_points.scoring import StarResult, list_star_results

STEPS = ("propose", "approve", "score", "publish", "release")


class MonthView(msgspec.Struct, frozen=True):
    """Everything a branch's month shows."""

    branch: Branch
    month: date
    claims: list[StarClaim]
    results: list[StarResult]

    def step(self) -> str:
        """What is to be done next; ``done`` when nothing is."""
        if self.results:
            open_results = [one for one in self.results if one.status == "published"]
            if not open_results:
                return "done"
            return "release" if open_results[0].publicity_until < today() else "publish"
        if any(claim.status == "proposed" for claim in self.claims):
            return "approve"
        is_over = month_of(today()) > self.month
        return "score" if is_over else "propose"


def read_month(written: str) -> date:
    """The first day of a month written as 2026-10.

    Raises:
        NotFound: it is no month.
    """
    try:
        return date.fromisoformat(f"{written}-01")
    except ValueError:
        raise NotFound(kind="month", id=written) from None


def month_href(call: Call, branch_id: UUID, month: date) -> str:
    """Where the page of a branch's month is."""
    return f"{staff_home(call.tenant)}/stars/{branch_id}/{month:%Y-%m}"


async def find_month(conn: AsyncConnection, call: Call, branch_id: UUID, month: date) -> MonthView:
    """A branch's month by the branch's id.

    Raises:
        NotFound: not a branch of this programme, or not one whose lists the caller keeps.
    """
    if not call.reach.everything:
        raise NotFound(kind="Party branch", id=str(branch_id))
    branch = await get_branch(conn, tenant_id=call.tenant_id, branch_id=branch_id)
    return await read_branch_month(conn, call, branch, month)


async def read_branch_month(
    conn: AsyncConnection, call: Call, branch: Branch, month: date
) -> MonthView:
    """Everything that a branch's month shows."""
    keys: dict[str, Any] = {
        "tenant_id": call.tenant_id,
        "branch_id": branch.branch_id,
        "month": month,
    }
    return MonthView(
        branch, month, await list_claims(conn, **keys), await list_star_results(conn, **keys)
    )


class StarTask(msgspec.Struct, frozen=True):
    """Something to be done about a branch's month."""

    branch: str
    month: date
    step: str
    href: str


async def list_star_tasks(conn: AsyncConnection, call: Call) -> list[StarTask]:
    """What waits for this caller in the last month and this one, branch by branch."""
    acts = [step for step in STEPS if step != "propose" and may_act(call, step)]
    if not acts:
        return []
    tasks = []
    for branch in await list_branches(conn, tenant_id=call.tenant_id):
        for month in shown_months():
            step = (await read_branch_month(conn, call, branch, month)).step()
            if step in acts:
                href = month_href(call, branch.branch_id, month)
                tasks.append(StarTask(branch.name, month, step, href))
    return tasks


def shown_months() -> tuple[date, date]:
    """The month to be scored and the present one."""
    this_month = month_of(today())
    return month_of(this_month - timedelta(days=1)), this_month


def last_day_of(month: date) -> date:
    """The last day of a month."""
    return month_of(month + timedelta(days=31)) - timedelta(days=1)


def state_of_step(name: str, current: str) -> str:
    """Before, at, or after the step that is on now."""
    if current == "done" or STEPS.index(name) < STEPS.index(current):
        return "done"
    return "now" if name == current else ""


def may_act(call: Call, act: str) -> bool:
    """Whether the caller's roles here include this step."""
    return call.who.permissions.reach(f"star_points.{act}", call.tenant_id) is not None
