"""Alembic's environment: runs on the connection that `ops.migrator` hands over.

The caller owns the transaction, its role and its timeouts, so a migration either happens as a
whole or not at all.
"""

from alembic import context

from ledger.schema import metadata

VERSION_SCHEMA = "deployment"

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table_schema=VERSION_SCHEMA,
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
