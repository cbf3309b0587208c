"""Tables of the double-entry engine. Posting writes them; nothing else may.

Rows of entry, transfer, command and their like are only ever inserted. Account, bucket, hold and
counter rows change, under locks, inside the posting functions alone.
Source: docs/decisions/0003-engine-tables.md
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
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from ledger.schema.base import APPEND_ONLY, metadata, moment_column, tenant_column, uuid_column

_SCHEMA = "books"
_APPEND_ONLY = {APPEND_ONLY: True}

unit = Table(
    "unit",
    metadata,
    Column("unit_code", Text, primary_key=True, comment="minute, point, star or fen"),
    Column("name_zh", Text, nullable=False, comment="Chinese name of the displayed unit"),
    Column("name_en", Text, nullable=False, comment="English name of the displayed unit"),
    Column("per_major", Integer, nullable=False, comment="smallest units in one displayed unit"),
    schema=_SCHEMA,
    comment="Units of account; amounts are whole numbers of the smallest unit",
)

tenant_counter = Table(
    "tenant_counter",
    metadata,
    Column("last_tenant_id", Integer, primary_key=True, comment="highest tenant number given out"),
    schema=_SCHEMA,
    comment="One row; a plain sequence would leave gaps and does not shard",
)

tenant = Table(
    "tenant",
    metadata,
    tenant_column(),
    uuid_column("public_id", comment="id that travels"),
    Column("last_account_id", Integer, nullable=False, comment="highest account_id given out"),
    moment_column("opened_at", comment="when the tenant was created"),
    UniqueConstraint("tenant_id", "public_id", name="tenant_public_id_is_unique"),
    schema=_SCHEMA,
    comment="Owner of books: one programme or one estate trust",
)

book = Table(
    "book",
    metadata,
    tenant_column(),
    Column("book_code", Text, primary_key=True, comment="TB, SP, ST, TR or PG"),
    Column("unit_code", Text, nullable=False, comment="unit of every amount in the book"),
    Column("numbers_vouchers", Boolean, nullable=False, comment="entries take 记-numbers a month"),
    Column("first_period", Date, nullable=False, comment="first month that accepts entries"),
    ForeignKeyConstraint(["unit_code"], ["books.unit.unit_code"], name="book_unit_exists"),
    ForeignKeyConstraint(["tenant_id"], ["books.tenant.tenant_id"], name="book_tenant_exists"),
    schema=_SCHEMA,
    comment="One set of accounts in one unit",
)

chart_account = Table(
    "chart_account",
    metadata,
    tenant_column(),
    Column("book_code", Text, primary_key=True, comment="book"),
    Column("account_code", Text, primary_key=True, comment="科目 number within the book"),
    Column("name_zh", Text, nullable=False, comment="Chinese name"),
    Column("name_en", Text, nullable=False, comment="English name"),
    Column("normal_side", SmallInteger, nullable=False, comment="1 debit-normal, -1 credit-normal"),
    Column("holder_kind", Text, nullable=False, comment="what holds such accounts; none: one each"),
    Column("floor", BigInteger, comment="lowest balance on the normal side; null: no floor"),
    Column("tracks_expiry", Boolean, nullable=False, comment="balances are kept by expiry date"),
    CheckConstraint("normal_side IN (1, -1)", name="normal_side_is_debit_or_credit"),
    CheckConstraint(
        "NOT tracks_expiry OR (normal_side = -1 AND floor = 0)",
        name="expiring_account_is_a_floored_liability",
    ),
    ForeignKeyConstraint(
        ["tenant_id", "book_code"],
        ["books.book.tenant_id", "books.book.book_code"],
        name="chart_account_book_exists",
    ),
    schema=_SCHEMA,
    comment="Chart of accounts of a tenant",
)

account = Table(
    "account",
    metadata,
    tenant_column(),
    Column("account_id", Integer, primary_key=True, comment="internal number; never leaves"),
    Column("version", BigInteger, nullable=False, comment="gap-free count of its transfers"),
    Column("debits_posted", BigInteger, nullable=False, comment="sum of debits, smallest units"),
    Column("credits_posted", BigInteger, nullable=False, comment="sum of credits, smallest units"),
    moment_column("last_posted_at", comment="posting moment of its latest transfer"),
    Column("floor", BigInteger, comment="lowest balance on the normal side; null: no floor"),
    Column("normal_side", SmallInteger, nullable=False, comment="1 debit-normal, -1 credit-normal"),
    Column("status", SmallInteger, nullable=False, comment="0 open, 1 frozen, 2 closed"),
    Column("tracks_expiry", Boolean, nullable=False, comment="balances are kept by expiry date"),
    Column("book_code", Text, nullable=False, comment="book"),
    Column("account_code", Text, nullable=False, comment="科目 number"),
    uuid_column("public_id", comment="id that travels"),
    uuid_column(
        "holder_id", comment="public id of the holder; null: programme-wide", nullable=True
    ),
    UniqueConstraint("tenant_id", "public_id", name="account_public_id_is_unique"),
    UniqueConstraint(
        "tenant_id",
        "book_code",
        "account_code",
        "holder_id",
        name="account_holder_is_unique",
        postgresql_nulls_not_distinct=True,
    ),
    CheckConstraint("status IN (0, 1, 2)", name="account_status_is_known"),
    CheckConstraint(
        "floor IS NULL OR (debits_posted - credits_posted) * normal_side >= floor",
        name="account_stays_above_floor",
    ),
    ForeignKeyConstraint(
        ["tenant_id", "book_code", "account_code"],
        [f"books.chart_account.{name}" for name in ("tenant_id", "book_code", "account_code")],
        name="account_is_on_the_chart",
    ),
    Index("account_by_holder", "tenant_id", "holder_id"),
    schema=_SCHEMA,
    comment="One holder's account of one chart position",
    postgresql_with={"fillfactor": "50"},
)

account_change = Table(
    "account_change",
    metadata,
    tenant_column(),
    Column("change_id", UUID(as_uuid=True), primary_key=True, comment="id of the change"),
    Column("account_id", Integer, nullable=False, comment="account"),
    Column("status", SmallInteger, nullable=False, comment="0 open, 1 frozen, 2 closed"),
    Column("reason", Text, nullable=False, comment="why"),
    Column("caller_id", Integer, nullable=False, comment="who"),
    moment_column("changed_at", comment="when"),
    Index("account_change_by_account", "tenant_id", "account_id"),
    schema=_SCHEMA,
    info=_APPEND_ONLY,
    comment="History of freezing, closing and reopening",
)

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
    ),  # noqa: E501
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
    info=_APPEND_ONLY,
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

period = Table(
    "period",
    metadata,
    tenant_column(),
    Column("book_code", Text, primary_key=True, comment="book"),
    Column("month", Date, primary_key=True, comment="first day of the month"),
    Column("status", Text, nullable=False, comment="open, closing or closed; no row: open"),
    moment_column("changed_at", comment="when the status was set"),
    Column("snapshot_hash", LargeBinary, comment="hash of the closing balances and the one before"),
    moment_column("reopened_until", comment="a reopened month closes again by then", nullable=True),
    CheckConstraint("status IN ('open', 'closing', 'closed')", name="period_status_is_known"),
    CheckConstraint("extract(day FROM month) = 1", name="period_is_a_month"),
    schema=_SCHEMA,
    comment="Accounting months that are, or were, closed",
)

period_change = Table(
    "period_change",
    metadata,
    tenant_column(),
    Column("change_id", UUID(as_uuid=True), primary_key=True, comment="id of the change"),
    Column("book_code", Text, nullable=False, comment="book"),
    Column("month", Date, nullable=False, comment="first day of the month"),
    Column("action", Text, nullable=False, comment="close, request_reopening or reopen"),
    Column("reason", Text, nullable=False, comment="why"),
    Column("caller_id", Integer, nullable=False, comment="who"),
    Column("approver_id", Integer, comment="second person of a reopening"),
    Column("snapshot_hash", LargeBinary, comment="hash of the balances, when closed"),
    moment_column("changed_at", comment="when"),
    CheckConstraint("approver_id <> caller_id", name="period_approver_is_another_person"),
    Index("period_change_by_month", "tenant_id", "book_code", "month"),
    schema=_SCHEMA,
    info=_APPEND_ONLY,
    comment="History of closing and reopening",
)

period_balance = Table(
    "period_balance",
    metadata,
    tenant_column(),
    Column("book_code", Text, primary_key=True, comment="book"),
    Column("month", Date, primary_key=True, comment="first day of the closed month"),
    Column("account_id", Integer, primary_key=True, comment="account"),
    Column("debits_posted", BigInteger, nullable=False, comment="debits booked up to its end"),
    Column("credits_posted", BigInteger, nullable=False, comment="credits booked up to its end"),
    Column(
        "later_version",
        BigInteger,
        nullable=False,
        comment="first version booked after it, or next",
    ),  # noqa: E501
    schema=_SCHEMA,
    comment="Balances of a closed month by accounting date",
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
