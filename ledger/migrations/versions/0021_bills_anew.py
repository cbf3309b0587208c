"""A month whose bill was reversed can be billed to the unit anew."""

from ledger.migrations.statements import run_statements_beside

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
