"""Names of those who did something on record: in full, for an act has somebody to answer for it."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.formatting import Language, mask_name
from api.web.texts import text
from ledger.database import fetch_all, load_sql

_LIST = load_sql("api.v1", "list_signatories")
_SYSTEM = 1


async def list_caller_names(
    conn: AsyncConnection,
    *,
    callers: Iterable[int | None],
    language: Language,
    masked: bool = False,
) -> dict[int, str]:
    """What each caller is called; the service itself in the reader's language.

    ``masked`` shows people by their first character: a member's own act answers to nobody.
    """
    wanted = sorted({caller for caller in callers if caller is not None})
    names = {
        row.caller_id: mask_name(row.name) if masked and row.person_id else str(row.name)
        for row in await fetch_all(conn, _LIST, wanted)
    }
    if _SYSTEM in names:
        names[_SYSTEM] = text(language, "audit.system")
    return names
