"""Of commands digests are kept, one a field, and none of their words."""

from ledger.migrations.statements import run_statements_beside

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
