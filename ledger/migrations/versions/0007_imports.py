"""Nothing: the number was kept for the tables of imported files, which 0014 makes.

It stays, because databases have run it.
"""

from ledger.migrations.statements import run_statements_beside

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
