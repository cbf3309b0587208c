"""People at a browser, without one: the application over ASGI, and who is signed in."""

from collections.abc import AsyncIterator, Iterator
from datetime import date

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.edge import Edge
from ledger.clock import now
from ledger.database import execute, write_transaction
from ledger.foundation.events import post_event
from ledger.foundation.org_units import create_org_unit
from ledger.identifiers import uuid7
from ledger.programmes.star_points.items import example_items, set_items
from tests.api.founding import Founding
from tests.api.world import SYSTEM, World, create_world, running_app
from tests.database_server import Database, DatabaseServer
from tests.web.visitors import sign_in, visitor

GRANTED_MINUTES = 300
WRITTEN_ON = date(2020, 1, 1)


@pytest.fixture
async def app(database: Database) -> AsyncIterator[Edge]:
    """The application on this test's database."""
    async with running_app(database.service_url) as app:
        yield app


async def create_world_with_minutes(engine: AsyncEngine) -> World:
    """Programmes, an estate, people; the first member has five hours."""
    made = await create_world(engine)

    async def grant(conn: object) -> None:
        await post_event(
            conn,
            "TB07",
            tenant_id=made.programme.tenant_id,
            key=uuid7(),
            caller_id=SYSTEM,
            occurred_at=now(),
            amounts={"granted": GRANTED_MINUTES},
            owners={"member": made.member.member_id},
        )

    await write_transaction(engine, grant, tenant_id=made.programme.tenant_id)
    return made


@pytest.fixture(scope="session")
def founding(database_server: DatabaseServer) -> Iterator[Founding]:
    """Where the worlds of this folder's tests come from."""
    found = Founding(database_server, create_world_with_minutes)
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
    """Programmes, an estate, people; the first member has five hours."""
    return founding.world_in(template, engine)


@pytest.fixture
async def stranger(app: Edge) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in."""
    async with visitor(app) as client:
        yield client


@pytest.fixture
async def wang(app: Edge, world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The first member, signed in."""
    async with visitor(app) as client:
        await sign_in(client)
        yield client


@pytest.fixture
async def scored(world: World) -> World:
    """The programme lies in a district that has a table of scoring items."""

    async def found(conn: AsyncConnection) -> None:
        district = await create_org_unit(conn, level="district", name="区", valid_from=WRITTEN_ON)
        unit = await create_org_unit(
            conn,
            level="community",
            name="东湖社区",
            valid_from=WRITTEN_ON,
            parent_id=district.org_unit_id,
        )
        await set_items(
            conn, org_unit_id=district.org_unit_id, items=example_items(), valid_from=WRITTEN_ON
        )
        statement = "UPDATE foundation.programme SET org_unit_id = $1 WHERE public_id = $2"
        await execute(conn, statement, unit.org_unit_id, world.programme.public_id)

    await write_transaction(world.engine, found)
    return world
