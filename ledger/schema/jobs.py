"""Tables of jobs: where each stands, what each run did, and every attempt.

Rows of several tenants lie together: a worker looks for what is due before it chooses a tenant.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from ledger.schema.base import APPEND_ONLY, GRANTS, metadata, moment_column, uuid_column
from ledger.schema.foundation import KEPT, caller_column

SCHEMA = "jobs"


def _job_columns(*, key: bool = False) -> tuple[Column[str], Column[int]]:
    return (
        Column("job", Text, primary_key=key, nullable=False, comment="the job's code"),
        Column(
            "scope_tenant_id",
            Integer,
            primary_key=key,
            autoincrement=False,
            nullable=False,
            comment="for which tenant; 0: for the whole platform",
        ),
    )


def _count(name: str, comment: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"), comment=comment)


def _result_columns() -> tuple[Column[int] | Column[object], ...]:
    return (
        _count("handled", "things dealt with"),
        _count("refused", "things that could not be dealt with, or that do not hold"),
        _count("entries", "entries posted"),
        Column(
            "totals",
            JSONB,
            nullable=False,
            server_default=text("'{}'"),
            comment="unit → sum of what was posted, smallest units",
        ),
        Column(
            "facts",
            JSONB,
            nullable=False,
            server_default=text("'{}'"),
            comment="what the job itself says: counts and codes, no personal data",
        ),
    )


job_state = Table(
    "job_state",
    metadata,
    *_job_columns(key=True),
    moment_column(
        "finished_through", nullable=True, comment="beginning of the latest finished period"
    ),
    moment_column("period", nullable=True, comment="beginning of the period under way"),
    uuid_column("run_id", nullable=True, comment="the run under way"),
    Column("policy_version", Integer, comment="version of the policy that the run goes by"),
    moment_column("begun_at", nullable=True, comment="when the run under way began"),
    _count("steps", "transactions of the run under way"),
    *_result_columns(),
    Column("digest", LargeBinary, comment="sum of the hashes of what was posted, modulo 2^256"),
    _count("attempts", "failed attempts of the period under way"),
    moment_column("next_attempt_at", nullable=True, comment="not before; absent: at once"),
    moment_column("parked_at", nullable=True, comment="not tried again by itself since"),
    caller_column("wanted_by", nullable=True, comment="who asked for it to run now"),
    Column("last_error", Text, comment="code of the latest failure"),
    moment_column("last_finished_at", nullable=True, comment="end of the latest finished run"),
    _count("last_milliseconds", "how long that took"),
    _count("last_refused", "what that left undone, or found wrong"),
    _count("runs", "finished runs so far"),
    _count("failures", "failed attempts so far"),
    CheckConstraint("(run_id IS NULL) = (period IS NULL)", name="run_has_a_period"),
    CheckConstraint("parked_at IS NULL OR attempts > 0", name="only_what_failed_is_parked"),
    schema=SCHEMA,
    comment="Where a job stands in a tenant; whoever works on it holds this row",
    info=KEPT,
)


job_run = Table(
    "job_run",
    metadata,
    Column("run_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    *_job_columns(),
    moment_column("period", comment="beginning of the period it was for"),
    Column("policy_version", Integer, nullable=False, comment="of the job's policy; 0: none"),
    moment_column("begun_at", comment="when it began"),
    moment_column("finished_at", comment="when it was done"),
    _count("steps", "transactions it took"),
    *_result_columns(),
    Column("result_hash", LargeBinary, nullable=False, comment="sha-256 over what was posted"),
    caller_column("asked_by", comment="who asked for it; the system: its schedule"),
    UniqueConstraint(
        "job", "scope_tenant_id", "period", "policy_version", name="job_runs_once_a_period"
    ),
    CheckConstraint("finished_at >= begun_at", name="run_ends_after_it_began"),
    Index("job_run_by_tenant", "scope_tenant_id", "run_id"),
    Index("job_run_by_job", "job", "run_id"),
    schema=SCHEMA,
    comment="What a finished run did; append-only",
    info={GRANTS: "SELECT, INSERT", APPEND_ONLY: True},
)


job_failure = Table(
    "job_failure",
    metadata,
    Column("failure_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    *_job_columns(),
    moment_column("period", comment="beginning of the period it was for"),
    moment_column("failed_at", comment="when"),
    Column("attempt", Integer, nullable=False, comment="the how many-th for the period"),
    Column("error", Text, nullable=False, comment="code of the error"),
    Column("detail", Text, nullable=False, comment="in words, without personal data"),
    caller_column("asked_by", comment="who asked for it; the system: its schedule"),
    CheckConstraint("attempt > 0", name="attempts_are_counted_from_one"),
    Index("job_failure_by_job", "job", "scope_tenant_id", "failure_id"),
    schema=SCHEMA,
    comment="An attempt that failed; append-only",
    info={GRANTS: "SELECT, INSERT", APPEND_ONLY: True},
)
