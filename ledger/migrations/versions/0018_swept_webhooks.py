"""An index by which events go with their last delivery."""

from ledger.migrations.statements import run_statements_beside

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
