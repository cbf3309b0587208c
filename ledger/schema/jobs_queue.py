"""Tables of the worker's queue, in the form that pgqueuer 1.6 expects.

Left out on purpose: its trigger and function (NOTIFY is a lock on every commit, and nothing may
depend on it), the indexes of its dashboard, and its sequences (identity columns need no grant).

Source: docs/decisions/0051-jobs.md
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ENUM, JSONB

from ledger.schema.base import GRANTS, metadata, uuid_column
from ledger.schema.jobs import SCHEMA

QUEUE = {GRANTS: "SELECT, INSERT, UPDATE, DELETE"}

STATUS = ENUM(
    "queued",
    "picked",
    "successful",
    "exception",
    "canceled",
    "deleted",
    "failed",
    name="pgqueuer_status",
    schema=SCHEMA,
    metadata=metadata,
)


def _number() -> Column[int]:
    return Column("id", BigInteger, Identity(), primary_key=True, comment="order of arrival")


def _now(name: str, comment: str) -> Column[object]:
    return Column(
        name,
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        comment=comment,
    )


def _status(**options: Any) -> Column[str]:
    return Column("status", STATUS, comment="where it is in its life", **options)


pgqueuer = Table(
    "pgqueuer",
    metadata,
    _number(),
    Column("priority", Integer, nullable=False, comment="higher first"),
    uuid_column("queue_manager_id", nullable=True, comment="the worker that has it"),
    _now("created", "when it was queued"),
    _now("updated", "its latest change"),
    _now("heartbeat", "latest sign of life of the worker that has it"),
    _now("execute_after", "not before"),
    _status(nullable=False),
    Column("entrypoint", Text, nullable=False, comment="what is to be done"),
    Column("dedupe_key", Text, comment="at most one of a key waits or is worked on"),
    Column("payload", LargeBinary, comment="for whom"),
    Column("headers", JSONB, comment="unused"),
    Column("attempts", Integer, nullable=False, server_default=text("0"), comment="tried so often"),
    Column("slot", BigInteger, comment="seat under a limit; unused"),
    Index(
        "pgqueuer_ep_prio_id_idx",
        "entrypoint",
        text("priority DESC"),
        "id",
        postgresql_where=text("status = 'queued'::jobs.pgqueuer_status"),
    ),
    Index(
        "pgqueuer_picked_heartbeat_idx",
        "heartbeat",
        postgresql_where=text("status = 'picked'::jobs.pgqueuer_status"),
    ),
    Index(
        "pgqueuer_queue_manager_id_idx",
        "queue_manager_id",
        postgresql_where=text("queue_manager_id IS NOT NULL"),
    ),
    Index(
        "pgqueuer_picked_slot_idx",
        "entrypoint",
        "slot",
        unique=True,
        postgresql_where=text("status = 'picked'::jobs.pgqueuer_status AND slot IS NOT NULL"),
    ),
    Index(
        "pgqueuer_unique_dedupe_key",
        "dedupe_key",
        unique=True,
        postgresql_where=text(
            "status IN ('queued'::jobs.pgqueuer_status, 'picked'::jobs.pgqueuer_status) "
            "AND dedupe_key IS NOT NULL"
        ),
    ),
    schema=SCHEMA,
    comment="What workers have to do; a row is gone when it is done",
    info=QUEUE,
)


pgqueuer_log = Table(
    "pgqueuer_log",
    metadata,
    _number(),
    _now("created", "when"),
    Column("job_id", BigInteger, nullable=False, comment="number in the queue"),
    _status(nullable=False),
    Column("priority", Integer, nullable=False, comment="higher first"),
    Column("entrypoint", Text, nullable=False, comment="what was to be done"),
    Column("traceback", JSONB, comment="what went wrong"),
    Column("aggregated", Boolean, server_default=text("false"), comment="unused"),
    Index("pgqueuer_log_created", "created"),
    Index("pgqueuer_log_job_id_status", "job_id", text("created DESC")),
    schema=SCHEMA,
    comment="What happened in the queue; swept after a week",
    info=QUEUE,
)


pgqueuer_schedules = Table(
    "pgqueuer_schedules",
    metadata,
    _number(),
    Column("expression", Text, nullable=False, comment="cron"),
    Column("entrypoint", Text, nullable=False, comment="what is to be done"),
    _now("heartbeat", "latest sign of life of the worker that has it"),
    _now("created", "when it was made"),
    _now("updated", "its latest change"),
    _now("next_run", "not before"),
    Column("last_run", DateTime(timezone=True), comment="the latest time"),
    _status(server_default=text("'queued'::jobs.pgqueuer_status")),
    UniqueConstraint("expression", "entrypoint", name="schedule_is_kept_once"),
    schema=SCHEMA,
    comment="The one schedule: looking every minute for what is due",
    info=QUEUE,
)


pgqueuer_statistics = Table(
    "pgqueuer_statistics",
    metadata,
    _number(),
    _now("created", "which second"),
    Column("count", BigInteger, nullable=False, comment="how many"),
    Column("priority", Integer, nullable=False, comment="higher first"),
    _status(nullable=False),
    Column("entrypoint", Text, nullable=False, comment="what was to be done"),
    schema=SCHEMA,
    comment="Asked for by the library, never written: job_run says more",
    info={GRANTS: "SELECT"},
)
