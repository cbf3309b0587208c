"""Table of what became of dissolved organisation units."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Table, text

from ledger.schema.base import metadata
from ledger.schema.foundation import SCHEMA, caller_column, created_at
from ledger.schema.foundation_policies import PLANNED, org_unit_column

org_unit_successor = Table(
    "org_unit_successor",
    metadata,
    org_unit_column("org_unit_id", comment="the dissolved unit", nullable=False, key=True),
    org_unit_column("successor_id", comment="the unit that goes on", nullable=False, key=True),
    Column("valid_from", Date, nullable=False, comment="day on which the one ended"),
    Column(
        "is_main",
        Boolean,
        nullable=False,
        comment="where programmes, estates and rules of the dissolved unit find themselves",
    ),
    caller_column("decided_by", comment="who entered it"),
    created_at(),
    CheckConstraint("successor_id <> org_unit_id", name="unit_does_not_succeed_itself"),
    Index(
        "org_unit_has_one_main_successor",
        "org_unit_id",
        unique=True,
        postgresql_where=text("is_main"),
    ),
    Index("org_unit_successor_by_successor", "successor_id"),
    schema=SCHEMA,
    comment="What became of merged and split units; only the main successor is inherited from",
    info=PLANNED,
)
