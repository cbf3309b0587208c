"""Write the tables of the metadata as plain DDL for the first migration.

    python -m ops.freeze_tables

It was run once, before the first release: 0001 never changes, and a changed table travels by
a new migration. `tests/tidy/test_schema.py` shows that both ways lead to the same tables.
"""

import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import create_mock_engine
from sqlalchemy.schema import CreateSchema

from ledger.schema import metadata
from ops.guards import schema_names

HEADER = """\
-- purpose: all tables of the first release; frozen, a later change is a migration of its own
-- parameters: none
-- result: none
-- locks: none, the tables are new
-- errors: 42P07 when a table exists already
"""


def table_statements() -> list[str]:
    """The DDL of every schema, table, index and comment, in order of dependency."""
    statements: list[str] = []

    def collect(element: Any, *_args: Any, **_options: Any) -> None:
        compiled = str(element.compile(dialect=engine.dialect))
        lines = (line.expandtabs(4).rstrip() for line in compiled.strip().splitlines())
        statements.append("\n".join(line for line in lines if line))

    engine = create_mock_engine("postgresql+asyncpg://", collect)
    for schema in schema_names():
        collect(CreateSchema(schema))
    metadata.create_all(engine, checkfirst=False)
    return statements


def main() -> int:
    """Write the file beside the migration that runs it."""
    target = Path(str(files("ledger"))) / "migrations" / "versions" / "0001_tables.sql"
    text = HEADER + "".join(f"\n{statement};\n" for statement in table_statements())
    target.write_text(text, encoding="utf-8")
    print(f"{target}: {len(metadata.tables)} tables")
    return 0


if __name__ == "__main__":
    sys.exit(main())
