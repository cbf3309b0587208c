"""Lines of an import as its page shows them."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import GatedCall
from api.imports import problem_words
from api.web.formatting import Language, mask_name, mask_phone
from api.web.frame import read_version
from api.web.places import staff_home
from api.web.texts import text
from ledger.foundation.phones import is_phone, plain_phone
from ledger.journeys.imports.columns import ImportKind
from ledger.journeys.imports.own_numbers import read_own_numbers
from ledger.journeys.imports.shown_lines import MadeOfLine, list_object_names, list_wrong_first
from ledger.journeys.imports.store import ImportFile, LineFilter, StoredLine, list_lines
from ledger.sheets.cells import turns_named

LISTED_LINES = 40
#: Before the number of a line in an address: the wrong lines are not all shown yet.
_WRONG = "w"
_LAST_LINE = 2**31 - 1
_TONES = {"ready": "good", "done": "good", "skipped": "", "error": "bad"}


class LineView(NamedTuple):
    """A line as the page shows it."""

    line: int
    state: str
    tone: str
    name: str
    #: Masked; empty where the line has none.
    phone: str
    #: What becomes or became of it.
    becomes: str
    problems: list[str]
    warnings: list[str]
    href: str | None
    own_number: str


class ShownLines(NamedTuple):
    """A page of lines, with what is shown beside them."""

    lines: list[StoredLine]
    #: The sender's numbers by line.
    numbers: dict[int, str]
    #: What was made of lines, or was there; the cells of those that are done are gone.
    made: dict[UUID, MadeOfLine]
    #: Behind which line the next page begins, as an address says it.
    following: str | None


async def read_lines(
    conn: AsyncConnection,
    call: GatedCall,
    file: ImportFile,
    *,
    wanted: LineFilter | None,
    after: str,
) -> ShownLines:
    """The page behind ``after``; without a filter, the wrong lines come before the others."""
    keys = call.service.personal_keys
    which: dict[str, Any] = {"tenant_id": call.scope_id, "file": file, "keys": keys}
    is_wrong = after.startswith(_WRONG)
    line = min(read_version(after.removeprefix(_WRONG)) or 0, _LAST_LINE)
    if wanted is None:
        behind: dict[str, Any] = {"after_wrong": line} if is_wrong or not line else {"after": line}
        lines = await list_wrong_first(conn, limit=LISTED_LINES, **behind, **which)
    else:
        lines = await list_lines(conn, limit=LISTED_LINES, wanted=wanted, after=line, **which)
    numbers = await read_own_numbers(
        conn,
        tenant_id=call.scope_id,
        import_id=file.import_id,
        lines=[one.line for one in lines],
        keys=keys,
    )
    made = await list_object_names(
        conn,
        tenant_id=call.scope_id,
        kind=file.kind,
        object_ids=[one.object_id for one in lines if one.object_id and not one.values],
    )
    following = None
    if len(lines) == LISTED_LINES:
        mark = _WRONG if wanted is None and lines[-1].state == "error" else ""
        following = f"{mark}{lines[-1].line}"
    return ShownLines(lines, numbers, made, following)


def line_view(
    call: GatedCall,
    file: ImportFile,
    line: StoredLine,
    shown: ShownLines,
    language: Language,
) -> LineView:
    """A line with what becomes of it and its problems in words; people are masked as elsewhere."""
    values = line.values or {}
    name = values.get("name", "").strip()
    made = shown.made.get(line.object_id) if line.object_id else None
    if not name and made is not None:
        name = f"{mask_name(made.name)} {made.volunteer_no}" if made.volunteer_no else made.name
    elif file.kind == "people":
        name = mask_name(name)
    phone = plain_phone(values.get("phone") or values.get("contact_phone", ""))
    return LineView(
        line.line,
        line.state,
        _TONES[line.state],
        "".join(char for char in turns_named(name) if char.isprintable())[:60],
        mask_phone(phone) if is_phone(phone) else "",
        _outcome(file, line, values.get("household", ""), language),
        [problem_words(file.kind, one, values, language) for one in line.problems],
        [problem_words(file.kind, one, values, language) for one in line.warnings],
        None if line.object_id is None else _object_href(call, file.kind, line.object_id),
        shown.numbers.get(line.line) or values.get("own_number", ""),
    )


def _outcome(file: ImportFile, line: StoredLine, household: str, language: Language) -> str:
    """What confirming does with a line, or what was done with it."""
    if line.state != "ready":
        return text(language, f"import_outcome.{line.state}")
    if file.state in ("cancelled", "expired"):
        return text(language, "import_outcome.left")
    words = text(language, f"import_outcome.{file.kind}")
    if household:
        number = "".join(char for char in turns_named(household) if char.isprintable())[:60]
        words += text(language, "import_outcome.household", number=number)
    return words


def _object_href(call: GatedCall, kind: ImportKind, object_id: UUID) -> str:
    if kind == "org_units":
        return f"/admin/org-units/{object_id}"
    return f"{staff_home(call.tenant)}/{kind}/{object_id}"
