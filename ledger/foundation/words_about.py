"""Words about people who are known by an id: their names do not belong in them.

Source: docs/decisions/0049-personal-data.md
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from ledger.foundation.free_words import refuse_name

_PACKAGE = "ledger.foundation"


async def refuse_names(
    conn: AsyncConnection,
    field: str,
    words: str,
    *,
    person_ids: Sequence[int] = (),
    caller_ids: Sequence[int] = (),
    members: tuple[int, Sequence[UUID]] = (0, ()),
) -> None:
    """Refuse words that name whom they are about; ``members``: a tenant, and who there.

    Raises:
        InvalidInput: they hold a name of theirs.
    """
    tenant_id, member_ids = members
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "list_names_of"),
        tenant_id,
        list(member_ids),
        list(person_ids),
        list(caller_ids),
    )
    for row in rows:
        refuse_name(field, words, row.display_name)
