"""Tables of uploaded files: each once, by its content, and what it is evidence of.

Source: docs/decisions/0050-edge.md
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from ledger.schema.base import GRANTS, metadata, moment_column, tenant_column, uuid_column
from ledger.schema.foundation import KEPT, SCHEMA, caller_column

stored_file = Table(
    "stored_file",
    metadata,
    tenant_column(),
    Column("file_id", UUID(as_uuid=True), primary_key=True, comment="public id, and its name"),
    Column("sent_hash", LargeBinary, nullable=False, comment="sha-256 of the bytes as they came"),
    Column("content_hash", LargeBinary, nullable=False, comment="sha-256 of the bytes kept"),
    Column("kind", Text, nullable=False, comment="jpeg, png, webp or pdf, by its first bytes"),
    Column("size_bytes", Integer, nullable=False, comment="bytes kept"),
    Column("width", Integer, comment="pixels; absent: no picture"),
    Column("height", Integer, comment="pixels; absent: no picture"),
    Column("content", LargeBinary, nullable=False, comment="the file; pictures written anew"),
    Column("preview", LargeBinary, comment="small JPEG of a picture"),
    caller_column("stored_by", comment="who sent it first"),
    moment_column("stored_at", comment="when"),
    UniqueConstraint("tenant_id", "sent_hash", name="file_is_kept_once"),
    CheckConstraint("kind IN ('jpeg', 'png', 'webp', 'pdf')", name="file_kind_is_known"),
    CheckConstraint("size_bytes BETWEEN 1 AND 10485760", name="file_has_at_most_ten_mebibytes"),
    CheckConstraint("size_bytes = length(content)", name="file_has_its_size"),
    schema=SCHEMA,
    comment="Files uploaded as evidence, each kept once in its tenant",
    info={GRANTS: "SELECT, INSERT, DELETE"},
)

file_attachment = Table(
    "file_attachment",
    metadata,
    tenant_column(),
    Column("attachment_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    uuid_column("file_id", comment="the file"),
    Column(
        "object_kind", Text, nullable=False, comment="entry, service_record, payment or approval"
    ),
    uuid_column("object_id", comment="public id of what it is evidence of"),
    caller_column("attached_by", comment="who attached it"),
    moment_column("attached_at", comment="when"),
    caller_column("detached_by", comment="who took it away; absent: it is there", nullable=True),
    moment_column("detached_at", nullable=True, comment="when it was taken away"),
    ForeignKeyConstraint(
        ["tenant_id", "file_id"],
        ["foundation.stored_file.tenant_id", "foundation.stored_file.file_id"],
        name="attachment_is_of_a_file_here",
    ),
    CheckConstraint(
        "object_kind IN ('entry', 'service_record', 'payment', 'approval')",
        name="attachment_proves_something_known",
    ),
    CheckConstraint(
        "num_nulls(detached_by, detached_at) IN (0, 2)", name="attachment_is_detached_by_somebody"
    ),
    CheckConstraint(
        "object_kind NOT IN ('entry', 'approval') OR detached_at IS NULL",
        name="evidence_of_what_is_decided_stays",
    ),
    Index(
        "file_is_attached_once",
        "tenant_id",
        "object_kind",
        "object_id",
        "file_id",
        unique=True,
        postgresql_where=text("detached_at IS NULL"),
    ),
    Index("attachment_by_file", "tenant_id", "file_id"),
    schema=SCHEMA,
    comment="What a file is evidence of",
    info=KEPT,
)
