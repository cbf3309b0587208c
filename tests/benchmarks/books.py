"""A programme with members who hold minutes, built through the public functions."""

import asyncio
import random
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import Account, AccountName, open_accounts
from ledger.books.posting import EntryRequest, Line, post_batch
from ledger.clock import now
from ledger.database import execute, fetch_value, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import grant_role
from ledger.identifiers import uuid7
from ledger.journeys.enrolment import create_programme

MEMBERS = 10_000
_GRANT_MINUTES = 1_000_000
_CHUNK = 500
_PAUSE_SECONDS = 0.2
_SIZES = """
SELECT sum(pg_table_size(c.oid) + pg_indexes_size(c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'books' AND c.relname IN ('entry', 'transfer', 'command', 'seal_queue')
"""
_ENTRIES = "SELECT count(*) FROM books.entry"


@dataclass(frozen=True)
class BenchBooks:
    """What the load generator needs to know."""

    tenant_id: int
    programme_id: UUID
    accounts: list[UUID]
    hot_account: UUID
    api_key: str


async def build_books(engine: AsyncEngine, seed: int) -> BenchBooks:
    """Create the programme; every member has minutes that expire at one of twelve dates."""

    async def create(conn: AsyncConnection) -> tuple[int, UUID, str]:
        programme = await create_programme(
            conn, name="基准社区", created_by=1, first_period=date(now().year, 1, 1)
        )
        key = await create_api_key(conn, name="bench", created_by=1)
        await grant_role(
            conn,
            caller_id=key.key.caller_id,
            role="programme_accountant",
            granted_by=1,
            tenant_id=programme.tenant_id,
        )
        return programme.tenant_id, programme.public_id, key.secret

    tenant_id, programme_id, secret = await write_transaction(engine, create)
    issued = (await _open(engine, tenant_id, [AccountName("TB", "5102")]))[0]
    names = [AccountName("TB", "2101", uuid4()) for _ in range(MEMBERS)]
    members = await _open(engine, tenant_id, names)
    hot = (await _open(engine, tenant_id, [AccountName("TB", "2201")]))[0]
    dates = random.Random(seed)
    for start in range(0, MEMBERS, _CHUNK):
        requests = [
            _grant(issued, member, date(now().year + 2, dates.randint(1, 12), 28))
            for member in members[start : start + _CHUNK]
        ]

        async def grant(conn: AsyncConnection, requests: list[EntryRequest] = requests) -> None:
            outcomes = await post_batch(conn, tenant_id=tenant_id, requests=requests)
            assert all(outcome.refusal is None for outcome in outcomes)

        await write_transaction(engine, grant, tenant_id=tenant_id)
    accounts = [member.public_id for member in members]
    return BenchBooks(tenant_id, programme_id, accounts, hot.public_id, secret)


async def count_entries(admin: AsyncEngine) -> int:
    """Entries in the ledger."""
    async with admin.connect() as conn:
        return int(await fetch_value(conn, _ENTRIES))


async def settled_count(admin: AsyncEngine) -> int:
    """Entries in the ledger when nothing arrives any more."""
    count = -1
    while (found := await count_entries(admin)) != count:
        count = found
        await asyncio.sleep(_PAUSE_SECONDS)
    return count


async def posting_bytes(admin: AsyncEngine) -> int:
    """Bytes of what posting an entry writes: entry, transfers, command, queue, all indexes."""
    async with admin.connect() as conn:
        return int(await fetch_value(conn, _SIZES))


async def analyse(admin: AsyncEngine) -> None:
    """Give both contenders' tables the statistics that the server makes within a minute."""
    async with admin.begin() as conn:
        await execute(conn, "ANALYZE")


async def settle(admin: AsyncEngine) -> None:
    """Let the next contender begin with clean buffers."""
    async with admin.connect() as conn:
        await execute(conn, "CHECKPOINT")


async def _open(engine: AsyncEngine, tenant_id: int, names: list[AccountName]) -> list[Account]:
    async def act(conn: AsyncConnection) -> list[Account]:
        return await open_accounts(conn, tenant_id=tenant_id, names=names)

    return await write_transaction(engine, act, tenant_id=tenant_id)


def _grant(issued: Account, member: Account, expires_on: date) -> EntryRequest:
    return EntryRequest(
        entry_id=uuid7(),
        caller_id=1,
        key=uuid7(),
        fingerprint=b"bench",
        event_code="TB07",
        occurred_at=now(),
        lines=(Line(issued.account_id, member.account_id, _GRANT_MINUTES, expires_on),),
    )
