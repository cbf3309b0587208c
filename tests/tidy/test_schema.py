"""Tables, migrations and statements agree with each other."""

import re

import asyncpg
import pytest
from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.schema import CreateSchema

from ledger.database import create_engine, execute, fetch_all
from ledger.schema import metadata
from ops.guards import function_files, schema_names
from tests.database_server import Database, DatabaseServer, create_database, drop_database
from tests.tidy.sources import ROOT, place, sql_files, statement_files, without_comments
from tests.waiting import wait_for

CATALOGUE = (ROOT / "tests" / "tidy" / "catalogue.sql").read_text(encoding="utf-8")
WITHOUT_TENANT = ROOT / "tests" / "tidy" / "without_tenant.txt"

TENANT_TABLES = sorted(
    table.fullname for table in metadata.tables.values() if "tenant_id" in table.columns
)
REFERENCE = re.compile(
    r"\b(?:FROM|JOIN|UPDATE|INTO|USING)\s+(?:ONLY\s+)?("
    + "|".join(re.escape(name) for name in TENANT_TABLES)
    + r")\b"
)


async def read_catalogue(url: str) -> set[str]:
    engine = create_engine(url, role=None, pool_size=1)
    try:
        async with engine.connect() as conn:
            return {row.fact for row in await fetch_all(conn, CATALOGUE, schema_names())}
    finally:
        await engine.dispose()


async def test_migrations_make_the_tables_that_the_metadata_describes(
    database: Database, database_server: DatabaseServer
) -> None:
    fresh = await create_database(database_server, template="template1")
    try:
        engine = create_engine(fresh.admin_url, role=None, pool_size=1)
        async with engine.begin() as conn:
            for schema in schema_names():
                await conn.execute(CreateSchema(schema))
            await conn.run_sync(metadata.create_all)
        await engine.dispose()
        described = await read_catalogue(fresh.admin_url)
    finally:
        await drop_database(database_server, fresh)
    migrated = await read_catalogue(database.admin_url)
    assert len(described) > 100
    assert sorted(migrated - described) == []
    assert sorted(described - migrated) == []


def test_every_statement_can_be_prepared(database: Database) -> None:
    async def prepare_all() -> dict[str, str]:
        connection = await asyncpg.connect(database.admin_url)
        faults = {}
        for path in statement_files():
            try:
                await connection.prepare(path.read_text(encoding="utf-8"))
            except asyncpg.PostgresError as error:
                faults[place(path)] = str(error)
        await connection.close()
        return faults

    assert wait_for(prepare_all()) == {}


async def test_every_function_body_is_valid(admin_engine: AsyncEngine) -> None:
    """The migrator does not check bodies, because functions may call each other in any order."""
    async with admin_engine.connect() as conn:
        raw = (await conn.get_raw_connection()).driver_connection
        assert raw is not None
        await execute(conn, "SET check_function_bodies = on")
        for path in function_files():
            await raw.execute(path.read_text(encoding="utf-8"))


def unfiltered_references(sql: str) -> list[str]:
    """Tenant tables named in statements that speak of a tenant less often than of such tables."""
    found = []
    for statement in without_comments(sql).split(";"):
        tables = REFERENCE.findall(statement)
        if len(tables) > len(re.findall(r"\btenant_id\b", statement)):
            found += tables
    return found


def test_every_statement_names_the_tenant() -> None:
    allowed = {
        line.split(":")[0]
        for line in WITHOUT_TENANT.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    found = {
        place(path): tables
        for path in sql_files()
        if (tables := unfiltered_references(path.read_text(encoding="utf-8")))
    }
    assert {path: tables for path, tables in found.items() if path not in allowed} == {}
    assert allowed <= set(found), "an exception that is no longer needed"


@pytest.mark.parametrize(
    ("sql", "faulty"),
    [
        ("SELECT 1 FROM books.account WHERE tenant_id = $1", False),
        ("SELECT 1 FROM books.account a WHERE a.public_id = $1", True),
        ("SELECT 1 FROM books.account a JOIN books.entry e ON TRUE WHERE a.tenant_id = $1", True),
        ("UPDATE books.account SET version = 1 -- tenant_id", True),
    ],
)
def test_a_forgotten_tenant_is_found(sql: str, faulty: bool) -> None:
    assert bool(unfiltered_references(sql)) is faulty


def test_tenant_comes_first_in_every_key() -> None:
    faults = []
    for table in metadata.tables.values():
        if "tenant_id" not in table.columns:
            continue
        keys = [
            list(constraint.columns)
            for constraint in table.constraints
            if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint)
        ]
        keys += [
            list(index.columns)
            for index in table.indexes
            if index.dialect_options["postgresql"]["using"] != "brin"  # summaries of page ranges
        ]
        faults += [table.fullname for key in keys if key and key[0].name != "tenant_id"]
    assert faults == []


def test_every_table_and_column_says_what_it_holds() -> None:
    tables = [table.fullname for table in metadata.tables.values() if not table.comment]
    columns = [
        f"{table.fullname}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if not column.comment
    ]
    assert tables + columns == []
