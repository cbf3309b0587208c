"""A branch's star points: what its members did each month, proposed, approved, scored."""

from datetime import date, datetime, timedelta

import msgspec

from ledger.clock import SHANGHAI
from ops.demo_data.chance import chance_for, one_in, percent
from ops.demo_data.days import Span, at, day_of, last_day, next_month
from ops.demo_data.district import ProgrammePlan

#: Items of the example table, and how often in a hundred months a member has them.
_DUTIES = (("J01", "主题党日签到表", 92), ("J02", "党费收据", 97), ("J04", "三会一课会议记录", 85))
_DEEDS = (
    ("L01", "居民确认单", 22),
    ("L02", "志愿服务记录", 45),
    ("L03", "代办单", 18),
    ("L04", "街道证明", 3),
    ("K01", "考勤表", 4),
)
#: Day of the month after on which the secretary scores.
_SCORED_ON = 3


class ClaimPlan(msgspec.Struct, frozen=True):
    """An item proposed for a member; the member by number."""

    member: int
    item: str
    evidence: str
    happened_on: date
    proposed_at: datetime
    #: None: waits for its approval.
    approved_at: datetime | None


class StarMonth(msgspec.Struct, frozen=True):
    """What a branch proposes in a month, and when it is scored."""

    month: date
    claims: tuple[ClaimPlan, ...]
    #: None: the month, or its scoring, is still to come.
    scored_at: datetime | None


def branch_members(programme: ProgrammePlan) -> list[int]:
    """Party members of the first branch, by number."""
    count = len(programme.branches)
    return [member.number for member in programme.party_members() if member.number % count == 0]


def plan_stars(programme: ProgrammePlan, span: Span) -> list[StarMonth]:
    """The months of the programme's first branch, up to now."""
    chance = chance_for("stars", programme.key)
    months = []
    for month in span.months():
        claims = []
        for member in branch_members(programme):
            for item, evidence, share in (*_DUTIES, *_DEEDS):
                if not percent(chance, share):
                    continue
                day = day_of(month, chance.randrange(1, 29))
                proposed_at = at(day, 20)
                approved_at = at(min(day + timedelta(days=1), last_day(month)), 21)
                if not span.has_passed(proposed_at):
                    continue
                waits = not span.has_passed(approved_at) or (
                    (span.today - day).days < 10 and one_in(chance, 3)
                )
                claims.append(
                    ClaimPlan(
                        member,
                        item,
                        evidence,
                        day,
                        proposed_at,
                        None if waits else approved_at,
                    )
                )
        scored_at = at(next_month(month) + timedelta(days=_SCORED_ON - 1), 10)
        done = span.has_passed(scored_at)
        months.append(StarMonth(month, tuple(claims), scored_at if done else None))
    return months


def first_release_after(scored_at: datetime) -> date:
    """A day on which nobody can object any more: publicity lasts five working days."""
    return scored_at.astimezone(SHANGHAI).date() + timedelta(days=14)
