"""Monthly scoring (一月一算分): approved items become points under publicity, a list says whose.

Each month of a branch is scored once and in order; members without items get a row of zeros.
Points live until the first redemption window of the following year closes, so that the year-end
reset takes what is left of the old year and nothing of the new one.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.idempotency import idempotency_key
from ledger.clock import SHANGHAI, business_date, month_of, now
from ledger.database import execute, fetch_all, fetch_optional, fetch_value, load_sql
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.events import EventCommand, post_events
from ledger.foundation.policies import Policies, get_policies
from ledger.foundation.working_days import add_working_days
from ledger.identifiers import uuid7
from ledger.programmes.star_points.caps import ClaimToScore, MonthCaps, award, read_claims
from ledger.programmes.star_points.items import PACKAGE
from ledger.programmes.star_points.refusals import EarlierMonthOpen, MonthNotOver

_RULES = (
    "star.publicity_days",
    "star.basic_cap",
    "star.reward_cap",
    "star.month_cap",
    "star.redeem_windows",
    "calendar.days_off",
    "calendar.working_days",
)


class StarResult(msgspec.Struct, frozen=True):
    """One line of a branch's published list; scores in 1/100 point."""

    result_id: UUID
    member_id: UUID
    volunteer_no: str
    display_name: str
    month: date
    basic: int
    reward: int
    deduction: int
    status: Literal["published", "effective", "cancelled"]
    publicity_until: date
    expires_on: date
    entry_id: UUID | None

    @property
    def total(self) -> int:
        """What the month brought: awards less deductions."""
        return self.basic + self.reward - self.deduction


class _Line(msgspec.Struct):
    """What a member's claims come to."""

    member_id: UUID
    result_id: UUID
    basic: int = 0
    reward: int = 0
    deduct: int = 0
    entry_id: UUID | None = None


async def score_month(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    branch_id: UUID,
    month: date,
    caller_id: int,
    at: datetime | None = None,
) -> list[StarResult]:
    """Score a branch's month and publish the list; a month scored before gives its list again.

    Raises:
        NotFound: no such branch here.
        InvalidInput: not the first day of a month.
        MonthNotOver, EarlierMonthOpen: see there.
        LedgerError: the books refused a member's points; nothing is scored.
    """
    if month != month_of(month):
        remedy = "Give the first day of the month."
        raise InvalidInput(field="month", value=month.isoformat(), remedy=remedy)
    statement = load_sql(PACKAGE, "lock_branch")
    if await fetch_optional(conn, statement, tenant_id, branch_id) is None:
        raise NotFound(kind="Party branch", id=str(branch_id))
    scored = load_sql(PACKAGE, "find_scored_month")
    if await fetch_optional(conn, scored, tenant_id, branch_id, month) is None:
        await _score(conn, tenant_id, branch_id, month, caller_id, at)
    return await list_star_results(conn, tenant_id=tenant_id, branch_id=branch_id, month=month)


