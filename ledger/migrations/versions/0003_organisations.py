"""Tables of what people belong to: households, kin, groups, partners, tills, later units."""

from ledger.migrations.statements import run_statements_beside

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the statements in the file beside this one."""
    run_statements_beside(__file__)
