"""A withdrawal of consent that staff put down says why, where there is no paper."""

from ledger.migrations.statements import run_statements_beside

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
