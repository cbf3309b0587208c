"""Tables of what people may do: roles, what excludes what, and who holds which.

Rows of several tenants lie together here on purpose: a caller is known before a tenant is chosen.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from ledger.schema.base import GRANTS, metadata, moment_column, uuid_column
from ledger.schema.foundation import SCHEMA, caller_column
from ledger.schema.foundation_policies import org_unit_column

role = Table(
    "role",
    metadata,
    Column("role_code", Text, primary_key=True, comment="name in code"),
    Column("name_zh", Text, nullable=False, comment="Chinese name"),
    Column("name_en", Text, nullable=False, comment="English name"),
    Column("is_sensitive", Boolean, nullable=False, comment="short sessions, second factor"),
    Column(
        "needs_two_people",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="given and ended by two people",
    ),
    schema=SCHEMA,
    comment="A named set of permissions",
    info={GRANTS: "SELECT"},
)


def _excluding_role(name: str, *, comment: str) -> Column[object]:
    return Column(
        name,
        Text,
        ForeignKey("foundation.role.role_code", name=f"{name}_is_known"),
        primary_key=True,
        comment=comment,
    )


role_exclusion = Table(
    "role_exclusion",
    metadata,
    _excluding_role("role_code", comment="who holds this role"),
    _excluding_role("excluded_code", comment="does not hold this one in the same place"),
    schema=SCHEMA,
    comment="Roles that nobody holds together; each pair stands in both directions",
    info={GRANTS: "SELECT"},
)


role_permission = Table(
    "role_permission",
    metadata,
    Column(
        "role_code",
        Text,
        ForeignKey("foundation.role.role_code", name="role_is_known"),
        primary_key=True,
        comment="which role",
    ),
    Column("permission", Text, primary_key=True, comment="what it may do, as noun.verb"),
    Column("is_limited", Boolean, nullable=False, comment="reaches the object of the grant only"),
    schema=SCHEMA,
    comment="What a role may do",
    info={GRANTS: "SELECT"},
)


role_grant = Table(
    "role_grant",
    metadata,
    Column(
        "grant_id",
        UUID(as_uuid=True),
        primary_key=True,
        comment="the id used to end it",
    ),
    caller_column("caller_id", comment="who may act"),
    Column(
        "role_code",
        Text,
        ForeignKey("foundation.role.role_code", name="role_is_known"),
        nullable=False,
        comment="in which role",
    ),
    Column("scope_tenant_id", Integer, comment="in which tenant; absent: on the whole platform"),
    uuid_column(
        "object_id",
        nullable=True,
        comment="limited to what this member, merchant or household holds",
    ),
    moment_column("valid_from", comment="from when"),
    moment_column("valid_to", nullable=True, comment="until when, exclusive"),
    caller_column("granted_by", comment="who gave it"),
    org_unit_column(
        "org_unit_id", comment="in every tenant that lies in this unit on the day", nullable=True
    ),
    uuid_column("approval_id", comment="the approval by a second person", nullable=True),
    caller_column("ended_by", comment="who ended it", nullable=True),
    Column("end_reason", Text, comment="why it was ended"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="grant_ends_after_it_began"),
    CheckConstraint(
        "object_id IS NULL OR scope_tenant_id IS NOT NULL", name="object_lies_in_a_tenant"
    ),
    CheckConstraint("org_unit_id IS NULL OR scope_tenant_id IS NULL", name="grant_has_one_scope"),
    Index(
        "grant_is_given_once",
        "caller_id",
        "role_code",
        "scope_tenant_id",
        "object_id",
        "org_unit_id",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=text("valid_to IS NULL"),
    ),
    schema=SCHEMA,
    comment="Who may act in which role, where, and for how long; written by its two functions",
    info={GRANTS: "SELECT"},
)
