"""Print the tables of the metadata as plain DDL, from which a migration takes what is new.

    python -m ops.freeze_tables

The first migration was made of it, before the first release: 0001 never changes, and a changed
table travels by a new migration. `tests/tidy/test_schema.py` shows that both ways lead to the same
tables.
"""

import sys
from typing import Any

from sqlalchemy import create_mock_engine
from sqlalchemy.schema import CreateSchema

from ledger.schema import metadata
from ops.guards import schema_names


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
    """Print everything; nothing is written."""
    print("\n".join(f"{statement};\n" for statement in table_statements()), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
