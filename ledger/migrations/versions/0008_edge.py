"""Tables of uploaded files, webhooks and the chain over the audit log."""

from ledger.migrations.statements import run_statements_beside

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
