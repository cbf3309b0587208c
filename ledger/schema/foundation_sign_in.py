"""Tables of the steps of a sign-in: what still waits for a code, recovery codes, invitations."""

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from ledger.schema.base import GRANTS, metadata, moment_column
from ledger.schema.foundation import SCHEMA, SWEPT, caller_column, created_at, person_column

sign_in_step = Table(
    "sign_in_step",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True, comment="sha-256 of the cookie's value"),
    person_column(comment="whose password was right"),
    Column("awaits", Text, nullable=False, comment="code, or enrolment of a second factor"),
    Column("method", Text, nullable=False, comment="how it began: password or oidc"),
    created_at(),
    moment_column("ends_at", comment="of no use from then on"),
    CheckConstraint("awaits IN ('code', 'enrolment')", name="step_awaits_something_known"),
    Index("sign_in_step_by_person", "person_id"),
    schema=SCHEMA,
    comment="A sign-in that waits for its second factor; it opens nothing else",
    info={GRANTS: "SELECT, INSERT, DELETE"},
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True, comment="sha-256 of a random code"),
    person_column(comment="whose it is"),
    created_at(),
    moment_column("used_at", nullable=True, comment="when it was used, once and for all"),
    Index("recovery_code_by_person", "person_id"),
    schema=SCHEMA,
    comment="Codes for a person whose second factor is lost; each works once",
    info=SWEPT,
)

sign_in_invitation = Table(
    "sign_in_invitation",
    metadata,
    Column(
        "invitation_id", UUID(as_uuid=True), primary_key=True, comment="the id in the audit log"
    ),
    Column("code_hash", LargeBinary, nullable=False, comment="sha-256 of a random code"),
    person_column(comment="whose account is to be linked"),
    caller_column("invited_by", comment="who gave the code"),
    created_at(),
    moment_column("expires_at", comment="of no use from then on"),
    moment_column("used_at", nullable=True, comment="when an account was linked with it"),
    Index("invitation_by_code", "code_hash", unique=True),
    schema=SCHEMA,
    comment="A code by which a person links an account of the identity provider, once",
    info=SWEPT,
)

kept_form = Table(
    "kept_form",
    metadata,
    Column(
        "session_hash",
        LargeBinary,
        primary_key=True,
        comment="session that had ended; one form each",
    ),
    Column("token_hash", LargeBinary, nullable=False, comment="sha-256 of the cookie's value"),
    person_column(comment="whose session it was; nobody else sees it again"),
    Column(
        "content_sealed", LargeBinary, nullable=False, comment="the form, under the cookie's value"
    ),
    moment_column("ends_at", comment="of no use from then on"),
    Index("kept_form_by_token", "token_hash", unique=True),
    Index("kept_form_by_person", "person_id"),
    schema=SCHEMA,
    comment="What was typed into a form whose session had ended, until its person signs in again",
    info=SWEPT,
)
