"""Worlds made once a day and cloned for each test that asks for one."""

from collections.abc import Awaitable, Callable
from datetime import date

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.clock import today
from ledger.database import create_engine
from tests.api.world import World
from tests.database_server import Database, DatabaseServer, create_database, drop_database
from tests.waiting import wait_for


class Founding:
    """Founds a world of today at first use; in a session past midnight, another one."""

    def __init__(
        self, server: DatabaseServer, create: Callable[[AsyncEngine], Awaitable[World]]
    ) -> None:
        self._server = server
        self._create = create
        self._databases: dict[date, Database] = {}
        self._worlds: dict[str, World] = {}

    def template_of_today(self) -> str:
        """The database to clone: nobody works in it."""
        day = today()
        if day not in self._databases:
            made = wait_for(create_database(self._server))
            self._databases[day] = made
            self._worlds[made.name] = wait_for(self._found(made))
        return self._databases[day].name

    def world_in(self, template: str, engine: AsyncEngine) -> World:
        """What tests refer to in the clone that the engine is connected with."""
        return msgspec.structs.replace(self._worlds[template], engine=engine)

    def end(self) -> None:
        """Drop what was made."""
        for made in self._databases.values():
            wait_for(drop_database(self._server, made))

    async def _found(self, made: Database) -> World:
        engine = create_engine(made.service_url, pool_size=1)
        try:
            return await self._create(engine)
        finally:
            await engine.dispose()
