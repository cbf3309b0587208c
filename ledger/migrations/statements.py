"""Run a migration's statements: the `.sql` file beside it, one a paragraph, a header first."""

from pathlib import Path

from alembic import op


def run_statements_beside(migration: str) -> None:
    """Run every statement of the file named like the migration; its first paragraph is a header."""
    text = Path(migration).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in text.strip().split("\n\n")[1:]:
        op.get_bind().exec_driver_sql(statement)
