"""Lists that may enrol somebody twice: sent before, or with names that nothing tells apart.

Source: docs/decisions/0054-imports.md
"""

from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_one, load_sql
from ledger.errors import LedgerError
from ledger.journeys.imports.store import ImportFile

_PACKAGE = "ledger.journeys.imports"


class ImportMayRepeat(LedgerError):
    """Somebody has to say that the lines are of other people: nothing takes an enrolment back."""

    template = (
        "{lines} lines give a bare name that a member or an earlier line has, or this very list "
        "was confirmed before. Look at them; to enrol them all the same, say that you have."
    )


class Repeats(msgspec.Struct, frozen=True):
    """What about a list speaks for a repetition."""

    #: Ready ones with a bare name that a member or an earlier line has.
    lines: int = 0
    #: When a list of the same bytes was confirmed in this place.
    sent_before: datetime | None = None

    def __bool__(self) -> bool:
        """Whether anything does."""
        return self.lines > 0 or self.sent_before is not None


async def find_repeats(conn: AsyncConnection, *, tenant_id: int, file: ImportFile) -> Repeats:
    """What speaks for it in a preview; of organisations nothing does: a name is one of them."""
    if file.kind != "people" or file.state != "previewed" or not file.ready_count:
        return Repeats()
    row = await fetch_one(conn, load_sql(_PACKAGE, "find_repeats"), tenant_id, file.import_id)
    return Repeats(row.lines, row.sent_before)
