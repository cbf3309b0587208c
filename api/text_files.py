"""Reading the catalogues of texts: one folder a kind, one file a topic and language, read as one.

Source: docs/decisions/0043-pages.md
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "texts"


class TextGivenTwice(Exception):
    """Two files of a catalogue say the same thing; one of them would be ignored."""


@cache
def read_texts(kind: str, language: str) -> Mapping[str, Any]:
    """Everything that ``api/texts/<kind>/*.<language>.toml`` says, as one tree.

    Raises:
        TextGivenTwice: a key stands in two files.
    """
    tree: dict[str, Any] = {}
    for path in sorted((FOLDER / kind).glob(f"*.{language}.toml")):
        _add(tree, tomllib.loads(path.read_text("utf-8")), path.name)
    return tree


def _add(tree: dict[str, Any], more: Mapping[str, Any], place: str) -> None:
    for key, value in more.items():
        if key not in tree:
            tree[key] = value
        elif isinstance(tree[key], dict) and isinstance(value, Mapping):
            _add(tree[key], value, f"{place}: {key}")
        else:
            raise TextGivenTwice(f"{place}: {key}")
