"""All tables of the first release."""

from pathlib import Path

from alembic import op
from sqlalchemy.schema import CreateSchema

from ledger.schema import metadata

revision = "0001"
down_revision = None

FROZEN = Path(__file__).with_suffix(".sql")  # written by: python -m ops.freeze_tables


def upgrade() -> None:
    """Create every schema and table."""
    if not FROZEN.exists():
        for schema in sorted({str(table.schema) for table in metadata.tables.values()}):
            op.execute(CreateSchema(schema))
        metadata.create_all(op.get_bind(), checkfirst=False)
        return
    for statement in FROZEN.read_text(encoding="utf-8").split("\n\n")[1:]:
        op.get_bind().exec_driver_sql(statement)
