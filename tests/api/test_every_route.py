"""Role × route × place, generated: the gate lets nobody further than the table of roles says.

Every route of the application, interface and pages alike, is judged by the gate itself for every
role, given in a programme, in an estate or on the platform, and for somebody without any role. What
is expected comes from the route's policy and from roles.toml alone, so a new route is covered the
day it is added.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.app import create_app
from api.auth import Caller
from api.edge import Edge
from api.gate import authorise
from api.policies import POLICY, TENANT_PARAMETERS, Policy, iterate_routes
from api.refusals import NotSignedIn
from ledger.database import write_transaction
from ledger.errors import NotFound
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import (
    SIGNED_BY_PERSONS,
    PermissionMissing,
    get_permissions,
    grant_role,
)
from ledger.foundation.organisations import Tenant
from ledger.foundation.people import create_person
from ledger.foundation.roles import Role, only_reading_in_estates, only_reads, shipped_roles
from ledger.identifiers import uuid7
from ledger.settings import Settings
from tests.api.world import KEYS, SECRET, SYSTEM, World

PASSES, REFUSED, HIDDEN, SIGN_IN = "passes", "refused", "hidden", "sign in first"


class Route(NamedTuple):
    """One way into the application."""

    name: str
    policy: Policy
    #: programme or estate, when the path names one.
    form: str | None


class Holder(NamedTuple):
    """Somebody with one role in one place; no place: on the platform; no role: nothing at all."""

    caller: Caller
    role: str | None
    place: Tenant | None

    @property
    def permitted(self) -> frozenset[str]:
        if self.role is None:
            return frozenset()
        role: Role = shipped_roles()[self.role]
        held = frozenset(role.limited + role.wide)
        return held - SIGNED_BY_PERSONS if self.role == "integration" else held


def every_route() -> Iterator[Route]:
    app = create_app(Settings(database_url="postgresql://nowhere", secret_key=SECRET))
    for path, handler in iterate_routes(app.app):
        forms = [form for name, form in TENANT_PARAMETERS.items() if f"{{{name}:uuid}}" in path]
        methods = sorted(str(one) for one in getattr(handler, "http_methods", {"?"}))
        name = f"{'/'.join(methods)} {path}"
        yield Route(name, handler.opt[POLICY], forms[0] if forms else None)


async def make_holder(world: World, role: str | None, place: Tenant | None) -> Holder:
    async def make(conn: AsyncConnection) -> Caller:
        if role == "integration":
            caller_id = (await create_api_key(conn, name="test", created_by=SYSTEM)).key.caller_id
        else:
            person = await create_person(conn, display_name="赵六", keys=KEYS)
            caller_id = person.caller_id
        if role is not None:
            limited = shipped_roles()[role].limited
            await grant_role(
                conn,
                caller_id=caller_id,
                role=role,
                tenant_id=None if place is None else place.tenant_id,
                object_id=world.member.member_id if limited else None,
                granted_by=SYSTEM,
            )
        return Caller(caller_id, await get_permissions(conn, caller_id=caller_id), None, None)

    return Holder(await write_transaction(world.engine, make), role, place)


def expected(route: Route, holder: Holder, tenant: Tenant | None) -> str:
    """What the policy and the table of roles say; ``tenant`` is the one that the path names."""
    policy = route.policy
    if policy.who in ("anyone", "signed_in"):
        return PASSES
    asked = set(policy.any_of) | ({policy.permission} if policy.permission else set())
    if policy.who == "platform":
        on_platform = holder.role is not None and holder.place is None
        wide = set(shipped_roles()[holder.role].wide) if holder.role else set()
        return PASSES if on_platform and asked & wide & holder.permitted else REFUSED
    if tenant is None or tenant.form != route.form or holder.role is None:
        return HIDDEN
    if holder.place is not None and holder.place.tenant_id != tenant.tenant_id:
        return HIDDEN
    permitted = set(holder.permitted)
    if holder.place is None and route.form == "estate" and holder.role in only_reading_in_estates():
        permitted = set(filter(only_reads, permitted))
    return PASSES if asked & permitted else REFUSED


async def judged(app: Edge, route: Route, caller: Caller | None, tenant: Tenant | None) -> str:
    """What the gate says."""
    public_id: UUID = uuid7() if tenant is None else tenant.public_id
    path: Mapping[str, Any] = {} if route.form is None else {f"{route.form}_id": public_id}
    try:
        await authorise(app.app.state.service, caller, route.policy, path)
    except NotSignedIn:
        return SIGN_IN
    except PermissionMissing:
        return REFUSED
    except NotFound:
        return HIDDEN
    return PASSES


@pytest.mark.parametrize("place", ["programme", "estate", "platform", "nothing"])
async def test_nobody_gets_further_than_the_table_of_roles(
    app: Edge, world: World, place: str
) -> None:
    where = {"programme": world.programme, "estate": world.estate}.get(place)
    roles: list[str | None] = [None] if place == "nothing" else sorted(shipped_roles())
    if place == "platform":
        roles = [one for one in roles if one and not shipped_roles()[one].limited]
    routes, wrong, asked = list(every_route()), [], 0
    assert len(routes) > 150
    for role in roles:
        holder = await make_holder(world, role, where)
        for route in routes:
            tenants = [world.programme, world.other_programme, world.estate, None]
            for tenant in tenants if route.form else [None]:
                found = await judged(app, route, holder.caller, tenant)
                asked += 1
                if found != expected(route, holder, tenant):
                    wrong.append(f"{role} at {route.name} in {tenant and tenant.name}: {found}")
    assert wrong == []
    assert asked > len(routes)


async def test_without_a_caller_only_what_is_for_anyone_opens(app: Edge, world: World) -> None:
    for route in every_route():
        found = await judged(app, route, None, world.programme)
        assert found == (PASSES if route.policy.who == "anyone" else SIGN_IN), route.name
