"""What protects the tables, derived from the tables themselves.

Functions, grants, row-level security and append-only triggers follow from the `.sql` files and
from what each table says in `Table.info`. They are applied as a whole after the migrations, again
only when their text changed.

Source: docs/decisions/0031-migrations.md
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Table

from ledger.foundation.roles import roles_text
from ledger.schema import metadata
from ledger.schema.base import APPEND_ONLY, GRANTS

OWNER_ROLE = "gongzhang_owner"
SERVICE_ROLE = "gongzhang_service"
# Packages whose `sql/functions` directories, at any depth, hold functions and triggers.
FUNCTION_PACKAGES = ("ledger", "reconciliation")

INTERNAL = "\n-- access: internal\n"
CREATED_FUNCTION = re.compile(r"CREATE OR REPLACE FUNCTION (\w+\.\w+)")

# The sub-select is evaluated once a statement instead of once a row.
TENANT_IS_CURRENT = (
    "tenant_id = (SELECT nullif(current_setting('gongzhang.tenant_id', true), '')::int)"
)

REFUSE_CHANGE = """\
CREATE OR REPLACE FUNCTION deployment.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'modifying_sql_data_not_permitted',
              SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
END
$$;"""

# CREATE OR REPLACE gives a function's row a new xmin, so a function which this transaction did not
# write has no file any more: removed, or left behind under an old list of parameters.
DROP_STALE_FUNCTIONS = """\
DO $$
DECLARE
    stale regprocedure;
BEGIN
    FOR stale IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = ANY ('{schemas}'::regnamespace[])
          AND xmin <> pg_current_xact_id()::xid
    LOOP
        EXECUTE format('DROP ROUTINE %s', stale);
    END LOOP;
END
$$;"""


def schema_names() -> list[str]:
    """The PostgreSQL schemas of the product, sorted."""
    return sorted({str(table.schema) for table in metadata.tables.values()})


def function_files() -> list[Path]:
    """Every file that creates a function or trigger, sorted by path."""
    found: list[Path] = []
    for package in FUNCTION_PACKAGES:
        root = Path(str(files(package)))
        found += sorted(root.glob("**/sql/functions/*.sql"))
    return found


def guard_statements() -> list[str]:
    """Every statement that must have been run after the newest migration, in order."""
    return [
        REFUSE_CHANGE,
        f"GRANT USAGE ON SCHEMA deployment TO {SERVICE_ROLE};",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA deployment TO {SERVICE_ROLE};",
        "SET LOCAL check_function_bodies = off;",  # files may call each other in any order
        *(path.read_text(encoding="utf-8") for path in function_files()),
        DROP_STALE_FUNCTIONS.format(schemas="{" + ",".join(schema_names()) + "}"),
        *_schema_grants(schema_names()),
        *(
            statement
            for table in sorted(metadata.tables.values(), key=lambda table: table.fullname)
            for statement in _table_guards(table)
        ),
    ]


def guards_checksum() -> str:
    """SHA-256 of all guard statements and of the roles that ship, in hexadecimal."""
    return hashlib.sha256("\0".join([*guard_statements(), roles_text()]).encode()).hexdigest()


def _schema_grants(schemas: Sequence[str]) -> Iterator[str]:
    for schema in schemas:
        yield f"GRANT USAGE ON SCHEMA {schema} TO {SERVICE_ROLE};"
        yield f"REVOKE ALL ON ALL ROUTINES IN SCHEMA {schema} FROM PUBLIC;"
        yield f"GRANT EXECUTE ON ALL ROUTINES IN SCHEMA {schema} TO {SERVICE_ROLE};"
    for path in function_files():
        text = path.read_text(encoding="utf-8")
        if INTERNAL in text:  # a part of a posting function, which alone may call it
            name = CREATED_FUNCTION.search(text)
            assert name is not None, f"{path.name} creates no function"
            yield f"REVOKE ALL ON ROUTINE {name[1]} FROM {SERVICE_ROLE};"


def _table_guards(table: Table) -> Iterator[str]:
    name = table.fullname
    yield f"REVOKE ALL ON {name} FROM PUBLIC, {SERVICE_ROLE};"
    if grants := table.info.get(GRANTS, "SELECT"):
        yield f"GRANT {grants} ON {name} TO {SERVICE_ROLE};"
    if "tenant_id" in table.columns:
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;"
        yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY;"
        yield f"DROP POLICY IF EXISTS tenant_is_current ON {name};"
        yield (
            f"CREATE POLICY tenant_is_current ON {name} "
            f"USING ({TENANT_IS_CURRENT}) WITH CHECK ({TENANT_IS_CURRENT});"
        )
    if table.info.get(APPEND_ONLY):
        yield (
            f"CREATE OR REPLACE TRIGGER rows_are_append_only "
            f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION deployment.refuse_change();"
        )
    else:
        yield f"DROP TRIGGER IF EXISTS rows_are_append_only ON {name};"
