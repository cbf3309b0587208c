"""Caps of a month's scoring, as plain arithmetic: item, then kind, then the whole month.

Claims take what is left in the order of their approval. The caps are nested, so that order decides
which claim is cut, never how much a member gets.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from ledger.programmes.star_points.items import Kind


class ClaimToScore(msgspec.Struct, frozen=True):
    """An approved claim with the caps of its item; all in 1/100 point."""

    claim_id: UUID
    member_id: UUID
    item_code: str
    kind: Kind
    score: int
    month_cap: int | None = None
    quarter_cap: int | None = None
    year_cap: int | None = None
    #: What the item brought the member in the month, the quarter and the year before this scoring.
    month_awarded: int = 0
    quarter_awarded: int = 0
    year_awarded: int = 0
    #: What all items of the kind brought her in the month.
    basic_awarded: int = 0
    reward_awarded: int = 0

    def item_limit(self) -> int | None:
        """Most that the item may bring this month; None: no limit."""
        limits = [
            cap - awarded
            for cap, awarded in (
                (self.month_cap, self.month_awarded),
                (self.quarter_cap, self.quarter_awarded),
                (self.year_cap, self.year_awarded),
            )
            if cap is not None
        ]
        return max(0, min(limits)) if limits else None


class MonthCaps(msgspec.Struct, frozen=True):
    """Most that a member may get in a month; deductions have no such cap."""

    kinds: Mapping[str, int]
    total: int

    def left_before(self, claim: ClaimToScore) -> "_Left":
        """What earlier scorings left of the caps of the claim's member."""
        had = {"basic": claim.basic_awarded, "reward": claim.reward_awarded}
        kinds = {kind: max(0, cap - had[kind]) for kind, cap in self.kinds.items()}
        return _Left({}, kinds, max(0, self.total - sum(had.values())))


class _Left(msgspec.Struct):
    """What is left of the caps of one member."""

    items: dict[str, int]
    kinds: dict[str, int]
    total: int


def award(claims: Iterable[ClaimToScore], caps: MonthCaps) -> list[int]:
    """What the caps leave of each claim, in the same order."""
    left: dict[UUID, _Left] = {}
    awarded = []
    for claim in claims:
        mine = left.setdefault(claim.member_id, caps.left_before(claim))
        bounds = [claim.score]
        limit = claim.item_limit()
        if limit is not None:
            bounds.append(mine.items.setdefault(claim.item_code, limit))
        if claim.kind != "deduct":
            bounds += [mine.kinds[claim.kind], mine.total]
        amount = min(bounds)
        if limit is not None:
            mine.items[claim.item_code] -= amount
        if claim.kind != "deduct":
            mine.kinds[claim.kind] -= amount
            mine.total -= amount
        awarded.append(amount)
    return awarded


def read_claims(rows: Sequence[Any]) -> list[ClaimToScore]:
    """Rows whose columns are in the order of the fields."""
    return [ClaimToScore(*row) for row in rows]
