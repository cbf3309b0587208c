"""What the service's role may not do, whatever the program asks for."""

import re

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import execute, fetch_all, fetch_value, read_transaction, sqlstate
from ledger.identifiers import uuid7
from ledger.schema import metadata
from ledger.schema.base import APPEND_ONLY, GRANTS
from ops.guards import BACKUP_ROLE, OWNER_ROLE, SERVICE_ROLE, schema_names

TENANT_TABLES = [t.fullname for t in metadata.tables.values() if "tenant_id" in t.columns]
APPEND_ONLY_TABLES = [t.fullname for t in metadata.tables.values() if t.info.get(APPEND_ONLY)]


async def test_every_tenant_table_has_forced_row_level_security(admin_engine: AsyncEngine) -> None:
    async with admin_engine.connect() as conn:
        rows = await fetch_all(
            conn,
            "SELECT oid::regclass::text AS name FROM pg_class c WHERE relrowsecurity"
            " AND relforcerowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid)",
        )
    assert sorted(row.name for row in rows) == sorted(TENANT_TABLES)


async def test_the_service_may_do_to_a_table_what_the_table_declares(
    admin_engine: AsyncEngine,
) -> None:
    async with admin_engine.connect() as conn:
        rows = await fetch_all(
            conn,
            "SELECT table_schema || '.' || table_name AS name, privilege_type"
            " FROM information_schema.role_table_grants WHERE grantee = $1",
            SERVICE_ROLE,
        )
    granted: dict[str, set[str]] = {}
    for row in rows:
        granted.setdefault(row.name, set()).add(row.privilege_type)
    for table in metadata.tables.values():
        # Columns in brackets narrow a grant; such a grant is not one on the table.
        grants = re.sub(r"\([^)]*\)", "()", table.info.get(GRANTS, "SELECT"))
        declared = {word.strip() for word in grants.split(",")}
        whole = {word for word in declared if word.isalpha()}
        assert granted.get(table.fullname, set()) == whole, table.fullname
        assert "DELETE" not in whole or table.info.get(GRANTS), table.fullname
    assert not [name for name, what in granted.items() if "TRUNCATE" in what]


async def test_the_service_owns_nothing(admin_engine: AsyncEngine) -> None:
    async with admin_engine.connect() as conn:
        rows = await fetch_all(
            conn,
            "SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class"
            " WHERE relnamespace = ANY ($1::regnamespace[])"
            " UNION SELECT DISTINCT pg_get_userbyid(proowner) FROM pg_proc"
            " WHERE pronamespace = ANY ($1::regnamespace[])",
            schema_names(),
        )
    assert [row.owner for row in rows] == [OWNER_ROLE]


async def test_nobody_else_may_execute_our_functions(admin_engine: AsyncEngine) -> None:
    async with admin_engine.connect() as conn:
        count = await fetch_value(
            conn,
            "SELECT count(*) FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))"
            " WHERE pronamespace = ANY ($1::regnamespace[]) AND grantee = 0",
            schema_names(),
        )
    assert count == 0


async def test_even_the_owner_cannot_change_what_was_written(admin_engine: AsyncEngine) -> None:
    for table in APPEND_ONLY_TABLES:
        column = next(iter(metadata.tables[table].columns)).name
        for change in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            async with admin_engine.connect() as conn:
                with pytest.raises(DBAPIError) as refusal:
                    await execute(conn, change)
            assert sqlstate(refusal.value) == "2F002", change


async def test_every_policy_admits_the_current_tenant_only(admin_engine: AsyncEngine) -> None:
    async with admin_engine.connect() as conn:
        rows = await fetch_all(
            conn,
            "SELECT schemaname || '.' || tablename AS name, permissive, roles::text[], cmd,"
            " qual, with_check FROM pg_policies",
        )
    models = [row for row in rows if row.name == "deployment.policy_model"]
    rows = [row for row in rows if row not in models]
    backup = [row for row in rows if row.roles == [BACKUP_ROLE]]
    assert {(row.cmd, row.qual, row.with_check) for row in backup} == {("SELECT", "true", None)}
    rows = [row for row in rows if row not in backup]
    assert len(models) == 2
    for found in (rows, backup):
        assert sorted(row.name for row in found) == sorted(TENANT_TABLES)
    shapes = {(row.permissive, *row.roles, row.cmd, row.qual, row.with_check) for row in rows}
    assert len(shapes) == 1
    *_, qual, with_check = shapes.pop()
    assert qual == with_check
    assert "current_setting('gongzhang.tenant_id'::text, true)" in qual


async def test_the_service_sees_its_tenant_only(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    async with admin_engine.begin() as conn:
        for number in (1, 2):
            await execute(
                conn,
                "INSERT INTO books.tenant (tenant_id, public_id, last_account_id, opened_at)"
                " VALUES ($1, $2, 0, now())",
                number,
                uuid7(),
            )
    for seen_as, expected in ((None, []), (1, [1]), (2, [2]), (3, [])):
        async with read_transaction(engine, tenant_id=seen_as) as conn:
            rows = await fetch_all(conn, "SELECT tenant_id FROM books.tenant")
            assert [row.tenant_id for row in rows] == expected


async def test_who_backs_up_reads_everything_and_changes_nothing(admin_engine: AsyncEngine) -> None:
    async with admin_engine.connect() as conn:
        rights = await fetch_all(
            conn,
            "SELECT DISTINCT privilege_type FROM information_schema.role_table_grants"
            " WHERE grantee = $1",
            BACKUP_ROLE,
        )
        executes = await fetch_value(
            conn,
            "SELECT count(*) FROM pg_proc, aclexplode(proacl) AS granted"
            " WHERE grantee = to_regrole($1) AND pronamespace = ANY ($2::regnamespace[])",
            BACKUP_ROLE,
            schema_names(),
        )
        members = await fetch_value(
            conn, "SELECT pg_has_role($1, $2, 'MEMBER')", SERVICE_ROLE, BACKUP_ROLE
        )
    assert [row.privilege_type for row in rights] == ["SELECT"]
    assert (executes, members) == (0, False)
