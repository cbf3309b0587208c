"""A programme with two accountants."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.approvals.people import Office, create_office


@pytest.fixture
async def office(engine: AsyncEngine) -> Office:
    """A programme with two accountants, and 300 minutes given to a member."""
    return await create_office(engine)
