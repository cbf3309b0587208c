"""A guardianship opens nothing before a second member of staff has confirmed it."""

from ledger.migrations.statements import run_statements_beside

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
