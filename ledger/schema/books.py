"""Tables of the engine: units, tenants, books, charts, accounts.

Posting writes them; nothing else may. Account rows change, under locks, inside the posting
functions alone.
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
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import UUID

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
    Column(
        "last_tenant_id",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="highest tenant number given out",
    ),
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
