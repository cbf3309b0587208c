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
        "{lines} lines have the name of a member or an earlier line and nothing to tell them "
        "apart, or this very list was confirmed before. Look at the odd lines; to enrol them all "
        "the same, confirm with checked=true (command line: --checked)."
    )


class Repeats(msgspec.Struct, frozen=True):
    """What about a list speaks for a repetition."""

    #: Ready ones with the name of a member or an earlier line, where one of the two is bare.
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
