"""People at a browser, without one: the application over ASGI, and who is signed in."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.edge import Edge
from ledger.clock import now
from ledger.database import write_transaction
from ledger.foundation.events import post_event
from ledger.identifiers import uuid7
from tests.api.world import SYSTEM, World, create_world, running_app
from tests.database_server import Database
from tests.web.visitors import sign_in, visitor

GRANTED_MINUTES = 300


@pytest.fixture
async def app(database: Database) -> AsyncIterator[Edge]:
    """The application on this test's database."""
    async with running_app(database.service_url) as app:
        yield app


@pytest.fixture
async def world(engine: AsyncEngine) -> World:
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
