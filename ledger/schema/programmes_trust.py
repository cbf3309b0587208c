"""Tables of estate trusts: household units, counterparties, fees, payments with two signatures.

Money is in the books; here lies what the books do not know. A row written once is never changed.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
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
_LOCKED = {GRANTS: "SELECT, INSERT, UPDATE"}


def _key(name: str, *, comment: str) -> Column[object]:
    return Column(name, UUID(as_uuid=True), primary_key=True, comment=comment)


def _caller(name: str, *, comment: str) -> Column[int]:
    return Column(name, Integer, nullable=False, comment=comment)


def _of_unit(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "unit_id"],
        ["programmes.trust_unit.tenant_id", "programmes.trust_unit.unit_id"],
        name=name,
    )


trust_unit = Table(
    "trust_unit",
    metadata,
    tenant_column(),
    _key("unit_id", comment="holder of its accounts; also public"),
    Column("building", Text, nullable=False, comment="building (幢)"),
    Column("unit", Text, nullable=False, comment="unit (单元); empty: none"),
    Column("room", Text, nullable=False, comment="room (室)"),
    Column("area_dm2", Integer, nullable=False, comment="floor area, 1/100 m²"),
    Column("billed_from", Date, nullable=False, comment="fees are due from this day's month on"),
    _caller("caller_id", comment="who registered it"),
    moment_column("registered_at", comment="when"),
    UniqueConstraint("tenant_id", "building", "unit", "room", name="unit_is_registered_once"),
    CheckConstraint("area_dm2 > 0", name="area_is_positive"),
    schema=_SCHEMA,
    # UPDATE allows the row lock under which a unit's receipts and bills are serial.
    info=_LOCKED,
    comment="A flat or shop whose owner pays fees (房屋)",
)

trust_counterparty = Table(
    "trust_counterparty",
    metadata,
    tenant_column(),
    _key("counterparty_id", comment="holder of its accounts; also public"),
    Column("kind", Text, nullable=False, comment="supplier, psp (pays by code) or contract"),
    Column("name", Text, nullable=False, comment="name of the firm, or of the revenue contract"),
    _caller("caller_id", comment="who registered it"),
    moment_column("registered_at", comment="when"),
    UniqueConstraint("tenant_id", "kind", "name", name="counterparty_is_registered_once"),
    CheckConstraint("kind IN ('supplier', 'psp', 'contract')", name="counterparty_kind_is_known"),
    schema=_SCHEMA,
    info=_WRITTEN_ONCE,
    comment="Suppliers, payment providers and revenue contracts of a trust",
)

trust_fee_rate = Table(
    "trust_fee_rate",
    metadata,
    tenant_column(),
    Column("valid_from", Date, primary_key=True, comment="in force until the next rate begins"),
    Column("fen_per_m2", Integer, nullable=False, comment="fee of a month, fen per m²"),
    Column("document_no", Text, nullable=False, comment="resolution that decided it"),
    _caller("caller_id", comment="who recorded it"),
    moment_column("recorded_at", comment="when"),
    CheckConstraint("fen_per_m2 BETWEEN 1 AND 100000", name="fee_rate_is_plausible"),
    CheckConstraint("extract(day FROM valid_from) = 1", name="fee_rate_begins_with_a_month"),
    schema=_SCHEMA,
    info=_WRITTEN_ONCE,
    comment="Property fee per month and m², version by version",
)

trust_fee_bill = Table(
    "trust_fee_bill",
    metadata,
    tenant_column(),
    _key("unit_id", comment="unit billed"),
    Column("month", Date, primary_key=True, comment="first day of the month billed"),
    Column("amount_fen", BigInteger, nullable=False, comment="fee of the month, fen"),
    Column(
        "from_prepaid_fen", BigInteger, nullable=False, comment="part taken from fees paid ahead"
    ),
    uuid_column("billed_entry_id", comment="entry TR01; null: all was paid ahead", nullable=True),
    uuid_column("recognised_entry_id", comment="entry TR04; null: nothing ahead", nullable=True),
    _caller("caller_id", comment="who billed"),
    moment_column("billed_at", comment="when"),
    Column(
        "bill_no",
        Integer,
        primary_key=True,
        autoincrement=False,
        server_default=text("1"),
        comment="which bill of the unit for the month; the ones before are reversed",
    ),
    _of_unit("bill_is_for_a_unit"),
    CheckConstraint("amount_fen > 0", name="bill_is_positive"),
    CheckConstraint("from_prepaid_fen BETWEEN 0 AND amount_fen", name="prepaid_is_within_the_bill"),
    CheckConstraint(
        "(from_prepaid_fen > 0) = (recognised_entry_id IS NOT NULL)"
        " AND (from_prepaid_fen < amount_fen) = (billed_entry_id IS NOT NULL)",
        name="each_part_of_a_bill_has_its_entry",
    ),
    schema=_SCHEMA,
    info=_WRITTEN_ONCE,
    comment="Fees billed; of the bills of a unit and month one at most is not reversed",
)

trust_cash_detail = Table(
    "trust_cash_detail",
    metadata,
    tenant_column(),
    _key("entry_id", comment="entry that moves money"),
    Column("counterparty", Text, comment="payer or payee as the bank may name it; restricted"),
    Column("room", Text, comment="unit it is for, as 3-2-501"),
    Column("channel", Text, nullable=False, comment="bank, wechat, alipay, pos or cash"),
    Column("order_no", Text, comment="order or slip number"),
    CheckConstraint(
        "channel IN ('bank', 'wechat', 'alipay', 'pos', 'cash')", name="channel_is_known"
    ),
    schema=_SCHEMA,
    info=_LOCKED,  # counterparties are erased when their retention is over
    comment="What a bank statement may say about an entry; matching goes by it",
)

trust_payment_request = Table(
    "trust_payment_request",
    metadata,
    tenant_column(),
    _key("payment_id", comment="id"),
    Column("event_code", Text, nullable=False, comment="event it will post, as TR12"),
    uuid_column("payee_id", comment="holder of the account paid off; null: none", nullable=True),
    uuid_column("bank_account_id", comment="bank account it is paid from"),
    Column("amount_fen", BigInteger, nullable=False, comment="fen"),
    Column("purpose", Text, nullable=False, comment="what it is for"),
    uuid_column("key", comment="idempotency key of the request"),
    _caller("requested_by", comment="first signature"),
    moment_column("requested_at", comment="when"),
    UniqueConstraint("tenant_id", "requested_by", "key", name="payment_is_requested_once"),
    UniqueConstraint("tenant_id", "payment_id", "requested_by", name="payment_has_one_requester"),
    CheckConstraint("amount_fen > 0", name="payment_is_positive"),
    schema=_SCHEMA,
    info=_WRITTEN_ONCE,
    comment="Payments asked for: the first of two signatures",
)

trust_payment_decision = Table(
    "trust_payment_decision",
    metadata,
    tenant_column(),
    _key("payment_id", comment="payment decided"),
    _caller("requested_by", comment="first signature, as in the request"),
    _caller("decided_by", comment="second signature"),
    Column("verdict", Text, nullable=False, comment="approved or declined"),
    uuid_column("entry_id", comment="entry that paid; null: declined", nullable=True),
    Column("reason", Text, comment="why it was declined"),
    uuid_column("key", comment="idempotency key; null: declined", nullable=True),
    moment_column("decided_at", comment="when"),
    ForeignKeyConstraint(
        ["tenant_id", "payment_id", "requested_by"],
        [
            f"programmes.trust_payment_request.{name}"
            for name in ("tenant_id", "payment_id", "requested_by")
        ],
        name="decision_names_the_requester",
    ),
    CheckConstraint("decided_by <> requested_by", name="second_signature_is_anothers"),
    CheckConstraint("verdict IN ('approved', 'declined')", name="verdict_is_known"),
    CheckConstraint(
        "(verdict = 'approved') = (entry_id IS NOT NULL)", name="approved_payment_has_an_entry"
    ),
    Index("payment_by_entry", "tenant_id", "entry_id", unique=True),
    schema=_SCHEMA,
    info=_WRITTEN_ONCE,
    comment="Payments decided: the second of two signatures",
)
