"""Row-level security, table by table and role by role, on rows made for the purpose.

The tables come from the catalogue, so that a new one is tried the day it is made. Checks, keys and
triggers are taken off the copy first: what refuses here is row-level security alone.
"""

import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from ledger.schema import metadata
from ops.guards import BACKUP_ROLE, OWNER_ROLE, SERVICE_ROLE, schema_names
from tests.database_server import Database

pytestmark = pytest.mark.no_proofs

OURS, THEIRS = 1, 2
SCOPE_TABLES = Path(__file__).parent / "scope_tables.toml"
#: Their first act is a function that sets the tenant, or they are called after it alone.
SET_BY_A_PART = {"books.find_replays", "books.place_holds"}
VALUES = {
    "bool": "true", "bytea": r"'\x00'", "date": "'2026-01-01'", "jsonb": "'{}'", "json": "'{}'",
    "timestamptz": "now()", "uuid": "gen_random_uuid()", "inet": "'192.0.2.1'",
    "interval": "'1 hour'", "xid8": "'1'",
}  # fmt: skip
TENANT_TABLES = """
SELECT c.oid::regclass::text AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
    ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid ORDER BY 1) AS policies
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY ($1::text[])
ORDER BY 1
"""
COLUMNS = """
SELECT a.attname AS name, t.typname AS kind, t.typcategory::text AS category
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull
    AND a.attidentity = '' AND a.attgenerated = ''
"""
DEFINERS = """
SELECT p.oid::regprocedure::text AS name, p.prosrc AS source,
    has_function_privilege($2, p.oid, 'EXECUTE') AS may_run
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prosecdef AND p.prorettype <> 'trigger'::regtype AND n.nspname = ANY ($1::text[])
"""
PRODUCT_ROLES = """
SELECT rolname FROM pg_roles
WHERE rolname LIKE 'gongzhang%' AND NOT rolsuper ORDER BY rolname
"""


@pytest.fixture
async def admin(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A superuser of this test's own database."""
    connection = await asyncpg.connect(database.admin_url)
    yield connection
    await connection.close()


async def tenant_tables(admin: asyncpg.Connection) -> list[str]:
    return [row["name"] for row in await admin.fetch(TENANT_TABLES, schema_names())]


async def value_of(column: Any, tenant_id: int) -> str:
    if column["name"] == "tenant_id":
        return str(tenant_id)
    if column["category"] == "A":
        return "'{}'"
    return VALUES.get(column["kind"], "'1'")


async def fill(admin: asyncpg.Connection, table: str) -> str:
    """A row of each tenant; returns the statement that adds one for the tenant in ``%s``."""
    constraints = await admin.fetch(
        "SELECT conname FROM pg_constraint WHERE conrelid = $1::text::regclass "
        "AND contype IN ('c', 'f', 'u', 'x', 'p') ORDER BY contype = 'p'",
        table,
    )
    for row in constraints:
        await admin.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{row["conname"]}" CASCADE')
    indexes = await admin.fetch(
        "SELECT indexrelid::regclass::text AS name FROM pg_index "
        "WHERE indrelid = $1::text::regclass AND indisunique",
        table,
    )
    for row in indexes:
        await admin.execute(f"DROP INDEX {row['name']}")
    await admin.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    columns = await admin.fetch(COLUMNS, table)
    names = ", ".join(column["name"] for column in columns)
    made = [await value_of(column, -1) for column in columns]
    statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join(made)})".replace("-1", "%s", 1)
    assert "%s" in statement, table
    for tenant_id in (OURS, THEIRS):
        await admin.execute(statement % tenant_id)
    return statement


async def refused(admin: asyncpg.Connection, statement: str) -> bool:
    """Whether the statement fails for want of a right, or touches no row."""
    try:
        async with admin.transaction():
            status = await admin.execute(statement)
    except asyncpg.InsufficientPrivilegeError:  # what row-level security says, too
        return True
    return bool(status.endswith(" 0"))


