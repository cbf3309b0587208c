"""Tables of personal data: secrets that were in force, who looked, consent, correction, erasure.

They speak of people of several programmes, who are looked for before a tenant is chosen; hence no
``tenant_id``. What a table keeps in words of people is sealed under the key of the person it is
about, so that destroying the key takes it along.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from ledger.schema.base import APPEND_ONLY, GRANTS, metadata, moment_column
from ledger.schema.foundation import KEPT, SCHEMA, caller_column, person_column

_WRITTEN_ONCE = {GRANTS: "SELECT, INSERT", APPEND_ONLY: True}


def _key(name: str) -> Column[object]:
    return Column(name, UUID(as_uuid=True), primary_key=True, comment="the id that travels")


def _scope(comment: str) -> Column[int]:
    return Column("scope_tenant_id", Integer, comment=comment)


secret_version = Table(
    "secret_version",
    metadata,
    Column("key_id", LargeBinary, primary_key=True, comment="id that follows from the secret"),
    moment_column("activated_at", comment="first noted as the current one"),
    moment_column("retired_at", nullable=True, comment="not accepted since"),
    schema=SCHEMA,
    comment="Secrets of the installation that were in force, by id; never the secrets",
    info=KEPT,
)

disclosure = Table(
    "disclosure",
    metadata,
    _key("disclosure_id"),
    person_column(comment="whose data were shown in full"),
    caller_column("seen_by", comment="who looked"),
    _scope("programme in which it was needed"),
    Column("fields", ARRAY(Text), nullable=False, comment="what was shown"),
    Column("purpose", Text, nullable=False, comment="what for, from the list"),
    Column("words_sealed", LargeBinary, nullable=False, comment="the reason, under data_key"),
    moment_column("seen_at", comment="when"),
    Column("request_id", Text, comment="the request, as in logs and problems"),
    CheckConstraint("cardinality(fields) > 0", name="disclosure_shows_something"),
    Index("disclosure_by_person", "person_id", "seen_at"),
    Index("disclosure_by_viewer", "seen_by", "seen_at"),
    schema=SCHEMA,
    comment="Who saw whose data in full, and why; append-only, shown to the person",
    info=_WRITTEN_ONCE,
)

consent = Table(
    "consent",
    metadata,
    _key("consent_id"),
    person_column(comment="whose consent"),
    Column("purpose", Text, nullable=False, comment="what for, from the list"),
    Column("given", Boolean, nullable=False, comment="given; false: withdrawn"),
    Column("text_version", Integer, nullable=False, comment="version of the text that was shown"),
    Column("through", Text, nullable=False, comment="self, guardian, staff or erasure"),
    Column("paper_no", Text, comment="number of the signed paper, where staff recorded it"),
    caller_column("recorded_by", comment="who sent it"),
    moment_column("recorded_at", comment="when"),
    Column(
        "reason_sealed",
        LargeBinary,
        comment="why staff recorded a withdrawal without a paper, under data_key",
    ),
    CheckConstraint(
        "through IN ('self', 'guardian', 'staff', 'erasure')", name="consent_way_is_known"
    ),
    CheckConstraint(
        "through <> 'staff' OR paper_no IS NOT NULL OR (NOT given AND reason_sealed IS NOT NULL)",
        name="staff_names_paper_or_reason",
    ),
    CheckConstraint("NOT given OR through <> 'erasure'", name="erasure_gives_no_consent"),
    Index("consent_by_person", "person_id", "purpose", "recorded_at"),
    schema=SCHEMA,
    comment="Consents given and withdrawn; the latest row of a purpose holds",
    info=_WRITTEN_ONCE,
)

correction = Table(
    "correction",
    metadata,
    _key("correction_id"),
    person_column(comment="whose data"),
    Column("field", Text, nullable=False, comment="what is corrected"),
    Column("old_sealed", LargeBinary, comment="what it was, under data_key; absent: nothing"),
    Column("new_sealed", LargeBinary, comment="what it shall be, under data_key"),
    Column("reason_sealed", LargeBinary, comment="why, under data_key"),
    Column("state", Text, nullable=False, comment="requested, made or declined"),
    caller_column("asked_by", comment="who asked, or made it at once"),
    moment_column("asked_at", comment="when"),
    caller_column("decided_by", comment="who made or declined it", nullable=True),
    moment_column("decided_at", comment="when", nullable=True),
    CheckConstraint("state IN ('requested', 'made', 'declined')", name="correction_state_is_known"),
    CheckConstraint(
        "(state = 'requested') = (decided_by IS NULL) AND (decided_by IS NULL) = "
        "(decided_at IS NULL)",
        name="correction_is_decided_as_a_whole",
    ),
    CheckConstraint(
        "field IN ('name', 'phone', 'address', 'id_number', 'birthday')",
        name="correction_field_is_known",
    ),
    Index(
        "correction_waits_once",
        "person_id",
        "field",
        unique=True,
        postgresql_where=text("state = 'requested'"),
    ),
    Index("correction_by_person", "person_id", "asked_at"),
    schema=SCHEMA,
    comment="Corrections of personal data: asked for, made, declined; who, when and why",
    info={
        GRANTS: "SELECT, INSERT, UPDATE (old_sealed, new_sealed, reason_sealed, state, decided_by, "
        "decided_at)"
    },
)

erasure = Table(
    "erasure",
    metadata,
    _key("erasure_id"),
    person_column(comment="whose data are to be erased"),
    caller_column("subject_caller_id", comment="the person's own caller, who decides nothing here"),
    caller_column("asked_by", comment="who asked"),
    Column("through", Text, nullable=False, comment="self, guardian, heir or staff"),
    Column("proof_no", Text, comment="number of the proof or of the signed paper"),
    Column("gives_up", Boolean, nullable=False, comment="what is left goes to the public pools"),
    moment_column("asked_at", comment="when"),
    Column("state", Text, nullable=False, comment="requested, withdrawn, declined or done"),
    caller_column("decided_by", comment="who decided, or withdrew", nullable=True),
    moment_column("decided_at", comment="when", nullable=True),
    Column("decision_reason", Text, comment="why it was declined"),
    CheckConstraint(
        "state IN ('requested', 'withdrawn', 'declined', 'done')", name="erasure_state_is_known"
    ),
    CheckConstraint(
        "through IN ('self', 'guardian', 'heir', 'staff')", name="erasure_way_is_known"
    ),
    CheckConstraint(
        "(through = 'self') = (asked_by = subject_caller_id)", name="erasure_asked_by_oneself"
    ),
    CheckConstraint("through = 'self' OR proof_no IS NOT NULL", name="erasure_has_its_proof"),
    CheckConstraint(
        "(state = 'requested') = (decided_by IS NULL) AND (decided_by IS NULL) = "
        "(decided_at IS NULL)",
        name="erasure_is_decided_as_a_whole",
    ),
    CheckConstraint(
        "state NOT IN ('declined', 'done') OR decided_by NOT IN (asked_by, subject_caller_id)",
        name="erasure_is_checked_by_another_person",
    ),
    Index(
        "erasure_waits_once",
        "person_id",
        unique=True,
        postgresql_where=text("state = 'requested'"),
    ),
    schema=SCHEMA,
    comment="Requests to erase a person: asked for by one, decided by another",
    info={GRANTS: "SELECT, INSERT, UPDATE (state, decided_by, decided_at, decision_reason)"},
)