async def list_star_results(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    branch_id: UUID,
    month: date,
    member_id: UUID | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> list[StarResult]:
    """The published list of a branch's month, by name.

    ``after`` is the last result of the page before; no limit: the whole list.
    """
    statement = load_sql(PACKAGE, "list_star_results")
    rows = await fetch_all(conn, statement, tenant_id, branch_id, month, member_id, after, limit)
    return [_result(row) for row in rows]


async def _score(
    conn: AsyncConnection,
    tenant_id: int,
    branch_id: UUID,
    month: date,
    caller_id: int,
    at: datetime | None,
) -> None:
    scored_at = at or now()
    # one scoring of a programme at a time: a member's caps count what every branch awarded
    await execute(conn, load_sql("ledger.foundation", "lock_names"), tenant_id, "star_month")
    last_day = month.replace(day=monthrange(month.year, month.month)[1])
    if business_date(scored_at) <= last_day:
        raise MonthNotOver(month=month.strftime("%Y-%m"))
    statement = load_sql(PACKAGE, "find_earlier_open_month")
    earlier = await fetch_value(conn, statement, tenant_id, branch_id, month)
    if earlier is not None:
        raise EarlierMonthOpen(month=earlier.strftime("%Y-%m"))
    policies = await get_policies(conn, keys=_RULES, on=last_day, tenant_id=tenant_id)
    statement = load_sql(PACKAGE, "list_claims_to_score")
    claims = read_claims(await fetch_all(conn, statement, tenant_id, branch_id, month))
    awarded = award(claims, _caps(policies))
    statement = load_sql(PACKAGE, "list_members_to_score")
    members = await fetch_all(conn, statement, tenant_id, branch_id, last_day)
    lines = _sum_up([row.member_id for row in members], claims, awarded)
    expires_on = _last_day_of_use(month, policies)
    template = EventCommand(
        event="ST01",
        key=branch_id,
        caller_id=caller_id,
        occurred_at=datetime.combine(last_day, time(12), SHANGHAI),
        amounts={},
        expires_on=expires_on,
        booked_on=None if at is None else business_date(at),
        policy_version=policies.version,
    )
    await _publish(conn, tenant_id, lines, template, f"stars {branch_id} {month}")
    await execute(
        conn,
        load_sql(PACKAGE, "open_star_month"),
        tenant_id,
        branch_id,
        month,
        caller_id,
        scored_at,
        add_working_days(
            business_date(scored_at),
            policies["star.publicity_days"],
            days_off=policies["calendar.days_off"],
            worked=policies["calendar.working_days"],
        ),
        expires_on,
        policies.version,
    )
    await _write_down(conn, tenant_id, branch_id, month, lines)
    ids = [claim.claim_id for claim in claims]
    await execute(conn, load_sql(PACKAGE, "mark_claims_scored"), tenant_id, ids, awarded)


def _caps(policies: Policies) -> MonthCaps:
    kinds = {"basic": policies["star.basic_cap"], "reward": policies["star.reward_cap"]}
    return MonthCaps(kinds, policies["star.month_cap"])


def _last_day_of_use(month: date, policies: Policies) -> date:
    """The day on which the first window of the following year closes."""
    first = min(policies["star.redeem_windows"], key=lambda window: window.opens)
    return date.fromisoformat(f"{month.year + 1}-{first.closes}")


def _sum_up(
    members: Sequence[UUID], claims: Sequence[ClaimToScore], awarded: Sequence[int]
) -> list[_Line]:
    """A line for every member to score and for everybody with a claim."""
    ids = dict.fromkeys([*members, *(claim.member_id for claim in claims)])
    lines = {member_id: _Line(member_id, uuid7()) for member_id in ids}
    for claim, amount in zip(claims, awarded, strict=True):
        line = lines[claim.member_id]
        setattr(line, claim.kind, getattr(line, claim.kind) + amount)
    return list(lines.values())


async def _publish(
    conn: AsyncConnection, tenant_id: int, lines: Sequence[_Line], template: EventCommand, key: str
) -> None:
    """Post every member's points into publicity; one refusal stops the scoring."""
    scored = [line for line in lines if line.basic or line.reward]
    commands = [
        msgspec.structs.replace(
            template,
            key=idempotency_key(f"{key} {line.member_id}"),
            amounts={"basic": line.basic, "reward": line.reward},
            owners={"member": line.member_id},
            subject_id=line.result_id,
        )
        for line in scored
    ]
    outcomes = await post_events(conn, tenant_id=tenant_id, commands=commands)
    for line, outcome in zip(scored, outcomes, strict=True):
        if outcome.refusal is not None:
            raise outcome.error()
        line.entry_id = outcome.entry_id


async def _write_down(
    conn: AsyncConnection, tenant_id: int, branch_id: UUID, month: date, lines: Sequence[_Line]
) -> None:
    await execute(
        conn,
        load_sql(PACKAGE, "write_star_results"),
        tenant_id,
        branch_id,
        month,
        [line.result_id for line in lines],
        [line.member_id for line in lines],
        [line.basic for line in lines],
        [line.reward for line in lines],
        [line.deduct for line in lines],
        [line.entry_id for line in lines],
    )


def _result(row: Any) -> StarResult:
    """A row whose columns are in the order of the fields."""
    return StarResult(*row)
