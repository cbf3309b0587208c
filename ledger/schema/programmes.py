"""Tables of service records and star points: what happened, who said so, what it was credited with.

Balances lie in the books alone. Service minutes are a register: nothing spent reduces them.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from ledger.schema.base import (
    APPEND_ONLY,
    GRANTS,
    metadata,
    moment_column,
    tenant_column,
    uuid_column,
)
from ledger.schema.foundation import KEPT, caller_column
from ledger.schema.foundation_policies import org_unit_column

SCHEMA = "programmes"


def _member_key(column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", column],
        ["foundation.member.tenant_id", "foundation.member.member_id"],
        name=f"{column}_is_a_member_here",
    )


def _branch_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "branch_id"],
        ["foundation.party_branch.tenant_id", "foundation.party_branch.branch_id"],
        name="branch_is_one_here",
    )


service_record = Table(
    "service_record",
    metadata,
    tenant_column(),
    Column("record_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    uuid_column("provider_id", comment="member who served"),
    uuid_column("recipient_id", comment="member served, if it was one", nullable=True),
    Column("category", Text, nullable=False, comment="code of the category of service"),
    Column("activity", Text, nullable=False, comment="what was done"),
    Column("place", Text, nullable=False, comment="where"),
    moment_column("started_at", comment="beginning of the service, travel not counted"),
    moment_column("ended_at", comment="its end"),
    Column("minutes", Integer, nullable=False, comment="exact duration, whole minutes"),
    Column("service_date", Date, nullable=False, comment="day in Shanghai on which it began"),
    caller_column("recorded_by", comment="who recorded it"),
    moment_column("recorded_at", comment="when it was recorded"),
    Column(
        "needs_second",
        Boolean,
        nullable=False,
        comment="late, long, by night, or served or recorded among household or kin",
    ),
    Column(
        "status",
        Text,
        nullable=False,
        comment="recorded, verified, effective, declined or cancelled",
    ),
    caller_column("first_verifier", comment="first of two verifiers", nullable=True),
    caller_column("decided_by", comment="who verified or declined it", nullable=True),
    moment_column("decided_at", comment="when", nullable=True),
    Column("decision_reason", Text, comment="why it was declined or cancelled"),
    caller_column("cancelled_by", comment="who cancelled it", nullable=True),
    moment_column("cancelled_at", comment="when it was cancelled", nullable=True),
    Column("funds", Text, comment="what its minutes are credited with: time or points"),
    Column("credited_minutes", Integer, comment="minutes credited, as the day's sum allowed"),
    Column("credited_points", Integer, comment="1/100 point credited"),
    Column("expires_on", Date, comment="last day of use of what was credited; absent: never"),
    Column("objection_until", Date, comment="last day for objections"),
    Column("release_tried_on", Date, comment="day of the latest attempt to release it"),
    Column("release_attempts", SmallInteger, nullable=False, comment="attempts to release it"),
    uuid_column("credit_entry_id", comment="entry that credited it", nullable=True),
    uuid_column("release_entry_id", comment="entry that made it available", nullable=True),
    Column("policy_version", Integer, comment="newest version of the rules applied"),
    Column("tie", Text, comment="what ties the volunteer to the recipient or recorder"),
    CheckConstraint(
        "tie IN ('recipient_household', 'recipient_kin', 'recorder_household', 'recorder_kin')",
        name="service_tie_is_known",
    ),
    CheckConstraint("ended_at > started_at", name="service_ends_after_it_began"),
    CheckConstraint("minutes > 0", name="service_has_minutes"),
    CheckConstraint("recipient_id <> provider_id", name="service_is_for_somebody_else"),
    CheckConstraint(
        "status IN ('recorded', 'verified', 'effective', 'declined', 'cancelled')",
        name="service_status_is_known",
    ),
    CheckConstraint("funds IN ('time', 'points')", name="service_funds_one_unit"),
    CheckConstraint(
        "(status IN ('verified', 'effective', 'cancelled')) = (funds IS NOT NULL)",
        name="only_verified_service_funds_anything",
    ),
    CheckConstraint(
        "decided_by <> recorded_by AND first_verifier <> recorded_by"
        " AND first_verifier <> decided_by",
        name="service_is_verified_by_others",
    ),
    CheckConstraint(
        "(status = 'cancelled') = (cancelled_by IS NOT NULL) AND cancelled_by <> recorded_by",
        name="service_is_cancelled_by_another_person",
    ),
    CheckConstraint("credited_minutes BETWEEN 0 AND 1440", name="credited_minutes_fit_a_day"),
    _member_key("provider_id"),
    _member_key("recipient_id"),
    Index("service_record_by_provider", "tenant_id", "provider_id", "started_at"),
    Index("service_record_by_status", "tenant_id", "status", "recorded_at"),
    Index(
        "service_record_to_release",
        "tenant_id",
        "objection_until",
        postgresql_where=text("status = 'verified'"),
    ),
    schema=SCHEMA,
    comment="A service rendered: who, for whom, what, where, when, how long, who recorded it",
    info=KEPT,
)

service_day = Table(
    "service_day",
    metadata,
    tenant_column(),
    Column("member_id", UUID(as_uuid=True), primary_key=True, comment="member who served"),
    Column("service_date", Date, primary_key=True, comment="day in Shanghai"),
    Column("verified_minutes", Integer, nullable=False, comment="exact minutes verified"),
    Column("credited_minutes", Integer, nullable=False, comment="minutes credited for them"),
    Column("credited_points", Integer, nullable=False, comment="1/100 point credited for them"),
    CheckConstraint(
        "credited_minutes BETWEEN 0 AND verified_minutes", name="credit_never_exceeds_service"
    ),
    _member_key("member_id"),
    schema=SCHEMA,
    comment="The sum of a member's verified service on a day: what rounding and caps go by",
    info=KEPT,
)

scoring_item = Table(
    "scoring_item",
    metadata,
    Column("org_unit_id", UUID(as_uuid=True), primary_key=True, comment="unit whose table it is"),
    Column("item_code", Text, primary_key=True, comment="number of the item"),
    Column("valid_from", Date, primary_key=True, comment="first day; until the next row's"),
    Column("name", Text, nullable=False, comment="what is scored"),
    Column("kind", Text, nullable=False, comment="basic, reward or deduct"),
    Column("unit_score", Integer, nullable=False, comment="1/100 point for one time"),
    Column("month_cap", Integer, comment="most in a month, 1/100 point; absent: none"),
    Column("quarter_cap", Integer, comment="most in a quarter, 1/100 point; absent: none"),
    Column("year_cap", Integer, comment="most in a year, 1/100 point; absent: none"),
    Column("evidence", Text, nullable=False, comment="what must be shown"),
    Column("is_ended", Boolean, nullable=False, comment="no longer scored from that day"),
    CheckConstraint("kind IN ('basic', 'reward', 'deduct')", name="scoring_kind_is_known"),
    CheckConstraint("unit_score > 0", name="unit_score_is_positive"),
    ForeignKeyConstraint(
        ["org_unit_id"], ["foundation.org_unit.org_unit_id"], name="item_unit_is_known"
    ),
    schema=SCHEMA,
    comment="Items for which Party members are scored; each county keeps its own table",
    info={GRANTS: "SELECT, INSERT", APPEND_ONLY: True},
)

star_claim = Table(
    "star_claim",
    metadata,
    tenant_column(),
    Column("claim_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    uuid_column("branch_id", comment="Party branch that scores it"),
    uuid_column("member_id", comment="member scored"),
    org_unit_column("item_org_unit_id", comment="whose table the item is from", nullable=False),
    Column("item_code", Text, nullable=False, comment="item"),
    Column("item_valid_from", Date, nullable=False, comment="version of the item"),
    Column("kind", Text, nullable=False, comment="basic, reward or deduct"),
    Column("times", Integer, nullable=False, comment="how many times"),
    Column("score", Integer, nullable=False, comment="1/100 point before caps"),
    Column("happened_on", Date, nullable=False, comment="day in Shanghai"),
    Column("month", Date, nullable=False, comment="first day of its month"),
    Column("evidence", Text, nullable=False, comment="what was shown"),
    caller_column("proposed_by", comment="who proposed it"),
    moment_column("proposed_at", comment="when"),
    Column("status", Text, nullable=False, comment="proposed, approved, declined or scored"),
    caller_column("decided_by", comment="who approved or declined it", nullable=True),
    moment_column("decided_at", comment="when", nullable=True),
    Column("awarded", Integer, comment="1/100 point that the caps left of it"),
    CheckConstraint("times > 0", name="claim_counts_something"),
    CheckConstraint("score > 0", name="claim_score_is_positive"),
    CheckConstraint("awarded BETWEEN 0 AND score", name="award_is_within_score"),
    CheckConstraint("decided_by <> proposed_by", name="claim_is_approved_by_another_person"),
    CheckConstraint(
        "status IN ('proposed', 'approved', 'declined', 'scored')", name="claim_status_is_known"
    ),
    CheckConstraint("(status = 'scored') = (awarded IS NOT NULL)", name="scored_claim_has_award"),
    ForeignKeyConstraint(
        ["item_org_unit_id", "item_code", "item_valid_from"],
        [f"programmes.scoring_item.{name}" for name in ("org_unit_id", "item_code", "valid_from")],
        name="claim_item_is_known",
    ),
    _branch_key(),
    _member_key("member_id"),
    Index("star_claim_by_month", "tenant_id", "branch_id", "month", "status"),
    Index("star_claim_by_member", "tenant_id", "member_id", "month"),
    schema=SCHEMA,
    comment="An item proposed for a member, approved by somebody else, scored once",
    info=KEPT,
)

star_month = Table(
    "star_month",
    metadata,
    tenant_column(),
    Column("branch_id", UUID(as_uuid=True), primary_key=True, comment="Party branch"),
    Column("month", Date, primary_key=True, comment="first day of the month"),
    caller_column("scored_by", comment="who ran the scoring"),
    moment_column("scored_at", comment="when"),
    Column("publicity_until", Date, nullable=False, comment="last day of publicity"),
    Column("expires_on", Date, nullable=False, comment="last day of use of its points"),
    Column("policy_version", Integer, nullable=False, comment="newest version of the rules"),
    CheckConstraint("extract(day FROM month) = 1", name="star_month_is_a_month"),
    _branch_key(),
    schema=SCHEMA,
    comment="A branch's month, scored once",
    info={GRANTS: "SELECT, INSERT", APPEND_ONLY: True},
)

star_result = Table(
    "star_result",
    metadata,
    tenant_column(),
    Column("result_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    uuid_column("branch_id", comment="Party branch"),
    Column("month", Date, nullable=False, comment="first day of the month"),
    uuid_column("member_id", comment="member scored"),
    Column("basic", Integer, nullable=False, comment="basic points, 1/100"),
    Column("reward", Integer, nullable=False, comment="reward points, 1/100"),
    Column("deduction", Integer, nullable=False, comment="points to deduct, 1/100"),
    uuid_column("entry_id", comment="entry into publicity; absent: nothing scored", nullable=True),
    Column("status", Text, nullable=False, comment="published, effective or cancelled"),
    Column("release_tried_on", Date, comment="day of the latest attempt to release it"),
    Column("release_attempts", SmallInteger, nullable=False, comment="attempts to release it"),
    moment_column("effective_at", comment="when it took effect", nullable=True),
    CheckConstraint("basic >= 0 AND reward >= 0 AND deduction >= 0", name="scores_are_counted"),
    CheckConstraint(
        "status IN ('published', 'effective', 'cancelled')", name="star_result_status_is_known"
    ),
    ForeignKeyConstraint(
        ["tenant_id", "branch_id", "month"],
        [f"programmes.star_month.{name}" for name in ("tenant_id", "branch_id", "month")],
        name="star_result_belongs_to_a_scored_month",
    ),
    _member_key("member_id"),
    Index(
        "star_result_is_one_a_month",
        "tenant_id",
        "branch_id",
        "month",
        "member_id",
        unique=True,
    ),
    Index("star_result_by_member", "tenant_id", "member_id", "month"),
    Index(
        "star_result_to_release",
        "tenant_id",
        "branch_id",
        "month",
        postgresql_where=text("status = 'published'"),
    ),
    schema=SCHEMA,
    comment="What a month brought a member; a row of zeros is written too",
    info=KEPT,
)
