"""The trustee's remuneration: not before she has restored what she owes the trust."""

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_value, load_sql
from ledger.errors import LedgerError

#: The event that pays it.
REMUNERATION = "TR14"
_OWED = load_sql("ledger.programmes.trust", "owed_by_trustee")


class RemunerationBlocked(LedgerError):
    """No remuneration while the trustee owes the trust (Trust Law, article 36)."""

    template = (
        "The trustee owes the trust {owed} fen; no remuneration is paid until it is restored."
    )


async def require_trustee_clear(conn: AsyncConnection, *, tenant_id: int) -> None:
    """Refuse remuneration while something is owed.

    Raises:
        RemunerationBlocked: the trustee owes the trust.
    """
    owed = await fetch_value(conn, _OWED, tenant_id)
    if owed:
        raise RemunerationBlocked(owed=owed)
