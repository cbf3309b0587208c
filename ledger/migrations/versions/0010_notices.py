"""Tables of notices to people, and what pages remember of their readers."""

from ledger.migrations.statements import run_statements_beside

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
