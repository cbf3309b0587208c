"""All tables of the first release, as plain DDL that never changes again."""

from ledger.migrations.statements import run_statements_beside

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every schema and table; the file was written once by ``ops.freeze_tables``."""
    run_statements_beside(__file__)
