"""Grants: what a role reaches, where, and until when."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.clock import now
from ledger.database import execute, fetch_all, write_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import (
    GrantNeedsObject,
    PermissionMissing,
    Permissions,
    end_grant,
    get_permissions,
    grant_role,
)
from ledger.foundation.people import create_person
from ledger.foundation.roles import known_permissions, shipped_roles
from ledger.identifiers import uuid7
from ledger.journeys.enrolment import create_estate, create_programme
from tests.community import KEYS

SYSTEM = 1
HERE, THERE = 1, 2


async def new_caller(engine: AsyncEngine) -> int:
    made = await write_transaction(
        engine, lambda conn: create_api_key(conn, name="a system", created_by=SYSTEM)
    )
    return made.key.caller_id


async def permissions(engine: AsyncEngine, caller_id: int, **given: object) -> Permissions:
    async with engine.connect() as conn:
        return await get_permissions(conn, caller_id=caller_id, **given)


async def test_a_wide_role_reaches_its_tenant_and_no_other(engine: AsyncEngine) -> None:
    caller = await new_caller(engine)
    async with engine.begin() as conn:
        await grant_role(conn, caller_id=caller, role="auditor", tenant_id=HERE, granted_by=SYSTEM)
    may = await permissions(engine, caller)
    assert may.require("entries.read", HERE).everything
    with pytest.raises(PermissionMissing):
        may.require("entries.post", HERE)
    with pytest.raises(NotFound):
        may.require("entries.read", THERE)


async def test_the_subdistrict_on_the_platform_signs_in_programmes_and_reads_in_estates(
    engine: AsyncEngine,
) -> None:
    async with engine.begin() as conn:
        caller = (await create_person(conn, display_name="薛桂芳", keys=KEYS)).caller_id
        made = {"created_by": SYSTEM}
        programme = (await create_programme(conn, name="东湖", **made)).tenant_id
        estate = (await create_estate(conn, name="幸福里", **made)).tenant_id
        await grant_role(conn, caller_id=caller, role="subdistrict_staff", granted_by=SYSTEM)
    may = await permissions(engine, caller)
    assert may.require("entries.approve", programme).everything
    assert may.require("entries.read", estate).everything
    for signed in ("entries.approve", "policies.approve", "star_points.approve"):
        with pytest.raises(PermissionMissing):
            may.require(signed, estate)


async def test_a_limited_permission_reaches_only_the_object_of_the_grant(
    engine: AsyncEngine,
) -> None:
    caller, member, other = await new_caller(engine), uuid7(), uuid7()
    async with engine.begin() as conn:
        await grant_role(
            conn,
            caller_id=caller,
            role="volunteer",
            tenant_id=HERE,
            object_id=member,
            granted_by=SYSTEM,
        )
    may = await permissions(engine, caller)
    reach = may.require("accounts.read", HERE)
    assert reach.includes(member)
    assert not reach.includes(other)
    assert not reach.includes(None)
    assert may.require("merchants.read", HERE).everything


async def test_a_limited_role_without_an_object_is_refused(engine: AsyncEngine) -> None:
    caller = await new_caller(engine)
    async with engine.begin() as conn:
        with pytest.raises(GrantNeedsObject):
            await grant_role(
                conn, caller_id=caller, role="volunteer", tenant_id=HERE, granted_by=SYSTEM
            )
        with pytest.raises(InvalidInput):
            await grant_role(conn, caller_id=caller, role="emperor", granted_by=SYSTEM)


async def test_a_platform_grant_reaches_every_tenant(engine: AsyncEngine) -> None:
    caller = await new_caller(engine)
    async with engine.begin() as conn:
        await grant_role(conn, caller_id=caller, role="platform_admin", granted_by=SYSTEM)
    may = await permissions(engine, caller)
    assert may.require("entries.read", THERE).everything
    may.require_on_platform("tenants.create")
    with pytest.raises(PermissionMissing):
        may.require_on_platform("entries.post")


async def test_a_tenants_grant_is_none_on_the_platform(engine: AsyncEngine) -> None:
    caller = await new_caller(engine)
    async with engine.begin() as conn:
        await grant_role(
            conn, caller_id=caller, role="platform_admin", tenant_id=HERE, granted_by=SYSTEM
        )
    with pytest.raises(PermissionMissing):
        (await permissions(engine, caller)).require_on_platform("tenants.create")


async def test_scopes_narrow_what_a_key_may_do(engine: AsyncEngine) -> None:
    caller = await new_caller(engine)
    async with engine.begin() as conn:
        await grant_role(
            conn, caller_id=caller, role="integration", tenant_id=HERE, granted_by=SYSTEM
        )
    may = await permissions(engine, caller, scopes=frozenset({"entries.read"}))
    assert may.reach("entries.read", HERE) is not None
    assert may.reach("entries.post", HERE) is None


async def test_grants_count_from_their_beginning_to_their_end(engine: AsyncEngine) -> None:
    caller, moment = await new_caller(engine), now()
    async with engine.begin() as conn:
        grant_id = await grant_role(
            conn,
            caller_id=caller,
            role="auditor",
            tenant_id=HERE,
            granted_by=SYSTEM,
            valid_from=moment,
        )
        again = await grant_role(
            conn, caller_id=caller, role="auditor", tenant_id=HERE, granted_by=SYSTEM
        )
        assert again == grant_id
    before = await permissions(engine, caller, at=moment - timedelta(seconds=1))
    assert not before.roles
    assert (await permissions(engine, caller)).roles
    async with engine.begin() as conn:
        await end_grant(conn, grant_id=grant_id, ended_by=SYSTEM, reason="left")
        with pytest.raises(NotFound):
            await end_grant(conn, grant_id=grant_id, ended_by=SYSTEM, reason="left")
    assert not (await permissions(engine, caller)).roles


async def test_grants_are_in_the_audit_log_which_only_grows(engine: AsyncEngine) -> None:
    caller = await new_caller(engine)
    async with engine.begin() as conn:
        await grant_role(conn, caller_id=caller, role="auditor", granted_by=SYSTEM)
    async with engine.connect() as conn:
        actions = await fetch_all(conn, "SELECT action FROM foundation.audit_log ORDER BY audit_id")
        assert [row.action for row in actions] == ["api_key.create", "role.grant"]
        with pytest.raises(DBAPIError, match="permission denied"):
            await execute(conn, "UPDATE foundation.audit_log SET action = 'nothing'")


async def test_the_service_cannot_change_what_roles_may_do(engine: AsyncEngine) -> None:
    async with engine.connect() as conn:
        with pytest.raises(DBAPIError, match="permission denied"):
            await execute(conn, "UPDATE foundation.role_permission SET is_limited = false")


async def test_stored_roles_are_the_shipped_ones(engine: AsyncEngine) -> None:
    async with engine.connect() as conn:
        rows = await fetch_all(conn, "SELECT role_code, permission FROM foundation.role_permission")
    shipped = {
        (code, permission)
        for code, role in shipped_roles().items()
        for permission in role.limited + role.wide
    }
    assert {(row.role_code, row.permission) for row in rows} == shipped
    assert all(name.count(".") == 1 for name in known_permissions())
