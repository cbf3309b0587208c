"""Random requests over the whole description, good and bad: never a failure of ours."""

import contextlib
import math
import random
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import create_engine, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import grant_role
from ledger.foundation.people import create_person
from ledger.foundation.roles import shipped_roles
from tests.api.live import live_service
from tests.api.world import KEYS, SECRET, SYSTEM, World, create_world
from tests.database_server import Database
from tests.waiting import wait_for

CASES_IN_ALL = 1_000
#: A slow machine sends fewer; after one round over every operation that is no fault.
MOST_SECONDS = 30
CASES_THE_LONG_WAY = 10_000
#: Of one operation and kind, so that a round ends soon after its time.
CASES_A_ROUND = 5
ROLES = (
    "auditor", "branch_secretary", "committee_member", "community_staff", "integration",
    "platform_admin", "programme_accountant", "trustee",
)  # fmt: skip


class Target(NamedTuple):
    """A running service and what is in it."""

    address: str
    world: World
    #: By role.
    keys: dict[str, str]
    ids: list[str]


async def make_world(service_url: str) -> Target:
    """A world, a key of each role in it, and ids of things that are there."""
    engine = create_engine(service_url)
    try:
        world = await create_world(engine)

        keys = {}
        for role in ROLES:
            keys[role] = await write_transaction(engine, partial(make_key, world, role))
        places = (("TB", "2201", None), ("TB", "2101", world.member.member_id))
        ids = [str(await world.account(*place)) for place in places]
        ids += [str(world.member.member_id), str(world.merchant.merchant_id)]
    finally:
        await engine.dispose()
    return Target("", world, keys, ids)


async def make_key(world: World, role: str, conn: AsyncConnection) -> str:
    """A key of a person with one role in the programme and in the estate."""
    person = await create_person(conn, display_name="赵六", keys=KEYS)
    made = await create_api_key(conn, name="fuzz", created_by=SYSTEM, caller_id=person.caller_id)
    for tenant in (world.programme, world.estate):
        await grant_role(
            conn,
            caller_id=made.key.caller_id,
            role=role,
            tenant_id=tenant.tenant_id,
            granted_by=SYSTEM,
        )
    return made.secret


@pytest.fixture
def target(database: Database) -> Iterator[Target]:
    made = wait_for(make_world(database.service_url))
    with live_service(database.service_url, SECRET) as address:
        yield made._replace(address=address)


def fuzz(target: Target, cases: int, seed: int, seconds: float) -> int:
    """Send at least so many cases, every operation good and bad; how many it were.

    Each round asks every operation; a round that has begun is ended, whatever the clock says.
    """
    schema = schemathesis.openapi.from_url(f"{target.address}/docs/openapi.json")
    found = [result.ok() for result in schema.get_all_operations()]
    dice = random.Random(seed)
    sent, began, rounds = 0, time.monotonic(), 0
    while sent < cases and (rounds == 0 or time.monotonic() - began < seconds):
        each = min(max((cases - sent) // len(found) // 2, 1), CASES_A_ROUND)
        for operation in found:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                if rounds and sent >= cases:
                    break
                sent += run_cases(operation, mode, each, seed + rounds, target, dice)
        rounds += 1
    return sent


def aim(case: Any, world: World, ids: list[str], dice: random.Random) -> None:
    """Point most cases at things that are there; the rest stay as they came."""
    parameters = case.path_parameters or {}
    for name in parameters:
        if dice.random() < 0.2:
            continue
        if name == "programme_id":
            parameters[name] = str(world.programme.public_id)
        elif name == "estate_id":
            parameters[name] = str(world.estate.public_id)
        elif name.endswith("_id"):
            parameters[name] = dice.choice(ids)
    if case.headers is not None and "Idempotency-Key" in case.headers and dice.random() < 0.8:
        case.headers["Idempotency-Key"] = str(uuid4())


def run_cases(
    operation: Any,
    mode: GenerationMode,
    cases: int,
    seed: int,
    target: Target,
    dice: random.Random,
) -> int:
    """Send random cases of one operation; how many were answered."""
    permission = operation.definition.raw.get("x-permission")
    able = [role for role in ROLES if permission in shipped_roles()[role].wide] or ROLES
    answered = 0

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=cases,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        nonlocal answered
        aim(case, target.world, target.ids, dice)
        headers = {"authorization": f"Bearer {target.keys[dice.choice(able)]}"}
        try:
            answer = case.call(base_url=target.address, headers=headers)
        except httpx.InvalidURL:
            return
        answered += 1
        # a busy or lost database is the one honest reason for a 5xx, and there is none here
        assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text[:500]}"
        if answer.status_code >= 400:
            assert answer.json()["code"], answer.text

    with contextlib.suppress(hypothesis.errors.Unsatisfiable):
        send()
    return answered


def test_random_requests_find_no_failure_of_ours(target: Target, seed: int) -> None:
    began = time.monotonic()
    sent = fuzz(target, CASES_IN_ALL, seed, MOST_SECONDS)
    seconds = time.monotonic() - began
    print(f"{sent} requests in {seconds:.0f} s")
    assert sent >= CASES_IN_ALL or seconds >= MOST_SECONDS


@pytest.mark.slow
def test_many_random_requests_find_no_failure_of_ours(target: Target, seed: int) -> None:
    assert fuzz(target, CASES_THE_LONG_WAY, seed, math.inf) >= CASES_THE_LONG_WAY
