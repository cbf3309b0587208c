"""The words of the pages: one catalogue a language, flat keys, named placeholders.

``api/texts/pages`` holds nested tables; ``[sign_in] title`` is ``sign_in.title``.
A missing key fails loudly; a test proves that both catalogues hold exactly the keys in use.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from api.text_files import read_texts
from api.web.formatting import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT_LANGUAGE: Language = "zh-CN"


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Every text of a language under its dotted key."""
    return _flatten(read_texts("pages", language))


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def text(language: Language, key: str, **values: object) -> str:
    """The text of ``key`` with its placeholders filled in."""
    return catalogue(language)[key].format(**values)


def label(language: Language, family: str, value: str) -> str:
    """The word for a coded value, such as a state; an unknown value shows itself."""
    return catalogue(language).get(f"{family}.{value}", value)
