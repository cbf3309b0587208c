"""Table of objections: what somebody holds against a published record, and how it was decided."""

from sqlalchemy import CheckConstraint, Column, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from ledger.schema.base import metadata, moment_column, tenant_column, uuid_column
from ledger.schema.foundation import KEPT, SCHEMA, caller_column

objection = Table(
    "objection",
    metadata,
    tenant_column(),
    Column("objection_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    uuid_column("subject_id", comment="the record objected to"),
    Column("reason", Text, nullable=False, comment="what is held against it"),
    caller_column("raised_by", comment="who objects"),
    moment_column("raised_at", comment="when"),
    Column("decision", Text, comment="upheld or dismissed; absent: open"),
    Column("decision_reason", Text, comment="why it was decided so"),
    caller_column("decided_by", comment="who decided", nullable=True),
    moment_column("decided_at", comment="when", nullable=True),
    CheckConstraint("decision IN ('upheld', 'dismissed')", name="objection_decision_is_known"),
    CheckConstraint(
        "num_nulls(decision, decision_reason, decided_by, decided_at) IN (0, 4)",
        name="objection_is_decided_as_a_whole",
    ),
    CheckConstraint("decided_by <> raised_by", name="objection_is_decided_by_another_person"),
    Index("objection_by_subject", "tenant_id", "subject_id"),
    Index(
        "objection_open",
        "tenant_id",
        "raised_at",
        postgresql_where=text("decision IS NULL"),
    ),
    schema=SCHEMA,
    comment="Objections raised in an objection or publicity period",
    info=KEPT,
)
