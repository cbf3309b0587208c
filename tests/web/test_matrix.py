"""Page × role × tenant: who gets which page is written down in ``page_rights/``, page by page.

Each table is a route; its keys are statuses, its values the roles that get them. Who is not named
is refused with 403. In a tenant where somebody has no role every page is missing.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.edge import Edge
from api.policies import POLICY, iterate_routes
from ledger.clock import today
from ledger.foundation.organisations import Tenant
from ledger.foundation.roles import shipped_roles
from ledger.identifiers import uuid7
from ledger.settings import Settings
from tests.api.world import SECRET, World
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden

Rights = dict[str, dict[str, list[str]]]
FILES = sorted((Path(__file__).parent / "page_rights").glob("*.toml"))
RIGHTS: Rights = {
    route: rights
    for path in FILES
    for route, rights in tomllib.loads(path.read_text("utf-8")).items()
}
NOT_PAGES = ("/v1/", "/docs", "/health/", "/static/", "/favicon.ico")
TENANT = re.compile(r"{(programme|estate)_id:uuid}")
REFUSED, MISSING = 403, 404


def page_routes() -> Iterator[str]:
    app = create_app(Settings(database_url="postgresql://nowhere", secret_key=SECRET))
    for path, handler in iterate_routes(app.app):
        if not path.startswith(NOT_PAGES) and handler.opt[POLICY].who != "anyone":
            yield from (f"{method} {path}" for method in sorted(map(str, handler.http_methods)))


def roles_of(route: str) -> list[str]:
    """The roles that the page's policy admits: a first draft of its line."""
    app = create_app(Settings(database_url="postgresql://nowhere", secret_key=SECRET))
    for path, handler in iterate_routes(app.app):
        policy = handler.opt[POLICY]
        method, _, address = route.partition(" ")
        if address == path and method in map(str, handler.http_methods):
            asked = {*policy.any_of, policy.permission}
            return sorted(
                code
                for code, role in shipped_roles().items()
                if policy.who == "signed_in"
                or (policy.who == "tenant" and asked & {*role.limited, *role.wide})
            )
    return []


def test_every_page_says_here_who_gets_it() -> None:
    new, gone = set(page_routes()) - set(RIGHTS), set(RIGHTS) - set(page_routes())
    lines = [f'["{route}"]\n200 = {json.dumps(roles_of(route))}' for route in sorted(new)]
    draft = "\n".join(lines)
    assert not new, f"write into a file of page_rights/, with the status each gets:\n{draft}"
    assert not gone, f"no such pages any more: {sorted(gone)}"
    roles = set(shipped_roles())
    for route, statuses in RIGHTS.items():
        named = [role for listed in statuses.values() for role in listed]
        assert len(named) == len(set(named)), route
        assert set(named) <= roles, route


def expected(route: str, role: str) -> int:
    """The status that the table gives."""
    found = (int(status) for status, roles in RIGHTS[route].items() if role in roles)
    return next(found, REFUSED)


async def address_of(world: World, path: str, tenant: Tenant) -> str:
    """An address of a route, pointing at what is there as far as the world has it."""
    known = {
        "merchant_id": world.merchant.merchant_id,
        "member_id": world.member.member_id,
        "partner_id": world.partner.partner_id,
        "branch_id": world.member.branch_id,
        "account_id": await world.account("TB", "2101", world.member.member_id),
    }
    address = TENANT.sub(str(tenant.public_id), path)
    address = re.sub(r"{([a-z_]+):uuid}", lambda name: str(known.get(name[1], uuid7())), address)
    for name, value in {
        "book": "TB",
        "code": "2101",
        "month": "2026-01" if "/stars/" in path else f"{today():%Y-%m}",
        "member_act": "status",
        "household_act": "head",
        "group_act": "join",
        "merchant_act": "till",
        "partner_act": "contact",
        "unit_act": "move",
        "for_act": "for-convert",
    }.items():
        address = address.replace(f"{{{name}:str}}", value)
    return address


async def ask(client: httpx.AsyncClient, world: World, route: str, tenant: Tenant) -> int:
    """Open a page, or send its form empty."""
    method, path = route.split(" ")
    address = await address_of(world, path, tenant)
    if method == "GET":
        return (await client.get(address)).status_code
    fields = hidden(await client.get("/nothing"))
    return (await client.post(address, data=fields)).status_code


@pytest.mark.parametrize("role", sorted(shipped_roles()))
@pytest.mark.parametrize("form", ["programme", "estate"])
async def test_a_role_gets_its_pages_and_no_others(
    app: Edge, world: World, role: str, form: str
) -> None:
    tenant = world.programme if form == "programme" else world.estate
    wrong = {}
    async with signed_in(app, await admit(world, role, tenant)) as client:
        for route in RIGHTS:
            named = TENANT.search(route)
            if route == "POST /sign-out" or (named is None and form == "estate"):
                continue
            if named is not None and named[1] == form:
                found, wanted = await ask(client, world, route, tenant), expected(route, role)
            elif named is not None:
                other = world.estate if form == "programme" else world.other_programme
                found, wanted = await ask(client, world, route, other), MISSING
            else:
                found, wanted = await ask(client, world, route, tenant), expected(route, role)
            if found != wanted:
                wrong[route] = (found, wanted)
    assert wrong == {}


async def test_a_programme_of_others_is_missing(app: Edge, world: World) -> None:
    async with signed_in(app, await admit(world, "community_staff")) as client:
        for route in RIGHTS:
            if "{programme_id" in route:
                assert await ask(client, world, route, world.other_programme) == MISSING, route
