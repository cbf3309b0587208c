"""Tables of what two people decide: asked for by one, decided once by another.

Both tables only grow, and only their two functions write to them. The tenant 0 is the platform:
what concerns no single programme or estate.

Source: docs/decisions/0047-approvals.md
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import UUID

from ledger.schema.base import (
    APPEND_ONLY,
    metadata,
    moment_column,
    tenant_column,
    uuid_column,
)
from ledger.schema.foundation import SCHEMA, caller_column

_WRITTEN_BY_FUNCTIONS = {APPEND_ONLY: True}


def _person(name: str, *, comment: str) -> Column[int]:
    return Column(
        name,
        BigInteger,
        ForeignKey("foundation.person.person_id", name=f"{name}_is_known"),
        nullable=False,
        comment=comment,
    )


approval_request = Table(
    "approval_request",
    metadata,
    tenant_column(),
    Column("approval_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    Column("kind", Text, nullable=False, comment="as in approval_kinds.toml"),
    uuid_column("object_id", comment="entry, payment or grant it is about", nullable=True),
    Column("asked", Text, nullable=False, comment="what exactly, canonical JSON of its kind"),
    Column("reason", Text, nullable=False, comment="why, in the words of the one who asks"),
    caller_column("requested_by", comment="who asks"),
    _person("requested_person", comment="the person behind that caller"),
    moment_column("requested_at", comment="when"),
    moment_column("expires_at", comment="cannot be decided from then on"),
    UniqueConstraint(
        "tenant_id", "approval_id", "requested_person", name="approval_has_one_requester"
    ),
    CheckConstraint("expires_at > requested_at", name="approval_expires_after_it_was_asked"),
    CheckConstraint("length(reason) > 0", name="approval_has_a_reason"),
    Index("approval_by_kind", "tenant_id", "kind", "approval_id"),
    schema=SCHEMA,
    info=_WRITTEN_BY_FUNCTIONS,
    comment="What somebody asks a second person to approve",
)

approval_decision = Table(
    "approval_decision",
    metadata,
    tenant_column(),
    Column("approval_id", UUID(as_uuid=True), primary_key=True, comment="request decided"),
    Column("requested_person", BigInteger, nullable=False, comment="who asked, as in the request"),
    caller_column("decided_by", comment="who decides"),
    _person("decided_person", comment="the person behind that caller"),
    Column("verdict", Text, nullable=False, comment="approved, declined or withdrawn"),
    Column("reason", Text, comment="why; needed to decline"),
    uuid_column("result_id", comment="what came of it, as an entry", nullable=True),
    moment_column("decided_at", comment="when"),
    ForeignKeyConstraint(
        ["tenant_id", "approval_id", "requested_person"],
        [
            f"foundation.approval_request.{name}"
            for name in ("tenant_id", "approval_id", "requested_person")
        ],
        name="decision_names_the_asker",
    ),
    CheckConstraint("verdict IN ('approved', 'declined', 'withdrawn')", name="verdict_is_known"),
    CheckConstraint(
        "(verdict = 'withdrawn') = (decided_person = requested_person)",
        name="checker_is_another_person",
    ),
    CheckConstraint(
        "(verdict = 'approved') = (result_id IS NOT NULL)", name="approval_has_a_result"
    ),
    CheckConstraint("verdict <> 'declined' OR length(reason) > 0", name="declining_has_a_reason"),
    schema=SCHEMA,
    info=_WRITTEN_BY_FUNCTIONS,
    comment="What became of it; at most one row a request",
)
