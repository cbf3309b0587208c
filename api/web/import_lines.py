"""Lines of an import as its page shows them."""

from typing import NamedTuple
from uuid import UUID

from api.gate import GatedCall
from api.imports import problem_words
from api.web.formatting import Language, mask_name
from api.web.places import staff_home
from ledger.journeys.imports.columns import ImportKind
from ledger.journeys.imports.store import ImportFile, StoredLine

_TONES = {"ready": "good", "done": "good", "skipped": "", "error": "bad"}


class LineView(NamedTuple):
    """A line as the page shows it."""

    line: int
    state: str
    tone: str
    name: str
    problems: list[str]
    warnings: list[str]
    href: str | None
    own_number: str


def line_view(
    call: GatedCall,
    file: ImportFile,
    line: StoredLine,
    numbers: dict[int, str],
    language: Language,
) -> LineView:
    """A line with its problems in words; names of people for those who work with names."""
    values = line.values or {}
    name = values.get("name", "").strip()
    if file.kind == "people" and not call.who.permissions.reach("members.names", call.tenant_id):
        name = mask_name(name)
    return LineView(
        line.line,
        line.state,
        _TONES[line.state],
        "".join(char for char in name if char.isprintable())[:60],
        [problem_words(file.kind, one, values, language) for one in line.problems],
        [problem_words(file.kind, one, values, language) for one in line.warnings],
        None if line.object_id is None else _object_href(call, file.kind, line.object_id),
        numbers.get(line.line) or values.get("own_number", ""),
    )


def _object_href(call: GatedCall, kind: ImportKind, object_id: UUID) -> str:
    if kind == "org_units":
        return f"/admin/org-units/{object_id}"
    return f"{staff_home(call.tenant)}/{kind}/{object_id}"
