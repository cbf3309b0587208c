"""Role × route × tenant, generated: nobody gets further than the roles table says.

Every route is called by every role in four tenants' names: the one of its grant (a programme; of
roles that only mean something in estates, an estate), two others, and one that does not exist.
Bodies are empty, so what may pass stops at its body or object.
"""

import re
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from litestar import Litestar, get
from sqlalchemy.ext.asyncio import AsyncConnection

from api.app import create_app
from api.edge import Edge
from api.gate import API_PATH
from api.policies import (
    POLICY,
    Policy,
    PolicyMissing,
    anyone,
    check_policies,
    iterate_routes,
    may,
)
from ledger.database import fetch_value, read_transaction, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import grant_role
from ledger.foundation.organisations import Tenant
from ledger.foundation.people import create_person
from ledger.foundation.roles import shipped_roles
from ledger.identifiers import uuid7
from ledger.settings import Settings
from tests.api.world import KEYS, SECRET, SYSTEM, World, client_of, new_key, running_app
from tests.database_server import Database

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
PUBLIC = {
    "/",
    "/docs",
    "/favicon.ico",
    "/health/live",
    "/health/ready",
    "/sign-in",
    "/sign-in/enrolment",
    "/sign-in/invitation",
    "/sign-in/invitation/password",
    "/sign-in/provider",
    "/sign-in/provider/callback",
    "/sign-in/second-factor",
    "/styleguide",
}


def all_routes() -> Iterator[tuple[str, str, Policy]]:
    app = create_app(Settings(database_url="postgresql://nowhere", secret_key=SECRET))
    for path, handler in iterate_routes(app.app):
        for method in sorted(str(one) for one in handler.http_methods):
            yield method, path, handler.opt[POLICY]


def test_every_route_says_who_may_use_it() -> None:
    routes = list(all_routes())
    assert all(isinstance(policy, Policy) for _, _, policy in routes)
    assert len(routes) > 30


def test_only_these_addresses_are_open_to_anyone() -> None:
    open_paths = {path for _, path, policy in all_routes() if policy.who == "anyone"}
    assert {path for path in open_paths if not path.startswith(("/docs/", "/static/"))} <= PUBLIC


@pytest.mark.parametrize("opt", [{}, {POLICY: None}, may("no.such"), may("entries.read")], ids=str)
def test_a_route_without_a_sound_policy_does_not_start(opt: dict) -> None:
    @get("/loose", opt=opt)
    async def loose() -> None: ...

    with pytest.raises(PolicyMissing, match="/loose"):
        check_policies(Litestar([loose], openapi_config=None))


def test_a_route_for_anyone_starts() -> None:
    @get("/open", opt=anyone())
    async def open_route() -> None: ...

    check_policies(Litestar([open_route], openapi_config=None))


def test_every_permission_of_a_route_belongs_to_some_role_and_none_to_all() -> None:
    roles = shipped_roles()
    for _, path, policy in all_routes():
        if policy.permission is None:
            continue
        holding = [
            code for code, role in roles.items() if policy.permission in role.limited + role.wide
        ]
        assert 0 < len(holding) < len(roles), path


@pytest.mark.parametrize("role", sorted(shipped_roles()))
async def test_a_role_reaches_its_routes_in_its_tenant_and_nothing_elsewhere(
    app: Edge, world: World, role: str
) -> None:
    permitted = shipped_roles()[role]
    object_id = world.member.member_id if permitted.limited else None
    home, form = (world.programme, "programme_id")
    if permitted.given_in == ("estate",):
        home, form = (world.estate, "estate_id")
    secret = await world.key(role, home, object_id=object_id)
    wrong: list[str] = []
    async with client_of(app, secret) as client:
        for method, path, policy in all_routes():
            if policy.who != "tenant":
                continue
            names = permitted.limited + permitted.wide
            asked = (policy.permission,) if policy.permission else policy.any_of
            allowed = not set(asked).isdisjoint(names)
            for tenant in (world.programme, world.other_programme, world.estate, None):
                answer = await call(client, method, path, tenant)
                seen = verdict(answer)
                here = tenant is home and form in path
                expected = ("passes" if allowed else "refused") if here else "hidden"
                if seen != expected:
                    wrong.append(f"{method} {path} in {tenant and tenant.name}: {seen}")
                is_form = method in WRITES and not path.startswith(API_PATH)
                if is_form and seen == "passes":
                    assert answer.json()["code"] == "form_needs_session", path
    assert wrong == []


