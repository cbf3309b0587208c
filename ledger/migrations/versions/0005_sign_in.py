"""Tables of second factors, step-up, sign-in by an identity provider, acting for somebody."""

from ledger.migrations.statements import run_statements_beside

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
