"""Tables of who else takes part: partners, tills; and of what changed about participants."""

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
)
from sqlalchemy.dialects.postgresql import UUID

from ledger.schema.base import (
    APPEND_ONLY,
    ERASABLE,
    GRANTS,
    metadata,
    moment_column,
    tenant_column,
    uuid_column,
)
from ledger.schema.foundation import KEPT, SCHEMA, caller_column, created_at, person_column
from ledger.schema.foundation_families import IS_OPEN, begins_on, ends_on

PARTNER_KINDS = ("unit", "shop", "craftsman")
_WRITTEN_ONCE = {GRANTS: "SELECT, INSERT", APPEND_ONLY: True}

partner = Table(
    "partner",
    metadata,
    tenant_column(),
    Column(
        "partner_id",
        UUID(as_uuid=True),
        primary_key=True,
        comment="public id; the holder of the partner's accounts",
    ),
    Column("name", Text, nullable=False, comment="name"),
    Column("name_sort_key", Text, nullable=False, comment="pinyin of the name, for ordering"),
    Column("kind", Text, nullable=False, comment=", ".join(PARTNER_KINDS)),
    begins_on(),
    ends_on(),
    caller_column("created_by", comment="who entered it"),
    created_at(),
    UniqueConstraint("tenant_id", "name", name="partner_name_is_unique_in_a_programme"),
    CheckConstraint(
        "kind IN ({})".format(", ".join(f"'{kind}'" for kind in PARTNER_KINDS)),
        name="partner_kind_is_known",
    ),
    CheckConstraint("ends_on >= begins_on", name="partner_ends_after_it_began"),
    schema=SCHEMA,
    comment="A unit, shop or craftsman that works with the programme (红色合伙人)",
    info=KEPT,
)

partner_contact = Table(
    "partner_contact",
    metadata,
    tenant_column(),
    Column("contact_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    uuid_column("partner_id", comment="for which partner"),
    person_column(comment="who"),
    uuid_column("grant_id", comment="the role that it gives"),
    begins_on(),
    ends_on(),
    caller_column("entered_by", comment="who entered it"),
    caller_column("ended_by", comment="who entered the end", nullable=True),
    ForeignKeyConstraint(
        ["tenant_id", "partner_id"],
        ["foundation.partner.tenant_id", "foundation.partner.partner_id"],
        name="partner_is_known",
    ),
    CheckConstraint("ends_on >= begins_on", name="contact_ends_after_it_began"),
    Index(
        "person_speaks_for_a_partner_once",
        "tenant_id",
        "partner_id",
        "person_id",
        unique=True,
        postgresql_where=IS_OPEN,
    ),
    schema=SCHEMA,
    comment="Who speaks for a partner from when to when",
    info=KEPT,
)

merchant_terminal = Table(
    "merchant_terminal",
    metadata,
    tenant_column(),
    Column("terminal_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    uuid_column("merchant_id", comment="whose till it is"),
    Column("number", Text, nullable=False, comment="number that its purchases carry"),
    Column("name", Text, nullable=False, comment="where it stands"),
    Column("status", Text, nullable=False, comment="active or suspended"),
    uuid_column("api_key_id", nullable=True, comment="the key that only this till uses"),
    caller_column("created_by", comment="who entered it"),
    created_at(),
    ForeignKeyConstraint(
        ["tenant_id", "merchant_id"],
        ["foundation.merchant.tenant_id", "foundation.merchant.merchant_id"],
        name="till_stands_at_a_merchant_here",
    ),
    UniqueConstraint(
        "tenant_id", "merchant_id", "number", name="till_number_is_unique_at_a_merchant"
    ),
    UniqueConstraint("tenant_id", "api_key_id", name="key_belongs_to_one_till"),
    CheckConstraint("status IN ('active', 'suspended')", name="till_status_is_known"),
    schema=SCHEMA,
    comment="A till of a merchant (门店终端)",
    info=KEPT,
)

participation_change = Table(
    "participation_change",
    metadata,
    tenant_column(),
    Column("change_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    Column("subject_kind", Text, nullable=False, comment="member, merchant or terminal"),
    uuid_column("subject_id", comment="who or what"),
    Column("status", Text, nullable=False, comment="active, suspended or left"),
    Column("effective_on", Date, nullable=False, comment="day of the cause"),
    Column("reason", Text, nullable=False, comment="why"),
    caller_column("changed_by", comment="who entered it"),
    moment_column("changed_at", comment="from when it held"),
    CheckConstraint(
        "subject_kind IN ('member', 'merchant', 'terminal')", name="subject_kind_is_known"
    ),
    CheckConstraint("status IN ('active', 'suspended', 'left')", name="new_status_is_known"),
    Index("participation_change_by_subject", "tenant_id", "subject_id", "change_id"),
    schema=SCHEMA,
    comment="Suspended, taken up again, left: with day and reason, never changed",
    info=_WRITTEN_ONCE,
)

name_change = Table(
    "name_change",
    metadata,
    Column("change_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    person_column(comment="whose name"),
    Column("previous_sealed", LargeBinary, comment="the name before, under the person's key"),
    Column("reason", Text, nullable=False, comment="why it was corrected"),
    caller_column("changed_by", comment="who entered it"),
    moment_column("changed_at", comment="when"),
    Index("name_change_by_person", "person_id", "change_id"),
    schema=SCHEMA,
    comment="Names that were corrected; readable while the person's key exists",
    info={GRANTS: "SELECT, INSERT, UPDATE (reason)", ERASABLE: ("reason",)},
)
