"""Lines of a file as a page shows them: the wrong ones first, with names of what they made."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.journeys.imports.columns import ImportKind
from ledger.journeys.imports.store import ImportFile, StoredLine, list_lines


class MadeOfLine(msgspec.Struct, frozen=True):
    """What a line became, or what was there: as it is called now."""

    name: str
    #: Of a member.
    volunteer_no: str | None


async def list_wrong_first(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    file: ImportFile,
    keys: PersonalDataKeys,
    limit: int,
    after: int | None = None,
    after_wrong: int = 0,
) -> list[StoredLine]:
    """A page of all lines, the wrong ones before the others: behind a wrong one or behind another.

    ``after``: a line that is right; ``after_wrong`` means nothing then.
    """
    found: list[StoredLine] = []
    if after is None:
        found = await list_lines(
            conn,
            tenant_id=tenant_id,
            file=file,
            keys=keys,
            limit=limit,
            wanted="error",
            after=after_wrong,
        )
    if len(found) < limit:
        found += await list_lines(
            conn,
            tenant_id=tenant_id,
            file=file,
            keys=keys,
            limit=limit - len(found),
            wanted="right",
            after=after or 0,
        )
    return found


async def list_object_names(
    conn: AsyncConnection, *, tenant_id: int, kind: ImportKind, object_ids: Sequence[UUID]
) -> dict[UUID, MadeOfLine]:
    """What lines became, or named; the cells of lines that are done are gone."""
    statement = load_sql("ledger.journeys.imports", "list_object_names")
    rows = await fetch_all(conn, statement, tenant_id, kind, list(object_ids))
    return {row.id: MadeOfLine(row.name, row.number) for row in rows}
