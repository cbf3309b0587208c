"""API keys: random, hashed at rest, expiring, revocable."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.clock import now
from ledger.database import fetch_one, write_transaction
from ledger.errors import NotFound
from ledger.foundation.api_keys import (
    create_api_key,
    find_api_key,
    key_hash,
    list_api_keys,
    revoke_api_key,
)

SYSTEM = 1


async def test_a_key_is_found_by_its_hash_and_stored_no_other_way(engine: AsyncEngine) -> None:
    made = await write_transaction(
        engine,
        lambda conn: create_api_key(conn, name="till", created_by=SYSTEM, scopes=["entries.post"]),
    )
    assert made.secret.startswith("gz_")
    assert len(made.secret) >= 46
    async with engine.connect() as conn:
        assert await find_api_key(conn, hashed=key_hash(made.secret), at=now()) == made.key
        assert await find_api_key(conn, hashed=key_hash(made.secret + "x"), at=now()) is None
        stored = await fetch_one(conn, "SELECT k::text AS row FROM foundation.api_key AS k")
        assert made.secret not in stored.row
        assert await list_api_keys(conn) == [made.key]


async def test_a_key_ends_by_age_and_by_revocation(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        made = await create_api_key(
            conn, name="till", created_by=SYSTEM, validity=timedelta(days=1)
        )
        hashed = key_hash(made.secret)
        assert await find_api_key(conn, hashed=hashed, at=now() + timedelta(days=2)) is None
        assert await find_api_key(conn, hashed=hashed, at=now())
        api_key_id = made.key.api_key_id
        await revoke_api_key(conn, api_key_id=api_key_id, revoked_by=SYSTEM, reason="lost")
        assert await find_api_key(conn, hashed=hashed, at=now()) is None
        with pytest.raises(NotFound):
            await revoke_api_key(conn, api_key_id=api_key_id, revoked_by=SYSTEM, reason="lost")


async def test_a_second_key_of_a_caller_keeps_the_caller(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        first = await create_api_key(conn, name="till", created_by=SYSTEM)
        second = await create_api_key(
            conn, name="till, renewed", created_by=SYSTEM, caller_id=first.key.caller_id
        )
    assert second.key.caller_id == first.key.caller_id
    assert second.secret != first.secret
