"""Tables of reconciliation: bank accounts, files, statement lines, matches.

Lines, files and matches are only ever inserted. What is used by a live match is said by one
boolean a line, under a partial unique index, so that one fen is never allocated twice.
Account numbers are kept as their last four characters and a blind index, never in clear.
Source: docs/decisions/0020-statement-intake.md, 0021-matching.md
"""

from sqlalchemy import (
    ARRAY,
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
    Time,
    UniqueConstraint,
    text,
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

_SCHEMA = "reconciliation"
_INSERTED = {APPEND_ONLY: True, GRANTS: "SELECT, INSERT"}
_NUMBER = "account_no_digest, account_no_sealed, key_id"
_PAYER = tuple(f"counterparty_{name}" for name in ("name", "account_last4", "account_digest"))


def _key(name: str, *, comment: str) -> Column[object]:
    return Column(name, UUID(as_uuid=True), primary_key=True, comment=comment)


def _belongs_to(table: str, column: str, *, name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{_SCHEMA}.{table}.tenant_id", f"{_SCHEMA}.{table}.{column}"],
        name=name,
    )


bank_account = Table(
    "bank_account",
    metadata,
    tenant_column(),
    _key("bank_account_id", comment="holder of its ledger account; also public"),
    Column("bank", Text, nullable=False, comment="name of the bank"),
    Column("account_name", Text, nullable=False, comment="户名"),
    Column("account_no_digest", LargeBinary, nullable=False, comment="blind index of the number"),
    Column("account_no_last4", Text, nullable=False, comment="last four characters of the number"),
    Column("account_no_sealed", LargeBinary, comment="the number, encrypted; null: not kept"),
    Column("ledger_account_id", Integer, nullable=False, comment="its 1002 account in the books"),
    Column("reconciled_from", Date, comment="first day compared; null: day its statements begin"),
    Column("caller_id", Integer, nullable=False, comment="who registered it"),
    moment_column("registered_at", comment="when"),
    Column("key_id", LargeBinary, comment="secret that digest and sealed number are under"),
    UniqueConstraint("tenant_id", "account_no_digest", name="bank_account_number_is_unique"),
    UniqueConstraint("tenant_id", "ledger_account_id", name="ledger_account_has_one_bank_account"),
    ForeignKeyConstraint(
        ["tenant_id", "ledger_account_id"],
        ["books.account.tenant_id", "books.account.account_id"],
        name="bank_account_is_in_the_books",
    ),
    schema=_SCHEMA,
    # UPDATE of one column also allows the row lock under which imports and runs are serial.
    info={GRANTS: f"SELECT, INSERT, UPDATE (reconciled_from, {_NUMBER})"},
    comment="Accounts at banks whose statements are compared with the books",
)

statement_file = Table(
    "statement_file",
    metadata,
    tenant_column(),
    _key("statement_file_id", comment="id"),
    Column("sha256", LargeBinary, nullable=False, comment="of the bytes as uploaded"),
    Column("name", Text, nullable=False, comment="name it was uploaded under"),
    Column("format", Text, nullable=False, comment="layout it was read by"),
    Column("size_bytes", BigInteger, nullable=False, comment="bytes"),
    Column("caller_id", Integer, nullable=False, comment="who imported it"),
    moment_column("imported_at", comment="when"),
    UniqueConstraint("tenant_id", "sha256", name="statement_file_is_imported_once"),
    schema=_SCHEMA,
    info=_INSERTED,
    comment="Bank files that were taken; refused ones leave no trace here",
)

statement = Table(
    "statement",
    metadata,
    tenant_column(),
    _key("statement_id", comment="id"),
    uuid_column("statement_file_id", comment="file it stands in"),
    uuid_column("bank_account_id", comment="account it is about"),
    Column("position", Integer, nullable=False, comment="0-based place in the file"),
    Column("period_from", Date, comment="first day covered; null: an empty file without a period"),
    Column("period_to", Date, comment="last day covered"),
    Column("complete_to", Date, comment="last day over when imported; nothing may be added to it"),
    Column("opening_fen", BigInteger, comment="stated balance before its first line, fen"),
    Column("closing_fen", BigInteger, comment="stated balance after its last line, fen"),
    Column("record_count", Integer, nullable=False, comment="raw records in the file"),
    Column("new_count", Integer, nullable=False, comment="records stored as new lines"),
    Column("known_count", Integer, nullable=False, comment="records that earlier files brought"),
    Column("rejected_count", Integer, nullable=False, comment="records set aside: not booked yet"),
    CheckConstraint(
        "record_count = new_count + known_count + rejected_count", name="no_record_is_lost"
    ),
    CheckConstraint("period_from <= period_to", name="statement_period_runs_forward"),
    _belongs_to("statement_file", "statement_file_id", name="statement_file_exists"),
    _belongs_to("bank_account", "bank_account_id", name="statement_bank_account_exists"),
    Index("statement_by_account", "tenant_id", "bank_account_id", "period_from"),
    Index("statement_by_file", "tenant_id", "statement_file_id"),
    schema=_SCHEMA,
    info=_INSERTED,
    comment="One account over one period, as one file states it",
)

statement_finding = Table(
    "statement_finding",
    metadata,
    tenant_column(),
    _key("statement_id", comment="statement"),
    Column("position", Integer, primary_key=True, comment="order among its findings"),
    Column("code", Text, nullable=False, comment="what does not add up"),
    Column("line", Integer, comment="line of the file"),
    Column("other_line", Integer, comment="line it is compared with"),
    Column("expected_fen", BigInteger, comment="what should be there, fen"),
    Column("found_fen", BigInteger, comment="what is there, fen"),
    Column("expected_count", Integer, comment="number that should be there"),
    Column("found_count", Integer, comment="number that is there"),
    _belongs_to("statement", "statement_id", name="finding_statement_exists"),
    schema=_SCHEMA,
    info=_INSERTED,
    comment="What a statement says that does not add up",
)

statement_line = Table(
    "statement_line",
    metadata,
    tenant_column(),
    _key("statement_line_id", comment="id"),
    uuid_column("bank_account_id", comment="account"),
    uuid_column("statement_id", comment="statement that brought it first"),
    Column("position", Integer, nullable=False, comment="0-based record in its file"),
    Column("file_line", Integer, nullable=False, comment="1-based physical line in its file"),
    Column("sequence", Integer, nullable=False, comment="chronological place in its statement"),
    Column("booked_on", Date, nullable=False, comment="day the bank booked it"),
    Column("booked_time", Time, comment="time of day, when the bank tells"),
    Column("value_on", Date, comment="value day (起息日)"),
    Column("amount_fen", BigInteger, nullable=False, comment="in positive, out negative, fen"),
    Column("balance_after_fen", BigInteger, comment="balance printed beside it, fen"),
    Column("counterparty_name", Text, nullable=False, comment="payer or payee"),
    Column("counterparty_account_last4", Text, nullable=False, comment="end of its number"),
    Column("counterparty_account_digest", LargeBinary, comment="blind index of its number"),
    Column("summary", Text, nullable=False, comment="the bank's word for it (摘要)"),
    Column("remark", Text, nullable=False, comment="what the payer wrote (附言)"),
    Column("bank_reference", Text, nullable=False, comment="serial number of the bank"),
    Column("raw_text", Text, nullable=False, comment="record of the file, account numbers masked"),
    Column("line_key", LargeBinary, nullable=False, comment="digest of all that identifies it"),
    Column("ordinal", Integer, nullable=False, comment="counts lines of the same key"),
    Column("repeated", Boolean, nullable=False, comment="the export wrote a line twice; not money"),
    UniqueConstraint(
        "tenant_id",
        "bank_account_id",
        "line_key",
        "ordinal",
        name="statement_line_is_stored_once",
    ),
    _belongs_to("bank_account", "bank_account_id", name="statement_line_bank_account_exists"),
    _belongs_to("statement", "statement_id", name="statement_line_statement_exists"),
    Index("statement_line_by_day", "tenant_id", "bank_account_id", "booked_on"),
    schema=_SCHEMA,
    info={GRANTS: "SELECT, INSERT", ERASABLE: (*_PAYER, "summary", "remark", "raw_text")},
    comment="Movements as the bank reports them",
)

run = Table(
    "run",
    metadata,
    tenant_column(),
    _key("run_id", comment="id"),
    uuid_column("bank_account_id", comment="account"),
    Column("as_of", Date, nullable=False, comment="last day considered on either side"),
    Column("rules_version", Integer, nullable=False, comment="version of the passes"),
    Column("bank_line_count", Integer, nullable=False, comment="open bank lines it saw"),
    Column("book_line_count", Integer, nullable=False, comment="open entries it saw"),
    Column("match_count", Integer, nullable=False, comment="matches it made"),
    Column("evidence_sha256", LargeBinary, nullable=False, comment="of the lines it saw"),
    Column("caller_id", Integer, nullable=False, comment="who started it"),
    moment_column("started_at", comment="when"),
    _belongs_to("bank_account", "bank_account_id", name="run_bank_account_exists"),
    Index("run_by_account", "tenant_id", "bank_account_id", "started_at"),
    schema=_SCHEMA,
    info=_INSERTED,
    comment="Runs of the matching rules",
)

match = Table(
    "match",
    metadata,
    tenant_column(),
    _key("match_id", comment="id"),
    uuid_column("run_id", comment="run that made it"),
    uuid_column("bank_account_id", comment="account"),
    Column("status", Text, nullable=False, comment="auto, or confirmed by a person"),
    Column("rule", Text, nullable=False, comment="rule that decided"),
    Column("rule_version", Integer, nullable=False, comment="version of the rule"),
    Column("score", SmallInteger, nullable=False, comment="weight of the evidence, 0 to 100"),
    Column("rivals", Integer, nullable=False, comment="other lines that came near"),
    Column("residual_fen", BigInteger, nullable=False, comment="bank sum less book sum, fen"),
    Column("evidence", ARRAY(Text), nullable=False, comment="what agreed, in coded words"),
    moment_column("matched_at", comment="when"),
    CheckConstraint("status IN ('auto', 'confirmed')", name="match_status_is_known"),
    CheckConstraint("score BETWEEN 0 AND 100", name="match_score_is_a_percentage"),
    _belongs_to("run", "run_id", name="match_run_exists"),
    _belongs_to("bank_account", "bank_account_id", name="match_bank_account_exists"),
    Index("match_by_account", "tenant_id", "bank_account_id", "match_id"),
    schema=_SCHEMA,
    info=_INSERTED,
    comment="Bank lines and entries that belong together, and why",
)

match_release = Table(
    "match_release",
    metadata,
    tenant_column(),
    _key("match_id", comment="match that was undone"),
    Column("reason", Text, nullable=False, comment="why"),
    Column("caller_id", Integer, nullable=False, comment="who"),
    moment_column("released_at", comment="when"),
    CheckConstraint("reason <> ''", name="release_has_a_reason"),
    _belongs_to("match", "match_id", name="released_match_exists"),
    schema=_SCHEMA,
    info=_INSERTED,
    comment="Matches undone, one by one; the match itself stays readable",
)

match_bank_line = Table(
    "match_bank_line",
    metadata,
    tenant_column(),
    _key("match_id", comment="match"),
    _key("statement_line_id", comment="bank line"),
    Column("live", Boolean, nullable=False, comment="false from the release of the match on"),
    _belongs_to("match", "match_id", name="bank_side_match_exists"),
    _belongs_to("statement_line", "statement_line_id", name="matched_statement_line_exists"),
    Index(
        "bank_line_is_matched_once",
        "tenant_id",
        "statement_line_id",
        unique=True,
        postgresql_where=text("live"),
    ),
    schema=_SCHEMA,
    info={GRANTS: "SELECT, INSERT, UPDATE (live)"},
    comment="Bank side of matches",
)

match_ledger_line = Table(
    "match_ledger_line",
    metadata,
    tenant_column(),
    _key("match_id", comment="match"),
    _key("entry_id", comment="entry"),
    Column("account_id", Integer, primary_key=True, comment="the 1002 account it moves"),
    Column("live", Boolean, nullable=False, comment="false from the release of the match on"),
    _belongs_to("match", "match_id", name="ledger_side_match_exists"),
    ForeignKeyConstraint(
        ["tenant_id", "entry_id"],
        ["books.entry.tenant_id", "books.entry.entry_id"],
        name="matched_entry_exists",
    ),
    Index(
        "entry_is_matched_once",
        "tenant_id",
        "entry_id",
        "account_id",
        unique=True,
        postgresql_where=text("live"),
    ),
    schema=_SCHEMA,
    info={GRANTS: "SELECT, INSERT, UPDATE (live)"},
    comment="Ledger side of matches",
)
