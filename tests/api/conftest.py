"""The application over ASGI, and a world to ask about."""

from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.edge import Edge
from ledger.database import execute, write_transaction
from ledger.foundation.org_units import create_org_unit
from ledger.journeys.enrolment import create_estate
from ledger.programmes.star_points.items import example_items, set_items
from tests.api.actors import Actor
from tests.api.founding import Founding
from tests.api.world import SYSTEM, World, client_of, create_world, running_app
from tests.database_server import Database, DatabaseServer


@pytest.fixture
async def app(database: Database) -> AsyncIterator[Edge]:
    """The application on this test's database."""
    async with running_app(database.service_url) as app:
        yield app


@pytest.fixture(scope="session")
def founding(database_server: DatabaseServer) -> Iterator[Founding]:
    """Where the worlds of this folder's tests come from."""
    found = Founding(database_server, create_world)
    yield found
    found.end()


@pytest.fixture
def template(
    database_server: DatabaseServer, founding: Founding, request: pytest.FixtureRequest
) -> str:
    """A world to clone, for a test that has one."""
    has_world = "world" in request.fixturenames
    return founding.template_of_today() if has_world else database_server.template


@pytest.fixture
def world(founding: Founding, template: str, engine: AsyncEngine) -> World:
    """Programmes, an estate, people."""
    return founding.world_in(template, engine)


@pytest.fixture
async def poster(app: Edge, world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A connected system that may post in the programme."""
    async with client_of(app, await world.key("integration")) as client:
        yield client


@pytest.fixture
async def auditor(app: Edge, world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A system that may read everything of the programme."""
    async with client_of(app, await world.key("auditor")) as client:
        yield client


@pytest.fixture
async def nobody(app: Edge) -> AsyncIterator[httpx.AsyncClient]:
    """A client without key or session."""
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def estate(world: World) -> Any:
    return await write_transaction(
        world.engine,
        lambda conn: create_estate(
            conn, name="春晖苑", created_by=SYSTEM, first_period=date(2025, 1, 1)
        ),
    )


@pytest.fixture
async def trustee(app: Edge, world: World, estate: Any) -> AsyncIterator[Actor]:
    async with client_of(app, await world.key("trustee", estate)) as client:
        yield Actor(client, f"/v1/estates/{estate.public_id}")


@pytest.fixture
async def committee(app: Edge, world: World, estate: Any) -> AsyncIterator[Actor]:
    async with client_of(app, await world.key("committee_member", estate)) as client:
        yield Actor(client, f"/v1/estates/{estate.public_id}")


@pytest.fixture
async def supervisor(app: Edge, world: World, estate: Any) -> AsyncIterator[Actor]:
    async with client_of(app, await world.key("owners_supervisor", estate)) as client:
        yield Actor(client, f"/v1/estates/{estate.public_id}")


@pytest.fixture
async def scored(world: World) -> World:
    """The programme lies in a district that has a table of scoring items."""

    async def found(conn: AsyncConnection) -> None:
        begin = date(2020, 1, 1)
        district = await create_org_unit(conn, level="district", name="区", valid_from=begin)
        community = await create_org_unit(
            conn,
            level="community",
            name="东湖社区",
            valid_from=begin,
            parent_id=district.org_unit_id,
        )
        await set_items(
            conn, org_unit_id=district.org_unit_id, items=example_items(), valid_from=begin
        )
        await execute(
            conn,
            "UPDATE foundation.programme SET org_unit_id = $1 WHERE public_id = $2",
            community.org_unit_id,
            world.programme.public_id,
        )

    await write_transaction(world.engine, found)
    return world
