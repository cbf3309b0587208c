"""Tables of what two people decide, and roles that exclude each other."""

from ledger.migrations.statements import run_statements_beside

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
