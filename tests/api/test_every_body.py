"""Every route that reads JSON refuses what is none, whoever wrote it: no route is left to itself.

The bodies are wrong for any command; so each gets its refusal from the gate, and no handler runs.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from api.app import create_app
from api.bodies import JSON_TYPES, LARGEST_BODY
from api.gate import API_PATH
from api.policies import POLICY, Policy, iterate_routes
from ledger.database import fetch_value, read_transaction, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import grant_role
from ledger.foundation.people import create_person
from ledger.foundation.roles import only_reading_in_estates, shipped_roles
from ledger.settings import Settings
from tests.api.hostile import JSON
from tests.api.world import KEYS, SECRET, SYSTEM, World, client_of, new_key, running_app
from tests.database_server import Database

_PARAMETER = re.compile(r"{(\w+):(\w+)}")


class BodyRoute(NamedTuple):
    """A route that reads a JSON body."""

    path: str
    policy: Policy


def routes_with_bodies() -> Iterator[BodyRoute]:
    app = create_app(Settings(database_url="postgresql://nowhere", secret_key=SECRET))
    for path, handler in iterate_routes(app.app):
        policy: Policy = handler.opt[POLICY]
        reads = "data" in handler.parsed_fn_signature.parameters
        if path.startswith(API_PATH) and reads and policy.media_types in (None, JSON_TYPES):
            yield BodyRoute(path, policy)


#: Wrong for every command: body, label, refusal.
CASES: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", JSON, "malformed_body"),
    "truncated": (b'{"a": "b', JSON, "malformed_body"),
    "two objects": (b"{}{}", JSON, "malformed_body"),
    "latin-1": (b'{"a": "\xe9"}', JSON, "malformed_body"),
    "a surrogate": (b'{"a": "\\ud800"}', JSON, "malformed_body"),
    "not a number": (b'{"a": NaN}', JSON, "malformed_body"),
    "100,000 deep": (b"[" * 100_000, JSON, "body_too_deep"),
    "33 deep": (b'{"a":' * 33 + b"1" + b"}" * 33, JSON, "body_too_deep"),
    "null": (b"null", JSON, "invalid_body"),
    "a list": (b"[]", JSON, "invalid_body"),
    "a text": (b'"x"', JSON, "invalid_body"),
    "an unknown field": (b'{"is_admin_of_all": true}', JSON, "invalid_body"),
    "a field twice": (b'{"a": 1, "a": 1}', JSON, "invalid_body"),
    "a fraction": (b'{"a": 1.5}', JSON, "invalid_body"),
    "400 digits": (b'{"a": ' + b"9" * 400 + b"}", JSON, "invalid_body"),
    "a control character": (b'{"a": "\\u0000"}', JSON, "invalid_body"),
    "an override": (b'{"a": "\\u202e"}', JSON, "invalid_body"),
    "plain text": (b"{}", "text/plain", "media_type_unsupported"),
    "a form": (b"a=1", "application/x-www-form-urlencoded", "media_type_unsupported"),
    "another charset": (b"{}", f"{JSON}; charset=gbk", "media_type_unsupported"),
    "too large": (b"{" + b" " * LARGEST_BODY + b"}", JSON, "body_too_large"),
}


async def make_keys(world: World, conn: AsyncConnection) -> dict[str, str]:
    """By role: the key of a person who has it wherever it is given."""
    keys = {}
    for code, role in shipped_roles().items():
        person = await create_person(conn, display_name="赵六", keys=KEYS)
        made = await create_api_key(conn, name=code, created_by=SYSTEM, caller_id=person.caller_id)
        places = {"programme": world.programme.tenant_id, "estate": world.estate.tenant_id}
        for form in role.given_in:
            await grant_role(
                conn,
                caller_id=person.caller_id,
                role=code,
                tenant_id=places.get(form),
                object_id=world.member.member_id if role.limited else None,
                granted_by=SYSTEM,
            )
        keys[code] = made.secret
    return keys


def able(route: BodyRoute) -> str | None:
    """A role that passes the route's policy; None: what both kinds of places have, one lets do."""
    if route.policy.who in ("anyone", "signed_in"):
        return "auditor"
    asked = {*route.policy.any_of, route.policy.permission}
    form = next((one for one in ("programme", "estate") if f"{{{one}_id:" in route.path), "")
    for code, role in shipped_roles().items():
        only_reads = form == "estate" and code in only_reading_in_estates()
        fits = form in role.given_in or ("platform" in role.given_in and not only_reads)
        if fits and asked & {*role.wide, *(role.limited if form else ())}:
            return code
    return None


def address(route: BodyRoute, world: World) -> str:
    ids: dict[str, Any] = {
        "programme_id": world.programme.public_id,
        "estate_id": world.estate.public_id,
    }
    return _PARAMETER.sub(lambda found: str(ids.get(found[1]) or uuid4()), route.path)


async def test_every_route_refuses_what_is_no_command(database: Database, world: World) -> None:
    keys = await write_transaction(world.engine, lambda conn: make_keys(world, conn))
    async with read_transaction(world.engine) as conn:
        before = await fetch_value(conn, "SELECT count(*) FROM foundation.audit_log")
    routes = [(route, role) for route in routes_with_bodies() if (role := able(route))]
    wrong = []
    assert len(routes) > 80
    async with running_app(database.service_url, rate_limit_percent=0) as app:
        for route, role in routes:
            async with client_of(app, keys[role]) as client:
                for name, (body, content_type, code) in CASES.items():
                    headers = new_key() | {"content-type": content_type}
                    answer = await client.post(address(route, world), content=body, headers=headers)
                    found = answer.json().get("code")
                    if found != code or answer.status_code >= 500:
                        wrong.append(f"{route.path}: {name}: {answer.status_code} {found}")
    assert wrong == []
    async with read_transaction(world.engine) as conn:
        after = await fetch_value(conn, "SELECT count(*) FROM foundation.audit_log")
    assert after == before, "something was done"
