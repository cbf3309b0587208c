"""The words of reconciliation in Chinese and English, from catalogues; logic knows only codes."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from ledger.errors import LedgerError
from reconciliation.intake.detection import CSV_LAYOUTS
from reconciliation.intake.errors import LayoutNotRecognised
from reconciliation.intake.statement import Finding
from reconciliation.overlap import OverlapDisagrees

Language = Literal["zh-CN", "en"]

#: How many words of a header row are enough to know a bank's layout by.
SHOWN_COLUMNS = 5
_NOTHING = "—"


@cache
def catalogue(language: Language) -> Mapping[str, Mapping[str, str]]:
    """Every text of a language by section and key."""
    source = files("reconciliation").joinpath("texts", f"{language}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def say(language: Language, section: str, key: str, **attributes: Any) -> str:
    """One text with its placeholders filled in; amounts in fen are shown in yuan."""
    return catalogue(language)[section][key].format_map(_shown(language, attributes))


def explain_refusal(language: Language, error: LedgerError) -> str | None:
    """A refusal of reconciliation in words; None for one of another part of the program."""
    if error.code not in catalogue(language)["refusal"]:
        return None
    section, key, attributes = "refusal", error.code, error.attributes()
    if isinstance(error, LayoutNotRecognised):
        attributes["known"] = _describe_layouts(language)
    if isinstance(error, OverlapDisagrees):
        section, key = "overlap", _kind_of_overlap(error)
    words = say(language, section, key, **attributes)
    if attributes.get("perhaps_cut"):
        words = f"{words}{say(language, 'refusal_note', 'perhaps_cut')}"
    return words


def _kind_of_overlap(error: OverlapDisagrees) -> str:
    """What is told of a line: an edit of its amount, of something else, or one side lacks it."""
    told = error.attributes()
    if told["kind"] == "edited" and told["amount_fen"] == told["known_amount_fen"]:
        return "edited_otherwise"
    return str(told["kind"])


def _describe_layouts(language: Language) -> str:
    """Whose files are read, and by which words each is known."""
    words = catalogue(language)["layout"]
    described = []
    for layout in CSV_LAYOUTS:
        names = words["comma"].join(column.aliases[0] for column in layout.columns[:SHOWN_COLUMNS])
        described.append(words["described"].format(name=words[layout.code], columns=names))
    return words["semicolon"].join(described)


def explain_finding(language: Language, finding: Finding) -> str:
    """A finding in words, with line and difference."""
    attributes = msgspec.structs.asdict(finding)
    attributes["difference_fen"] = finding.difference_fen()
    return say(language, "finding", attributes.pop("code"), **attributes)


def explain_evidence(language: Language, note: str) -> str:
    """One coded note of a match's evidence, such as ``room_equal`` or ``days:3``."""
    key, _, count = note.partition(":")
    if key == "days":
        days = int(count)
        key = "bank_later" if days > 0 else "bank_earlier" if days < 0 else "same_day"
        return say(language, "evidence", key, count=abs(days))
    return say(language, "evidence", key, count=count)


def yuan(amount_fen: int) -> str:
    """An amount as people write it: 1,234.56, with a minus in front when it is negative."""
    whole, part = divmod(abs(amount_fen), 100)
    return f"{'-' if amount_fen < 0 else ''}{whole:,}.{part:02d}"


def _shown(language: Language, attributes: Mapping[str, Any]) -> dict[str, Any]:
    words = catalogue(language)["value"]
    shown: dict[str, Any] = {}
    for name, value in attributes.items():
        if isinstance(value, str):
            shown[name] = words.get(value, value)
        else:
            shown[name] = _NOTHING if value is None else value
        if name.endswith("_fen"):
            key = f"{name.removesuffix('_fen')}_yuan"
            shown[key] = _NOTHING if value is None else yuan(value)
    return shown
