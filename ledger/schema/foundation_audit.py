"""Tables of the chain over the audit log: which lines were sealed, in which order, with what hash.

Source: docs/decisions/0050-edge.md
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
)

from ledger.schema.base import APPEND_ONLY, GRANTS, metadata, moment_column
from ledger.schema.foundation import SCHEMA

_SEALED = {GRANTS: "SELECT, INSERT", APPEND_ONLY: True}

audit_seal = Table(
    "audit_seal",
    metadata,
    Column(
        "seal_no",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="1, 2, 3 … without a gap",
    ),
    Column("line_count", Integer, nullable=False, comment="lines of the audit log it covers"),
    Column("highest_audit_id", BigInteger, nullable=False, comment="its line of highest number"),
    Column("lines_hash", LargeBinary, nullable=False, comment="sha-256 over its links in order"),
    Column(
        "chain_hash",
        LargeBinary,
        nullable=False,
        comment="sha-256 over the seal before, its number and lines_hash",
    ),
    moment_column("sealed_at", comment="when"),
    CheckConstraint("line_count > 0", name="seal_covers_lines"),
    CheckConstraint("seal_no > 0", name="seals_are_counted_from_one"),
    schema=SCHEMA,
    comment="Seals of the audit log, each over the one before",
    info=_SEALED,
)

audit_link = Table(
    "audit_link",
    metadata,
    Column(
        "audit_id",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="line of the audit log; no foreign key, so that a removed line is named",
    ),
    Column(
        "seal_no",
        BigInteger,
        ForeignKey("foundation.audit_seal.seal_no", name="link_belongs_to_a_seal"),
        nullable=False,
        index=False,
        comment="seal that covers it",
    ),
    Column("line_hash", LargeBinary, nullable=False, comment="sha-256 of the whole line"),
    Index("link_by_seal", "seal_no", "audit_id"),
    schema=SCHEMA,
    comment="Each sealed line of the audit log with its hash",
    info=_SEALED,
)
