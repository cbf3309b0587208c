"""Tables of webhooks: where to, which events, what was delivered.

Source: docs/decisions/0050-edge.md
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from ledger.schema.base import GRANTS, metadata, moment_column, tenant_column, uuid_column
from ledger.schema.foundation import KEPT, SCHEMA, SWEPT, caller_column


def _of_endpoint(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "endpoint_id"],
        ["foundation.webhook_endpoint.tenant_id", "foundation.webhook_endpoint.endpoint_id"],
        name=name,
    )


webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    tenant_column(),
    Column("endpoint_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    Column("url", Text, nullable=False, comment="where deliveries go; https"),
    Column("events", ARRAY(Text), nullable=False, comment="kinds of events it wants"),
    Column("state", Text, nullable=False, comment="active, paused, or removed for good"),
    caller_column("created_by", comment="who set it up"),
    moment_column("created_at", comment="when"),
    moment_column("changed_at", comment="when its state was set"),
    Column(
        "paused_by_itself",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="paused because nothing arrived for three days, and by nobody",
    ),
    CheckConstraint("state IN ('active', 'paused', 'removed')", name="endpoint_state_is_known"),
    CheckConstraint("cardinality(events) > 0", name="endpoint_wants_events"),
    schema=SCHEMA,
    comment="Addresses of other systems that are told of events",
    info=KEPT,
)

webhook_secret = Table(
    "webhook_secret",
    metadata,
    tenant_column(),
    Column("key_id", UUID(as_uuid=True), primary_key=True, comment="named in each signature"),
    uuid_column("endpoint_id", comment="endpoint whose deliveries it signs"),
    Column("sealed", LargeBinary, nullable=False, comment="the secret, sealed by the installation"),
    moment_column("created_at", comment="when it was made"),
    moment_column("ends_at", nullable=True, comment="signs until then; absent: the present one"),
    _of_endpoint("secret_is_of_an_endpoint"),
    Index("secret_by_endpoint", "tenant_id", "endpoint_id"),
    schema=SCHEMA,
    comment="Secrets that sign deliveries; two at once while one is replaced",
    info=KEPT,
)

webhook_event = Table(
    "webhook_event",
    metadata,
    tenant_column(),
    Column(
        "event_id",
        UUID(as_uuid=True),
        primary_key=True,
        comment="public id; random, made where the event happens, also inside SQL functions",
    ),
    Column("kind", Text, nullable=False, comment="what happened, such as payment.approved"),
    uuid_column("subject_id", comment="public id of what it happened to"),
    Column(
        "detail",
        Text,
        comment="of a period its book and month, of an approval its kind and verdict",
    ),
    moment_column("occurred_at", comment="when"),
    schema=SCHEMA,
    comment="Events that somebody wants to be told of; ids only, no personal data",
    info={GRANTS: "SELECT, INSERT, DELETE"},
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    tenant_column(),
    Column("delivery_id", UUID(as_uuid=True), primary_key=True, comment="public id"),
    uuid_column("endpoint_id", comment="where to"),
    uuid_column("event_id", comment="what"),
    Column("state", Text, nullable=False, comment="due, delivered, or dead: given up"),
    Column("attempts", Integer, nullable=False, comment="how often it was tried"),
    moment_column("next_attempt_at", comment="not before; while one is under way, its end"),
    moment_column("first_due_at", comment="when trying began; given up three days later"),
    moment_column("attempted_at", nullable=True, comment="when it was tried last"),
    Column("status", SmallInteger, comment="HTTP status of the last answer"),
    Column("fault", Text, comment="why there was no answer, as a code"),
    _of_endpoint("delivery_goes_to_an_endpoint"),
    ForeignKeyConstraint(
        ["tenant_id", "event_id"],
        ["foundation.webhook_event.tenant_id", "foundation.webhook_event.event_id"],
        name="delivery_is_of_an_event",
    ),
    CheckConstraint("state IN ('due', 'delivered', 'dead')", name="delivery_state_is_known"),
    Index(
        "delivery_due",
        "tenant_id",
        "next_attempt_at",
        postgresql_where=text("state = 'due'"),
    ),
    Index("delivery_by_endpoint", "tenant_id", "endpoint_id", "first_due_at"),
    Index("delivery_by_event", "tenant_id", "event_id"),
    schema=SCHEMA,
    comment="What is to be delivered where, and how it went",
    info=SWEPT,
)
