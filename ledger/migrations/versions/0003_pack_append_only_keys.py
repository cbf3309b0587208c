"""Fill the pages of keys that only grow at their end: nothing is ever inserted between."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Let entries and transfers, whose keys rise with time, leave no room in index pages."""
    op.execute("ALTER INDEX books.entry_pkey SET (fillfactor = 100)")
    op.execute("ALTER INDEX books.transfer_pkey SET (fillfactor = 100)")
