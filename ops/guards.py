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
from ledger.schema.base import APPEND_ONLY, ERASABLE, GRANTS

OWNER_ROLE = "gongzhang_owner"
SERVICE_ROLE = "gongzhang_service"
#: Reads everything of every tenant and changes nothing; the login that migrates is a member.
BACKUP_ROLE = "gongzhang_backup"
# Packages whose `sql/functions` directories, at any depth, hold functions and triggers.
FUNCTION_PACKAGES = ("ledger", "reconciliation")
PROTECT_TABLE = Path(__file__).with_name("sql") / "functions" / "protect_table.sql"

INTERNAL = "\n-- access: internal\n"
CREATED_FUNCTION = re.compile(r"CREATE OR REPLACE FUNCTION (\w+\.\w+)")

REFUSE_CHANGE = """\
CREATE OR REPLACE FUNCTION deployment.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'modifying_sql_data_not_permitted',
              SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
END
$$;"""

POLICY_MODEL = """\
CREATE TABLE IF NOT EXISTS deployment.policy_model (tenant_id integer NOT NULL);
CALL deployment.protect_table('deployment.policy_model', true, false);"""

# CREATE OR REPLACE gives a function's row a new xmin, so a function which this transaction did not
# write has no file any more: removed, or left behind under an old list of parameters. A service of
# the version before may still call it, so it is put down here and dropped when the upgrade ends.
NOTE_STALE_ROUTINES = """\
CREATE TABLE IF NOT EXISTS deployment.stale_routine (signature text PRIMARY KEY);
DELETE FROM deployment.stale_routine;
INSERT INTO deployment.stale_routine (signature)
SELECT oid::regprocedure::text FROM pg_proc
WHERE pronamespace = ANY ('{schemas}'::regnamespace[]) AND xmin <> pg_current_xact_id()::xid;"""

# By name, for what is left behind under an old list of parameters has the same.
REVOKE_FROM_SERVICE = """\
DO $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN SELECT oid FROM pg_proc
        WHERE pronamespace::regnamespace || '.' || proname = '{name}'
    LOOP
        EXECUTE format('REVOKE ALL ON ROUTINE %s FROM {role}', routine);
    END LOOP;
END
$$;"""

DROP_STALE_ROUTINES = """\
DO $$
DECLARE
    stale text;
BEGIN
    IF to_regclass('deployment.stale_routine') IS NOT NULL THEN
        FOR stale IN DELETE FROM deployment.stale_routine RETURNING signature LOOP
            IF to_regprocedure(stale) IS NOT NULL THEN
                EXECUTE format('DROP ROUTINE %s', stale);
            END IF;
        END LOOP;
    END IF;
END
$$;"""


REFUSE_ALL_BUT_ERASING = """\
CREATE OR REPLACE FUNCTION deployment.refuse_all_but_erasing() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV AND NOT EXISTS (
        SELECT FROM unnest(TG_ARGV) AS c (name) WHERE coalesce(to_jsonb(NEW) ->> c.name, '') <> ''
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'modifying_sql_data_not_permitted',
              SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
END
$$;"""

# The name tells the columns, so that another list of columns is another trigger.
LOSE_ONLY = """\
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = '{table}'::regclass AND tgname = 'rows_lose_only_{columns}'
    ) THEN
        CREATE TRIGGER rows_lose_only_{columns} BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION deployment.refuse_all_but_erasing({arguments});
        CREATE TRIGGER rows_are_not_truncated BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION deployment.refuse_change();
    END IF;
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


def protecting_statements() -> list[str]:
    """What must be there before the first table can be protected, in order."""
    return [
        REFUSE_CHANGE,
        REFUSE_ALL_BUT_ERASING,
        PROTECT_TABLE.read_text(encoding="utf-8"),
        POLICY_MODEL,
    ]


def table_protections() -> dict[str, str]:
    """The statements that protect a table, by the table's name, sorted."""
    tables = sorted(metadata.tables.values(), key=lambda table: table.fullname)
    return {table.fullname: "\n".join(_table_protection(table)) for table in tables}


def guard_statements() -> list[str]:
    """Every statement that must have been run after the newest migration, in order."""
    return [
        *protecting_statements(),
        "SET LOCAL check_function_bodies = off;",  # files may call each other in any order
        *(path.read_text(encoding="utf-8") for path in function_files()),
        NOTE_STALE_ROUTINES.format(schemas="{" + ",".join(schema_names()) + "}"),
        f"GRANT USAGE ON SCHEMA deployment TO {SERVICE_ROLE};",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA deployment TO {SERVICE_ROLE};",
        *_schema_grants(schema_names()),
        *_backup_grants(),
        *(
            statement
            for table in sorted(metadata.tables.values(), key=lambda table: table.fullname)
            for statement in _table_grants(table)
        ),
        *table_protections().values(),
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
            yield REVOKE_FROM_SERVICE.format(name=name[1], role=SERVICE_ROLE)


def _backup_grants() -> Iterator[str]:
    for schema in ("deployment", *schema_names()):
        yield f"GRANT USAGE ON SCHEMA {schema} TO {BACKUP_ROLE};"
        yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {BACKUP_ROLE};"
        yield f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {BACKUP_ROLE};"


def _table_grants(table: Table) -> Iterator[str]:
    name = table.fullname
    yield f"REVOKE ALL ON {name} FROM PUBLIC, {SERVICE_ROLE};"
    if grants := table.info.get(GRANTS, "SELECT"):
        yield f"GRANT {grants} ON {name} TO {SERVICE_ROLE};"


def _table_protection(table: Table) -> Iterator[str]:
    name = table.fullname
    facts = ("tenant_id" in table.columns, bool(table.info.get(APPEND_ONLY)))
    yield f"CALL deployment.protect_table('{name}', {facts[0]}, {facts[1]});"
    if columns := table.info.get(ERASABLE):
        arguments = ", ".join(f"'{column}'" for column in columns)
        yield LOSE_ONLY.format(table=name, arguments=arguments, columns="_".join(columns)[:40])
