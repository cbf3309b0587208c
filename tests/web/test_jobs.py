"""Jobs on pages and in the interface: an administrator sees what failed and has it run again."""

from datetime import date

import httpx
import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.clock import now
from ledger.database import fetch_all, read_transaction, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import grant_role
from ledger.foundation.organisations import Tenant
from ledger.foundation.people import create_person
from ledger.foundation.sign_in import set_password
from ledger.journeys.enrolment import create_programme
from ledger.journeys.jobs.due import due_of, run_due
from ledger.journeys.jobs.progress import MOST_ATTEMPTS
from ledger.journeys.jobs.registry import get_job
from ledger.journeys.jobs.running import run_job
from ledger.journeys.jobs.state import read_states
from tests.api.world import KEYS, PASSWORD, SYSTEM, World, client_of, new_key
from tests.web.people import signed_in
from tests.web.visitors import send

ADMIN = "jobs-admin"


@pytest.fixture
async def key(world: World) -> str:
    """The key of an administrator of the platform, who can also sign in."""

    async def make(conn: AsyncConnection) -> str:
        person = await create_person(conn, display_name="周敏", keys=KEYS)
        await set_password(
            conn, person=person, sign_in_name=ADMIN, password=PASSWORD, set_by=SYSTEM
        )
        await grant_role(conn, caller_id=person.caller_id, role="platform_admin", granted_by=SYSTEM)
        made = await create_api_key(
            conn, name="test", created_by=SYSTEM, caller_id=person.caller_id
        )
        return made.secret

    return await write_transaction(world.engine, make)


async def fail(world: World, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a job fail in the programme until it is parked."""

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of 王小明")

    with monkeypatch.context() as patched:
        patched.setattr("ledger.journeys.jobs.programme_jobs.release_services", broken)
        for _ in range(MOST_ATTEMPTS):
            await run_job(world.engine, get_job(code), tenant_id=world.programme.tenant_id)


async def test_a_parked_job_is_seen_and_run_again_on_record(
    app: Edge, world: World, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fail(world, "release_services", monkeypatch)
    await run_due(world.engine)
    async with signed_in(app, ADMIN) as browser:
        listed = (await browser.get("/admin/jobs")).text
        assert "已停，等待处理" in listed
        assert "任务多次失败" in (await browser.get("/admin")).text
        page = (await browser.get("/admin/jobs/release_services")).text
        assert "RuntimeError" in page
        assert "王小明" not in page
        address = "/admin/jobs/release_services"
        chosen = {"tenant": str(world.programme.public_id)}
        answer = await send(browser, address, address, **chosen)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?asked=yes")
        foreign = {"tenant": str(world.estate.public_id)}
        refused = await send(browser, address, address, **foreign)
        assert refused.status_code == 422, "not a job of estates"
        assert "已登记" in (await browser.get(f"{address}?asked=yes")).text
        assert (await browser.get("/admin/jobs/make_coffee")).status_code == 404
    async with read_transaction(world.engine) as conn:
        state = (await read_states(conn))["release_services", world.programme.tenant_id]
        acts = await fetch_all(
            conn, "SELECT object_id FROM foundation.audit_log WHERE action = 'jobs.run'"
        )
    due = due_of(get_job("release_services"), world.programme.tenant_id, state, now())
    assert due is not None
    assert due.wanted_by is not None
    assert "release_services" in {row.object_id for row in acts}
    await run_due(world.engine)
    async with signed_in(app, ADMIN) as browser:
        page = await browser.get("/admin/jobs/release_services")
        run = page.text.partition('href="/admin/job-runs/')[2].partition('"')[0]
        shown = await browser.get(f"/admin/job-runs/{run}")
        assert shown.status_code == 200
        assert "周敏" in shown.text


@pytest.mark.usefixtures("key")
async def test_months_that_are_open_are_named_where_the_run_is_shown(
    app: Edge, world: World
) -> None:
    code = "remind_of_programme_months"
    job, begin = get_job(code), date(2026, 1, 1)

    async def create(conn: AsyncConnection) -> tuple[Tenant, Tenant]:
        unused = await create_programme(conn, name="新项目", created_by=SYSTEM, first_period=begin)
        return unused, await create_programme(
            conn, name="老项目", created_by=SYSTEM, first_period=begin
        )

    unused, older = await write_transaction(world.engine, create)
    done = await run_job(world.engine, job, tenant_id=unused.tenant_id, by_hand=True)
    assert (done.tally.handled, done.tally.refused) == (0, 0), "nothing was ever posted there"
    inside = msgspec.structs.replace(world, programme=older)
    await inside.give(600, pool=True)
    await inside.give(500, "SP", pool=True)
    done = await run_job(world.engine, job, tenant_id=older.tenant_id, by_hand=True)
    assert done.tally.refused == 2
    why = f"{done.tally.facts['month']} 还没有结账：积分账、时间银行账"
    async with signed_in(app, ADMIN) as browser:
        page = (await browser.get(f"/admin/jobs/{code}")).text
        assert why in page
        run = page.partition('href="/admin/job-runs/')[2].partition('"')[0]
        shown = (await browser.get(f"/admin/job-runs/{run}")).text
    assert why in shown
    assert ">open<" not in shown


async def test_the_interface_tells_and_does_the_same(app: Edge, world: World, key: str) -> None:
    await run_due(world.engine)
    # until half past midnight that was yesterday's
    await run_job(world.engine, get_job("release_services"), tenant_id=world.programme.tenant_id)
    async with client_of(app, key) as client:
        jobs = (await client.get("/v1/jobs")).json()["items"]
        assert {"release_services", "prove_books"} <= {one["job"] for one in jobs}
        runs = (await client.get("/v1/job-runs", params={"job": "prove_books"})).json()["items"]
        assert {one["tenant_id"] for one in runs} == {
            str(tenant.public_id)
            for tenant in (world.programme, world.other_programme, world.estate)
        }
        one = await client.get(f"/v1/job-runs/{runs[0]['id']}")
        assert one.json() == runs[0]
        older = await client.get("/v1/job-runs", params={"before": runs[-1]["id"], "limit": 1})
        assert len(older.json()["items"]) <= 1
        assert (await client.get("/v1/job-failures")).json() == {"items": []}
        body = {"tenant_id": str(world.programme.public_id)}
        plan = await post(client, "/v1/jobs/release_services/plan", body)
        assert (plan["finished"], plan["entries"]) == (True, 0)
        assert (await post(client, "/v1/jobs/expire_units/run", body))["wanted"]
        refused = await post(client, "/v1/jobs/prove_books/plan", body)
        assert refused["code"] == "job_not_plannable"
        refused = await post(client, "/v1/jobs/expire_units/run", {})
        assert refused["code"] == "wrong_scope"


async def post(client: httpx.AsyncClient, path: str, body: dict) -> dict:
    return (await client.post(path, json=body, headers=new_key())).json()


async def test_who_is_no_administrator_of_the_platform_gets_nothing(
    app: Edge, world: World
) -> None:
    async with client_of(app, await world.key("platform_admin")) as client:
        for path in ("/v1/jobs", "/v1/job-runs", "/v1/job-failures"):
            assert (await client.get(path)).status_code == 403
        answer = await post(client, "/v1/jobs/expire_units/run", {})
        assert answer["code"] == "permission_missing"
