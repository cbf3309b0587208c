"""Each proof of redemption finds a row that was changed behind the product's back."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import ledger.programmes.redemption.proofs  # noqa: F401  (registers them)
from ledger.books.proofs import run_proofs
from ledger.database import execute, read_transaction
from tests.redemption.market import create_market

HOLDS, BOOKS = "purchases_match_their_holds", "captures_match_the_books"


@pytest.mark.no_proofs
@pytest.mark.parametrize(
    ("statement", "failing"),
    [
        ("UPDATE programmes.redemption SET amount = amount + 1", {HOLDS}),
        ("UPDATE programmes.redemption SET member_id = $1", {HOLDS}),
        ("UPDATE programmes.redemption_capture SET points = points + 1", {HOLDS, BOOKS}),
        ("UPDATE programmes.redemption_capture SET value_fen = value_fen + 1", {HOLDS}),
        ("UPDATE programmes.redemption_capture SET payable_fen = payable_fen - 1", {HOLDS}),
        ("UPDATE programmes.redemption_capture SET entry_id = redemption_id", {HOLDS}),
        ("UPDATE programmes.redemption_capture SET merchant_id = $1", {BOOKS}),
        ("DELETE FROM programmes.redemption_refund", {HOLDS, BOOKS}),
    ],
)
async def test_tampering_is_found(
    engine: AsyncEngine, admin_engine: AsyncEngine, statement: str, failing: set[str]
) -> None:
    market = await create_market(engine)
    await market.authorise("P1", "V1", "M1", 1000)
    await market.capture("P1", 600)
    await market.refund("P1", 100)
    async with admin_engine.begin() as conn:
        await execute(conn, "SET LOCAL session_replication_role = replica")
        arguments = (market.ids["V2"],) if "$1" in statement else ()
        await execute(conn, statement, *arguments)
    async with read_transaction(admin_engine) as conn:
        results = await run_proofs(conn, tenant_id=market.tenant_id)
    assert {result.name for result in results if not result.holds} == failing
    assert {result.checked for result in results if result.name in (HOLDS, BOOKS)} >= {1}
