"""Random requests over the whole description, good and bad: never a failure of ours."""

import random
from collections.abc import Iterator
from typing import Any
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
from tests.api.live import live_service
from tests.api.world import KEYS, SECRET, SYSTEM, World, create_world
from tests.database_server import Database
from tests.waiting import wait_for

CASES_IN_ALL = 1_500
CASES_THE_LONG_WAY = 10_000
ROLES = (
    "auditor", "branch_secretary", "community_staff", "integration", "programme_accountant",
    "trustee",
)  # fmt: skip


async def make_world(service_url: str) -> tuple[World, str, list[str]]:
    """A world, a key that may do nearly everything in it, and ids of things that are there."""
    engine = create_engine(service_url)
    try:
        world = await create_world(engine)

        async def make(conn: AsyncConnection) -> str:
            person = await create_person(conn, display_name="赵六", keys=KEYS)
            made = await create_api_key(
                conn, name="fuzz", created_by=SYSTEM, caller_id=person.caller_id
            )
            for role in ROLES:
                for tenant in (world.programme, world.estate):
                    await grant_role(
                        conn,
                        caller_id=made.key.caller_id,
                        role=role,
                        tenant_id=tenant.tenant_id,
                        granted_by=SYSTEM,
                    )
            return made.secret

        key = await write_transaction(engine, make)
        places = (("TB", "5103", None), ("TB", "2101", world.member.member_id))
        ids = [str(await world.account(*place)) for place in places]
        ids += [str(world.member.member_id), str(world.merchant.merchant_id)]
    finally:
        await engine.dispose()
    return world, key, ids


@pytest.fixture
def target(database: Database) -> Iterator[tuple[str, World, str, list[str]]]:
    world, key, ids = wait_for(make_world(database.service_url))
    with live_service(database.service_url, SECRET) as address:
        yield address, world, key, ids


def fuzz(target: tuple[str, World, str, list[str]], cases: int, seed: int) -> None:
    address, world, key, ids = target
    schema = schemathesis.openapi.from_url(f"{address}/docs/openapi.json")
    found = [result.ok() for result in schema.get_all_operations()]
    dice = random.Random(seed)
    for operation in found:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            run_cases(operation, mode, max(cases // len(found) // 2, 2), seed, address, key,
                      lambda case: aim(case, world, ids, dice))  # fmt: skip


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
    operation: Any, mode: GenerationMode, cases: int, seed: int, address: str, key: str, point: Any
) -> None:
    headers = {"authorization": f"Bearer {key}"}

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=cases,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        point(case)
        try:
            answer = case.call(base_url=address, headers=headers)
        except httpx.InvalidURL:
            return
        # a busy or lost database is the one honest reason for a 5xx, and there is none here
        assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text[:500]}"
        if answer.status_code >= 400:
            assert answer.json()["code"], answer.text

    try:
        send()
    except hypothesis.errors.Unsatisfiable:
        return


def test_random_requests_find_no_failure_of_ours(
    target: tuple[str, World, str, list[str]], seed: int
) -> None:
    fuzz(target, CASES_IN_ALL, seed)


@pytest.mark.slow
def test_many_random_requests_find_no_failure_of_ours(
    target: tuple[str, World, str, list[str]], seed: int
) -> None:
    fuzz(target, CASES_THE_LONG_WAY, seed)
