"""The numbers that the sender of a file gave to people; kept under each person's own key."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from ledger.foundation.personal_data import PersonalDataKeys

_FIELD = "import_own_number"


def seal_own_number(keys: PersonalDataKeys, data_key: bytes, number: str | None) -> bytes | None:
    """A number under the person's key; nothing for nothing."""
    return None if number is None else keys.seal(data_key, _FIELD, number)


async def read_own_numbers(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    import_id: UUID,
    lines: Sequence[int],
    keys: PersonalDataKeys,
) -> dict[int, str]:
    """By line: the sender's number; missing where there was none, or the person was erased."""
    rows = await fetch_all(
        conn,
        load_sql("ledger.journeys.imports", "list_own_numbers"),
        tenant_id,
        import_id,
        list(lines),
    )
    return {
        row.line: keys.open(bytes(row.data_key), _FIELD, bytes(row.own_number_sealed))
        for row in rows
    }
