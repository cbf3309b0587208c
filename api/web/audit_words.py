"""Lines of the audit log in words: what they are about, and reasons that code wrote."""

import re

from api.web.formatting import Language
from api.web.texts import label, text

_LIST = re.compile(r"(?P<kind>[a-z_]+) (?P<digest>[0-9a-f]{16,64})(?:: (?P<counts>.+))?\Z")
_COUNT = re.compile(r"([a-z]+) ([0-9]+)")
_BY_LIST = re.compile(r"import (?P<number>[0-9a-f-]{36})\Z")
#: What a line of the log calls the wrong lines of a list.
_STATES = {"wrong": "error"}


def audit_reason(action: str, reason: str | None, language: Language) -> str | None:
    """The reason of a line: of a look the purpose, of a list its counts, else what was written."""
    if reason is None:
        return None
    if action == "personal_data.view":
        return label(language, "privacy_purpose", reason)
    if action.startswith("import.") and (found := _LIST.match(reason)):
        counts = [
            f"{label(language, 'import_line', _STATES.get(state, state))} {count}"
            for state, count in _COUNT.findall(found["counts"] or "")
        ]
        kind = label(language, "import_kind", found["kind"])
        told = text(language, "matches.comma").join(counts)
        words = text(language, "audit_log.list", kind=kind, digest=found["digest"])
        return text(language, "audit_log.list_counts", words=words, counts=told) if told else words
    if found := _BY_LIST.match(reason):
        return text(language, "audit_log.by_list", number=found["number"])
    return reason


def audit_object(kind: str | None, language: Language) -> str:
    """What a line is about; of a role that was given, the role."""
    words = label(language, "audit_object", kind or "")
    return words if words != kind else label(language, "role", kind)
