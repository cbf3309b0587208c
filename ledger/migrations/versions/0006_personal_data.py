"""Tables of consent, corrections, disclosures, erasure and versions of keys."""

from ledger.migrations.statements import run_statements_beside

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
