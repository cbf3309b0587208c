"""Tables of where and by which rules: dated organisation units, policies and their proposals.

They hold no tenant's data: every programme and estate reads the rules of the units above it.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from ledger.schema.base import APPEND_ONLY, GRANTS, metadata, moment_column, uuid_column
from ledger.schema.foundation import SCHEMA, caller_column

_ADDED_TO = {GRANTS: "SELECT, INSERT", APPEND_ONLY: True}
#: Plans are taken back by one function; the trigger keep_org_units keeps every day that has come.
PLANNED: dict[str, object] = {GRANTS: "SELECT, INSERT"}

#: From the widest to the narrowest; a unit lies in one of a wider level.
ORG_UNIT_LEVELS = ("district", "subdistrict", "community", "quarter", "compound")


def org_unit_column(
    name: str, *, comment: str, nullable: bool, key: bool = False
) -> Column[object]:
    """A reference to an organisation unit; ``key``: part of the primary key."""
    return Column(
        name,
        UUID(as_uuid=True),
        ForeignKey("foundation.org_unit.org_unit_id", name=f"{name}_is_a_unit"),
        primary_key=key,
        nullable=nullable,
        comment=comment,
    )


org_unit = Table(
    "org_unit",
    metadata,
    Column("org_unit_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    Column("level", Text, nullable=False, comment=", ".join(ORG_UNIT_LEVELS)),
    CheckConstraint(
        "level IN ({})".format(", ".join(f"'{level}'" for level in ORG_UNIT_LEVELS)),
        name="org_unit_level_is_known",
    ),
    schema=SCHEMA,
    comment="区县, 街道, 社区, 片区 or 小区; its name and place are dated beside it",
    info=PLANNED,
)

org_unit_placement = Table(
    "org_unit_placement",
    metadata,
    Column(
        "org_unit_id",
        UUID(as_uuid=True),
        ForeignKey("foundation.org_unit.org_unit_id", name="placed_unit_is_known"),
        primary_key=True,
        comment="which unit",
    ),
    Column("valid_from", Date, primary_key=True, comment="first day; until the next row's"),
    Column("name", Text, nullable=False, comment="name from that day"),
    org_unit_column("parent_id", comment="unit it lies in from that day", nullable=True),
    Column("dissolved", Boolean, nullable=False, comment="the unit ended on that day"),
    CheckConstraint("parent_id <> org_unit_id", name="unit_does_not_lie_in_itself"),
    Index("org_unit_placement_by_parent", "parent_id"),
    schema=SCHEMA,
    comment="Name and place of a unit, by day; merging or splitting adds rows",
    info=PLANNED,
)

policy_proposal = Table(
    "policy_proposal",
    metadata,
    Column("proposal_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    org_unit_column("org_unit_id", comment="scope; absent: the platform", nullable=True),
    Column("key", Text, nullable=False, comment="which rule"),
    Column("value", JSONB(none_as_null=True), comment="in the rule's unit; absent: inherit again"),
    Column("valid_from", Date, nullable=False, comment="first business day it would hold"),
    Column("document_no", Text, nullable=False, comment="number of the decision (文号)"),
    caller_column("proposed_by", comment="who entered it"),
    moment_column("proposed_at", comment="when it was entered"),
    schema=SCHEMA,
    comment="Values waiting for a second person",
    info=_ADDED_TO,
)

policy = Table(
    "policy",
    metadata,
    Column("version", Integer, Identity(), primary_key=True, comment="rises with every decision"),
    uuid_column("proposal_id", comment="the proposal approved"),
    org_unit_column("org_unit_id", comment="scope; absent: the platform", nullable=True),
    Column("key", Text, nullable=False, comment="which rule"),
    Column("value", JSONB(none_as_null=True), comment="in the rule's unit; absent: inherit again"),
    Column("valid_from", Date, nullable=False, comment="first business day; until the next row's"),
    Column("document_no", Text, nullable=False, comment="number of the decision (文号)"),
    caller_column("proposed_by", comment="who entered it"),
    caller_column("approved_by", comment="who approved it"),
    moment_column("approved_at", comment="when it was approved"),
    CheckConstraint("approved_by <> proposed_by", name="policy_is_approved_by_another_person"),
    Index("policy_proposal_is_approved_once", "proposal_id", unique=True),
    Index("policy_by_key", "key", "org_unit_id", "valid_from", "version"),
    schema=SCHEMA,
    comment="Rules by unit and day: the latest valid_from holds, then the latest version",
    info=_ADDED_TO,
)
