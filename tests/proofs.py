"""Run the ledger's own proofs over a whole database."""

import importlib
import importlib.util

from ledger.database import create_engine, fetch_all


async def failed_proofs(admin_url: str) -> list[str]:
    """Return a line for each proof that does not hold, for each tenant; empty is good."""
    if importlib.util.find_spec("ledger.books.proofs") is None:
        return []
    proofs = importlib.import_module("ledger.books.proofs")
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with engine.connect() as conn:
            tenants = await fetch_all(conn, "SELECT tenant_id FROM books.tenant ORDER BY tenant_id")
            return [
                f"tenant {row.tenant_id}: {result}"
                for row in tenants
                for result in await proofs.run_proofs(conn, tenant_id=row.tenant_id)
                if not result.holds
            ]
    finally:
        await engine.dispose()
