"""Old bank lines forget who paid; days, amounts and matches stay."""

from datetime import date

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import execute, fetch_all, set_tenant, write_transaction
from ledger.journeys.jobs.registry import get_job
from reconciliation.jobs import FORGET_COUNTERPARTIES, register_jobs
from reconciliation.retention import forget_counterparties
from tests.reconciliation.bank_files import ccb_csv, movement
from tests.reconciliation.estate import Estate, create_estate_with_bank

PAYER, REMARK = "金丝雀司徒", "金丝雀附言"


async def imported(engine: AsyncEngine) -> Estate:
    estate = await create_estate_with_bank(engine)
    await estate.import_file(ccb_csv([movement(3, 77_00, PAYER, REMARK), movement(9, -5_00)]))
    return estate


async def forget(engine: AsyncEngine, estate: Estate, on: date) -> int:
    return await write_transaction(
        engine,
        lambda conn: forget_counterparties(conn, tenant_id=estate.tenant_id, on=on),
        tenant_id=estate.tenant_id,
    )


async def rows(engine: AsyncEngine, estate: Estate) -> str:
    async with engine.connect() as conn:
        await set_tenant(conn, estate.tenant_id)
        found = await fetch_all(
            conn,
            "SELECT l::text AS row FROM reconciliation.statement_line AS l WHERE tenant_id = $1",
            estate.tenant_id,
        )
    return "\n".join(row.row for row in found)


async def test_after_the_months_of_the_policy_names_and_remarks_are_gone(
    engine: AsyncEngine,
) -> None:
    estate = await imported(engine)
    assert await forget(engine, estate, date(2035, 3, 31)) == 0
    assert PAYER in await rows(engine, estate)
    assert await forget(engine, estate, date(2035, 4, 1)) == 2
    assert await forget(engine, estate, date(2035, 4, 1)) == 0
    left = await rows(engine, estate)
    assert PAYER not in left
    assert REMARK not in left
    assert "2025-03-03" in left
    assert "7700" in left


async def test_nobody_changes_a_line_and_even_the_owner_only_empties_it(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    estate = await imported(engine)
    for who, refusal in ((engine, "permission denied"), (admin_engine, "append-only")):
        for change in ("remark = 'x'", "amount_fen = 1", "remark = '', amount_fen = 1"):
            statement = f"UPDATE reconciliation.statement_line SET {change}"
            with pytest.raises(DBAPIError, match=refusal):
                await write_transaction(
                    who,
                    lambda conn, sql=statement: execute(conn, sql),
                    tenant_id=estate.tenant_id,
                )
    assert PAYER in await rows(engine, estate)


def test_the_worker_knows_the_job() -> None:
    register_jobs()
    assert get_job("forget_counterparties") == FORGET_COUNTERPARTIES
