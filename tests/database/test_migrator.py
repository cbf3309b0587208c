"""The migrator: twice does nothing, mismatches are refused by name, guards are in place."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import execute
from ops.migrator import DatabaseTooNew, DatabaseTooOld, check_schema, migrate
from tests.database_server import Database


async def test_migrating_again_changes_nothing(database: Database) -> None:
    again = await migrate(database.admin_url)
    assert not again.changed


async def test_a_migrated_database_is_accepted(engine: AsyncEngine) -> None:
    await check_schema(engine)


async def test_a_service_refuses_a_database_without_its_guards(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    async with admin_engine.begin() as conn:
        await execute(conn, "UPDATE deployment.guards SET checksum = 'of an earlier program'")
    with pytest.raises(DatabaseTooOld, match="gongzhang migrate"):
        await check_schema(engine)


async def test_an_old_service_refuses_newer_guards(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    async with admin_engine.begin() as conn:
        await execute(conn, "INSERT INTO deployment.guards (checksum) VALUES ('of a later one')")
    with pytest.raises(DatabaseTooNew, match="git pull"):
        await check_schema(engine)


async def test_an_old_program_refuses_a_newer_revision(
    database: Database, engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    async with admin_engine.begin() as conn:
        await execute(conn, "UPDATE deployment.alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew):
        await check_schema(engine)
    with pytest.raises(DatabaseTooNew):
        await migrate(database.admin_url)
