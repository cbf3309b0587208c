"""Tables of runs of jobs and the queue of the worker."""

from ledger.migrations.statements import run_statements_beside

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
