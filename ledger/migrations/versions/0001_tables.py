"""All tables of the first release."""

from alembic import op
from sqlalchemy.schema import CreateSchema

from ledger.schema import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every schema and table."""
    for schema in sorted({str(table.schema) for table in metadata.tables.values()}):
        op.execute(CreateSchema(schema))
    metadata.create_all(op.get_bind(), checkfirst=False)
