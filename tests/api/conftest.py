"""The application over ASGI, and a world to ask about."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.edge import Edge
from tests.api.world import World, client_of, create_world, running_app
from tests.database_server import Database


@pytest.fixture
async def app(database: Database) -> AsyncIterator[Edge]:
    """The application on this test's database."""
    async with running_app(database.service_url) as app:
        yield app


@pytest.fixture
async def world(engine: AsyncEngine) -> World:
    """Programmes, an estate, people."""
    return await create_world(engine)


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
