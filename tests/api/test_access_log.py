"""The access log: a line of JSON a request, ids and figures only; a blocked log blocks nobody."""

import json
import os
import threading
from collections.abc import Iterator

import httpx
import pytest

from api.access_log import send_access_lines_to
from api.edge import Edge
from api.log_lines import MOST_LINES, LogLines
from ledger.measures import MEASURES
from tests.api.world import PASSWORD, World, client_of, entry, new_key

CANARY = "canary-王小明"


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What the access log says during the test."""
    kept: list[str] = []
    send_access_lines_to(kept.append)
    yield kept
    send_access_lines_to(None)


async def test_each_request_has_one_line_with_route_caller_tenant_and_status(
    app: Edge, world: World, poster: httpx.AsyncClient, lines: list[str]
) -> None:
    debit = await world.account("PG", "5101")
    credit = await world.account("PG", "2501")
    answers = [
        await poster.post(f"{world.base}/entries", json=entry(debit, credit), headers=new_key())
        for _ in range(2)  # the second one goes the short way
    ]
    answers.append(await poster.get(f"{world.base}/accounts?book=TB&code={CANARY}"))
    async with client_of(app) as nobody:
        answers.append(await nobody.get(f"/{CANARY}"))
        form = {"sign_in_name": CANARY, "password": PASSWORD}
        answers.append(await nobody.post("/sign-in", data=form))
        answers.append(await nobody.request("C4NARY", "/"))
    told = [json.loads(line) for line in lines]
    assert [one["status"] for one in told] == [answer.status_code for answer in answers]
    assert [one["request_id"] for one in told] == [a.headers["x-request-id"] for a in answers]
    assert [one["route"] for one in told[:4]] == [
        "POST /v1/programmes/{programme_id}/entries",
        "POST /v1/programmes/{programme_id}/entries",
        "GET /v1/programmes/{programme_id}/accounts",
        "GET (none)",
    ]
    assert told[0]["caller_id"] == told[1]["caller_id"] is not None
    assert told[0]["tenant"] == told[1]["tenant"] == str(world.programme.public_id)
    assert all(one["event"] == "request_served" and one["milliseconds"] >= 0 for one in told)
    assert "canary" not in "".join(lines).lower()
    assert "C4NARY" not in "".join(lines)


def test_a_log_that_nobody_reads_blocks_nobody_and_drops_are_counted() -> None:
    reading, writing = os.pipe()
    try:
        log = LogLines(writing)
        before = MEASURES.dropped_lines
        for number in range(3 * MOST_LINES):
            log.put(f"{number} {'x' * 100}")
        log.flush(0)
        assert MEASURES.dropped_lines > before
        assert threading.current_thread().is_alive()
    finally:
        os.close(reading)  # the writer's next attempt fails, and it goes on
        log.flush()
        os.close(writing)


def test_lines_come_out_whole_and_in_order() -> None:
    reading, writing = os.pipe()
    log = LogLines(writing)
    expected = [f"行 {number}" for number in range(500)]
    for line in expected:
        log.put(line)
    log.put_soon("last")
    log.flush()
    os.close(writing)
    with open(reading, encoding="utf-8") as file:
        assert file.read().splitlines() == [*expected, "last"]
