"""One transaction of a command, on whichever database the settings name."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import create_engine, write_transaction
from ledger.settings import Settings
from ops.cli.database import open_database

T = TypeVar("T")


def in_transaction(settings: Settings, operation: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Run ``operation`` and commit; the service may be running meanwhile."""

    async def work(service_url: str) -> T:
        engine = create_engine(service_url, pool_size=1)
        try:
            return await write_transaction(engine, operation)
        finally:
            await engine.dispose()

    with open_database(settings) as database:
        return asyncio.run(work(database.service_url))
