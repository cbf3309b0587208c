"""Tables of files of people and organisations: from the preview to what was made of each line."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from ledger.schema.base import GRANTS, metadata, moment_column, tenant_column, uuid_column
from ledger.schema.foundation import SCHEMA, caller_column

_NO_WORDS = text("'{}'::text[]")
_NONE = text("0")


def _count(name: str, *, comment: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=_NONE, comment=comment)


import_file = Table(
    "import_file",
    metadata,
    tenant_column(),
    Column("import_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    Column("kind", Text, nullable=False, comment="people, org_units, merchants or partners"),
    Column("file_name", Text, nullable=False, comment="name of the file; kept for people"),
    Column("sha256", LargeBinary, nullable=False, comment="digest of the file"),
    Column("size_bytes", BigInteger, nullable=False, comment="size of the file"),
    Column("data_key", LargeBinary, comment="key of its cells, wrapped; absent once destroyed"),
    Column(
        "unknown_columns",
        ARRAY(Text),
        nullable=False,
        server_default=_NO_WORDS,
        comment="names of columns that were not read",
    ),
    Column(
        "state", Text, nullable=False, comment="previewed, running, finished, cancelled or expired"
    ),
    _count("ready_count", comment="lines that are to be written"),
    _count("skipped_count", comment="lines of what is there already"),
    _count("error_count", comment="lines with something wrong"),
    _count("warned_count", comment="lines with something odd, in whichever state"),
    _count("done_count", comment="lines that were written"),
    caller_column("uploaded_by", comment="who sent it"),
    moment_column("uploaded_at", comment="when"),
    moment_column("expires_at", comment="when its key is destroyed at the latest"),
    caller_column("confirmed_by", comment="who confirmed it", nullable=True),
    moment_column("confirmed_at", comment="when", nullable=True),
    moment_column("finished_at", comment="when the last line was written", nullable=True),
    CheckConstraint(
        "kind IN ('people', 'org_units', 'merchants', 'partners')", name="import_kind_is_known"
    ),
    CheckConstraint(
        "state IN ('previewed', 'running', 'finished', 'cancelled', 'expired')",
        name="import_state_is_known",
    ),
    CheckConstraint(
        "num_nulls(confirmed_by, confirmed_at) IN (0, 2)", name="import_is_confirmed_as_a_whole"
    ),
    CheckConstraint(
        "state NOT IN ('running', 'finished') OR confirmed_at IS NOT NULL",
        name="nothing_is_imported_unconfirmed",
    ),
    CheckConstraint("done_count = 0 OR confirmed_at IS NOT NULL", name="import_waits_for_a_yes"),
    schema=SCHEMA,
    comment="A file of people or organisations; tenant 0: of the platform",
    info={GRANTS: "SELECT, INSERT, UPDATE"},
)

import_line = Table(
    "import_line",
    metadata,
    tenant_column(),
    Column("import_id", UUID(as_uuid=True), primary_key=True, comment="of which file"),
    Column(
        "line", Integer, primary_key=True, autoincrement=False, comment="line or row of the file"
    ),
    Column("rank", SmallInteger, nullable=False, comment="lower ones are written first"),
    Column("state", Text, nullable=False, comment="ready, skipped, error or done"),
    Column("cells_sealed", LargeBinary, comment="cells under the file's key; absent once done"),
    Column("household", Text, comment="number of the household that it names"),
    Column("is_head", Boolean, nullable=False, comment="whether it names the head of that"),
    Column(
        "problems",
        ARRAY(Text),
        nullable=False,
        server_default=_NO_WORDS,
        comment="why it is not written: field:reason or field:reason:line; no values",
    ),
    Column(
        "warnings",
        ARRAY(Text),
        nullable=False,
        server_default=_NO_WORDS,
        comment="what is odd about it, in the same form",
    ),
    uuid_column("object_id", comment="what was made of it, or was there", nullable=True),
    Column("own_number_sealed", LargeBinary, comment="sender's number, under the person's key"),
    ForeignKeyConstraint(
        ["tenant_id", "import_id"],
        ["foundation.import_file.tenant_id", "foundation.import_file.import_id"],
        name="line_belongs_to_a_file",
    ),
    CheckConstraint(
        "state IN ('ready', 'skipped', 'error', 'done')", name="import_line_state_is_known"
    ),
    CheckConstraint("(state = 'error') <= (problems <> '{}')", name="wrong_import_line_says_why"),
    CheckConstraint("state <> 'done' OR object_id IS NOT NULL", name="done_line_made_something"),
    Index("import_line_by_state", "tenant_id", "import_id", "state", "rank", "line"),
    Index(
        "import_line_by_household",
        "tenant_id",
        "import_id",
        "household",
        postgresql_where=text("household IS NOT NULL"),
    ),
    schema=SCHEMA,
    comment="One line of such a file and what became of it",
    info={GRANTS: "SELECT, INSERT, UPDATE, DELETE"},
)

import_due = Table(
    "import_due",
    metadata,
    Column(
        "scope_tenant_id",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="whose file it is; 0: of the platform",
    ),
    Column("import_id", UUID(as_uuid=True), primary_key=True, comment="which file"),
    moment_column("due_at", comment="when the worker has something to do: write, or forget"),
    Index("import_due_by_moment", "due_at"),
    schema=SCHEMA,
    comment="Files of which something is still to be written or forgotten",
    info={GRANTS: "SELECT, INSERT, UPDATE, DELETE"},
)
