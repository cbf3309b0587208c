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
from sqlalchemy.ext.asyncio import AsyncConnection

import ledger
from api.edge import Edge
from api.web.texts import LANGUAGES, catalogue
from ledger.clock import now
from ledger.database import fetch_all, read_transaction, write_transaction
from ledger.foundation.api_keys import find_api_key, key_hash
from ledger.foundation.grants import grant_role
from ledger.foundation.organisations import Merchant
from ledger.journeys.enrolment import enrol_merchant
from tests.api.actors import Actor
from tests.api.world import SYSTEM, World, client_of
from tests.web.people import admit, signed_in
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
        (record,) = re.findall(r'href="([^"#]*)/records#([^"]*)"', page)
        assert "替你登记了一次服务：探访" in page
        assert f'id="{record[1]}"' in (await wang.get(f"{record[0]}/records")).text
        assert "来电请代办" in page
        listed = (await wang.get("/v1/me/acts")).json()
        assert [one["action"] for one in listed["items"]][:2] == [
            "redemption_code.issue",
            "time.convert",
        ]


@pytest.mark.parametrize("scopes", [None, ["redemptions.authorise", "programmes.read"]])
async def test_whoever_takes_points_at_a_counter_issues_no_code_for_it(
    app: Edge, world: World, scopes: list[str] | None
) -> None:
    key = await world.key("community_staff", scopes=scopes)

    async def employ(conn: AsyncConnection) -> None:
        found = await find_api_key(conn, hashed=key_hash(key), at=now())
        assert found is not None
        await grant_role(
            conn,
            caller_id=found.caller_id,
            role="merchant_operator",
            tenant_id=world.programme.tenant_id,
            object_id=world.merchant.merchant_id,
            granted_by=SYSTEM,
        )

    async def open_another(conn: AsyncConnection) -> Merchant:
        tenant_id = world.programme.tenant_id
        return await enrol_merchant(conn, tenant_id=tenant_id, name="李记面馆", enrolled_by=SYSTEM)

    await write_transaction(world.engine, employ)
    another = await write_transaction(
        world.engine, open_another, tenant_id=world.programme.tenant_id
    )
    code = {"member_id": str(world.member.member_id), "ground": "来电请代办"}
    before = await acts_for(world)
    async with client_of(app, key) as client:
        staff = Actor(client, world.base)
        assert await staff.refused("/redemption-codes", code) == (409, "own_shop")
        own = code | {"merchant_id": str(world.merchant.merchant_id)}
        assert await staff.refused("/redemption-codes", own) == (409, "own_shop")
        assert await acts_for(world) == before
        await staff.do("/redemption-codes", code | {"merchant_id": str(another.merchant_id)})


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
    async with signed_in(app, await admit(world, "auditor")) as browser:
        assert (await browser.get("/v1/me/acts")).json() == {"items": [], "next_before": None}
    for role in ("auditor", "integration"):  # one's own data are never opened by a key
        async with client_of(app, await world.key(role)) as client:
            refused = await client.get("/v1/me/acts")
            assert (refused.status_code, refused.json()["code"]) == (403, "key_reaches_itself")
            assert (await client.get("/account/acts")).status_code == 403


def acts_of_ties(path: Path, action: ast.JoinedStr) -> set[str]:
    """Those of a module whose lines are all written by its ``_record``."""
    (kind,) = (one.value for one in action.values if isinstance(one, ast.Constant))
    calls = (one for one in ast.walk(ast.parse(path.read_text("utf-8"))) if type(one) is ast.Call)
    return {
        f"{kind}{word.value}"
        for call in calls
        if getattr(call.func, "id", "") == "_record"
        for word in call.args
        if isinstance(word, ast.Constant) and isinstance(word.value, str)
    }


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
            if isinstance(action, ast.JoinedStr) and "behalf_person_id" in words:
                found |= acts_of_ties(path, action)
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
    assert {"time.convert", "redemption.void", "person.rename", "kinship.verify"} <= known
    for language in LANGUAGES:
        assert [name for name in known if f"done_for_me.{name}" not in catalogue(language)] == []


#: Writes of the interface that name a person who need not be the caller, and the act that each
#: leaves with her. None: a register that the office keeps; nobody acts in her place, and the audit
#: log has the line with the register.
NAMING = {
    "POST /v1/programmes/{programme_id:uuid}/households/{household_id:uuid}/moves": (
        "household.join"
    ),
    "POST /v1/programmes/{programme_id:uuid}/groups/{group_id:uuid}/moves": "group.join",
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
