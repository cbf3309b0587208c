"""A person's sign-in can be closed; a form of an ended session is kept for its person."""

from ledger.migrations.statements import run_statements_beside

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
