"""Indexes for searching the audit log and proving its chain; endpoints that pause by themselves."""

from ledger.migrations.statements import run_statements_beside

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
