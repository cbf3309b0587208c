"""Who signed: the person or connected system behind a caller, shown to those who check."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql

_LIST = load_sql("api.v1", "list_signatories")


class SignatoryView(msgspec.Struct, frozen=True):
    """Who proposed, decided or signed something."""

    person_id: Annotated[UUID | None, Meta(description="Null: a connected system.")]
    name: Annotated[str, Meta(description="Name of the person or of the system.")]


async def list_signatories(
    conn: AsyncConnection, callers: Iterable[int | None]
) -> dict[int | None, SignatoryView]:
    """The signatories by caller; nobody is left out."""
    wanted = sorted({caller_id for caller_id in callers if caller_id is not None})
    rows = await fetch_all(conn, _LIST, wanted)
    return {row.caller_id: SignatoryView(row.person_id, row.name) for row in rows}
