"""Table of notices: what a person should know, once, until she has read it."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from ledger.schema.base import GRANTS, metadata, moment_column, uuid_column
from ledger.schema.foundation import SCHEMA, created_at, person_column

notice = Table(
    "notice",
    metadata,
    Column("notice_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    person_column(comment="who should know"),
    Column("kind", Text, nullable=False, comment="what happened; words and address follow from it"),
    Column("scope_tenant_id", Integer, comment="in which programme or estate; absent: none"),
    uuid_column("subject_id", comment="what it is about, as its kind says", nullable=True),
    Column("about", Text, nullable=False, comment="which one in words; no name of a person"),
    Column("amount", BigInteger, comment="smallest units of unit_code; absent: none"),
    Column("unit_code", Text, comment="minute, point, star or fen"),
    Column("day", Date, comment="the day it names, such as a last day; absent: none"),
    created_at(),
    moment_column("read_at", comment="when it was read; absent: not yet", nullable=True),
    CheckConstraint("(amount IS NULL) = (unit_code IS NULL)", name="notice_amount_has_a_unit"),
    CheckConstraint("length(about) <= 200", name="notice_is_short"),
    Index(
        "notice_is_given_once",
        "person_id",
        "kind",
        "subject_id",
        "day",
        unique=True,
        postgresql_nulls_not_distinct=True,
    ),
    Index("notice_by_person", "person_id", "created_at", "notice_id"),
    Index("notice_unread", "person_id", postgresql_where=text("read_at IS NULL")),
    schema=SCHEMA,
    comment="What a person should know: told once for each subject and day",
    info={GRANTS: "SELECT, INSERT, UPDATE (read_at), DELETE"},
)
