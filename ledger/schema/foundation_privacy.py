"""Tables of personal data: secrets that were in force, who looked, consent, correction, erasure.

They speak of people of several programmes, who are looked for before a tenant is chosen; hence no
``tenant_id``. What a table keeps in words of people is sealed under the key of the person it is
about, so that destroying the key takes it along.
"""

from sqlalchemy import (
    Column,
    LargeBinary,
    Table,
)

from ledger.schema.base import metadata, moment_column
from ledger.schema.foundation import KEPT, SCHEMA

secret_version = Table(
    "secret_version",
    metadata,
    Column("key_id", LargeBinary, primary_key=True, comment="id that follows from the secret"),
    moment_column("activated_at", comment="first noted as the current one"),
    moment_column("retired_at", nullable=True, comment="not accepted since"),
    schema=SCHEMA,
    comment="Secrets of the installation that were in force, by id; never the secrets",
    info=KEPT,
)
