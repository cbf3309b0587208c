"""Run the ledger's own proofs over a whole database."""

from ledger.books.proofs import list_tenant_ids, run_proofs
from ledger.database import create_engine, execute, read_transaction
from ledger.journeys.proofs import register_programme_proofs


async def failed_proofs(admin_url: str) -> list[str]:
    """Return a line for each proof that does not hold, for each tenant; empty is good."""
    register_programme_proofs()
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with read_transaction(engine) as conn:
            # planning costs more than reading the few rows of a test: once, not for each tenant
            await execute(conn, "SET LOCAL plan_cache_mode = force_generic_plan")
            return [
                f"tenant {tenant_id}: {result.name}: {fact}"
                for tenant_id in await list_tenant_ids(conn)
                for result in await run_proofs(conn, tenant_id=tenant_id)
                for fact in result.failures
            ]
    finally:
        await engine.dispose()
