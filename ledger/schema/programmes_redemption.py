"""Tables of redemption: what merchants agreed to, codes, purchases, what was taken and given back.

What happened to the points of a purchase stands in ``books.hold``, once; here lies what the books
do not know: who, where, and what the points are worth in fen.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
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
    APPEND_ONLY,
    GRANTS,
    metadata,
    moment_column,
    tenant_column,
    uuid_column,
)

_SCHEMA = "programmes"
_WRITTEN_ONCE = {APPEND_ONLY: True, GRANTS: "SELECT, INSERT"}
_WRITTEN_BY_FUNCTIONS = {APPEND_ONLY: True}


def _of_merchant(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "merchant_id"],
        ["foundation.merchant.tenant_id", "foundation.merchant.merchant_id"],
        name=name,
    )


def _of_member(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "member_id"],
        ["foundation.member.tenant_id", "foundation.member.member_id"],
        name=name,
    )


def _of_redemption(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "redemption_id"],
        ["programmes.redemption.tenant_id", "programmes.redemption.redemption_id"],
        name=name,
    )


merchant_contract = Table(
    "merchant_contract",
    metadata,
    tenant_column(),
    Column("merchant_id", UUID(as_uuid=True), primary_key=True, comment="merchant"),
    Column("valid_from", Date, primary_key=True, comment="in force until the next version begins"),
    Column("status", Text, nullable=False, comment="active, or ended: no points are accepted"),
    Column("fen_per_100_points", Integer, nullable=False, comment="rate: fen for 100.00 points"),
    Column(
        "discount_share_bp",
        Integer,
        nullable=False,
        comment="share of the value that the merchant bears, 1/10000",
    ),
    Column("refunds_allowed", Boolean, nullable=False, comment="captured points may be given back"),
    Column("caller_id", Integer, nullable=False, comment="who recorded it"),
    moment_column("recorded_at", comment="when it was recorded"),
    _of_merchant("contract_is_with_a_merchant"),
    CheckConstraint("status IN ('active', 'ended')", name="contract_status_is_known"),
    CheckConstraint("fen_per_100_points BETWEEN 0 AND 1000000", name="rate_is_plausible"),
    CheckConstraint("discount_share_bp BETWEEN 0 AND 10000", name="discount_is_a_share"),
    schema=_SCHEMA,
    info=_WRITTEN_ONCE,
    comment="What a merchant gets for points, version by version",
)

redemption_code = Table(
    "redemption_code",
    metadata,
    tenant_column(),
    Column("code_id", UUID(as_uuid=True), primary_key=True, comment="id of the code"),
    uuid_column("member_id", comment="whose points it opens"),
    Column("token_hash", LargeBinary, nullable=False, comment="keyed hash of the QR token"),
    Column("digits_hash", LargeBinary, nullable=False, comment="keyed hash of the eight digits"),
    Column("issued_on", Date, nullable=False, comment="day in Shanghai; digits are unique in it"),
    moment_column("issued_at", comment="by the database's clock"),
    moment_column("expires_at", comment="not accepted from then on"),
    Column("amount_limit", BigInteger, comment="1/100 point it is good for; null: no limit"),
    uuid_column("merchant_id", comment="the only merchant it is good at", nullable=True),
    UniqueConstraint("tenant_id", "token_hash", name="code_token_is_unique"),
    UniqueConstraint("tenant_id", "digits_hash", "issued_on", name="code_digits_are_unique_a_day"),
    _of_member("code_is_of_a_member"),
    _of_merchant("code_is_for_a_merchant"),
    CheckConstraint("expires_at > issued_at", name="code_expires_after_issue"),
    CheckConstraint("amount_limit > 0", name="code_limit_is_positive"),
    Index("code_by_member", "tenant_id", "member_id", "issued_at"),
    schema=_SCHEMA,
    info=_WRITTEN_ONCE,
    comment="One-time codes; spent when a redemption names them",
)

redemption_code_throttle = Table(
    "redemption_code_throttle",
    metadata,
    tenant_column(),
    Column("merchant_id", UUID(as_uuid=True), primary_key=True, comment="merchant"),
    Column("terminal", Text, primary_key=True, comment="terminal; empty: the whole merchant"),
    Column("failures", Integer, nullable=False, comment="unknown codes since window_started_at"),
    moment_column("window_started_at", comment="when counting began"),
    CheckConstraint("failures > 0", name="wrong_codes_are_counted"),
    schema=_SCHEMA,
    comment="How often unknown codes were tried lately",
)

redemption = Table(
    "redemption",
    metadata,
    tenant_column(),
    Column(
        "redemption_id",
        UUID(as_uuid=True),
        primary_key=True,
        comment="id of the purchase, of its hold and of the entry that placed it",
    ),
    uuid_column("member_id", comment="whose points"),
    uuid_column("merchant_id", comment="where"),
    uuid_column("code_id", comment="code presented; null: authorised without one", nullable=True),
    Column("terminal", Text, nullable=False, comment="terminal; empty: not told"),
    Column("merchant_reference", Text, comment="the merchant's own transaction number"),
    Column("caller_id", Integer, nullable=False, comment="operator who asked for the hold"),
    Column("amount", BigInteger, nullable=False, comment="1/100 point authorised"),
    moment_column("occurred_at", comment="when it was authorised"),
    Column("business_day", Date, nullable=False, comment="its day in Shanghai; caps go by it"),
    Column("policy_version", Integer, comment="version of the caps that were applied"),
    UniqueConstraint("tenant_id", "code_id", name="code_is_spent_once"),
    _of_member("redemption_is_by_a_member"),
    _of_merchant("redemption_is_at_a_merchant"),
    ForeignKeyConstraint(
        ["tenant_id", "redemption_id"],
        ["books.hold.tenant_id", "books.hold.hold_id"],
        name="redemption_has_a_hold",
    ),
    Index("redemption_by_member", "tenant_id", "member_id", "business_day"),
    Index("redemption_by_merchant", "tenant_id", "merchant_id", "business_day"),
    Index(
        "redemption_by_merchant_reference",
        "tenant_id",
        "merchant_id",
        "terminal",
        "merchant_reference",
        unique=True,
        postgresql_where=text("merchant_reference IS NOT NULL"),
    ),
    schema=_SCHEMA,
    info=_WRITTEN_BY_FUNCTIONS,
    comment="A purchase authorised at a merchant",
)

redemption_capture = Table(
    "redemption_capture",
    metadata,
    tenant_column(),
    Column("redemption_id", UUID(as_uuid=True), primary_key=True, comment="purchase"),
    uuid_column("entry_id", comment="entry that captured it"),
    uuid_column("merchant_id", comment="merchant"),
    Column("terminal", Text, nullable=False, comment="terminal; empty: not told"),
    Column("caller_id", Integer, nullable=False, comment="operator"),
    Column("points", BigInteger, nullable=False, comment="1/100 point captured"),
    Column("fen_per_100_points", Integer, nullable=False, comment="rate in force at the capture"),
    Column("discount_share_bp", Integer, nullable=False, comment="merchant's share, 1/10000"),
    Column("value_fen", BigInteger, nullable=False, comment="points at the rate, half up, fen"),
    Column("payable_fen", BigInteger, nullable=False, comment="value less the merchant's share"),
    Column("refundable", Boolean, nullable=False, comment="as the contract then said"),
    moment_column("captured_at", comment="when it was captured"),
    Column("business_day", Date, nullable=False, comment="its day in Shanghai"),
    _of_redemption("capture_is_of_a_redemption"),
    CheckConstraint("points > 0", name="captured_points_are_positive"),
    CheckConstraint("payable_fen BETWEEN 0 AND value_fen", name="payable_is_within_value"),
    Index("capture_by_merchant", "tenant_id", "merchant_id", "business_day"),
    schema=_SCHEMA,
    info=_WRITTEN_BY_FUNCTIONS,
    comment="Points taken by a merchant, priced once and for all",
)

redemption_refund = Table(
    "redemption_refund",
    metadata,
    tenant_column(),
    Column("entry_id", UUID(as_uuid=True), primary_key=True, comment="entry that gave back"),
    uuid_column("redemption_id", comment="purchase"),
    uuid_column("merchant_id", comment="merchant"),
    Column("terminal", Text, nullable=False, comment="terminal; empty: not told"),
    Column("caller_id", Integer, nullable=False, comment="operator"),
    Column("points", BigInteger, nullable=False, comment="1/100 point given back"),
    Column("value_fen", BigInteger, nullable=False, comment="value taken back, fen"),
    Column("payable_fen", BigInteger, nullable=False, comment="payable taken back, fen"),
    moment_column("refunded_at", comment="when it was given back"),
    Column("business_day", Date, nullable=False, comment="its day in Shanghai"),
    _of_redemption("refund_is_of_a_redemption"),
    CheckConstraint("points > 0", name="refunded_points_are_positive"),
    Index("refund_by_redemption", "tenant_id", "redemption_id"),
    Index("refund_by_merchant", "tenant_id", "merchant_id", "business_day"),
    schema=_SCHEMA,
    info=_WRITTEN_BY_FUNCTIONS,
    comment="Points a merchant gave back",
)
