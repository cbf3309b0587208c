"""Files as evidence of what two people decide."""

from ledger.migrations.statements import run_statements_beside

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
