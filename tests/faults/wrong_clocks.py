"""Clocks that are wrong: the application's, or that of one database alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger import clock
from ledger.database import execute

_CLOCKS = ("clock_timestamp", "now")


def set_application_clock(patch: pytest.MonkeyPatch, ahead: timedelta) -> None:
    """Let the application's clock be wrong by so much."""

    class WrongClock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz or UTC) + ahead

    patch.setattr(clock, "datetime", WrongClock)


async def set_database_clock(admin: AsyncEngine, ahead: timedelta, *sessions: AsyncEngine) -> None:
    """Let the clock of this database be wrong by so much.

    The ``sessions`` begin anew: what a session has planned keeps the clock it was planned with.
    """
    seconds = int(ahead.total_seconds())
    async with admin.begin() as conn:
        for name in _CLOCKS:
            await execute(
                conn,
                f"CREATE OR REPLACE FUNCTION pg_catalog.right_{name}() RETURNS timestamptz"
                f" LANGUAGE internal VOLATILE PARALLEL SAFE AS '{name}'",
            )
            await execute(
                conn,
                f"CREATE OR REPLACE FUNCTION pg_catalog.{name}() RETURNS timestamptz"
                " LANGUAGE sql VOLATILE PARALLEL SAFE"
                f" RETURN pg_catalog.right_{name}() + make_interval(secs => {seconds})",
            )
    for engine in sessions:
        await engine.dispose()
