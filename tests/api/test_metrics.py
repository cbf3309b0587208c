"""Figures for monitoring: who may read them, what they count, and that they tell of nobody."""

import os
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.ext.asyncio import AsyncEngine

import api.metrics_of_database
from api.edge import Edge
from api.metrics_sharing import all_measures
from ledger.database import execute, fetch_value
from ledger.measures import MEASURES, Measures, durations
from ops.database_roles import admit_service_role
from tests.api.world import ORIGIN, World, client_of, entry, new_key, running_app
from tests.database_server import Database

TOKEN = "a token of the tests"


def samples(text: str) -> dict[str, float]:
    """Every figure by its name and labels."""
    return {
        sample.name + "".join(f" {k}={v}" for k, v in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def figures(client: httpx.AsyncClient, **headers: str) -> dict[str, float]:
    answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    return samples(answer.text)


def elsewhere(app: Edge, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=(address, 5000))
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN)


async def test_only_this_machine_or_the_token_opens_the_figures(
    app: Edge, database: Database
) -> None:
    async with client_of(app) as here, elsewhere(app, "10.0.0.7") as there:
        assert (await here.get("/metrics")).status_code == 200
        for name in ("x-forwarded-for", "forwarded", "via"):
            assert (await here.get("/metrics", headers={name: "for=10.0.0.7"})).status_code == 404
        refused = await there.get("/metrics")
        missing = await there.get("/nothing", headers={"accept": "application/json"})
        assert (refused.status_code, refused.json()["code"]) == (404, "route_not_found")
        assert missing.status_code == 404
        assert (await here.post("/metrics")).status_code == 404
    async with (
        running_app(database.service_url, metrics_token=TOKEN) as closed,
        elsewhere(closed, "10.0.0.7") as there,
        client_of(closed) as own,
    ):
        given = {"authorization": f"Bearer {TOKEN}"}
        assert (await there.get("/metrics", headers=given)).status_code == 200
        given = {"authorization": "Bearer another"}
        assert (await there.get("/metrics", headers=given)).status_code == 404
        assert (await own.get("/metrics")).status_code == 404


async def test_requests_postings_replays_and_refusals_are_counted(
    app: Edge, world: World, poster: httpx.AsyncClient
) -> None:
    debit = await world.account("PG", "5101")
    credit = await world.account("PG", "2501")
    route = "POST /v1/programmes/{programme_id}/entries"
    async with client_of(app) as client:
        before = await figures(client)
        key, path = new_key(), f"{world.base}/entries"
        for body, headers in (
            (entry(debit, credit), key),
            (entry(debit, credit, -1), new_key()),
            (entry(debit, credit), new_key()),
        ):
            body["occurred_at"] = "2026-01-05T08:00:00+08:00"
            await poster.post(path, json=body, headers=headers)
        again = entry(debit, credit)
        again["occurred_at"] = "2026-01-05T08:00:00+08:00"
        assert (await poster.post(path, json=again, headers=key)).json()["replayed"]
        await poster.get("/v1/secret-of-王小明?name=wang")
        after = await figures(client)

    def grown(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    duration = "gongzhang_request_duration_seconds_count"
    assert grown(f"{duration} route={route} status=2xx") == 3
    assert grown(f"{duration} route={route} status=4xx") == 1
    assert grown(f"{duration} route=GET (none) status=4xx") == 1
    assert grown("gongzhang_replays_total kind=posting") == 1
    assert grown("gongzhang_batch_size_count") == 3
    assert grown("gongzhang_commit_duration_seconds_count") == 3
    assert grown("gongzhang_refusals_total code=route_not_found") == 1
    assert after["gongzhang_database_up"] == 1
    assert after["gongzhang_processes"] == 1
    assert "王" not in str(after)
    assert "wang" not in str(after)


async def test_while_the_database_is_away_the_figures_say_so(
    app: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(_engine: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr("api.metrics_of_database._read", lost)
    async with client_of(app) as client:
        found = await figures(client)
    assert found["gongzhang_database_up"] == 0
    assert "gongzhang_processes" in found


async def test_what_the_database_does_not_let_us_read_takes_nothing_else_with_it(
    app: Edge, admin_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.metrics_of_database.KEPT_SECONDS", 0)

    async def change(*statements: str) -> None:
        async with admin_engine.begin() as conn:
            name = await fetch_value(conn, "SELECT current_database()")
            for one in statements:
                await execute(conn, one.format(name=name))

    async with client_of(app) as client:
        whole = set(await figures(client))
        await change("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
        found = await figures(client)
        assert whole - set(found) == {"gongzhang_database_bytes"}
        async with admin_engine.begin() as conn:
            await admit_service_role(conn)
        assert set(await figures(client)) == whole
        await change("REVOKE SELECT ON jobs.pgqueuer FROM gongzhang_service")
        found = await figures(client)
        assert found["gongzhang_database_up"] == 1
        assert "gongzhang_work_waiting" not in found
        assert {"gongzhang_webhooks_dead", "gongzhang_proofs_failed"} <= set(found)
        await change("REVOKE USAGE ON SCHEMA jobs FROM gongzhang_service")
        assert "gongzhang_webhooks_dead" in await figures(client)


def test_figures_of_all_processes_are_added_up(tmp_path: Path) -> None:
    """Of one that has ended the counters stay; what it held at the moment is gone."""
    for pid, queue in ((os.getppid(), 3), (2**22 + 1, 5)):
        histogram = durations()
        histogram.add(1)
        one = Measures(requests={"GET / 2xx": histogram}, gauges={"lane_queue_length": queue})
        (tmp_path / f"{pid}.figures").write_bytes(msgspec.msgpack.encode(one))
    (tmp_path / "99999999.figures").write_bytes(b"torn")
    MEASURES.gauges = {"lane_queue_length": 1}
    own = sum(MEASURES.requests["GET / 2xx"].counts) if "GET / 2xx" in MEASURES.requests else 0
    found = all_measures(str(tmp_path))
    assert sum(found.requests["GET / 2xx"].counts) == own + 2
    assert found.gauges["lane_queue_length"] == 4


async def test_what_no_worker_has_ever_done_is_late(app: Edge, world: World) -> None:
    async with client_of(app) as client:
        found = await figures(client)
    assert found["gongzhang_job_late_seconds job=prove_books"] > 0
    assert "gongzhang_job_success_age_seconds job=prove_books" not in found


async def test_a_connection_from_before_a_restart_is_no_fault(
    app: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = api.metrics_of_database._read
    attempts = []

    async def stale_once(engine: Any) -> Any:
        attempts.append(engine)
        if len(attempts) == 1:
            raise ConnectionError
        return await read(engine)

    monkeypatch.setattr("api.metrics_of_database._read", stale_once)
    async with client_of(app) as client:
        assert (await figures(client))["gongzhang_database_up"] == 1
