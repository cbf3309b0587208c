"""The migrator: twice does nothing, mismatches are refused by name, guards are in place."""

import asyncio
import os
import secrets

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import create_engine, execute, fetch_all, fetch_value
from ledger.schema import metadata
from ops.database_roles import ensure_roles
from ops.migrator import DatabaseBusy, migrate
from ops.schema_state import DatabaseTooNew, DatabaseTooOld, check_schema
from tests.database_server import (
    Database,
    DatabaseServer,
    run_statement,
    with_database,
    with_login,
)

LATER_GUARDS = "INSERT INTO deployment.guards (checksum) VALUES ('of a later one')"


async def test_migrating_again_changes_nothing(database: Database) -> None:
    again = await migrate(database.admin_url)
    assert not again.changed


async def test_two_migrations_of_an_empty_database_at_once_both_end_well(
    database_server: DatabaseServer,
) -> None:
    """As of two hosts that are set up by the same hand; the login is new to the server as well."""
    server_url = database_server.admin_url
    name = f"gongzhang_twice_{secrets.token_hex(4)}"
    await run_statement(server_url, f"CREATE ROLE {name} LOGIN PASSWORD 'secret'")
    await run_statement(server_url, f"CREATE DATABASE {name}")
    url = with_database(server_url, name)
    try:
        both = await asyncio.gather(*(migrate(url, service_login=name) for _ in range(2)))
        assert sorted(one.changed for one in both) == [False, True]
        assert all(one.finished for one in both)
        service = create_engine(with_login(url, name, "secret"))
        await check_schema(service)
        await service.dispose()
    finally:
        await run_statement(server_url, f"DROP DATABASE {name} WITH (FORCE)")
        await run_statement(server_url, f"DROP ROLE {name}")


