"""Tables of who: callers, people, programmes, estates, members, merchants.

Nothing here is posted to; the books know a person only by the public id of a member.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from ledger.schema.base import (
    GRANTS,
    metadata,
    moment_column,
    tenant_column,
    uuid_column,
)

SCHEMA = "foundation"
KEPT = {GRANTS: "SELECT, INSERT, UPDATE"}
#: What is of no use after its time, and goes then.
SWEPT = {GRANTS: "SELECT, INSERT, UPDATE, DELETE"}


def created_at() -> Column[object]:
    """When the row was made, by the database's clock."""
    return Column(
        "created_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        comment="when the row was made",
    )


def caller_column(name: str, *, comment: str, nullable: bool = False) -> Column[int]:
    """Who sent or decided something."""
    return Column(
        name,
        Integer,
        ForeignKey("foundation.caller.caller_id", name=f"{name}_is_a_caller"),
        nullable=nullable,
        comment=comment,
    )


def person_column(*, comment: str) -> Column[int]:
    """Which human being a row belongs to."""
    return Column(
        "person_id",
        BigInteger,
        ForeignKey("foundation.person.person_id", name="person_is_known"),
        nullable=False,
        comment=comment,
    )


caller = Table(
    "caller",
    metadata,
    Column("caller_id", Integer, Identity(start=2), primary_key=True, comment="who sends commands"),
    Column("kind", Text, nullable=False, comment="system, person or integration"),
    created_at(),
    CheckConstraint("kind IN ('system', 'person', 'integration')", name="caller_kind_is_known"),
    schema=SCHEMA,
    comment="Whoever sends a command; 1 is the system itself",
    info={GRANTS: "SELECT, INSERT"},
)

person = Table(
    "person",
    metadata,
    Column("person_id", BigInteger, Identity(), primary_key=True, comment="internal id"),
    uuid_column("public_id", comment="the id that travels"),
    caller_column("caller_id", comment="as whom this person's commands are recorded"),
    Column("display_name", Text, nullable=False, comment="name; in clear in this table only"),
    Column("name_sort_key", Text, nullable=False, comment="pinyin of the name, for ordering"),
    Column("volunteer_no", Text, nullable=False, comment="uniform public number with check digit"),
    Column("data_key", LargeBinary, comment="this person's key, wrapped; absent once erased"),
    Column("phone_sealed", LargeBinary, comment="telephone, under data_key"),
    Column("phone_index", LargeBinary, comment="blind index of the telephone"),
    Column("id_number_sealed", LargeBinary, comment="identity number, under data_key"),
    Column("id_number_index", LargeBinary, comment="blind index of the identity number"),
    Column("address_sealed", LargeBinary, comment="address, under data_key"),
    Column("bank_account_sealed", LargeBinary, comment="personal bank account, under data_key"),
    created_at(),
    moment_column("erased_at", nullable=True, comment="when the key was destroyed on request"),
    Column("key_id", LargeBinary, comment="secret that data_key and indexes are under"),
    moment_column(
        "sign_in_closed_at", nullable=True, comment="since when no sign-in and no key of hers opens"
    ),
    Column("birthday_sealed", LargeBinary, comment="birthday, under data_key"),
    UniqueConstraint("public_id", name="person_public_id_is_unique"),
    UniqueConstraint("caller_id", name="person_has_own_caller"),
    UniqueConstraint("volunteer_no", name="volunteer_no_is_unique"),
    Index("person_by_phone", "phone_index"),
    Index("id_number_is_of_one_person", "id_number_index", unique=True),
    schema=SCHEMA,
    comment="A human being with at most one sign-in name of each kind",
    info=KEPT,
)


def _directory(name: str, *, comment: str, kinds: tuple[str, ...]) -> Table:
    """A public directory of tenants: readable before a tenant is chosen, hence without row guard.

    The column is called ``scope_tenant_id`` here and wherever rows of several tenants lie together
    on purpose; ``tenant_id`` always means rows guarded by row-level security.
    """
    return Table(
        name,
        metadata,
        Column(
            "public_id",
            UUID(as_uuid=True),
            primary_key=True,
            comment="the id that travels",
        ),
        Column(
            "scope_tenant_id", Integer, nullable=False, comment="the tenant that keeps its books"
        ),
        Column("name", Text, nullable=False, comment="name"),
        Column("name_sort_key", Text, nullable=False, comment="pinyin of the name, for ordering"),
        Column("kind", Text, nullable=False, comment=", ".join(kinds)),
        uuid_column("org_unit_id", nullable=True, comment="where it lies"),
        created_at(),
        UniqueConstraint("scope_tenant_id", name=f"{name}_has_own_tenant"),
        CheckConstraint(
            "kind IN ({})".format(", ".join(f"'{kind}'" for kind in kinds)),
            name=f"{name}_kind_is_known",
        ),
        schema=SCHEMA,
        comment=comment,
        info=KEPT,
    )


programme = _directory(
    "programme",
    comment="One operator's time bank, points and star points",
    kinds=("community", "subdistrict"),
)

estate = _directory(
    "estate",
    comment="One estate trust: the books of a co-managed account",
    kinds=("compound", "quarter"),
)

party_branch = Table(
    "party_branch",
    metadata,
    tenant_column(),
    Column(
        "branch_id",
        UUID(as_uuid=True),
        primary_key=True,
        comment="public id",
    ),
    Column("name", Text, nullable=False, comment="name"),
    UniqueConstraint("tenant_id", "name", name="branch_name_is_unique_in_a_programme"),
    schema=SCHEMA,
    comment="A Party branch (党支部) whose members collect star points",
    info=KEPT,
)

member = Table(
    "member",
    metadata,
    tenant_column(),
    Column(
        "member_id",
        UUID(as_uuid=True),
        primary_key=True,
        comment="public id; the holder of the member's accounts",
    ),
    person_column(comment="who it is"),
    Column("volunteer_no", Text, nullable=False, comment="the person's uniform public number"),
    Column("status", Text, nullable=False, comment="active, suspended or left"),
    uuid_column("branch_id", nullable=True, comment="Party branch; absent: not a Party member"),
    Column("joined_on", Date, nullable=False, comment="day of enrolment"),
    UniqueConstraint("tenant_id", "person_id", name="person_joins_a_programme_once"),
    UniqueConstraint("tenant_id", "volunteer_no", name="volunteer_no_is_unique_in_a_programme"),
    CheckConstraint("status IN ('active', 'suspended', 'left')", name="member_status_is_known"),
    ForeignKeyConstraint(
        ["tenant_id", "branch_id"],
        ["foundation.party_branch.tenant_id", "foundation.party_branch.branch_id"],
        name="member_belongs_to_a_branch_here",
    ),
    Index("member_by_branch", "tenant_id", "branch_id"),
    schema=SCHEMA,
    comment="A person as a participant of one programme",
    info=KEPT,
)

merchant = Table(
    "merchant",
    metadata,
    tenant_column(),
    Column(
        "merchant_id",
        UUID(as_uuid=True),
        primary_key=True,
        comment="public id; the holder of the merchant's accounts",
    ),
    Column("name", Text, nullable=False, comment="name over the door"),
    Column("name_sort_key", Text, nullable=False, comment="pinyin of the name, for ordering"),
    Column("status", Text, nullable=False, comment="active, suspended or left"),
    created_at(),
    UniqueConstraint("tenant_id", "name", name="merchant_name_is_unique_in_a_programme"),
    CheckConstraint("status IN ('active', 'suspended', 'left')", name="merchant_status_is_known"),
    schema=SCHEMA,
    comment="A shop or craftsman that accepts points",
    info=KEPT,
)
