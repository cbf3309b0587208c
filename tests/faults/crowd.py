"""Many clients at once against a service of two web processes, on a database of its own."""

import asyncio
import contextlib
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import create_engine, fetch_value, write_transaction
from ledger.foundation.people import create_person
from ledger.journeys.enrolment import enrol_member
from tests.api.world import KEYS, SYSTEM, World, create_world
from tests.benchmarks.service import free_port
from tests.database_server import Database
from tests.faults.serving import Service, running_service
from tests.waiting import wait_for

#: Minutes in the pool at the start.
POOLED = 1_000_000
NAMES = ("甲", "乙", "丙", "丁", "戊")


@dataclass(frozen=True)
class Crowd:
    """The service, who may post to it, and accounts to post to."""

    service: Service
    database: Database
    base: str
    tenant_id: int
    poster: str
    staff: str
    issued: UUID
    provision: UUID
    pool: UUID
    #: Members of the programme and their accounts.
    members: tuple[tuple[UUID, UUID], ...]

    def client(self, key: str) -> httpx.AsyncClient:
        """A client that opens a connection for each request at once, to both web processes."""
        headers = {"authorization": f"Bearer {key}"}
        limits = httpx.Limits(max_connections=None)
        return httpx.AsyncClient(
            base_url=self.service.url, headers=headers, timeout=60, limits=limits
        )

    async def value(self, statement: str, *args: Any) -> Any:
        """One value, seen by a superuser."""
        engine = create_engine(self.database.admin_url, role=None, pool_size=1)
        try:
            async with engine.connect() as conn:
                return await fetch_value(conn, statement, *args)
        finally:
            await engine.dispose()


@contextlib.contextmanager
def new_crowd(database: Database, data_dir: Path, **settings: Any) -> Iterator[Crowd]:
    """Build the world, then let the service begin."""
    facts = wait_for(_build(database.service_url))
    with running_service(
        data_dir, free_port(), workers=2, database_url=database.service_url, **settings
    ) as service:
        yield Crowd(service, database, **facts)


async def _build(service_url: str) -> dict[str, Any]:
    engine = create_engine(service_url, pool_size=2)
    try:
        world = await create_world(engine)
        await world.give(POOLED, pool=True)
        members = await write_transaction(engine, lambda conn: _enrol(conn, world))
        return {
            "base": world.base,
            "tenant_id": world.programme.tenant_id,
            "poster": await world.key("integration"),
            "staff": await world.key("community_staff"),
            "issued": await world.account("PG", "5101"),
            "provision": await world.account("PG", "2501"),
            "pool": await world.account("TB", "2201"),
            "members": tuple([(one, await world.account("TB", "2101", one)) for one in members]),
        }
    finally:
        await engine.dispose()


async def _enrol(conn: AsyncConnection, world: World) -> list[UUID]:
    enrolled = []
    for name in NAMES:
        person = await create_person(conn, display_name=name, keys=KEYS)
        member = await enrol_member(
            conn, tenant_id=world.programme.tenant_id, person=person, enrolled_by=SYSTEM
        )
        enrolled.append(member.member_id)
    return enrolled


async def at_once(calls: Sequence[Awaitable[httpx.Response]]) -> list[httpx.Response]:
    """Every answer, in the order of the calls."""
    return list(await asyncio.gather(*calls))
