"""Why a value cannot be read, in the reader's language: the decoder itself speaks English only."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from api.web.formatting import Language

_TEXTS = files("api") / "texts"
_QUOTED = re.compile(r"'([^']+)'")


def reason_in(language: Language, reason: str) -> str:
    """The reason in a language; one that is in no table stays as it is."""
    for pattern, text in _patterns(language):
        if found := pattern.fullmatch(reason):
            groups = found.groupdict()
            return text.format_map({name: _kinds_in(groups[name], language) for name in groups})
    return reason


def _kinds_in(text: str, language: Language) -> str:
    """The text with its quoted kinds of values by their names: 'int | null' is 整数 or 空值."""
    kinds = _kinds(language)

    def named(quoted: re.Match[str]) -> str:
        return "/".join(kinds.get(kind, kind) for kind in quoted[1].split(" | "))

    return _QUOTED.sub(named, text)


@cache
def _patterns(language: Language) -> tuple[tuple[re.Pattern[str], str], ...]:
    table = _table(language).get("reason", [])
    assert isinstance(table, list)
    return tuple((re.compile(row["pattern"]), row["text"]) for row in table)


@cache
def _kinds(language: Language) -> Mapping[str, str]:
    kinds = _table(language).get("kinds", {})
    assert isinstance(kinds, dict)
    return kinds


@cache
def _table(language: Language) -> Mapping[str, object]:
    path = _TEXTS / f"reasons.{language}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
