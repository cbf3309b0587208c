"""Say how long the tests of faults will go on; a world for those within one process."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.world import World, create_world
from tests.faults.rounds import GIVEN


def pytest_report_header() -> str:
    """Beside the seed, which the tests' own header prints."""
    return f"rounds of the long tests of faults: {GIVEN or 'as each says'} (FAULT_ROUNDS=N)"


@pytest.fixture
async def world(engine: AsyncEngine) -> World:
    """Programmes, an estate, people."""
    return await create_world(engine)
