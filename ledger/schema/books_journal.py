"""Tables of the journal: commands, entries, transfers, holds, vouchers, the seal's queue.

Rows are only ever inserted, but for buckets, holds and counters, which change under locks inside
the posting functions alone.
Source: docs/decisions/0003-engine-tables.md
"""

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.event import listen

from ledger.schema.base import (
    APPEND_ONLY,
    ERASABLE,
    metadata,
    moment_column,
    tenant_column,
    uuid_column,
)

_SCHEMA = "books"
_APPEND_ONLY = {APPEND_ONLY: True}

command = Table(
    "command",
    metadata,
    tenant_column(),
    Column("caller_id", Integer, primary_key=True, autoincrement=False, comment="who sent it"),
    Column("key", UUID(as_uuid=True), primary_key=True, comment="idempotency key as a uuid"),
    uuid_column("entry_id", comment="entry it asked for"),
    Column("fingerprint", LargeBinary, nullable=False, comment="digests of the command as sent"),
    schema=_SCHEMA,
    info=_APPEND_ONLY,
    comment="Idempotency keys claimed, accepted and refused alike",
)

command_refusal = Table(
    "command_refusal",
    metadata,
    tenant_column(),
    Column("caller_id", Integer, primary_key=True, autoincrement=False, comment="who sent it"),
    Column("key", UUID(as_uuid=True), primary_key=True, comment="idempotency key as a uuid"),
    Column("code", Text, nullable=False, comment="reason, as in the list of refusals"),
    Column("detail", JSONB, comment="attributes of the refusal"),
    moment_column("refused_at", comment="when it was decided"),
    schema=_SCHEMA,
    info=_APPEND_ONLY,
    comment="Refusals that depended on state; replayed for ever",
)

entry = Table(
    "entry",
    metadata,
    tenant_column(),
    Column("booked_on", Date, nullable=False, comment="accounting date; selects the period"),
    moment_column("occurred_at", comment="when it happened"),
    moment_column("posted_at", comment="posting moment, under the locks"),
    Column("entry_id", UUID(as_uuid=True), primary_key=True, comment="uuid v7, also public"),
    Column("caller_id", Integer, nullable=False, comment="who sent it"),
    Column(
        "kind",
        SmallInteger,
        nullable=False,
        comment="0 entry, 1 reversal, 2 hold, 3 capture, 4 void, 5 expiry, 6 refund",
    ),
    Column("event_code", Text, nullable=False, comment="business event of the catalogue"),
    uuid_column("subject_id", comment="what it is about", nullable=True),
    Column("policy_version", Integer, comment="version of the rule that decided the amounts"),
    Index("entry_by_booked_on", "tenant_id", "booked_on"),
    # a few pages for millions of rows: entries lie in posting order
    Index(
        "entry_by_posted_at",
        "posted_at",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": "16"},
    ),
    schema=_SCHEMA,
    info=_APPEND_ONLY,
    comment="A group of transfers that stands or falls together (凭证)",
)

transfer = Table(
    "transfer",
    metadata,
    tenant_column(),
    Column("debit_account_id", Integer, nullable=False, comment="account debited"),
    Column("credit_account_id", Integer, nullable=False, comment="account credited"),
    Column("expires_on", Date, nullable=False, comment="expiry of the units moved; infinity: none"),
    Column("entry_id", UUID(as_uuid=True), primary_key=True, comment="entry"),
    Column("amount", BigInteger, nullable=False, comment="smallest units, above zero"),
    Column("debit_version", BigInteger, nullable=False, comment="version of the debited account"),
    Column("credit_version", BigInteger, nullable=False, comment="version of the credited account"),
    Column("debit_balance", BigInteger, nullable=False, comment="balance debited account after it"),
    Column("credit_balance", BigInteger, nullable=False, comment="balance credited one after it"),
    Column("line_no", SmallInteger, primary_key=True, comment="order within the entry, from 1"),
    CheckConstraint("amount > 0", name="transfer_amount_is_positive"),
    CheckConstraint("debit_account_id <> credit_account_id", name="transfer_accounts_differ"),
    Index(
        "transfer_by_debit_version",
        "tenant_id",
        "debit_account_id",
        "debit_version",
        unique=True,
    ),
    Index(
        "transfer_by_credit_version",
        "tenant_id",
        "credit_account_id",
        "credit_version",
        unique=True,
    ),
    schema=_SCHEMA,
    info=_APPEND_ONLY,
    comment="One debit, one credit, one positive amount",
)

entry_memo = Table(
    "entry_memo",
    metadata,
    tenant_column(),
    Column("entry_id", UUID(as_uuid=True), primary_key=True, comment="entry"),
    Column("commitment", LargeBinary, nullable=False, comment="sha256(salt || memo)"),
    Column("salt", LargeBinary, comment="16 random bytes; erased with the memo"),
    Column("memo", Text, comment="free text (摘要); erased with its salt"),
    schema=_SCHEMA,
    info={ERASABLE: ("memo", "salt")},
    comment="Free text beside the journal; the seal holds its commitment alone",
)

