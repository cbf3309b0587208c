"""Birthdays, identity numbers of one person each, and ties that a service record names."""

from ledger.migrations.statements import run_statements_beside

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
