"""Bank lines forget who paid after the time that the rules of the place give.

Day, amount, balance and the match stay; the names, remarks and the record of the file go.
"""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_value, load_sql
from ledger.foundation.retention import counterparties_kept_from

#: Lines of one step, so that a step holds its rows for a moment only.
STEP_LINES = 1000


async def forget_counterparties(
    conn: AsyncConnection, *, tenant_id: int, on: date, limit: int = STEP_LINES
) -> int:
    """Empty the words about people in lines that are old enough; returns how many, 0: done."""
    before = await counterparties_kept_from(conn, tenant_id=tenant_id, on=on)
    statement = load_sql("reconciliation", "forget_counterparties")
    return int(await fetch_value(conn, statement, tenant_id, before, limit))
