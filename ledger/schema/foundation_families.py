"""Tables of what ties members to each other: households, kinship, guardians, groups."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from ledger.schema.base import metadata, moment_column, tenant_column, uuid_column
from ledger.schema.foundation import KEPT, SCHEMA, caller_column, created_at, person_column
from ledger.schema.foundation_policies import org_unit_column

IS_OPEN = text("ends_on IS NULL")


def member_key(column: str, *, name: str) -> ForeignKeyConstraint:
    """A reference to a member of the same programme."""
    return ForeignKeyConstraint(
        ["tenant_id", column],
        ["foundation.member.tenant_id", "foundation.member.member_id"],
        name=name,
    )


def begins_on() -> Column[object]:
    """First day of a membership or tie."""
    return Column("begins_on", Date, nullable=False, comment="first day")


def ends_on() -> Column[object]:
    """First day on which it holds no longer."""
    return Column("ends_on", Date, comment="first day after it; absent: it goes on")


household = Table(
    "household",
    metadata,
    tenant_column(),
    Column("household_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    Column("number", Text, nullable=False, comment="number in the programme's register (户号)"),
    org_unit_column("org_unit_id", comment="where it lives", nullable=True),
    uuid_column("head_member_id", comment="the head (户主)"),
    caller_column("created_by", comment="who entered it"),
    created_at(),
    UniqueConstraint("tenant_id", "number", name="household_number_is_unique_in_a_programme"),
    member_key("head_member_id", name="head_is_a_member_here"),
    schema=SCHEMA,
    comment="People who live together, as the programme knows them",
    info=KEPT,
)

household_member = Table(
    "household_member",
    metadata,
    tenant_column(),
    Column("household_id", UUID(as_uuid=True), primary_key=True, comment="which household"),
    Column("member_id", UUID(as_uuid=True), primary_key=True, comment="who"),
    Column("begins_on", Date, primary_key=True, comment="first day"),
    ends_on(),
    caller_column("entered_by", comment="who entered it"),
    caller_column("ended_by", comment="who entered the end", nullable=True),
    ForeignKeyConstraint(
        ["tenant_id", "household_id"],
        ["foundation.household.tenant_id", "foundation.household.household_id"],
        name="household_is_known",
    ),
    member_key("member_id", name="household_holds_members"),
    CheckConstraint("ends_on >= begins_on", name="household_membership_ends_after_it_began"),
    Index(
        "member_lives_in_one_household",
        "tenant_id",
        "member_id",
        unique=True,
        postgresql_where=IS_OPEN,
    ),
    schema=SCHEMA,
    comment="Who lives in which household from when to when; one household at a time",
    info=KEPT,
)

kinship = Table(
    "kinship",
    metadata,
    tenant_column(),
    Column("kinship_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    uuid_column("member_id", comment="whose relative it is"),
    uuid_column("relative_member_id", nullable=True, comment="the relative, where a member here"),
    Column("relative_sealed", LargeBinary, comment="name of one who is none, under member's key"),
    Column("relation", Text, nullable=False, comment="what the relative is to the member"),
    Column("evidence", Text, nullable=False, comment="what was seen; no names, no numbers"),
    begins_on(),
    caller_column("verified_by", comment="who saw the evidence"),
    moment_column("verified_at", comment="when"),
    ends_on(),
    Column("end_reason", Text, comment="why it ended"),
    caller_column("ended_by", comment="who entered the end", nullable=True),
    member_key("member_id", name="kinship_is_of_a_member"),
    member_key("relative_member_id", name="relative_is_a_member_here"),
    CheckConstraint("relative_member_id <> member_id", name="nobody_is_their_own_relative"),
    CheckConstraint(
        "num_nonnulls(relative_member_id, relative_sealed) = 1", name="relative_is_named_once"
    ),
    CheckConstraint("ends_on >= begins_on", name="kinship_ends_after_it_began"),
    CheckConstraint(
        "num_nulls(ends_on, end_reason, ended_by) IN (0, 3)", name="kinship_is_ended_as_a_whole"
    ),
    # one row serves both sides, so the order of the two does not matter
    Index(
        "two_members_are_related_once",
        "tenant_id",
        text("least(member_id, relative_member_id)"),
        text("greatest(member_id, relative_member_id)"),
        unique=True,
        postgresql_where=text("ends_on IS NULL AND relative_member_id IS NOT NULL"),
    ),
    Index("kinship_by_member", "tenant_id", "member_id"),
    Index("kinship_by_relative", "tenant_id", "relative_member_id"),
    schema=SCHEMA,
    comment="Verified kinship of a member; read from both sides",
    info=KEPT,
)

guardianship = Table(
    "guardianship",
    metadata,
    tenant_column(),
    Column("guardianship_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    person_column(comment="the guardian"),
    uuid_column("ward_member_id", comment="who is looked after"),
    Column("kind", Text, nullable=False, comment="minor or incapacity"),
    Column("evidence", Text, nullable=False, comment="what was seen; no names, no numbers"),
    uuid_column("grant_id", comment="the role that it gives, once confirmed", nullable=True),
    begins_on(),
    caller_column("verified_by", comment="who saw the evidence"),
    moment_column("verified_at", comment="when"),
    ends_on(),
    Column("end_reason", Text, comment="why it ended"),
    caller_column("ended_by", comment="who entered the end", nullable=True),
    caller_column("confirmed_by", comment="who confirmed it beside verified_by", nullable=True),
    moment_column(
        "confirmed_at", comment="when; absent before confirming was asked", nullable=True
    ),
    member_key("ward_member_id", name="ward_is_a_member_here"),
    CheckConstraint("kind IN ('minor', 'incapacity')", name="guardianship_kind_is_known"),
    CheckConstraint("ends_on >= begins_on", name="guardianship_ends_after_it_began"),
    CheckConstraint(
        "num_nulls(ends_on, end_reason, ended_by) IN (0, 3)",
        name="guardianship_is_ended_as_a_whole",
    ),
    CheckConstraint("confirmed_by <> verified_by", name="guardianship_takes_two"),
    CheckConstraint(
        "num_nulls(confirmed_by, confirmed_at) <> 1"
        " AND (confirmed_by IS NULL OR grant_id IS NOT NULL)",
        name="guardianship_is_confirmed_as_a_whole",
    ),
    Index(
        "guardian_of_a_ward_once",
        "tenant_id",
        "ward_member_id",
        "person_id",
        unique=True,
        postgresql_where=IS_OPEN,
    ),
    schema=SCHEMA,
    comment="Who looks after the affairs of a member who cannot",
    info=KEPT,
)

member_group = Table(
    "member_group",
    metadata,
    tenant_column(),
    Column("group_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    Column("name", Text, nullable=False, comment="name of the team"),
    Column("name_sort_key", Text, nullable=False, comment="pinyin of the name, for ordering"),
    uuid_column("leader_member_id", comment="who leads it"),
    begins_on(),
    ends_on(),
    caller_column("created_by", comment="who entered it"),
    UniqueConstraint("tenant_id", "name", name="group_name_is_unique_in_a_programme"),
    member_key("leader_member_id", name="leader_is_a_member_here"),
    CheckConstraint("ends_on >= begins_on", name="group_ends_after_it_began"),
    schema=SCHEMA,
    comment="A team of members (志愿服务队)",
    info=KEPT,
)

group_member = Table(
    "group_member",
    metadata,
    tenant_column(),
    Column("group_id", UUID(as_uuid=True), primary_key=True, comment="which team"),
    Column("member_id", UUID(as_uuid=True), primary_key=True, comment="who"),
    Column("begins_on", Date, primary_key=True, comment="first day"),
    ends_on(),
    caller_column("entered_by", comment="who entered it"),
    caller_column("ended_by", comment="who entered the end", nullable=True),
    ForeignKeyConstraint(
        ["tenant_id", "group_id"],
        ["foundation.member_group.tenant_id", "foundation.member_group.group_id"],
        name="group_is_known",
    ),
    member_key("member_id", name="group_holds_members"),
    CheckConstraint("ends_on >= begins_on", name="group_membership_ends_after_it_began"),
    Index(
        "member_is_in_a_group_once",
        "tenant_id",
        "member_id",
        "group_id",
        unique=True,
        postgresql_where=IS_OPEN,
    ),
    schema=SCHEMA,
    comment="Who belongs to which team from when to when",
    info=KEPT,
)
