"""Names and texts of a workbook's elements."""

import re
import unicodedata
from typing import Any

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def local_name(element: Any) -> str:
    """What an element is called, without its namespace."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def text_of(element: Any) -> str:
    """The text of a string, without the readings that Japanese and Chinese ones may carry."""
    nodes = (node for node in element.iter("{*}t") if local_name(node.getparent()) != "rPh")
    return unescaped("".join(node.text or "" for node in nodes))


def unescaped(text: str) -> str:
    """A text with its escapes as the characters they stand for."""
    return _ESCAPED.sub(_unescaped_sign, text) if "_x" in text else text


def _unescaped_sign(found: re.Match[str]) -> str:
    """The character of an escape; what no text can hold stays written out."""
    sign = chr(int(found[1], 16))
    return found[0] if sign == "\0" or unicodedata.category(sign) == "Cs" else sign
