"""What pages, interface and command line share of imports: rights, words, the first batches."""

import re
from collections.abc import Mapping
from time import monotonic
from typing import Any

from api.gate import GatedCall
from api.web.formatting import Language
from api.web.texts import catalogue, text
from ledger.foundation.grants import PermissionMissing
from ledger.journeys.imports.columns import ImportKind, import_columns
from ledger.journeys.imports.confirm import KIND_PERMISSIONS, write_lines
from ledger.journeys.imports.reading import Problem
from ledger.journeys.imports.store import ImportFile
from ledger.sheets.cells import turns_named

PROGRAMME_KINDS: tuple[ImportKind, ...] = ("people", "merchants", "partners")
#: Any of these opens the imports of a programme.
IMPORTERS = ("members.enrol", "merchants.enrol", "partners.manage")
#: So long a page waits for the first batches; the worker goes on.
_AT_ONCE_SECONDS = 3
_LONGEST_SHOWN = 40
#: How much of a number of a person is quoted: enough to find it, too little to use it.
_SHOWN_OF_NUMBER: Mapping[str, int] = {"id_number": 6, "phone": 3, "contact_phone": 3}
_FEWEST_DIGITS = 7
#: Such a number in another column, where it does not belong.
_LONG_NUMBER = re.compile(r"(?:[0-9０-９][\s\-]*){10,}[0-9０-９Xx]")
#: Reasons that are about what was written: it is shown, the others say enough without it.
_ABOUT_THE_VALUE = frozenset(
    {
        *("phone", "id_form", "id_check_digit", "id_birthday", "lossy_number", "date", "future"),
        *("day_number", "no_heading", "nobody", "choice_unknown", "other_document"),
        *(
            "choice",
            "cell_error",
            "formula",
            "letterless",
            "marks",
            "rate",
            "rate_high",
            "rate_low",
            "group_unknown",
            "branch_new",
            "branch_moves",
            "parent_missing",
        ),
        *("parent_not_wider", "parent_ambiguous", "parent_not_ready", "no_head", "two_heads"),
        *("several_heads", "has_head", "head_not_ready", "name_has_slash", "birthday_differs"),
    }
)


def kinds_of(call: GatedCall) -> list[ImportKind]:
    """The kinds that a caller may import here: of the platform, or of a whole programme."""
    permissions = call.who.permissions
    if call.tenant_or_none is None:
        return [
            kind
            for kind in ("org_units",)
            if all(map(permissions.permits_on_platform, KIND_PERMISSIONS[kind]))
        ]
    return [kind for kind in PROGRAMME_KINDS if _missing(call, KIND_PERMISSIONS[kind]) is None]


def require_kind(call: GatedCall, kind: ImportKind) -> None:
    """Refuse a kind that the caller may not import here.

    Raises:
        PermissionMissing: names what is missing.
    """
    if kind not in kinds_of(call):
        names = KIND_PERMISSIONS[kind]
        missing = None if call.tenant_or_none is None else _missing(call, names)
        raise PermissionMissing(permission=missing or names[0])


def _missing(call: GatedCall, names: tuple[str, ...]) -> str | None:
    for name in names:
        reach = call.who.permissions.reach(name, call.tenant_id)
        if reach is None or not reach.everything:
            return name
    return None


def column_name(kind: ImportKind, field: str, language: Language) -> str:
    """What the template calls a column; one without a heading goes by its letters."""
    column = import_columns(kind).get(field)
    if column is None:
        return text(language, "import_problem.letters", letters=field)
    return column.name(language)


def problem_words(
    kind: ImportKind, problem: Problem, values: Mapping[str, str] | None, language: Language
) -> str:
    """A problem in words: the column, what was written where it says something, the remedy."""
    facts: dict[str, Any] = {
        "column": column_name(kind, problem.field, language),
        "line": "—" if problem.line is None else problem.line,
    }
    words = problem.reason
    for key in (f"import_reason.{problem.field}_{problem.reason}", f"import_reason.{words}"):
        if key in catalogue(language):
            words = text(language, key, **facts)
            break
    written = (values or {}).get(problem.field, "").strip()
    if problem.reason not in _ABOUT_THE_VALUE or not written:
        return text(language, "import_problem.plain", column=facts["column"], words=words)
    shown = _quotable(problem.field, written)
    return text(
        language, "import_problem.quoting", column=facts["column"], value=shown, words=words
    )


def _quotable(field: str, written: str) -> str:
    """What was written, as far as a message may show it: telephones and identity numbers begin."""
    shown = "".join(char for char in turns_named(written) if char.isprintable())
    length = _SHOWN_OF_NUMBER.get(field)
    if length is not None and sum(map(str.isdigit, shown)) >= _FEWEST_DIGITS:
        return f"{shown[:length]}…"
    return _LONG_NUMBER.sub(lambda found: f"{found[0][:3]}…", shown)[:_LONGEST_SHOWN]


async def write_at_once(call: GatedCall, file: ImportFile) -> None:
    """Write the first batches of a confirmed file; a small one is done with that.

    While another file is written, the worker does it all.
    """
    turns = call.service.import_turns
    if not turns.is_free(call.caller_id):
        return
    with turns.take(call.caller_id):
        await _write_some(call, file)


async def _write_some(call: GatedCall, file: ImportFile) -> None:
    until = monotonic() + _AT_ONCE_SECONDS
    more = True
    while more and monotonic() < until:
        step = await write_lines(
            call.service.engine,
            tenant_id=call.scope_id,
            import_id=file.import_id,
            keys=call.service.personal_keys,
        )
        more = step.more
