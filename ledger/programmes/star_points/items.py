"""Scoring items: each county keeps a table of what its Party members are scored for, by day."""

import csv
from collections.abc import Iterable
from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_all, load_sql
from ledger.foundation.chart import CHARTS

PACKAGE = "ledger.programmes.star_points"

Kind = Literal["basic", "reward", "deduct"]


class ScoringItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is scored. Scores and caps in 1/100 point; a cap of None does not bind."""

    item_code: str
    name: str
    kind: Kind
    unit_score: int
    month_cap: int | None = None
    quarter_cap: int | None = None
    year_cap: int | None = None
    evidence: str


class ItemInForce(ScoringItem, frozen=True, kw_only=True):
    """An item as it holds on a day, and whose table it is from."""

    org_unit_id: UUID
    valid_from: date


def example_items() -> list[ScoringItem]:
    """The table that ships as an example for a county to begin with."""
    table = (CHARTS / "scoring_items.csv").read_text(encoding="utf-8").splitlines()
    return [
        msgspec.convert(
            {name: value for name, value in row.items() if value}, ScoringItem, strict=False
        )
        for row in csv.DictReader(table)
    ]


async def set_items(
    conn: AsyncConnection, *, org_unit_id: UUID, items: Iterable[ScoringItem], valid_from: date
) -> None:
    """Let a unit score these items from a day on; other items of its table stay as they are."""
    await _write(conn, org_unit_id, items, valid_from, is_ended=False)


async def end_items(
    conn: AsyncConnection, *, org_unit_id: UUID, items: Iterable[ScoringItem], valid_from: date
) -> None:
    """Score these items no longer from a day on."""
    await _write(conn, org_unit_id, items, valid_from, is_ended=True)


async def _write(
    conn: AsyncConnection,
    org_unit_id: UUID,
    items: Iterable[ScoringItem],
    valid_from: date,
    *,
    is_ended: bool,
) -> None:
    for item in items:
        await execute(
            conn,
            load_sql(PACKAGE, "set_item"),
            org_unit_id,
            item.item_code,
            valid_from,
            item.name,
            item.kind,
            item.unit_score,
            item.month_cap,
            item.quarter_cap,
            item.year_cap,
            item.evidence,
            is_ended,
        )


async def list_items(
    conn: AsyncConnection, *, tenant_id: int, on: date, item_code: str | None = None
) -> list[ItemInForce]:
    """The items of a programme on a day: the nearest unit that has one of that number decides."""
    rows = await fetch_all(conn, load_sql(PACKAGE, "list_items"), tenant_id, on, item_code)
    return [_item(row) for row in rows]


def _item(row: Any) -> ItemInForce:
    return ItemInForce(
        item_code=row.item_code,
        name=row.name,
        kind=row.kind,
        unit_score=row.unit_score,
        month_cap=row.month_cap,
        quarter_cap=row.quarter_cap,
        year_cap=row.year_cap,
        evidence=row.evidence,
        org_unit_id=row.org_unit_id,
        valid_from=row.valid_from,
    )