async def test_no_form_of_a_page_takes_a_key_on_the_platform_or_for_ones_own_things(
    database: Database, world: World
) -> None:
    async def make(conn: AsyncConnection) -> str:
        person = await create_person(conn, display_name="赵六", keys=KEYS)
        caller_id = person.caller_id
        await grant_role(conn, caller_id=caller_id, role="platform_admin", granted_by=SYSTEM)
        made = await create_api_key(conn, name="all", created_by=SYSTEM, caller_id=caller_id)
        return made.secret

    secret, codes = await write_transaction(world.engine, make), Counter[str]()
    async with (
        running_app(database.service_url, rate_limit_percent=0) as app,
        client_of(app, secret) as client,
    ):
        for method, path, policy in all_routes():
            if method not in WRITES or path.startswith(API_PATH) or policy.who == "tenant":
                continue
            answer = await call(client, method, path, None)
            code = answer.json()["code"]
            assert code == "form_needs_session" or policy.who == "platform", path
            codes[code] += 1
    assert set(codes) <= {"form_needs_session", "permission_missing"}
    assert codes["form_needs_session"] > 30


async def test_a_guardians_key_that_reads_agrees_to_nothing(app: Edge, world: World) -> None:
    ward = world.member.member_id
    secret = await world.key("guardian", object_id=ward, scopes=["accounts.read"])
    page = f"/programmes/{world.programme.public_id}/wards/{ward}/privacy"
    async with client_of(app, secret) as client:
        sent = await client.post(page, data={"purpose": "seen_by_all", "given": "yes"})
    assert (sent.status_code, sent.json()["code"]) == (403, "form_needs_session")
    assert "/v1" in sent.json()["detail"]
    async with read_transaction(world.engine) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.consent") == 0


async def call(
    client: httpx.AsyncClient, method: str, path: str, tenant: Tenant | None
) -> httpx.Response:
    tenant_id = uuid7() if tenant is None else tenant.public_id
    address = re.sub(r"{(programme|estate)_id:uuid}", str(tenant_id), path)
    address = re.sub(r"{book_code:str}", "TB", address)
    address = re.sub(r"{[a-z_]+:uuid}", str(uuid7()), address)
    address = re.sub(r"{[a-z_]+:date}", "2026-01-01", address)
    address = re.sub(r"{[a-z_]+:[a-z]+}", "x", address)
    return await client.request(method, address, headers=new_key())


def verdict(answer: httpx.Response) -> str:
    """Passed the gate, refused for want of permission, or not known to be there."""
    assert answer.status_code < 500, answer.text
    code = answer.json().get("code") if "json" in answer.headers.get("content-type", "") else None
    if code == "permission_missing":
        return "refused"
    if code == "not_found" and answer.json().get("kind") in ("programme", "estate"):
        return "hidden"
    return "passes"


async def test_another_tenant_looks_exactly_like_a_missing_one(
    auditor: httpx.AsyncClient, world: World
) -> None:
    foreign = f"/v1/programmes/{world.other_programme.public_id}/accounts"
    missing = f"/v1/programmes/{uuid7()}/accounts"
    wrong_form = f"/v1/programmes/{world.estate.public_id}/accounts"
    answers = [(await auditor.get(path)).json() for path in (foreign, missing, wrong_form)]
    for answer in answers:
        for name in ("request_id", "instance", "id", "detail"):
            del answer[name]
    assert answers[0] == answers[1] == answers[2]
