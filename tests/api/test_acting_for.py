"""代办: what is done for a person is on record with her, in the same transaction, and she reads it.

A table of every write that can name somebody else: its permission and what is put on record.
"""

import ast
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

import ledger
from api.edge import Edge
from api.web.texts import LANGUAGES, catalogue
from ledger.clock import now
from ledger.database import fetch_all, read_transaction
from tests.api.actors import Actor
from tests.api.world import World, client_of
from tests.web.visitors import sign_in, visitor

ROOT = Path(ledger.__file__).parents[1]


@pytest.fixture
async def staff(app: Edge, world: World):
    async with client_of(app, await world.key("community_staff")) as client:
        yield Actor(client, world.base)


async def acts_for(world: World) -> list[tuple[str, str]]:
    """Action and name of the actor, for the first member, oldest first."""
    async with read_transaction(world.engine) as conn:
        rows = await fetch_all(
            conn,
            "SELECT a.action, p.display_name, a.object_id, a.scope_tenant_id"
            " FROM foundation.audit_log a LEFT JOIN foundation.person p USING (caller_id)"
            " WHERE a.behalf_person_id = $1 ORDER BY a.audit_id",
            world.person.person_id,
        )
    assert all(row.object_id for row in rows)
    assert {row.scope_tenant_id for row in rows} <= {world.programme.tenant_id}
    return [(row.action, row.display_name) for row in rows]


def service(world: World) -> dict[str, Any]:
    ended = now() - timedelta(hours=1)
    return {
        "provider_id": str(world.member.member_id),
        "started_at": (ended - timedelta(hours=1)).isoformat(),
        "ended_at": ended.isoformat(),
        "category": "escort",
        "activity": "探访",
        "place": "东湖",
    }


async def test_what_staff_do_for_a_person_she_reads_with_their_name(
    app: Edge, world: World, staff: Actor
) -> None:
    before = await acts_for(world)
    assert before == [("member.enrol", None)], "the system enrolled her"
    member = str(world.member.member_id)
    await world.give(300)
    await staff.do("/service-records", service(world))
    await staff.do("/conversions", {"member_id": member, "minutes": 120})
    code = {"member_id": member}
    assert await staff.refused("/redemption-codes", code) == (422, "invalid_input")
    await staff.do("/redemption-codes", code | {"ground": "来电请代办"})
    assert (await acts_for(world))[1:] == [
        ("service.record", "赵六"),
        ("time.convert", "赵六"),
        ("redemption_code.issue", "赵六"),
    ]
    async with visitor(app) as wang:
        await sign_in(wang)
        page = (await wang.get("/account/acts")).text
        assert page.count("赵六") == 3
        assert "来电请代办" in page
        listed = (await wang.get("/v1/me/acts")).json()
        assert [one["action"] for one in listed["items"]][:2] == [
            "redemption_code.issue",
            "time.convert",
        ]


async def test_ones_own_acts_and_refused_ones_are_no_acts_for_somebody(
    app: Edge, world: World, staff: Actor
) -> None:
    member = str(world.member.member_id)
    before = await acts_for(world)
    assert (await staff.refused("/conversions", {"member_id": member, "minutes": 120}))[0] == 409
    async with visitor(app) as wang:
        await sign_in(wang)
        page = await wang.get(f"/programmes/{world.programme.public_id}/volunteer/code")
        fields = dict(re.findall(r'name="(form_token|form_key)" value="([^"]*)"', page.text))
        await wang.post(f"/programmes/{world.programme.public_id}/volunteer/code", data=fields)
    assert await acts_for(world) == before


async def test_nobody_reads_what_was_done_for_others(app: Edge, world: World) -> None:
    async with client_of(app, await world.key("auditor")) as client:
        assert (await client.get("/v1/me/acts")).json() == {"items": [], "next_before": None}
    async with client_of(app, await world.key("integration")) as client:
        assert (await client.get("/v1/me/acts")).status_code == 404
        assert (await client.get("/account/acts")).status_code == 404


def acts_in_the_code() -> set[str]:
    """Every action that is put on record for somebody else."""
    found = set()
    for path in [*ROOT.glob("ledger/**/*.py"), *ROOT.glob("api/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            words = {word.arg: word.value for word in node.keywords}
            by_name = getattr(node.func, "id", "") == "record_act_for"
            action = words.get("action")
            if isinstance(action, ast.Constant) and (by_name or "behalf_person_id" in words):
                found.add(action.value)
    for path in ROOT.glob("ledger/programmes/**/sql/functions/*.sql"):
        text = path.read_text("utf-8")
        for statement in re.findall(r"INSERT INTO foundation\.audit_log.*?;", text, re.DOTALL):
            words = statement.replace("'gongzhang.ground'", "")  # a setting, no act
            found |= set(re.findall(r"'([a-z]+\.[a-z]+)'", words))
    return found


def test_every_act_for_somebody_has_words() -> None:
    known = acts_in_the_code()
    assert {"time.convert", "redemption.void", "person.rename"} <= known
    for language in LANGUAGES:
        assert [name for name in known if f"done_for_me.{name}" not in catalogue(language)] == []


#: Writes of the interface that name a person who need not be the caller, and the act that each
#: leaves with her. None: a register that the office keeps; nobody acts in her place, and the audit
#: log has the line with the register.
NAMING = {
    "POST /v1/programmes/{programme_id:uuid}/households/{household_id:uuid}/moves": None,
    "POST /v1/programmes/{programme_id:uuid}/groups/{group_id:uuid}/moves": None,
    "POST /v1/programmes/{programme_id:uuid}/partners/{partner_id:uuid}/contacts": None,
    "POST /v1/programmes/{programme_id:uuid}/members": "member.enrol",
    "POST /v1/programmes/{programme_id:uuid}/service-records": "service.record",
    "POST /v1/programmes/{programme_id:uuid}/conversions": "time.convert",
    "POST /v1/programmes/{programme_id:uuid}/redemption-codes": "redemption_code.issue",
    "POST /v1/programmes/{programme_id:uuid}/redemptions": "redemption.authorise",
    "POST /v1/programmes/{programme_id:uuid}/redemptions/{redemption_id:uuid}/void": (
        "redemption.void"
    ),
    "POST /v1/programmes/{programme_id:uuid}/star-claims": "star_claim.propose",
}


async def test_these_routes_name_somebody_else(app: Edge, nobody: httpx.AsyncClient) -> None:
    from api.policies import iterate_routes

    routes = {
        f"{method} {path}"
        for path, handler in iterate_routes(app.app)
        for method in map(str, handler.http_methods)
    }
    assert set(NAMING) <= routes
    assert {act for act in NAMING.values() if act} <= acts_in_the_code()
    schema = (await nobody.get("/docs/openapi.json")).json()
    parts = schema["components"]["schemas"]
    naming = set()
    for path, item in schema["paths"].items():
        body = item.get("post", {}).get("requestBody", {}).get("content", {})
        name = body.get("application/json", {}).get("schema", {}).get("$ref", "").split("/")[-1]
        fields = set(parts.get(name, {}).get("properties", {}))
        if fields & {"member_id", "provider_id"} and path.startswith("/v1/programmes/"):
            naming.add(f"POST {path}")
    known = {re.sub(r":\w+}", "}", route) for route in NAMING}
    assert naming <= known, "a new route names a member: put its act on record, and it here"
