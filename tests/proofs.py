"""Run the ledger's own proofs over a whole database."""

import importlib
import pkgutil

import ledger.programmes
from ledger.books.proofs import run_proofs
from ledger.database import create_engine, fetch_all, read_transaction

for _module in pkgutil.walk_packages(ledger.programmes.__path__, "ledger.programmes."):
    importlib.import_module(_module.name)  # a programme's proofs are registered by its import


async def failed_proofs(admin_url: str) -> list[str]:
    """Return a line for each proof that does not hold, for each tenant; empty is good."""
    engine = create_engine(admin_url, role=None, pool_size=1)
    try:
        async with read_transaction(engine) as conn:
            tenants = await fetch_all(conn, "SELECT tenant_id FROM books.tenant ORDER BY tenant_id")
            return [
                f"tenant {row.tenant_id}: {result}"
                for row in tenants
                for result in await run_proofs(conn, tenant_id=row.tenant_id)
                if not result.holds
            ]
    finally:
        await engine.dispose()
