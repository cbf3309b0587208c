"""Names of account holders for pages: people masked, with their number; others as they are."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.formatting import mask_name
from ledger.database import fetch_all, load_sql

_LIST = load_sql("api.web", "list_holder_names")
_PERSON = "person"


async def list_holder_names(
    conn: AsyncConnection, *, tenant_id: int, holders: Iterable[UUID | None]
) -> dict[UUID, str]:
    """What each holder is called; one that is none of these is left out."""
    wanted = sorted({holder for holder in holders if holder is not None})
    rows = await fetch_all(conn, _LIST, tenant_id, wanted)
    return {row.holder_id: _shown(row) for row in rows}


def _shown(row: Any) -> str:
    return f"{mask_name(row.name)} {row.volunteer_no}" if row.kind == _PERSON else str(row.name)
