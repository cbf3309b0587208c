"""The migrator: twice does nothing, mismatches are refused by name, guards are in place."""

import os
import secrets

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import create_engine, execute
from ops.migrator import DatabaseTooNew, DatabaseTooOld, check_schema, migrate
from tests.database_server import (
    Database,
    DatabaseServer,
    run_statement,
    with_database,
    with_login,
)


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


async def test_an_owner_who_is_no_superuser_can_migrate(
    database_server: DatabaseServer, request: pytest.FixtureRequest
) -> None:
    """As on a managed server: LOGIN, CREATEROLE, CREATEDB and an own database."""
    if os.environ.get("GONGZHANG_TEST_DATABASE_URL"):
        server_url = database_server.admin_url
    else:  # roles belong to the server, and there they are to be missing
        server_url = request.getfixturevalue("own_server").admin_url
    name = f"gongzhang_owner_{secrets.token_hex(4)}"
    login_url = with_login(with_database(server_url, name), name, "secret")
    await run_statement(
        server_url, f"CREATE ROLE {name} LOGIN CREATEROLE CREATEDB PASSWORD 'secret'"
    )
    if server_url != database_server.admin_url:
        await run_statement(server_url, "DROP ROLE gongzhang_app")
        await run_statement(server_url, "DROP ROLE gongzhang_service")
    await run_statement(with_database(login_url, "postgres"), f"CREATE DATABASE {name}")
    try:
        assert (await migrate(login_url)).changed
        assert not (await migrate(login_url)).changed
        service = create_engine(login_url)  # the same login, in the service's role
        await check_schema(service)
        await service.dispose()
    finally:
        await run_statement(server_url, f"DROP DATABASE {name} WITH (FORCE)")
        await run_statement(server_url, f"DROP ROLE {name}")
