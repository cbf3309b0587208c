"""All tables of the first release, as plain DDL that never changes again."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

FROZEN = Path(__file__).with_suffix(".sql")  # written once by: python -m ops.freeze_tables


def upgrade() -> None:
    """Create every schema and table."""
    for statement in FROZEN.read_text(encoding="utf-8").split("\n\n")[1:]:
        op.get_bind().exec_driver_sql(statement)
