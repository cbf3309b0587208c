"""Names that stand once in a programme: two that nobody can tell apart are the same name."""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_value, load_sql
from ledger.errors import LedgerError
from ledger.foundation.names import name_key

_PACKAGE = "ledger.foundation"
NamedKind = Literal["merchant", "partner", "group"]


async def check_free(
    conn: AsyncConnection,
    taken: type[LedgerError],
    *,
    tenant_id: int,
    kind: NamedKind,
    name: str,
) -> None:
    """Make sure of a name for what is about to be created; others of the kind wait.

    Raises:
        LedgerError: ``taken``, where something of the kind has the name in any spelling.
    """
    key = name_key(name)
    await execute(conn, load_sql(_PACKAGE, "lock_names"), tenant_id, kind)
    if await fetch_value(conn, load_sql(_PACKAGE, "is_name_taken"), tenant_id, kind, key):
        raise taken