async def test_a_role_that_another_migration_of_the_server_has_just_made_does_no_harm(
    database: Database, admin_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Databases of one server are migrated independently, and share the roles."""
    names = {kind: f"gongzhang_{kind}_{secrets.token_hex(4)}" for kind in ("OWNER", "BACKUP")}
    for kind, name in names.items():
        monkeypatch.setattr(f"ops.database_roles.{kind}_ROLE", name.lower())
    owner = names["OWNER"].lower()
    try:
        async with admin_engine.connect() as first, admin_engine.connect() as second:
            await execute(first, f"CREATE ROLE {owner} NOLOGIN")
            second_pid = await fetch_value(second, "SELECT pg_backend_pid()")
            made = asyncio.create_task(ensure_roles(second))
            waits = "SELECT pg_blocking_pids($1) <> '{}'"
            while not (made.done() or await fetch_value(first, waits, second_pid)):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await first.commit()
            await made
            exist = "SELECT to_regrole($1) IS NOT NULL AND to_regrole($2) IS NOT NULL"
            assert await fetch_value(second, exist, owner, names["BACKUP"].lower())
            await second.rollback()
    finally:
        await run_statement(database.admin_url, f"DROP ROLE IF EXISTS {owner}")


async def test_a_migrated_database_is_accepted(engine: AsyncEngine) -> None:
    await check_schema(engine)


async def test_a_service_refuses_a_database_without_its_guards(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    async with admin_engine.begin() as conn:
        await execute(conn, "UPDATE deployment.guards SET checksum = 'of an earlier program'")
    with pytest.raises(DatabaseTooOld, match="gongzhang migrate"):
        await check_schema(engine)


async def test_an_old_service_serves_until_the_upgrade_is_finished(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    async with admin_engine.begin() as conn:
        await execute(conn, LATER_GUARDS)
    await check_schema(engine)  # the newer program is taking over, and we may go on meanwhile
    async with admin_engine.begin() as conn:
        await execute(conn, "UPDATE deployment.guards SET finished_at = now()")
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


async def test_what_only_the_version_before_calls_goes_when_the_upgrade_is_finished(
    database: Database, admin_engine: AsyncEngine
) -> None:
    """A running service must not lose a function in mid-flight."""
    async with admin_engine.begin() as conn:
        await execute(conn, "CREATE FUNCTION books.of_before() RETURNS int RETURN 7")
        await execute(conn, "ALTER FUNCTION books.of_before() OWNER TO gongzhang_owner")
        await execute(conn, "UPDATE deployment.guards SET checksum = 'of the version before'")
    assert not (await migrate(database.admin_url)).finished
    service = create_engine(database.service_url, pool_size=1)
    async with service.connect() as conn:
        assert await fetch_value(conn, "SELECT books.of_before()") == 7
    await service.dispose()
    assert (await migrate(database.admin_url, finish=True)).finished
    async with admin_engine.connect() as conn:
        gone = "SELECT to_regprocedure('books.of_before()') IS NULL"
        assert await fetch_value(conn, gone) is True


async def test_an_internal_function_may_get_other_parameters(
    database: Database, admin_engine: AsyncEngine
) -> None:
    name = "foundation.role_change_approved"
    async with admin_engine.begin() as conn:
        await execute(
            conn,
            f"CREATE FUNCTION {name}(p_role text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        )
        await execute(conn, f"ALTER FUNCTION {name}(text) OWNER TO gongzhang_owner")
        await execute(conn, "UPDATE deployment.guards SET checksum = 'of an earlier program'")
    assert (await migrate(database.admin_url)).guards_applied
    async with admin_engine.begin() as conn:
        may = "SELECT has_function_privilege('gongzhang_service', oid, 'EXECUTE') FROM pg_proc"
        rows = await fetch_all(conn, f"{may} WHERE proname = 'role_change_approved'")
    assert [tuple(row) for row in rows] == [(False,), (False,)]


async def test_guards_are_applied_beside_a_transaction_that_holds_every_table(
    database: Database, engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """Applying them anew waits for nobody, and nobody waits: no table is locked against use."""
    async with admin_engine.begin() as conn:
        await execute(conn, "UPDATE deployment.guards SET checksum = 'of the version before'")
    async with admin_engine.begin() as conn:
        for table in metadata.sorted_tables:
            await execute(conn, f"LOCK TABLE {table.fullname} IN ROW EXCLUSIVE MODE")
        assert (await migrate(database.admin_url)).guards_applied
    await check_schema(engine)


async def test_a_lock_that_is_never_free_leaves_everything_as_it_was(
    database: Database, admin_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.migrator.PAUSES_SECONDS", (0, 0))
    async with admin_engine.begin() as conn:
        await execute(conn, "UPDATE deployment.guards SET checksum = 'of the version before'")
        await execute(conn, "ALTER TABLE books.account NO FORCE ROW LEVEL SECURITY")
    async with admin_engine.begin() as conn:
        await execute(conn, "LOCK TABLE books.account IN ACCESS SHARE MODE")
        with pytest.raises(DatabaseBusy, match=r"nothing was changed.*number"):
            await migrate(database.admin_url)
    assert (await migrate(database.admin_url)).guards_applied


async def test_guards_that_somebody_took_off_come_back(
    database: Database, admin_engine: AsyncEngine
) -> None:
    async with admin_engine.begin() as conn:
        await execute(conn, "DROP POLICY tenant_is_current ON books.account")
        await execute(conn, "CREATE POLICY open_door ON books.account USING (true)")
        await execute(conn, "ALTER TABLE books.entry DISABLE TRIGGER rows_are_append_only")
        await execute(conn, "UPDATE deployment.guards SET checksum = 'of the version before'")
    await migrate(database.admin_url)
    async with admin_engine.connect() as conn:
        policies = await fetch_all(
            conn, "SELECT polname FROM pg_policy WHERE polrelid = 'books.account'::regclass"
        )
        enabled = await fetch_value(
            conn,
            "SELECT tgenabled = 'O' FROM pg_trigger WHERE tgname = 'rows_are_append_only'"
            " AND tgrelid = 'books.entry'::regclass",
        )
    assert sorted(row.polname for row in policies) == ["backup_reads_all", "tenant_is_current"]
    assert enabled is True
