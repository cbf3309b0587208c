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
    #: What the item brought the member in earlier months of the quarter and of the year.
    quarter_awarded: int = 0
    year_awarded: int = 0

    def item_limit(self) -> int | None:
        """Most that the item may bring this month; None: no limit."""
        limits = [
            cap - awarded
            for cap, awarded in (
                (self.month_cap, 0),
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
        mine = left.setdefault(claim.member_id, _Left({}, dict(caps.kinds), caps.total))
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
