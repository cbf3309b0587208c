"""Tables of how people come in and what they did: sign-in, sessions, keys, commands, audit log.

Rows of several tenants lie together here on purpose: a caller is known before a tenant is chosen.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from ledger.schema.base import (
    APPEND_ONLY,
    GRANTS,
    metadata,
    moment_column,
    tenant_column,
    uuid_column,
)
from ledger.schema.foundation import KEPT, SCHEMA, SWEPT, caller_column, created_at, person_column

sign_in_method = Table(
    "sign_in_method",
    metadata,
    Column("kind", Text, primary_key=True, comment="password, totp, oidc; wechat and sms fit in"),
    Column("subject", Text, primary_key=True, comment="sign-in name or the provider's subject"),
    person_column(comment="whose it is"),
    Column("secret_hash", Text, comment="argon2id of the password; absent where none is kept"),
    created_at(),
    moment_column("retired_at", nullable=True, comment="no longer accepted since"),
    Column(
        "issuer",
        Text,
        primary_key=True,
        server_default="",
        comment="whose subject it is: OIDC issuer, WeChat application; empty: our own",
    ),
    Column("union_subject", Text, comment="subject over all applications of one owner (unionid)"),
    Column("secret_sealed", LargeBinary, comment="secret of a second factor, under data_key"),
    Column("last_step", BigInteger, comment="latest time step whose code was taken: used once"),
    Index(
        "person_has_one_method_of_an_issuer",
        "person_id",
        "kind",
        "issuer",
        unique=True,
        postgresql_where=text("retired_at IS NULL"),
    ),
    CheckConstraint(
        "(kind = 'totp' AND retired_at IS NULL) = (secret_sealed IS NOT NULL)",
        name="second_factor_has_a_secret_while_it_lasts",
    ),
    CheckConstraint(
        "kind IN ('password', 'totp', 'oidc', 'wechat', 'sms')", name="sign_in_kind_is_known"
    ),
    schema=SCHEMA,
    comment="How a person proves who they are",
    info=KEPT,
)


sign_in_throttle = Table(
    "sign_in_throttle",
    metadata,
    Column("kind", Text, primary_key=True, comment="account, address, or both together (pair)"),
    Column("key_hash", LargeBinary, primary_key=True, comment="sha-256 of what is counted"),
    Column("failures", Integer, nullable=False, comment="failures since window_started_at"),
    moment_column("window_started_at", comment="when counting began"),
    moment_column("last_failure_at", nullable=True, comment="the latest failure"),
    moment_column("last_success_at", nullable=True, comment="the latest success"),
    CheckConstraint("kind IN ('account', 'address', 'pair')", name="throttle_kind_is_known"),
    CheckConstraint("failures >= 0", name="failures_are_counted"),
    schema=SCHEMA,
    comment="How often sign-in failed lately; slows guessing without locking anyone out",
    info=SWEPT,
)


session = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True, comment="sha-256 of the cookie's value"),
    uuid_column("session_id", comment="the id shown in the list of sessions"),
    person_column(comment="who is signed in"),
    created_at(),
    moment_column("last_seen_at", comment="latest request, to the minute"),
    Column("idle_seconds", Integer, nullable=False, comment="ends after so long without a request"),
    moment_column("absolute_ends_at", comment="ends then at the latest"),
    moment_column("revoked_at", nullable=True, comment="ended by sign-out or by revocation"),
    moment_column("proved_at", nullable=True, comment="when the holder last proved who she is"),
    Column(
        "method",
        Text,
        nullable=False,
        server_default="password",
        comment="how it was opened: password or oidc",
    ),
    Column("device", Text, comment="browser and system in words, as its owner recognises them"),
    Column("address", Text, comment="network address at sign-in, shortened"),
    UniqueConstraint("session_id", name="session_id_is_unique"),
    CheckConstraint("idle_seconds > 0", name="idle_time_is_positive"),
    Index("session_by_person", "person_id"),
    schema=SCHEMA,
    comment="A signed-in browser",
    info=SWEPT,
)


api_key = Table(
    "api_key",
    metadata,
    Column("key_hash", LargeBinary, primary_key=True, comment="sha-256 of the key"),
    uuid_column("api_key_id", comment="the id used to revoke it"),
    caller_column("caller_id", comment="as whom its commands are recorded"),
    Column("name", Text, nullable=False, comment="what it is for"),
    Column("hint", Text, nullable=False, comment="first characters, to recognise it by"),
    Column("scopes", ARRAY(Text), comment="permissions it is limited to; absent: its grants"),
    caller_column("created_by", comment="who issued it"),
    created_at(),
    moment_column("expires_at", comment="not accepted from then on"),
    moment_column("revoked_at", nullable=True, comment="not accepted since"),
    Column("last_used_on", Date, comment="latest day on which it was used"),
    uuid_column("replaced_by", nullable=True, comment="the key that takes its place"),
    UniqueConstraint("api_key_id", name="api_key_id_is_unique"),
    Index("api_key_by_caller", "caller_id"),
    schema=SCHEMA,
    comment="A secret by which another system sends commands",
    info=KEPT,
)


api_command = Table(
    "api_command",
    metadata,
    tenant_column(),
    Column("caller_id", Integer, primary_key=True, autoincrement=False, comment="who sent it"),
    Column(
        "key",
        UUID(as_uuid=True),
        primary_key=True,
        comment="the Idempotency-Key, as sent or hashed to a uuid",
    ),
    Column("route", Text, nullable=False, comment="method and path with its ids"),
    Column("fingerprint", LargeBinary, nullable=False, comment="sha-256 of route and sent fields"),
    Column("sent", LargeBinary, nullable=False, comment="JSON: a digest of each field as sent"),
    Column("status", SmallInteger, comment="HTTP status of the first answer"),
    Column("response", LargeBinary, comment="body of the first answer"),
    Column(
        "replays",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="how often it came again; touched so that a replay waits for durability",
    ),
    created_at(),
    schema=SCHEMA,
    comment="Idempotency of writes that are not postings",
    info=KEPT,
)


audit_log = Table(
    "audit_log",
    metadata,
    Column("audit_id", BigInteger, Identity(), primary_key=True, comment="order of writing"),
    moment_column("at", comment="when"),
    caller_column("caller_id", comment="who did it"),
    Column("behalf_person_id", BigInteger, comment="for whom, where staff acted (代办)"),
    Column("scope_tenant_id", Integer, comment="in which tenant, if in one"),
    Column("action", Text, nullable=False, comment="what, as noun.verb"),
    Column("object_kind", Text, comment="kind of the thing acted on"),
    Column("object_id", Text, comment="its public id"),
    Column("reason", Text, comment="the reason given"),
    Column("request_id", Text, comment="the request, as in logs and problems"),
    Column("address", Text, comment="address of the client, if it came over the network"),
    Index("audit_by_tenant", "scope_tenant_id", "audit_id"),
    Index("audit_by_caller", "caller_id", "audit_id"),
    Index(
        "audit_by_person_acted_for",
        "behalf_person_id",
        "audit_id",
        postgresql_where=text("behalf_person_id IS NOT NULL"),
    ),
    Index("audit_by_action", "action", "audit_id"),
    Index("audit_by_moment", "at"),
    Index(
        "audit_by_object",
        "object_id",
        "audit_id",
        postgresql_where=text("object_id IS NOT NULL"),
    ),
    Index(
        "audit_by_request",
        "request_id",
        "audit_id",
        postgresql_where=text("request_id IS NOT NULL"),
    ),
    schema=SCHEMA,
    comment="Who did what to whom; append-only",
    info={GRANTS: "SELECT, INSERT", APPEND_ONLY: True},
)
