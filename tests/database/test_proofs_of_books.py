"""Each proof holds over books in which everything happened, and fails for what it is there for."""

from collections.abc import Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.proofs import ENGINE_PROOFS, ProofResult, run_proofs
from ledger.database import read_transaction
from tests.busy_books import create_busy_books
from tests.small_books import SmallBooks, entry, holder
from tests.tampering import tamperings

HOLDERS = {name: str(holder(name)) for name in ("V1", "V2", "M1", "M2", "L1")}
TAMPERINGS = tamperings(HOLDERS)


async def prove(engine: AsyncEngine, books: SmallBooks) -> dict[str, ProofResult]:
    """Every proof's result, by name."""
    async with read_transaction(engine) as conn:
        results = await run_proofs(conn, tenant_id=books.tenant_id)
    return {result.name: result for result in results}


async def edit(conn: AsyncConnection, statements: Sequence[str]) -> str:
    """Run the edit without triggers and foreign keys; returns what its last statement names."""
    await conn.exec_driver_sql("SET LOCAL session_replication_role = replica")
    for statement in statements[:-1]:
        await conn.exec_driver_sql(statement)
    rows = (await conn.exec_driver_sql(statements[-1])).all()
    assert rows, "the edit met no row"
    return str(rows[0][0])


async def test_everything_holds_and_every_proof_looked_at_something(engine: AsyncEngine) -> None:
    books = await create_busy_books(engine)
    results = await prove(engine, books)
    assert {name: result.failures for name, result in results.items() if not result.holds} == {}
    assert [name for name in ENGINE_PROOFS if results[name].checked == 0] == []


async def test_nothing_is_proven_of_another_tenant(engine: AsyncEngine) -> None:
    await create_busy_books(engine)
    async with read_transaction(engine) as conn:
        results = await run_proofs(conn, tenant_id=2)
    assert sum(result.checked for result in results) == 0


@pytest.mark.no_proofs
async def test_a_tenant_without_a_row_is_missed(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    books = await create_busy_books(engine)
    async with admin_engine.begin() as conn:
        await edit(conn, ("DELETE FROM books.tenant RETURNING tenant_id",))
    failed = {name: r for name, r in (await prove(engine, books)).items() if not r.holds}
    assert set(failed) == {"tenant_is_whole"}
    assert failed["tenant_is_whole"].failures == ("tenant number 1 has no row",)


def test_every_proof_has_a_tampering() -> None:
    assert {tampering.proof for tampering in TAMPERINGS} == set(ENGINE_PROOFS)


async def test_an_edit_behind_the_engine_is_found_and_its_row_named(
    engine: AsyncEngine, admin_engine: AsyncEngine, subtests: pytest.Subtests
) -> None:
    """Each edit is undone by a rollback, so that the next one meets whole books again."""
    books = await create_busy_books(engine)
    for tampering in TAMPERINGS:
        async with admin_engine.connect() as conn:
            named = await edit(conn, tampering.statements)
            results = await run_proofs(conn, tenant_id=books.tenant_id)
        failed = {result.name: result.failures for result in results if not result.holds}
        with subtests.test(str(tampering)):
            assert set(failed) == {tampering.proof} | tampering.also, failed
            assert any(named in fact for fact in failed[tampering.proof]), (named, failed)


@pytest.mark.no_proofs
async def test_units_on_a_held_account_without_a_hold_are_found(engine: AsyncEngine) -> None:
    books = await create_busy_books(engine)
    (held,) = await books.open("H1")
    await books.post(entry(await books.line("I", "H1", 5)))
    failed = {name: r for name, r in (await prove(engine, books)).items() if not r.holds}
    assert set(failed) == {"open_holds_are_covered"}
    assert str(held.public_id) in failed["open_holds_are_covered"].failures[0]
