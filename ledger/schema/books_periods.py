"""Tables of accounting months: closed with a snapshot, reopened by two people.

Source: docs/decisions/0003-engine-tables.md
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import UUID

from ledger.schema.base import APPEND_ONLY, metadata, moment_column, tenant_column

_SCHEMA = "books"
_APPEND_ONLY = {APPEND_ONLY: True}

period = Table(
    "period",
    metadata,
    tenant_column(),
    Column("book_code", Text, primary_key=True, comment="book"),
    Column("month", Date, primary_key=True, comment="first day of the month"),
    Column("status", Text, nullable=False, comment="open, closing or closed; no row: open"),
    moment_column("changed_at", comment="when the status was set"),
    Column("snapshot_hash", LargeBinary, comment="hash of the closing balances and the one before"),
    moment_column("reopened_until", comment="a reopened month closes again by then", nullable=True),
    CheckConstraint("status IN ('open', 'closing', 'closed')", name="period_status_is_known"),
    CheckConstraint("extract(day FROM month) = 1", name="period_is_a_month"),
    schema=_SCHEMA,
    comment="Accounting months that are, or were, closed",
)

period_change = Table(
    "period_change",
    metadata,
    tenant_column(),
    Column("change_id", UUID(as_uuid=True), primary_key=True, comment="id of the change"),
    Column("book_code", Text, nullable=False, comment="book"),
    Column("month", Date, nullable=False, comment="first day of the month"),
    Column("action", Text, nullable=False, comment="close, request_reopening or reopen"),
    Column("reason", Text, nullable=False, comment="why"),
    Column("caller_id", Integer, nullable=False, comment="who"),
    Column("approver_id", Integer, comment="second person of a reopening"),
    Column("snapshot_hash", LargeBinary, comment="hash of the balances, when closed"),
    moment_column("changed_at", comment="when"),
    CheckConstraint("approver_id <> caller_id", name="period_approver_is_another_person"),
    Index("period_change_by_month", "tenant_id", "book_code", "month"),
    schema=_SCHEMA,
    info=_APPEND_ONLY,
    comment="History of closing and reopening",
)

period_balance = Table(
    "period_balance",
    metadata,
    tenant_column(),
    Column("book_code", Text, primary_key=True, comment="book"),
    Column("month", Date, primary_key=True, comment="first day of the closed month"),
    Column("account_id", Integer, primary_key=True, comment="account"),
    Column("debits_posted", BigInteger, nullable=False, comment="debits booked up to its end"),
    Column("credits_posted", BigInteger, nullable=False, comment="credits booked up to its end"),
    Column(
        "later_version",
        BigInteger,
        nullable=False,
        comment="first version booked after it, or next",
    ),
    schema=_SCHEMA,
    comment="Balances of a closed month by accounting date",
)
