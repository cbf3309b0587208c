"""The books against the service's own role: it posts through functions and can do nothing else."""

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import execute, fetch_all, fetch_value, read_transaction, set_tenant, sqlstate
from ledger.schema import metadata
from ops.guards import INTERNAL, SERVICE_ROLE, function_files
from tests.busy_books import create_busy_books
from tests.tidy.sources import ROOT

REFUSED = "42501"  # insufficient_privilege
TABLES = sorted(t.fullname for t in metadata.tables.values() if t.schema == "books")
TENANT_TABLES = [name for name in TABLES if "tenant_id" in metadata.tables[name].columns]


async def refusal(engine: AsyncEngine, statement: str) -> str | None:
    """Run a statement as the service; the SQLSTATE of what came of it."""
    async with engine.connect() as conn:
        await set_tenant(conn, 1)
        try:
            await execute(conn, statement)
        except DBAPIError as error:
            return sqlstate(error)
    return None


async def test_the_service_changes_no_table_of_the_books(engine: AsyncEngine) -> None:
    await create_busy_books(engine)
    done = {}
    for table in TABLES:
        column = next(iter(metadata.tables[table].columns)).name
        for statement in (
            f"INSERT INTO {table} SELECT * FROM {table} LIMIT 1",
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
        ):
            done[statement] = await refusal(engine, statement)
    assert {statement: code for statement, code in done.items() if code != REFUSED} == {}


GUARD_LIFTERS = (
    "SET ROLE gongzhang_owner",
    "SET SESSION AUTHORIZATION gongzhang_owner",
    "SET session_replication_role = replica",
    "ALTER TABLE books.transfer DISABLE TRIGGER ALL",
    "ALTER TABLE books.transfer DISABLE ROW LEVEL SECURITY",
    "DROP TABLE books.transfer",
    "CREATE TABLE books.mine (a int)",
    "CREATE FUNCTION books.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER FUNCTION books.claim_batch SECURITY INVOKER",
)


async def test_the_service_does_not_lift_the_guards(
    engine: AsyncEngine, subtests: pytest.Subtests
) -> None:
    for statement in GUARD_LIFTERS:
        with subtests.test(statement):
            assert await refusal(engine, statement) == REFUSED


async def test_the_service_executes_what_is_not_internal(admin_engine: AsyncEngine) -> None:
    async with admin_engine.connect() as conn:
        rows = await fetch_all(
            conn,
            "SELECT proname AS name, has_function_privilege($1, oid, 'EXECUTE') AS allowed"
            " FROM pg_proc WHERE pronamespace = 'books'::regnamespace",
            SERVICE_ROLE,
        )
    internal = {
        path.stem
        for path in function_files()
        if path.is_relative_to(ROOT / "ledger" / "books") and INTERNAL in path.read_text()
    }
    assert {row.name for row in rows if not row.allowed} == internal
    assert {"claim_batch", "write_batch", "store_buckets", "number_vouchers"} <= internal


async def test_no_function_with_our_rights_looks_where_others_can_write(
    admin_engine: AsyncEngine,
) -> None:
    async with admin_engine.connect() as conn:
        loose = await fetch_value(
            conn,
            "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE p.prosecdef AND n.nspname = 'books'"
            " AND NOT coalesce(p.proconfig, '{}') @> '{\"search_path=pg_catalog, pg_temp\"}'",
        )
    assert loose == 0


async def test_each_table_shows_the_current_tenants_rows_only(engine: AsyncEngine) -> None:
    for _ in range(2):
        await create_busy_books(engine)
    for current, seen in ((1, {1}), (2, {2}), (3, set()), (None, set())):
        async with read_transaction(engine, tenant_id=current) as conn:
            for table in TENANT_TABLES:
                rows = await fetch_all(conn, f"SELECT DISTINCT tenant_id FROM {table}")
                assert {row.tenant_id for row in rows} == seen, (table, current)
