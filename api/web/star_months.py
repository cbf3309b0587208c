"""A branch's month as it stands: its items, its results, what is to be done next and by whom."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.web.formatting import mask_name
from api.web.frame import read_day
from api.web.places import staff_home
from api.web.todo import TodoItem
from ledger.clock import month_of, today
from ledger.errors import NotFound
from ledger.foundation.consents import list_consenting_members
from ledger.foundation.grants import Permissions
from ledger.foundation.organisations import Tenant
from ledger.foundation.party_branches import Branch, get_branch
from ledger.programmes.star_points.claims import StarClaim, list_claims
from ledger.programmes.star_points.months import BranchMonth, list_branch_months
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
        open_results = [one for one in self.results if one.status == "published"]
        return BranchMonth(
            branch_id=self.branch.branch_id,
            name=self.branch.name,
            month=self.month,
            has_proposed=any(claim.status == "proposed" for claim in self.claims),
            has_results=bool(self.results),
            publicity_until=open_results[0].publicity_until if open_results else None,
        ).step()


def read_month(written: str) -> date:
    """The first day of a month written as 2026-10.

    Raises:
        NotFound: it is no month.
    """
    first_day = read_day(f"{written}-01")
    if first_day is None:
        raise NotFound(kind="month", id=written)
    return first_day


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
    keys: dict[str, Any] = {
        "tenant_id": call.tenant_id,
        "branch_id": branch.branch_id,
        "month": month,
    }
    return MonthView(
        branch, month, await list_claims(conn, **keys), await list_star_results(conn, **keys)
    )


async def list_star_tasks(
    conn: AsyncConnection, permissions: Permissions, tenant: Tenant
) -> list[TodoItem]:
    """What waits for this caller in the last month and this one, branch by branch."""
    acts = {
        step
        for step in STEPS
        if step != "propose" and permissions.reach(f"star_points.{step}", tenant.tenant_id)
    }
    found = await list_branch_months(conn, tenant_id=tenant.tenant_id, months=shown_months())
    return [
        TodoItem(
            kind=f"stars_{one.step()}",
            href=f"{staff_home(tenant)}/stars/{one.branch_id}/{one.month:%Y-%m}",
            deadline=one.publicity_until if one.step() == "publish" else None,
            about=one.name,
            facts={"month": one.month.month},
        )
        for one in found
        if one.step() in acts
    ]


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


async def list_result_names(conn: AsyncConnection, call: Call, view: MonthView) -> list[str]:
    """The names on a published list: in full of those who agreed to it, else masked."""
    agreed = await list_consenting_members(
        conn,
        tenant_id=call.tenant_id,
        member_ids=[result.member_id for result in view.results],
        purpose="publish_name",
    )
    return [
        one.display_name if one.member_id in agreed else mask_name(one.display_name)
        for one in view.results
    ]
