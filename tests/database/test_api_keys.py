"""API keys: random, hashed at rest, expiring, revocable."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.clock import now
from ledger.database import fetch_one, write_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.api_key_rotation import (
    LONGEST_OVERLAP,
    ApiKeyReplaced,
    ScopeNotHeld,
    check_scopes,
    rotate_api_key,
)
from ledger.foundation.api_keys import (
    ApiKeyRevoked,
    count_expiring_keys,
    create_api_key,
    find_api_key,
    key_hash,
    list_api_keys,
    revoke_api_key,
)
from ledger.foundation.grants import get_permissions, grant_role

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
        (listed,) = await list_api_keys(conn)
        assert (listed.api_key_id, listed.hint) == (made.key.api_key_id, made.secret[:8])


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
        with pytest.raises(ApiKeyRevoked):
            await revoke_api_key(conn, api_key_id=api_key_id, revoked_by=SYSTEM, reason="lost")


async def test_a_second_key_of_a_caller_keeps_the_caller(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        first = await create_api_key(conn, name="till", created_by=SYSTEM)
        second = await create_api_key(
            conn, name="till, renewed", created_by=SYSTEM, caller_id=first.key.caller_id
        )
    assert second.key.caller_id == first.key.caller_id
    assert second.secret != first.secret


async def test_a_rotated_key_and_its_successor_are_both_good_for_a_while(
    engine: AsyncEngine,
) -> None:
    async with engine.begin() as conn:
        old = await create_api_key(conn, name="erp", created_by=SYSTEM, scopes=["entries.read"])
        new = await rotate_api_key(
            conn,
            api_key_id=old.key.api_key_id,
            rotated_by=SYSTEM,
            overlap=timedelta(days=2),
        )
        for secret, days, found in (
            (old.secret, 1, True),
            (old.secret, 3, False),
            (new.secret, 3, True),
        ):
            at = now() + timedelta(days=days)
            key = await find_api_key(conn, hashed=key_hash(secret), at=at)
            assert (key is not None) is found
        assert (new.key.caller_id, new.key.scopes, new.key.name) == (
            old.key.caller_id,
            old.key.scopes,
            old.key.name,
        )
        listed = {one.api_key_id: one.is_replaced for one in await list_api_keys(conn)}
        assert listed == {old.key.api_key_id: True, new.key.api_key_id: False}
        with pytest.raises(ApiKeyReplaced):
            await rotate_api_key(conn, api_key_id=old.key.api_key_id, rotated_by=SYSTEM)
        with pytest.raises(InvalidInput):
            await rotate_api_key(
                conn,
                api_key_id=new.key.api_key_id,
                rotated_by=SYSTEM,
                overlap=LONGEST_OVERLAP + timedelta(days=1),
            )
        with pytest.raises(NotFound):
            await rotate_api_key(
                conn, api_key_id=new.key.api_key_id, rotated_by=SYSTEM, caller_id=SYSTEM
            )
        await revoke_api_key(conn, api_key_id=new.key.api_key_id, revoked_by=SYSTEM, reason="lost")
        with pytest.raises(ApiKeyRevoked):
            await rotate_api_key(conn, api_key_id=new.key.api_key_id, rotated_by=SYSTEM)


async def test_a_key_made_for_a_day_is_replaced_by_one_for_a_day(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        for made_for, renewed_for in ((1, 1), (365, 365), (800, 365)):
            old = await create_api_key(
                conn, name="erp", created_by=SYSTEM, validity=timedelta(days=made_for)
            )
            new = await rotate_api_key(conn, api_key_id=old.key.api_key_id, rotated_by=SYSTEM)
            lasts = new.key.expires_at - now()
            assert abs(lasts - timedelta(days=renewed_for)) < timedelta(minutes=1)


async def test_overlap_never_makes_a_key_live_longer(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        old = await create_api_key(conn, name="erp", created_by=SYSTEM, validity=timedelta(hours=1))
        await rotate_api_key(conn, api_key_id=old.key.api_key_id, rotated_by=SYSTEM)
        at = now() + timedelta(hours=2)
        assert await find_api_key(conn, hashed=key_hash(old.secret), at=at) is None


async def test_keys_that_end_soon_are_counted_until_they_are_replaced(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        until = now() + timedelta(days=30)
        old = await create_api_key(conn, name="erp", created_by=SYSTEM, validity=timedelta(days=10))
        await create_api_key(conn, name="other", created_by=SYSTEM)
        assert (await count_expiring_keys(conn, until=until))[0] == 1
        await rotate_api_key(
            conn,
            api_key_id=old.key.api_key_id,
            rotated_by=SYSTEM,
            validity=timedelta(days=90),
        )
        assert await count_expiring_keys(conn, until=until) == (0, None)


async def test_scopes_stay_within_what_the_caller_may_do(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        made = await create_api_key(conn, name="erp", created_by=SYSTEM)
        await grant_role(
            conn,
            caller_id=made.key.caller_id,
            role="integration",
            tenant_id=1,
            granted_by=SYSTEM,
        )
        permissions = await get_permissions(conn, caller_id=made.key.caller_id)
    check_scopes(frozenset({"entries.read"}), permissions)
    check_scopes(None, permissions)
    for beyond in ("payments.approve", "grants.give", "no.such"):
        with pytest.raises(ScopeNotHeld):
            check_scopes(frozenset({"entries.read", beyond}), permissions)
