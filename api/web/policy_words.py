"""Values of rules as people read and type them: hours and points with their units, lists in lines.

What is typed is read by the rule itself; this only takes the writing apart.
"""

import re
import unicodedata
from typing import Any

import msgspec

from api.web.formatting import MINOR_DIGITS, Language
from api.web.texts import label, text
from ledger.foundation.policy_rules import PolicyRule

_HUNDREDTHS = ("1/100 point", "1/100 yuan")
_SCALE = 10**MINOR_DIGITS
_WHOLE = re.compile(r"[0-9]{1,9}\Z")
_DECIMAL = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?\Z")
_GAPS = re.compile(r"[\s,，、;；]+")
_ROWS = re.compile(r"[;；]")
_CELLS = 3


def value_words(rule: PolicyRule, value: Any, language: Language) -> str:
    """A value with its unit, or its list, in words."""
    plain = msgspec.to_builtins(value)
    if rule.kind == "integer":
        return f"{written_value(rule, plain)} {unit_words(rule, language)}"
    if rule.kind == "choice":
        return label(language, "policy_option", str(plain))
    if not plain:
        return text(language, "policy.none")
    comma = text(language, "policy.comma")
    if rule.kind == "dates":
        return comma.join(str(day) for day in plain)
    if rule.kind == "windows":
        return comma.join(f"{one['opens']} – {one['closes']}" for one in plain)
    return comma.join(one["zh" if language == "zh-CN" else "en"] for one in plain)


def unit_words(rule: PolicyRule, language: Language) -> str:
    """What a whole number of the rule counts, as it is typed."""
    return label(language, "policy_unit", rule.unit)


def written_value(rule: PolicyRule, value: Any) -> str:
    """A value as it stands in the field of a form."""
    plain = msgspec.to_builtins(value)
    if rule.kind == "integer" and rule.unit in _HUNDREDTHS:
        whole, rest = divmod(plain, _SCALE)
        return f"{whole}.{rest:0{MINOR_DIGITS}d}".rstrip("0").rstrip(".") if rest else str(whole)
    if rule.kind == "dates":
        return " ".join(str(day) for day in plain)
    if rule.kind == "windows":
        return " ".join(f"{one['opens']}/{one['closes']}" for one in plain)
    if rule.kind == "categories":
        return "; ".join(f"{one['code']} / {one['zh']} / {one['en']}" for one in plain)
    return str(plain)


def read_value(rule: PolicyRule, typed: str) -> Any:
    """What was typed, in the rule's unit as JSON types; the rule itself looks at the bounds.

    Raises:
        ValueError: it is not written as values of this rule are.
    """
    plain = unicodedata.normalize("NFKC", typed).strip()
    if rule.kind == "integer":
        return _number(plain, hundredths=rule.unit in _HUNDREDTHS)
    if rule.kind == "dates":
        return [one for one in _GAPS.split(plain) if one]
    if rule.kind == "windows":
        pairs = [one.split("/") for one in _GAPS.split(plain) if one]
        return [{"opens": opens, "closes": closes} for opens, closes in pairs]
    if rule.kind == "categories":
        return [_category(row) for row in _ROWS.split(plain) if row.strip()]
    return plain


def _number(plain: str, *, hundredths: bool) -> int:
    found = (_DECIMAL if hundredths else _WHOLE).match(plain)
    if found is None:
        raise ValueError(plain)
    if not hundredths:
        return int(plain)
    value: int = int(found[1]) * _SCALE + int((found[2] or "").ljust(MINOR_DIGITS, "0"))
    return value


def _category(row: str) -> dict[str, str]:
    cells = [one.strip() for one in row.split("/")]
    if len(cells) != _CELLS or not all(cells):
        raise ValueError(row)
    return dict(zip(("code", "zh", "en"), cells, strict=True))