reversal = Table(
    "reversal",
    metadata,
    tenant_column(),
    Column("reversed_entry_id", UUID(as_uuid=True), primary_key=True, comment="original entry"),
    uuid_column("entry_id", comment="mirror entry (红冲)"),
    UniqueConstraint("tenant_id", "entry_id", name="reversal_entry_is_unique"),
    schema=_SCHEMA,
    info=_APPEND_ONLY,
    comment="Which entry mirrors which; an entry is reversed once",
)

expiry_bucket = Table(
    "expiry_bucket",
    metadata,
    tenant_column(),
    Column("account_id", Integer, primary_key=True, comment="account that tracks expiry"),
    Column("expires_on", Date, primary_key=True, comment="last day of use; infinity: none"),
    Column("balance", BigInteger, nullable=False, comment="units that expire then"),
    CheckConstraint("balance >= 0", name="bucket_balance_is_not_negative"),
    schema=_SCHEMA,
    comment="Balance of an account by expiry date",
    postgresql_with={"fillfactor": "70"},
)

hold = Table(
    "hold",
    metadata,
    tenant_column(),
    Column("hold_id", UUID(as_uuid=True), primary_key=True, comment="its placing entry's id"),
    Column("account_id", Integer, nullable=False, comment="available account"),
    Column("held_account_id", Integer, nullable=False, comment="held account"),
    Column("amount", BigInteger, nullable=False, comment="units held"),
    Column("captured", BigInteger, nullable=False, comment="units captured"),
    Column("refunded", BigInteger, nullable=False, comment="captured units given back"),
    moment_column("expires_at", comment="from here on it can only expire"),
    Column("status", SmallInteger, nullable=False, comment="0 open, 1 captured, 2 void, 3 expired"),
    Column("capture_account_id", Integer, comment="account that received the capture"),
    uuid_column("resolving_entry_id", comment="entry that resolved it", nullable=True),
    CheckConstraint("amount > 0", name="hold_amount_is_positive"),
    CheckConstraint("captured BETWEEN 0 AND amount", name="capture_is_within_hold"),
    CheckConstraint("refunded BETWEEN 0 AND captured", name="refund_is_within_capture"),
    Index(
        "hold_open_by_expiry",
        "tenant_id",
        "expires_at",
        postgresql_where=text("status = 0"),
    ),
    Index("hold_by_account", "tenant_id", "account_id"),
    schema=_SCHEMA,
    comment="A reservation that resolves exactly once",
    postgresql_with={"fillfactor": "70"},
)

hold_refund = Table(
    "hold_refund",
    metadata,
    tenant_column(),
    Column("entry_id", UUID(as_uuid=True), primary_key=True, comment="refunding entry"),
    uuid_column("hold_id", comment="hold whose capture is given back"),
    Column("amount", BigInteger, nullable=False, comment="units given back"),
    Index("hold_refund_by_hold", "tenant_id", "hold_id"),
    schema=_SCHEMA,
    info=_APPEND_ONLY,
    comment="Refunds of captured holds",
)

voucher_counter = Table(
    "voucher_counter",
    metadata,
    tenant_column(),
    Column("book_code", Text, primary_key=True, comment="book"),
    Column("period", Date, primary_key=True, comment="first day of the accounting month"),
    Column("last_number", Integer, nullable=False, comment="highest 记-number given out"),
    schema=_SCHEMA,
    comment="Counter of voucher numbers, locked last",
)

voucher = Table(
    "voucher",
    metadata,
    tenant_column(),
    Column("book_code", Text, primary_key=True, comment="book"),
    Column("period", Date, primary_key=True, comment="first day of the accounting month"),
    Column("number", Integer, primary_key=True, comment="记-number, gap-free from 1"),
    uuid_column("entry_id", comment="entry"),
    UniqueConstraint("tenant_id", "entry_id", "book_code", name="voucher_entry_is_unique"),
    schema=_SCHEMA,
    info=_APPEND_ONLY,
    comment="Voucher numbers of entries in numbered books",
)

seal_queue = Table(
    "seal_queue",
    metadata,
    tenant_column(),
    Column("batch_id", UUID(as_uuid=True), primary_key=True, comment="first entry of the batch"),
    moment_column("posted_at", comment="posting moment of the batch"),
    Column("entry_count", Integer, nullable=False, comment="entries posted at that moment"),
    schema=_SCHEMA,
    comment="Batches waiting for their seal",
)

# Their keys rise with time, so nothing is ever inserted between: index pages may be full.
for _table in (entry, transfer):
    listen(
        _table,
        "after_create",
        DDL(f"ALTER INDEX {_table.fullname}_pkey SET (fillfactor = 100)"),  # type: ignore[no-untyped-call]
    )