async def faults(admin: asyncpg.Connection, table: str, insert: str) -> list[str]:
    """What the current role can do to rows that are not of the tenant that is set."""
    found = []
    for tenant, visible in (("", set()), (str(OURS), {OURS})):
        await admin.execute("SELECT set_config('gongzhang.tenant_id', $1, false)", tenant)
        try:
            seen = {row[0] for row in await admin.fetch(f"SELECT tenant_id FROM {table}")}
        except asyncpg.InsufficientPrivilegeError:
            seen = set()
        if not seen <= visible:
            found.append(f"reads {seen - visible} with tenant {tenant or 'unset'}")
        theirs = f"WHERE tenant_id = {THEIRS}"
        for act, statement in {
            "adds to": insert % THEIRS,
            "changes": f"UPDATE {table} SET tenant_id = tenant_id {theirs}",
            "moves to": f"UPDATE {table} SET tenant_id = {THEIRS} WHERE tenant_id = {OURS}",
            "deletes from": f"DELETE FROM {table} {theirs}",
        }.items():
            if not await refused(admin, statement):
                found.append(f"{act} tenant {THEIRS} with tenant {tenant or 'unset'}")
    return found


async def test_no_role_reaches_rows_of_another_tenant(admin: asyncpg.Connection) -> None:
    roles = [row["rolname"] for row in await admin.fetch(PRODUCT_ROLES)]
    assert {OWNER_ROLE, SERVICE_ROLE} <= set(roles)
    tables = await tenant_tables(admin)
    assert len(tables) > 40
    wrong = {}
    for table in tables:
        insert = await fill(admin, table)
        for role in roles:
            await admin.execute(f"SET ROLE {role}")
            found = await faults(admin, table, insert)
            if role == BACKUP_ROLE:  # reads everything to copy it, and changes nothing
                found = [one for one in found if not one.startswith("reads ")]
            await admin.execute("RESET ROLE")
            if found:
                wrong[f"{role} on {table}"] = found
    assert wrong == {}


async def test_the_test_would_notice(admin: asyncpg.Connection) -> None:
    table = "foundation.member"
    insert = await fill(admin, table)
    await admin.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    await admin.execute(f"SET ROLE {OWNER_ROLE}")
    found = await faults(admin, table, insert)
    assert {one.split()[0] for one in found} == {"reads", "adds", "changes", "moves", "deletes"}


async def test_every_tenant_table_is_forced_and_has_its_policies(
    admin: asyncpg.Connection,
) -> None:
    rows = await admin.fetch(TENANT_TABLES, schema_names())
    assert [r["name"] for r in rows if not (r["enabled"] and r["forced"])] == []
    assert {tuple(r["policies"]) for r in rows} == {("backup_reads_all", "tenant_is_current")}


async def test_no_role_of_the_product_passes_over_row_security(admin: asyncpg.Connection) -> None:
    statement = f"SELECT rolname FROM ({PRODUCT_ROLES}) AS r NATURAL JOIN pg_roles AS p "
    assert await admin.fetch(f"{statement} WHERE p.rolbypassrls") == []


async def test_functions_with_the_owners_rights_set_the_tenant_themselves(
    admin: asyncpg.Connection,
) -> None:
    """Those that the service may call; triggers and parts work for the tenant that is set."""
    tables = await tenant_tables(admin)
    found = await admin.fetch(DEFINERS, schema_names(), SERVICE_ROLE)
    assert len(found) > 10
    assert [
        row["name"]
        for row in found
        if row["may_run"]
        and row["name"].split("(")[0] not in SET_BY_A_PART
        and any(table in row["source"] for table in tables)
        and "set_config('gongzhang.tenant_id'" not in row["source"]
    ] == []


def test_every_table_across_tenants_says_why_it_is_readable() -> None:
    written = tomllib.loads(SCOPE_TABLES.read_text("utf-8"))
    tables = {
        table.fullname for table in metadata.tables.values() if "scope_tenant_id" in table.columns
    }
    assert tables - set(written) == set(), f"write the reason into {SCOPE_TABLES.name}"
    assert set(written) - tables == set(), f"no such tables any more: {SCOPE_TABLES.name}"
    assert all(len(reason) > 20 for reason in written.values())
